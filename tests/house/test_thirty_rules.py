"""Each of the thirty rules names what carries it, and what it names is there."""

import tomllib
from importlib import import_module

import pytest

from docs import thirty_rules
from serein.clinical import library

# Rules whose content is still to be written. Shrink it when a rule is carried; never let it grow.
NOT_YET = [1, 2, 3, 4, 5, 11, 12, 20, 22, 24, 25, 26, 29, 30, 31]
RULES = thirty_rules.mapping()
CARRIED = [each for rule in RULES for each in rule.get("carried", [])]


@pytest.fixture(scope="module")
def files():
    return {
        f"{file.id}.v{file.version}": tomllib.loads(file.path.read_text(encoding="utf-8"))
        for file in library.load().files
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


def test_the_rules_not_yet_carried_are_those_that_are_named():
    missing = [rule["number"] for rule in RULES if not rule.get("carried")]
    print("not yet carried:", missing)  # noqa: T201  pytest -s shows how far it is
    assert missing == NOT_YET


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


@pytest.mark.parametrize("each", [each for each in CARRIED if "case" in each], ids=str)
def test_the_case_speaks_of_the_rule_it_is_named_for(each, files):
    """A case of a protocol names the rule it expects something of; others name their table."""
    raw = files[each["file"]]
    (case,) = (case for case in raw["case"] if case["name"] == each["case"])
    table, _, rule = each["rule"].partition(".")
    if table in ("gate", "release", "alert", "caution"):
        expected = case["expect"]
        assert any(rule in part for part in expected.values() if isinstance(part, dict))


def test_a_rule_that_is_not_there_is_not_found(files):
    raw = files["esketamine-trd-us.v1"]
    assert found(raw, "gate.food")["text"].startswith("Nothing eaten")
    assert found(raw, "dose.2")["allowed_mg"] == [56, 84]
    assert found(raw, "observe")["min"] == 120
    assert [found(raw, place) for place in ("gate.fod", "dose.3", "observed")] == [None] * 3
