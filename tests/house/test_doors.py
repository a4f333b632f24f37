"""Every write that a person makes is one door: checked, and tested with Owen at it."""

import ast
from functools import cache

from tests.house.tree import PACKAGE, REPOSITORY, place, syntax

SERVER = PACKAGE / "server"


def doors():
    """(file, function) of each action that a person takes: decorated, and told by whom."""
    for path in sorted(SERVER.glob("*/*actions.py")):
        for node in syntax(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
                if "by" in arguments and is_action(node):
                    yield path, node


def is_action(node):
    return any(isinstance(each, ast.Name) and each.id == "action" for each in node.decorator_list)


@cache
def every_test():
    return [path.read_text(encoding="utf-8") for path in (REPOSITORY / "tests").rglob("test_*.py")]


def calls(node):
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            called = each.func
            yield called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def test_every_action_is_tested_with_owen_at_the_door():
    untested = [
        place(path, node.lineno) + " " + node.name
        for path, node in doors()
        if not any(node.name in text and "owen" in text for text in every_test())
    ]
    assert untested == [], "\n".join(untested)


def test_nothing_but_an_action_writes_rows():
    """A view or a query that saves, creates, updates or deletes has found a second door."""
    writing = {"save", "create", "bulk_create", "update_or_create", "get_or_create", "bulk_update"}
    found = [
        f"{place(path, each.lineno)} .{each.func.attr}()"
        for end in ("views.py", "queries.py", "forms.py", "context.py")
        for path in SERVER.rglob(end)
        for each in ast.walk(syntax(path))
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in writing
    ]
    assert found == [], "\n".join(found)


def test_no_table_overrides_how_it_is_saved_or_deleted():
    found = [
        place(path, node.lineno)
        for path in SERVER.rglob("*.py")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.FunctionDef)
        and (node.name in ("save", "delete") and path.name == "models.py")
    ]
    assert found == [], "\n".join(found)
