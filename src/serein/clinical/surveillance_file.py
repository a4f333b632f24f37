"""The file of what is watched for over years, and its worked cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from serein.clinical.content_file import Draft
from serein.clinical.criteria import Criterion
from serein.clinical.facts import Fact
from serein.clinical.outcome_terms import outcome_terms
from serein.clinical.rules import Called, Rule, Urgency
from serein.clinical.shelf import Shelf
from serein.clinical.surveillance import (
    TERMS,
    Escalation,
    Item,
    Rhythm,
    Surveillance,
    Watched,
    surveil,
)
from serein.clinical.tables import ContentId, ContentTable, Marked, Table, Words
from serein.clinical.vocabulary import Place, Term, criterion, nearest

Failing = list[tuple[str, str]]
DAY_ZERO = datetime(2026, 1, 5, 14, tzinfo=UTC)
Days = Annotated[int, Field(ge=1)]


class RhythmTable(Marked):
    """When it is due: before the course, every so many days, every so many treatments."""

    baseline: bool = False
    every_days: Days | None = None
    every_sessions: Days | None = None
    grace_days: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _is_ever_due(self) -> Self:
        if not (self.baseline or self.every_days or self.every_sessions):
            raise ValueError("is never due; say baseline, every_days or every_sessions")
        return self


class EscalationTable(Marked):
    """An answer that somebody must act on."""

    id: ContentId
    text: Words
    when: dict[str, Any]
    urgency: Urgency
    for_role: Called
    action: Words
    hold: bool = False


class ItemTable(Marked):
    """One thing watched for."""

    id: ContentId
    title: Words
    text: Words
    codes: list[Words] = Field(min_length=1)
    products: list[Words] = Field(default_factory=list)
    due: RhythmTable
    unless: dict[str, Any] | None = None
    for_role: Called
    action: Words
    escalation: list[EscalationTable] = Field(default_factory=list)


class UntilTable(Marked):
    """How many days after the last dose it goes on."""

    days: Days


class CreepTable(Marked):
    """When the dose counts as settled, and which rise over it needs a decision."""

    settled_after_days: Days
    above_percent: Annotated[float, Field(ge=0)]


class CaseFact(Table):
    """A fact of a case, so many days after the first dose (below zero: before it)."""

    code: Words
    value: Any
    day: float


class SurveillanceCase(Table):
    """A worked example: facts, the day it is asked about, states and escalations by id."""

    name: Words
    doses: list[float] = Field(default_factory=list)
    product: str = "esketamine-nasal"
    facts: list[CaseFact] = Field(default_factory=list)
    day: float
    expect: dict[str, str] = Field(default_factory=dict)
    escalates: dict[str, str] = Field(default_factory=dict)


class SurveillanceFile(ContentTable):
    """The content file of long-term surveillance."""

    until: UntilTable
    creep: CreepTable
    item: list[ItemTable] = Field(min_length=1)
    case: list[SurveillanceCase] = Field(min_length=1)


def surveillance(draft: Draft, on: Shelf) -> tuple[Surveillance, Failing]:
    """What is watched for as a file says it, with its worked cases run."""
    content = SurveillanceFile.of(draft.raw)
    built = _Builder(content, draft.file, {**TERMS, **outcome_terms(on), **on.dictionary.terms})
    made = built.surveillance()
    return made, [
        (case.name, reason) for case in content.case for reason in _differences(case, made)
    ]


class _Builder:
    """One file on its way to rules: the words it may speak, and where it stands."""

    def __init__(self, content: SurveillanceFile, file: str, terms: Mapping[str, Term]) -> None:
        self.content, self.file, self.terms = content, file, terms

    def surveillance(self) -> Surveillance:
        self._refuse_doubles()
        creep = self.content.creep
        return Surveillance(
            id=self.content.id,
            version=self.content.version,
            items=tuple(self._item(each) for each in self.content.item),
            until=timedelta(days=self.content.until.days),
            settled_after=timedelta(days=creep.settled_after_days),
            above_percent=creep.above_percent,
        )

    def _refuse_doubles(self) -> None:
        names = [each.id for each in self.content.item]
        names += [rule.id for each in self.content.item for rule in each.escalation]
        for name, times in Counter(names).items():
            if times > 1:
                raise Place(self.file, name).refuse("two things have this id")

    def _item(self, table: ItemTable) -> Item:
        key = f"item.{table.id}"
        due = table.due
        return Item(
            id=table.id,
            title=table.title,
            text=table.text,
            codes=tuple(self._code(code, f"{key}.codes") for code in table.codes),
            products=tuple(table.products),
            rhythm=Rhythm(due.baseline, due.every_days, due.every_sessions, due.grace_days),
            unless=self._when(table.unless, f"{key}.unless") if table.unless else None,
            escalations=tuple(self._escalation(each) for each in table.escalation),
            for_role=table.for_role,
            action=table.action,
            source=self.content.source_of(table),
            checked=table.checked,
            policy=table.policy,
        )

    def _escalation(self, table: EscalationTable) -> Escalation:
        rule = Rule(
            id=table.id,
            text=table.text,
            when=self._when(table.when, f"escalation.{table.id}.when"),
            source=self.content.source_of(table),
            checked=table.checked,
            policy=table.policy,
            urgency=table.urgency,
            for_role=table.for_role,
            action=table.action,
        )
        return Escalation(rule, table.hold)

    def _when(self, table: Mapping[str, Any], key: str) -> Criterion:
        return criterion(table, terms=self.terms, place=Place(self.file, key))

    def _code(self, code: str, key: str) -> str:
        if code not in self.terms:
            hint = nearest(code, self.terms)
            raise Place(self.file, key).refuse(f"unknown fact '{code}'{hint}")
        return code


def _differences(case: SurveillanceCase, made: Surveillance) -> Iterator[str]:
    watched = watch_case(case, made)
    states = {each.item.id: each.state.value for each in watched}
    verdicts = {name: word for each in watched for name, word in answers(each).items()}
    for what, wanted, found in (
        ("", case.expect, states),
        ("escalation ", case.escalates, verdicts),
    ):
        for name, word in wanted.items():
            if found.get(name) != word:
                yield f"{what}{name}: expected {word}, found {found.get(name)}"


def answers(watched: Watched) -> dict[str, str]:
    """What each escalation of one thing comes to, by its id."""
    fired = {raised.fired.id for raised in watched.escalations}
    return {
        each.rule.id: "met"
        if each.rule.id in fired
        else ("unknown" if each.rule.id in watched.unknown else "unmet")
        for each in watched.item.escalations
    }


def watch_case(case: SurveillanceCase, made: Surveillance) -> Sequence[Watched]:
    """Everything watched for, in a worked case."""
    dose = {"product": case.product, "dose_mg": 56, "outcome": "given"}
    rows = [("device", dose, day) for day in case.doses]
    rows += [(each.code, each.value, each.day) for each in case.facts]
    facts = [
        Fact(UUID(int=number), code, value, _at(day), _at(day), by="case")
        for number, (code, value, day) in enumerate(rows, start=1)
    ]
    return surveil(made, facts, now=_at(case.day))


def _at(day: float) -> datetime:
    return DAY_ZERO + timedelta(days=day)
