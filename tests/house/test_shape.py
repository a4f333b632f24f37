"""The shape of the code: short files, spoken names, reasons beside every exception."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import PACKAGE, name, place, syntax, written

LONGEST = 400
WRITTEN_BY_CODE = "<!-- Written by docs/written.py"
HAND_WRITTEN = (".py", ".html", ".js", ".css", ".scss", ".typ", ".md", ".svg")
EMPTY_NAMES = frozenset(
    {"utils", "helpers", "common", "manager", "service", "data", "obj", "info", "process", "handle"}
    | {"util", "helper", "misc"}
)
EMPTY_ENDINGS = ("Manager", "Service", "Helper", "Utils", "Handler", "Info", "Mixin")
# `--data` is the word of the outside surface.
SPOKEN = {("cli", "data")}
NO_LATER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma: no cover|nosec).*")
WITH_REASON = re.compile(
    r"#\s*(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*\s+(?:- )?|type: ignore\[[\w, -]+\]\s+#\s*"
    r"|pragma: no cover\s+)(?:#\s*)?\w.{5,}"
)


def test_no_file_is_longer_than_four_hundred_lines():
    long = {
        name(path): lines
        for path in written(*HAND_WRITTEN)
        if not (text := path.read_text(encoding="utf-8")).startswith(WRITTEN_BY_CODE)
        and (lines := len(text.splitlines())) > LONGEST
    }
    assert long == {}


def test_no_name_is_empty_of_meaning():
    found = [
        f"{place(path, line)} {defined}"
        for path in written(".py")
        for defined, line in names_in(path)
        if defined.strip("_").lower() in EMPTY_NAMES or defined.endswith(EMPTY_ENDINGS)
        if (path.parent.name, defined.lower()) not in SPOKEN
    ]
    assert found == [], "\n".join(found)


def names_in(path: Path) -> Iterator[tuple[str, int]]:
    """Every name the module gives: itself, its functions, classes, arguments and variables."""
    yield path.stem, 1
    for node in ast.walk(syntax(path)):
        match node:
            case ast.FunctionDef(name=given) | ast.AsyncFunctionDef(name=given):
                yield given, node.lineno
            case ast.ClassDef(name=given):
                yield given, node.lineno
            case ast.arg(arg=given):
                yield given, node.lineno
            case ast.Name(id=given, ctx=ast.Store()):
                yield given, node.lineno


def test_nothing_is_left_for_later_in_the_code():
    found = [
        place(path, number)
        for path in written(".py", ".html", ".js", ".css", ".toml", ".typ", ".sh")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if NO_LATER.search(line)
    ]
    assert found == [], "\n".join(found)


def test_an_exception_to_a_rule_carries_its_reason():
    bare = [
        f"{place(path, number)} {match.group()}"
        for path in written(".py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := EXCEPTION.search(line))
        and name(path) != "tests/house/test_shape.py"
        and not WITH_REASON.match(match.group())
    ]
    assert bare == [], "\n".join(bare)


def test_every_module_says_in_one_line_what_it_is():
    silent = [
        name(path)
        for path in written(".py")
        if PACKAGE in path.parents
        and "migrations" not in path.parts
        and not ast.get_docstring(syntax(path))
    ]
    assert silent == [], "\n".join(silent)


def test_an_app_has_no_more_than_eight_modules_of_its_own():
    apps = [path for path in (PACKAGE / "server").iterdir() if (path / "apps.py").exists()]
    usual = {"__init__", "apps", "models", "queries", "actions", "forms", "views", "urls", "tasks"}
    extra = {
        app.name: modules
        for app in apps
        if len(modules := sorted({m.stem for m in app.glob("*.py")} - usual)) > 8
    }
    assert extra == {}
