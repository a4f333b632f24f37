"""What was corrected or answered anew: the old value, the new one, whose, when and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.facts import Chart, Fact
from serein.server.courses.queries import protocol
from serein.server.library import library
from serein.server.treatment.models import Session
from serein.server.treatment.paper.times import clock
from serein.server.treatment.wording import said

ENDED = "session.ended"


@dataclass(frozen=True)
class Correction:
    """One value that no longer holds beside the one that stands in its place.

    Where the time was corrected, `times` are the wrong and the right one on the clinic's clock.
    """

    title: str
    was: Any
    now: Any
    wrong: Fact
    fact: Fact
    reason: str
    times: tuple[str, str] | None = None


def corrections(
    session: Session, known: Iterable[Fact], *, reasons: Mapping[UUID, str]
) -> list[Correction]:
    """Every value that was corrected and every answer that gave way to another, oldest first.

    Args:
        session: The visit.
        known: Every fact of the session, corrected ones among them.
        reasons: What was said of each correction, by the fact that it made.
    """
    pairs = sorted(
        [*_corrected(known), *_answered_anew(session, known)], key=lambda two: two[1].recorded_at
    )
    return [_correction(old, new, session, reason=reasons.get(new.id, "")) for old, new in pairs]


def in_sets(some: Iterable[Correction]) -> list[Correction]:
    """The same as they are shown: a set whose time was corrected is one line."""
    found: dict[object, Correction] = {}
    for one in some:
        if one.times is None:
            found[one.fact.id] = one
            continue
        was, now = one.times
        of_set = replace(one, title=_("Time of the set"), was=was, now=now)
        key = (one.fact.panel, one.fact.recorded_at, one.wrong.effective_at)
        found.setdefault(key, of_set)
    return list(found.values())


def _is_of_time(old: Fact, new: Fact) -> bool:
    """Whether the time was corrected, and not the value."""
    is_same = new.replaces == old.id and new.value == old.value
    return is_same and new.effective_at != old.effective_at


def _correction(old: Fact, new: Fact, session: Session, *, reason: str) -> Correction:
    """Both values; where the time was corrected, both with their times."""
    title, was, now = library().dictionary.code(new.code).title, said(old), said(new)
    if not _is_of_time(old, new):
        return Correction(title, was, now, old, new, reason)
    zone = session.clinic.zone
    was_at, now_at = clock(old.effective_at, zone), clock(new.effective_at, zone)
    both = (f"{was}, {was_at}", f"{now}, {now_at}")
    return Correction(title, *both, old, new, reason, times=(was_at, now_at))


def ends_taken_back(known: Iterable[Fact]) -> list[tuple[Fact, Fact]]:
    """Every end that was recorded and did not stand, each with what took it back."""
    return [pair for pair in _replaced(known) if pair[0].code == ENDED]


def _replaced(known: Iterable[Fact]) -> list[tuple[Fact, Fact]]:
    facts = {fact.id: fact for fact in known}
    return [(facts[new.replaces], new) for new in facts.values() if new.replaces in facts]


def _corrected(known: Iterable[Fact]) -> list[tuple[Fact, Fact]]:
    """What was corrected; a device has its own table, and an end its own line."""
    apart = ("device", ENDED)
    return [
        (old, new)
        for old, new in _replaced(known)
        if new.code == old.code and new.code not in apart
    ]


def _answered_anew(session: Session, known: Iterable[Fact]) -> list[tuple[Fact, Fact]]:
    """Answers of before the dose that somebody gave again in this visit, and otherwise."""
    chart = Chart.of(known)
    asked = [ask.code for group in protocol(session.course).asks for ask in group.asks]
    return [
        (old, new)
        for code in dict.fromkeys(asked)
        for old, new in pairwise(chart.all(code))
        if old.value != new.value and _is_of(session, new)
    ]


def _is_of(session: Session, fact: Fact) -> bool:
    """Whether it was said in this visit; what belongs to the patient is stored without one."""
    is_before_end = session.ended_at is None or fact.effective_at <= session.ended_at
    is_within = session.seated_at <= fact.effective_at and is_before_end
    return fact.encounter == session.id or (fact.encounter is None and is_within)
