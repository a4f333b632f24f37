"""The reference pages that the code itself writes: `python docs/written.py` renews them.

A test compares them with the code, so that a command, a fact, an error or a content file without
its line in the documentation fails.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import typer
from typer.core import TyperGroup

from serein import cli
from serein.clinical import library
from serein.clinical.dictionary import CodeEntry

# Run as a script, this folder is on the path and the repository is not.
sys.path.insert(0, str(Path(__file__).parents[1]))

from docs import thirty_rules, written_content
from docs.written_content import table as _table

REFERENCE = Path(__file__).parent / "reference"
SOURCE = Path(__file__).parents[1] / "src"
BEGINS = "<!-- Written by docs/written.py; change the code, then run it. -->\n\n"


def commands() -> str:
    """Every command with its arguments and options, as its own help says it."""
    group = typer.main.get_command(cli.app)
    assert isinstance(group, TyperGroup)
    return BEGINS + (
        "# Commands\n\n"
        "`python3 run.py WORD ...` prepares the environment when needed and passes the words on to "
        "`serein`.\nEvery command that answers takes `--json`: one JSON document on standard "
        "output, nothing else there;\nmessages go to standard error. Exit codes: 0 answered, "
        "1 refused or found wrong, 2 bad input or usage.\n\n" + "\n".join(_group(group, "serein"))
    )


def _group(group: TyperGroup, path: str) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        words = f"{path} {name}"
        if isinstance(command, TyperGroup):
            yield from _group(command, words)
            continue
        said = (command.help or "").replace("\b", "").strip()
        yield f"## `{words}`\n\n{said}\n"
        rows = [_parameter(each) for each in command.params if each.name != "help"]
        if rows:
            yield _table(("argument or option", "meaning"), rows)


def _parameter(parameter: object) -> tuple[str, str]:
    names = [*getattr(parameter, "opts", []), *getattr(parameter, "secondary_opts", [])]
    is_option = any(name.startswith("-") for name in names)
    written = ", ".join(names) if is_option else names[0].upper()
    return f"`{written}`", getattr(parameter, "help", None) or ""


def facts() -> str:
    """Every code of the dictionary."""
    entries = _library().dictionary.entries.values()
    rows = [_fact(entry) for entry in entries]
    return BEGINS + (
        "# Facts\n\nEverything known about a patient is a fact with one of these codes. *Session* "
        "facts belong to one treatment\nand are never carried over to the next; *patient* facts "
        "stay. A value outside *possible* is refused, one\noutside *likely* is asked about.\n\n"
        + _table(("code", "title", "belongs to", "value", "possible", "likely", "LOINC"), rows)
        + "".join(_parts(entry) for entry in entries if entry.fields)
    )


def _parts(entry: CodeEntry) -> str:
    """The parts of one structured code."""
    rows = [
        (
            f"`{field.name}`" + (" (required)" if field.required else ""),
            field.title,
            ", ".join(f"`{word}` {said}" for word, said in field.choices.items())
            or f"{field.type} {field.unit}".strip(),
            _range(field.low, field.high),
        )
        for field in entry.fields
    ]
    said = "A part that is left out, or null, was not recorded; a part with another name is refused"
    headings = ("part", "title", "value", "possible")
    return f"\n## Parts of `{entry.code}`\n\n{said}.\n\n{_table(headings, rows)}"


def _fact(entry: CodeEntry) -> tuple[str, ...]:
    value = ", ".join(entry.choices) or f"{entry.type} {entry.unit}".strip()
    value += ", unit always said" if entry.other_units else ""
    possible = _range(entry.low, entry.high)
    likely = _range(entry.unlikely_low, entry.unlikely_high)
    return f"`{entry.code}`", entry.title, entry.scope, value, possible, likely, entry.loinc


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    return f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}".strip()


def content() -> str:
    """Every packaged content file, its state and its sources."""
    files = _library().files
    rows = [
        (
            f"[`{f.id}`](content/{written_content.page_name(f)})",
            str(f.version),
            f.kind,
            f.title,
            str(f.cases),
            str(f.unchecked),
            str(f.policy),
        )
        for f in files
    ]
    headings = (
        "id",
        "version",
        "kind",
        "title",
        "worked cases",
        "not yet checked",
        "clinic policy",
    )
    return BEGINS + (
        "# Content\n\nWhat clinicians write: one file, one thing, its sources, its own worked "
        "cases. *Unchecked* values have not been\ncompared with their source; the medical director "
        "sees each of them before adopting a file.\n\n"
        + _table(headings, rows)
        + "\n```{toctree}\n:hidden:\n:glob:\n\ncontent/*\n```\n"
    )


def rules() -> str:
    """The thirty rules, and what carries each."""
    return BEGINS + thirty_rules.page()


def content_pages() -> dict[str, str]:
    """The page of each content file, by its name under `content/`."""
    pages = written_content.pages(_library())
    return {name: BEGINS + page for name, page in pages.items()}


def errors() -> str:
    """Every way Serein refuses, from the classes themselves."""
    rows = [(f"`{name}`", module, said) for name, module, said in sorted(_error_classes())]
    return BEGINS + (
        "# Errors\n\nEvery refusal is a `SereinError`; its message says what is wrong and what to "
        "do, and can be shown to a nurse as it is.\n\n" + _table(("error", "from", "when"), rows)
    )


def _error_classes() -> Iterator[tuple[str, str, str]]:
    for path in (SOURCE / "serein").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
                said = (ast.get_docstring(node) or "").split("\n")[0]
                yield node.name, f"`{module}`", said


@cache
def _library() -> library.Library:
    return library.load()


PAGES = {
    "commands.md": commands,
    "facts.md": facts,
    "content.md": content,
    "errors.md": errors,
    "rules.md": rules,
}


def main() -> None:
    """Write every page anew."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
    written_content.write(REFERENCE / written_content.FOLDER, content_pages())


if __name__ == "__main__":
    main()
