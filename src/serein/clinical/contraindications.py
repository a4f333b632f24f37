"""What is recorded against a product: held before every dose by the very set that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from serein.clinical.criteria import (
    MET,
    UNKNOWN,
    UNMET,
    All,
    AnyOf,
    Criterion,
    Finding,
    Moment,
    Not,
)
from serein.clinical.facts import Fact
from serein.clinical.rules import DECISION, Rule, settle

if TYPE_CHECKING:
    from serein.clinical.surveillance import Surveillance

# What a criterion reads that is worked out, and the facts of a patient that it comes from.
_EVENT = ("cardiovascular-event",)
_WORKED_OUT = {
    "bmi": ("height", "weight"),
    "age-years": ("birth-date",),
    "cardiovascular-event.ever": _EVENT,
    "cardiovascular-event.days-ago": _EVENT,
}


def of_set(set_id: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The criteria of a set as rules of every dose, each under the name of its set."""
    return tuple(
        replace(rule, id=f"{set_id}.{rule.id}", is_for_every_device=True) for rule in rules
    )


def held_by(surveillance: Surveillance) -> tuple[Rule, ...]:
    """The answers that hold the next dose, each as a rule that the prescriber may decide on."""
    holding = (each for item in surveillance.items for each in item.escalations if each.holds)
    rules = (
        replace(each.rule, text=f"Held: {each.rule.text}", when=Not(each.rule.when))
        for each in holding
    )
    return tuple(replace(rule, waiver="prescriber") for rule in of_set(surveillance.id, rules))


class Held(NamedTuple):
    """A rule and the facts that it reads: where none of them is recorded, it is not judged."""

    reads: frozenset[str]
    rule: Rule


def held(rules: Iterable[Rule]) -> tuple[Held, ...]:
    """The rules, each with the facts of a patient that it reads."""
    return tuple(Held(_plain(rule), rule) for rule in rules)


def _plain(rule: Rule) -> frozenset[str]:
    return frozenset(code for name in rule.when.codes() for code in _WORKED_OUT.get(name, (name,)))


def standing(
    rules: Iterable[Held], moment: Moment, *, gates: Iterable[Finding] = ()
) -> list[Finding]:
    """Those that what is recorded speaks against, the prescriber's word beside them.

    What was never asked stands in no dose's way here: it is asked when the course begins. What
    the prescriber may decide is held once, by the first rule that rests on the same facts: a
    question of the visit, a criterion of the set, an answer of long-term surveillance.
    """
    found = [
        settle(rule, moment)
        for read, rule in rules
        if not read.isdisjoint(moment.by_code) and _speaks_against(rule.when, moment)
    ]
    if not found:
        return found
    already = set().union(*(_ids(gate) for gate in gates if gate.judgement.verdict is not MET))
    kept = []
    for one in found:
        ids = _ids(one)
        if one.waiver == "never" or not ids or ids - already:
            kept.append(one)
        already |= ids
    return kept


def _ids(finding: Finding) -> set[UUID]:
    return {fact.id for fact in finding.judgement.evidence}


def _speaks_against(when: Criterion, moment: Moment) -> bool:
    """Whether the facts say no, or say no to one way and leave the other open.

    Bipolar and no word of a stabiliser: unknown as a whole, and no dose is given on it.
    """
    verdict = when.judge(moment).verdict
    if verdict is not UNKNOWN:
        return verdict is UNMET
    return isinstance(when, All | AnyOf) and any(
        _speaks_against(part, moment) for part in when.parts
    )


def codes(rules: Sequence[Rule]) -> frozenset[str]:
    """Every fact of a patient that these rules read, and the prescriber's word in the chart."""
    words = {DECISION + rule.id.partition(".")[2] for rule in rules}
    return frozenset(words).union(*map(_plain, rules))


def is_on_a_set(fact: Fact) -> bool:
    """Whether it is the prescriber's word on one set's criterion, given in the chart: it lasts."""
    return fact.code.startswith(DECISION) and bool(_set_of(fact))


def under_its_set(fact: Fact) -> Fact:
    """The fact, a word on one set's criterion under the name of that set.

    So it answers no question of the same name that a visit asks.
    """
    if not is_on_a_set(fact):
        return fact
    name = fact.code.removeprefix(DECISION)
    return replace(fact, code=f"{DECISION}{_set_of(fact)}.{name}")


def _set_of(fact: Fact) -> str:
    return str(fact.value.get("policy") or "") if isinstance(fact.value, Mapping) else ""
