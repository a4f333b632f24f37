"""The one atom: a fact about a patient, and a chart of facts at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

FactValue = bool | int | float | str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known about a patient: what, when it was true, when and by whom it was recorded.

    A correction is a new fact whose `replaces` names the old one; nothing is edited.
    """

    id: UUID
    code: str
    value: FactValue
    effective_at: datetime
    recorded_at: datetime
    unit: str | None = None
    source: str = ""
    by: str = ""
    panel: UUID | None = None
    encounter: UUID | None = None
    replaces: UUID | None = None

    def __post_init__(self) -> None:
        """Hold both times in UTC: within one local zone, sums would ignore a change of clocks."""
        for name in ("effective_at", "recorded_at"):
            at = getattr(self, name)
            assert at.tzinfo is not None, f"{name} of {self.code} has no zone"
            if at.tzinfo is not UTC:
                object.__setattr__(self, name, at.astimezone(UTC))


def in_order(fact: Fact) -> tuple[datetime, datetime]:
    """When it was true, then when it was recorded: the order in which facts are read."""
    return fact.effective_at, fact.recorded_at


def first_of(known: Mapping[UUID, Fact], one: Fact) -> Fact:
    """What was entered first of it, by its id: itself, or what it corrects in the end."""
    first = one
    while first.replaces is not None and first.replaces in known:
        first = known[first.replaces]
    return first


def entered_together(facts: Iterable[Fact], one: Fact) -> list[Fact]:
    """The standing facts of its set, its own too: its panel, or else what one entry stored."""
    known = {fact.id: fact for fact in facts}

    def entry(fact: Fact) -> object:
        return fact.panel or (first_of(known, fact).recorded_at, fact.effective_at)

    mine = entry(one)
    return [fact for fact in Chart.of(known.values()).facts if entry(fact) == mine]


@dataclass(frozen=True)
class Chart:
    """Facts that hold at one moment: corrected ones left out, in the order they were true."""

    facts: tuple[Fact, ...]

    @classmethod
    def of(cls, facts: Iterable[Fact], *, now: datetime | None = None) -> Chart:
        """The chart of these facts, as they stood at `now` (all of them when it is None).

        A correction counts whenever it was made: what is known to be wrong was wrong then too.
        """
        known = list(facts)
        replaced = {fact.replaces for fact in known if fact.replaces}
        standing = [
            fact
            for fact in known
            if fact.id not in replaced and (now is None or fact.effective_at <= now)
        ]
        return cls(tuple(sorted(standing, key=in_order)))

    @cached_property
    def by_code(self) -> dict[str, list[Fact]]:
        """Facts of each code, oldest first."""
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            found.setdefault(fact.code, []).append(fact)
        return found

    def all(self, code: str) -> list[Fact]:
        """Facts with this code, oldest first; empty when there is none."""
        return self.by_code.get(code, [])

    def latest(self, code: str) -> Fact | None:
        """The newest fact with this code; None when it was never taken."""
        found = self.all(code)
        return found[-1] if found else None
