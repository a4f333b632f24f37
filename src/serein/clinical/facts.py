"""The one atom: a fact about a patient, and a chart of facts at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
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
        """Refuse times without a zone: minutes are counted in UTC."""
        for name in ("effective_at", "recorded_at"):
            assert getattr(self, name).tzinfo is not None, f"{name} of {self.code} has no zone"


@dataclass(frozen=True)
class Chart:
    """Facts that hold at one moment: corrected ones left out, in the order they were true."""

    facts: tuple[Fact, ...]

    @classmethod
    def of(cls, facts: Iterable[Fact], *, now: datetime | None = None) -> Chart:
        """The chart of these facts, as they stood at `now` (all of them when it is None)."""
        known = [fact for fact in facts if now is None or fact.effective_at <= now]
        replaced = {fact.replaces for fact in known if fact.replaces}
        standing = [fact for fact in known if fact.id not in replaced]
        return cls(tuple(sorted(standing, key=lambda fact: (fact.effective_at, fact.recorded_at))))

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
