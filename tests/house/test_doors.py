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


WRITING = {
    *("save", "create", "bulk_create", "update_or_create", "get_or_create", "bulk_update"),
    *("delete", "_raw_delete"),
}
# Files that write and are no actions, each with what makes its writes part of one.
WITHIN_AN_ACTION = {
    "setup.py": "the first set-up is an action above every app that it sets up",
    "transfer/imports.py": "called by the one action that takes a file in",
    "transfer/matching.py": "the same: the chart a file opens",
    "transfer/unread.py": "the same: what of a file stays unread",
    "transfer/restore.py": "brings whole tables back, their audit lines among them",
}


def writes(path):
    """Calls that write a row; `update` only as a table has it, with names of columns."""
    for node in ast.walk(syntax(path)):
        match node:
            case ast.Call(func=ast.Attribute(attr="update"), keywords=[_, *_]):
                yield f"{place(path, node.lineno)} .update()"
            case ast.Call(func=ast.Attribute(attr=called)) if called in WRITING:
                yield f"{place(path, node.lineno)} .{called}()"


def files_that_write():
    """(name below server, place) of every write outside the actions and the tables' history."""
    for path in sorted(SERVER.rglob("*.py")):
        below = path.relative_to(SERVER)
        if below.name != "actions.py" and not {"actions", "migrations"} & set(below.parts):
            for where in writes(path):
                yield below.as_posix(), where


def test_nothing_but_an_action_writes_rows():
    """Whatever else saves, creates, updates or deletes has found a second door."""
    found = [where for name, where in files_that_write() if name not in WITHIN_AN_ACTION]

    assert found == [], "\n".join(found)


def test_every_file_that_may_write_within_an_action_still_does():
    assert set(WITHIN_AN_ACTION) == {name for name, _where in files_that_write()}


def test_no_table_overrides_how_it_is_saved_or_deleted():
    found = [
        place(path, node.lineno)
        for path in SERVER.rglob("*.py")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.FunctionDef)
        and (node.name in ("save", "delete") and path.name == "models.py")
    ]
    assert found == [], "\n".join(found)
