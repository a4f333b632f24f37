"""Rules: a criterion with a name, a source and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args
from uuid import UUID

from serein.clinical.criteria import (
    MET,
    UNMET,
    Criterion,
    Finding,
    Judgement,
    Moment,
    Source,
    Verdict,
    Waiver,
    sentence,
)
from serein.clinical.facts import Fact, in_order

Urgency = Literal["now", "soon", "follow-up", "caution"]
URGENCIES: tuple[Urgency, ...] = get_args(Urgency)  # most urgent first
# Whom a rule can call: what a person can be at a clinic.
Called = Literal[
    "nurse", "monitor", "prescriber", "therapist", "pharmacist", "biller", "desk", "owner"
]
# The act that alone closes an alert; empty where a word on what was done does.
Awaited = Literal["", "signature"]
DECISION = "decision."
OVERRULING = frozenset({"go-ahead", "waived"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One criterion and what it is for; `alternative` is another safe way to meet it.

    `never` holds the answers that it cannot give, each with the reason. One that `is_apart` is
    work of its own: no answer to another closes it.
    """

    id: str
    text: str
    when: Criterion
    source: Source
    checked: bool = False
    policy: bool = False
    waiver: Waiver | None = None
    alternative: Criterion | None = None
    is_for_every_device: bool = False
    urgency: Urgency = "soon"
    for_role: str = ""
    action: str = ""
    is_holding_device: bool = False
    awaits: Awaited = ""
    is_apart: bool = False
    never: Mapping[Verdict, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule whose criterion is met, and what a named person must do about it."""

    rule: str
    text: str
    urgency: Urgency
    for_role: str
    action: str
    judgement: Judgement
    source: Source
    checked: bool
    policy: bool
    is_apart: bool = False

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule

    @property
    def evidence(self) -> list[Fact]:
        """The facts that set it off."""
        return list(self.judgement.evidence)

    @property
    def why(self) -> str:
        """What was found, in a sentence."""
        return " ".join(map(sentence, self.judgement.reasons)) or f"{self.text}."


def settle(rule: Rule, moment: Moment) -> Finding:
    """The rule judged, with the prescriber's word or another safe way where it allows one.

    A rule over a missing fact stays unknown: nobody can decide on what was not looked at.
    """
    judgement = rule.when.judge(moment)
    decision = None
    if judgement.verdict is not MET:
        if rule.alternative is not None:
            decision = _other_way(rule.alternative, moment)
        elif rule.waiver == "prescriber" and judgement.verdict is UNMET:
            decision = decided(rule.id, judgement, moment)
    return Finding(
        rule.id,
        rule.text,
        judgement,
        rule.source,
        rule.checked,
        rule.policy,
        rule.waiver,
        decision,
        is_for_every_device=rule.is_for_every_device,
    )


def _other_way(alternative: Criterion, moment: Moment) -> Fact | None:
    found = alternative.judge(moment)
    return found.evidence[-1] if found.verdict is MET else None


def decided(rule_id: str, judgement: Judgement, moment: Moment) -> Fact | None:
    """The prescriber's standing word on this very finding.

    It must name a prescriber and a reason, and be no older than what it decides on: a go-ahead
    for one reading does not cover a later one, nor a value corrected after it. It covers the same
    value whose time alone was corrected.
    """
    words = moment.by_code.get(DECISION + rule_id)
    if not words:
        return None
    word = words[-1]
    value = word.value
    if not isinstance(value, dict):
        return None
    stands = (
        value.get("decision") in OVERRULING
        and value.get("by_role") == "prescriber"
        and bool(str(value.get("reason") or "").strip())
    )
    knew = all(_was_known(fact, word, moment.entered) for fact in judgement.evidence)
    return word if stands and knew else None


def _was_known(fact: Fact, word: Fact, entered: Mapping[UUID, Fact]) -> bool:
    """Whether the word was said of this value: as it stands, or before its time was corrected."""
    if fact.effective_at <= word.effective_at and fact.recorded_at <= word.recorded_at:
        return True
    wrong = entered.get(fact.replaces) if fact.replaces is not None else None
    return wrong is not None and wrong.value == fact.value and _was_known(wrong, word, entered)


def fired(rules: Iterable[Rule], moment: Moment) -> list[Fired]:
    """Rules whose criterion is met.

    A rule over a missing fact is unknown and does not fire; what is due reports it instead,
    so a reading that was never taken shows up as overdue, not as normal.
    """
    judged = ((rule, rule.when.judge(moment)) for rule in rules)
    return [firing(rule, judgement) for rule, judgement in judged if judgement[0] is MET]


def firing(rule: Rule, judgement: Judgement) -> Fired:
    """The rule as it fires on this judgement."""
    return Fired(
        rule.id,
        rule.text,
        rule.urgency,
        rule.for_role,
        rule.action,
        judgement,
        rule.source,
        rule.checked,
        rule.policy,
        rule.is_apart,
    )


def gathered(hits: Iterable[Fired]) -> list[list[Fired]]:
    """The hits as people are called: once for each reading and whom it calls, gravest reason first.

    A reading is what was entered together. What is work of its own, what may wait and what rests
    on no reading is a call by itself: an answer to another would close it undone.
    """
    calls: dict[object, list[Fired]] = {}
    for hit in sorted(hits, key=lambda hit: URGENCIES.index(hit.urgency)):
        newest = max(hit.evidence, key=in_order, default=None)
        if newest is None or hit.is_apart or hit.urgency == "follow-up":
            key: object = hit.rule
        else:
            key = (hit.for_role, newest.effective_at, newest.recorded_at)
        calls.setdefault(key, []).append(hit)
    return list(calls.values())
