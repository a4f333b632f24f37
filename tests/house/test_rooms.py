"""What computes stands on the standard library and names the clock nowhere."""

import ast
import sys

import pytest

from tests.house.tree import PACKAGE, place, syntax

OUTSIDE = {"clinical": {"pydantic"}, "fhir": set()}
LOWER = {"clinical": {"serein.clinical"}, "fhir": {"serein.clinical", "serein.fhir"}}
CLOCK = {"now", "today", "utcnow", "time", "monotonic", "perf_counter"}
BELOW_THE_EDGE = ("models.py", "queries.py", "forms.py", "*actions.py")


def imports(path):
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def is_allowed(module, room):
    first = module.split(".")[0]
    if first == "serein":
        lower = tuple(f"{one}." for one in LOWER[room])
        return module == "serein" or f"{module}.".startswith(lower)
    return first in sys.stdlib_module_names or first in OUTSIDE[room]


@pytest.mark.parametrize("room", OUTSIDE)
def test_a_room_that_computes_imports_the_standard_library_and_what_is_listed(room):
    strangers = [
        f"{place(path, line)} {module}"
        for path in (PACKAGE / room).rglob("*.py")
        for module, line in imports(path)
        if not is_allowed(module, room)
    ]
    assert strangers == [], "\n".join(strangers)


def clock_reads(path):
    """Calls such as datetime.now(), date.today(), time.monotonic(), clock.now()."""
    for node in ast.walk(syntax(path)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=called)):
                if called in CLOCK and owner in ("datetime", "date", "time", "timezone", "clock"):
                    yield place(path, node.lineno)


def test_no_rule_and_no_query_reads_the_clock():
    rooms = [path for room in OUTSIDE for path in (PACKAGE / room).rglob("*.py")]
    server = [path for end in BELOW_THE_EDGE for path in (PACKAGE / "server").rglob(end)]
    found = [read for path in (*rooms, *server) for read in clock_reads(path)]
    assert found == [], "\n".join(found)
