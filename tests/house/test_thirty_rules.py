"""Each of the thirty rules names what carries it, and what it names is there."""

import tomllib
from importlib import import_module

import pytest

from docs import thirty_rules
from serein.clinical import library
from serein.clinical.session_rules import merged

RULES = thirty_rules.mapping()
CARRIED = [each for rule in RULES for each in rule.get("carried", [])]


@pytest.fixture(scope="module")
def files():
    """Each file as its tables; a protocol with the shared rules that it takes."""
    raws = {
        f"{file.id}.v{file.version}": tomllib.loads(file.path.read_text(encoding="utf-8"))
        for file in library.load().files
    }
    return {
        name: merged(raw, raws[raw["takes"]]) if "takes" in raw else raw
        for name, raw in raws.items()
    }


def found(raw, place):
    """The table a rule names: `table`, `table.id` or `table.number`."""
    name, _, which = place.partition(".")
    if not which:
        return raw.get(name)
    rows = raw.get(name, [])
    named = {str(row.get("id", number)): row for number, row in enumerate(rows, 1)}
    return named.get(which)


def test_every_rule_stands_once_and_in_order():
    assert [rule["number"] for rule in RULES] == list(thirty_rules.NUMBERS)


def test_every_rule_is_carried():
    assert [rule["number"] for rule in RULES if not rule.get("carried")] == []


@pytest.mark.parametrize("each", CARRIED, ids=str)
def test_what_carries_a_rule_is_there(each, files):
    assert set(each) <= {"file", "rule", "case", "code"}
    if "code" in each:
        module, _, name = each["code"].rpartition(".")
        assert callable(getattr(import_module(module), name))
        return
    raw = files[each["file"]]
    assert "rule" in each or "case" in each
    if "rule" in each:
        assert found(raw, each["rule"]) is not None, each["rule"]
    if "case" in each:
        assert each["case"] in [case["name"] for case in raw["case"]]


@pytest.mark.parametrize(
    "each", [each for each in CARRIED if {"case", "rule"} <= set(each)], ids=str
)
def test_the_case_speaks_of_the_rule_it_is_named_for(each, files):
    """A case of a protocol or a policy expects something of the rule; others name their table."""
    (case,) = (case for case in files[each["file"]]["case"] if case["name"] == each["case"])
    table, _, rule = each["rule"].partition(".")
    if table in ("wait", "gate", "release", "alert", "caution"):
        parts = [part for part in case["expect"].values() if isinstance(part, dict)]
        assert any(rule in part for part in parts)
    if table == "criterion":
        assert rule in case["expect"]
    if table == "event":
        assert case["event"] == rule


def test_a_rule_that_is_not_there_is_not_found(files):
    raw = files["esketamine-trd-us.v1"]
    assert found(raw, "wait.food")["text"].startswith("Nothing eaten"), "taken from the shared file"
    assert found(raw, "dose.2")["allowed_mg"] == [56, 84]
    assert found(raw, "observe")["min"] == 120
    assert [found(raw, place) for place in ("gate.fod", "dose.3", "observed")] == [None] * 3
