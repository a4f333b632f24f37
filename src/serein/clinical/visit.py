"""The facts of one visit, out of all that is known of a patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from serein.clinical.contraindications import is_on_a_set, under_its_set
from serein.clinical.facts import Chart, Fact
from serein.clinical.rules import DECISION

_NO_WAITS: Mapping[str, timedelta] = MappingProxyType({})


class Codes(Protocol):
    """The dictionary, as far as a visit needs it."""

    def scope(self, code: str, /) -> str | None:
        """`session` for what is measured on the day, `patient` for what outlives it, or None."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit's facts by code, oldest first, as they stand at `now`.

    Facts from after the end, such as a danger sign on the way home, are still among them.
    `coming` are times of facts not yet true. `entered` has every fact by its id, corrected ones
    too, where the prescriber has decided on some.
    """

    by_code: Mapping[str, Sequence[Fact]]
    coming: Sequence[datetime]
    now: datetime
    seated_at: datetime | None
    ended_at: datetime | None
    entered: Mapping[UUID, Fact] = field(default_factory=dict)

    def until(self, at: datetime) -> Visit:
        """The visit as it stood then."""
        earlier = {
            code: kept
            for code, found in self.by_code.items()
            if (kept := [fact for fact in found if fact.effective_at <= at])
        }
        return Visit(earlier, (), at, self.seated_at, None, self.entered)

    def at_its_end(self) -> Visit:
        """The visit without what happened after its end; itself while it goes on."""
        if self.ended_at is None:
            return self
        kept = self.until(self.ended_at).by_code
        return replace(self, by_code=kept, now=self.ended_at)


def visit(
    facts: Iterable[Fact],
    *,
    now: datetime,
    dictionary: Codes | None,
    waits: Mapping[str, timedelta] = _NO_WAITS,
) -> Visit:
    """The visit of the newest seating, with the patient's own facts beside it.

    Facts of other visits are left out unless their code belongs to the patient: nothing
    measured is carried over from an earlier day. What must be waited for counts by when it
    happened: a meal before the seating holds the dose while its time is not over.

    Args:
        facts: Everything known of the patient.
        now: The moment asked about.
        dictionary: Which codes belong to the patient.
        waits: How long after a fact of a code the dose must wait, by code.
    """
    known = list(facts)
    codes = {fact.code for fact in known}
    words = {code for code in codes if code.startswith(DECISION)}
    if words:
        known = [under_its_set(fact) if fact.code in words else fact for fact in known]
    encounter, seating_at = _seating(known, now=now)
    lasting = _lasting(codes, dictionary=dictionary)

    def outlives(fact: Fact) -> bool:
        if fact.code in lasting or (words and is_on_a_set(fact)):
            return True
        if seating_at is None or fact.code not in waits:
            return False
        return fact.effective_at + waits[fact.code] > seating_at

    mine = [fact for fact in known if fact.encounter == encounter or outlives(fact)]
    by_code: Mapping[str, Sequence[Fact]] = Chart.of(mine, now=now).by_code
    seated_at = _newest_at(by_code, "session")
    ended_at = _newest_at(by_code, "session.ended")
    if encounter is None and seated_at is not None:
        by_code = _since(by_code, seated_at, outlives=outlives)
    coming = [fact.effective_at for fact in mine if fact.effective_at > now]
    entered = {fact.id: fact for fact in mine} if words else {}
    return Visit(by_code, coming, now, seated_at, ended_at, entered)


def _lasting(codes: Iterable[str], *, dictionary: Codes | None) -> frozenset[str]:
    """The codes whose facts outlive the visit; one that nobody knows does not."""
    if dictionary is None:
        return frozenset()
    return frozenset(code for code in codes if dictionary.scope(code) == "patient")


def _seating(facts: Sequence[Fact], *, now: datetime) -> tuple[UUID | None, datetime | None]:
    """The visit asked about, the newest seating's or else the newest fact's; and its seating."""
    seated = [fact for fact in facts if fact.code == "session" and fact.effective_at <= now]
    candidates = seated or [fact for fact in facts if fact.encounter is not None]
    newest = max(candidates, key=lambda fact: fact.effective_at, default=None)
    seating_at = newest.effective_at if newest and seated else None
    return (newest.encounter if newest else None), seating_at


def _newest_at(by_code: Mapping[str, Sequence[Fact]], code: str) -> datetime | None:
    found = by_code.get(code, ())
    return found[-1].effective_at if found else None


def _since(
    by_code: Mapping[str, Sequence[Fact]], seated_at: datetime, *, outlives: Callable[[Fact], bool]
) -> dict[str, Sequence[Fact]]:
    """Without visit ids, what was true before the patient sat down is an earlier visit's."""
    kept = {
        code: [fact for fact in found if fact.effective_at >= seated_at or outlives(fact)]
        for code, found in by_code.items()
    }
    return {code: found for code, found in kept.items() if found}
