"""The worked cases of every protocol show each rule in every answer it can give."""

from collections.abc import Iterator

import pytest

from serein.clinical import library
from serein.clinical.protocols import Protocol
from serein.clinical.rules import Rule

PROTOCOLS: list[Protocol] = library.load().shelf.of_kind("protocol")
COUNTED = ("devices.", "gates.", "danger-signs.", "alerts.", "infusion.")
# They ask that something is known and recent: what is not there is unknown, and never a no.
NO_NO = {
    "medicines-asked",
    "urinary-asked",
    "baseline-vitals",
    "weight-recent",
    "dose-reason",
    "continuation-reason",
}


def answers_of(protocol: Protocol, rule: Rule) -> set[str]:
    """The answers that this rule can give."""
    is_counted = any(code.startswith(COUNTED) for code in rule.when.codes())
    if is_counted or rule.id.endswith("-overdue"):
        return {"met", "unmet"}
    is_by_weight = all(option.usual_mg_per_kg for option in protocol.doses)
    if rule.id in NO_NO or (is_by_weight and rule.id == "order-dose"):
        return {"met", "unknown"}
    return {"met", "unmet", "unknown"}


def shown(protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Every rule and verdict that a case of this protocol expects."""
    for case in protocol.cases:
        for kind in ("gates", "release", "alerts", "cautions"):
            yield from case["expect"][kind].items()


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.id)
def test_every_rule_has_a_case_for_each_answer_it_can_give(protocol):
    seen = set(shown(protocol))
    asked = {
        (rule.id, answer)
        for rule in protocol.rules_by_id.values()
        if rule not in protocol.contraindications  # the cases of their own set show them
        for answer in answers_of(protocol, rule)
    }
    assert sorted(asked - seen) == []


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.id)
def test_no_case_bears_the_name_of_another(protocol):
    names = [case["name"] for case in protocol.cases]
    assert sorted({name for name in names if names.count(name) > 1}) == []
