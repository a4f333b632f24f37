"""Decision points of a course, judged by the scores: is it working, or is it to be ended?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import NAMESPACE_OID, uuid5

from serein.clinical.course import DOSES, course_of
from serein.clinical.criteria import MET, Derived, Judgement, Moment
from serein.clinical.facts import Chart, Fact
from serein.clinical.history import history
from serein.clinical.outcome_terms import newest_scales, standards_of
from serein.clinical.outcomes import outcome
from serein.clinical.protocols import DecisionPoint, Protocol
from serein.clinical.shelf import Shelf
from serein.clinical.vocabulary import Term

IMPROVEMENT = "course.improvement-percent"
DECIDING: Mapping[str, Term] = {
    IMPROVEMENT: Term("Improvement since before the course", "%"),
}
_VISITS = frozenset(("session", *DOSES))


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision point that was reached; `judgement` is None where no score can tell."""

    point: DecisionPoint
    judgement: Judgement | None


def decided(
    protocol: Protocol, facts: Iterable[Fact], *, given_on: Sequence[date], now: datetime, on: Shelf
) -> list[Decided]:
    """Every decision point after a session that was given, judged by what was known then.

    What was known: up to the next session, or up to now while there is none.

    Args:
        protocol: Its decision points, and the scales of what it is given for.
        facts: The scores; those of the first day count as from before the first dose.
        given_on: The days on which a session was given, in any order.
        now: The moment asked about.
        on: Everything that was read, among it the scales.
    """
    given, known = sorted(given_on), list(facts)
    return [
        Decided(point, _judged(protocol, point, known, given=given, now=now, on=on))
        for point in protocol.decisions
        if point.after_session is not None and point.after_session <= len(given)
    ]


def _judged(
    protocol: Protocol,
    point: DecisionPoint,
    facts: Sequence[Fact],
    *,
    given: Sequence[date],
    now: datetime,
    on: Shelf,
) -> Judgement | None:
    if point.when is None or point.after_session is None:
        return None
    following = given[point.after_session : point.after_session + 1]
    at = min([now, *map(_end_of, following)])
    moment = history(facts, now=at)
    visits = _visits(facts, given, protocol=protocol, now=at)
    since = _end_of(given[point.after_session - 1])
    improved = improvement(protocol, [*facts, *visits], since=since, now=at, on=on)
    told = Moment(at, moment.by_code, {**moment.derived, IMPROVEMENT: improved})
    return point.when.judge(told)


def improvement(
    protocol: Protocol, facts: Iterable[Fact], *, since: datetime, now: datetime, on: Shelf
) -> Derived:
    """Percent of the baseline by which the patient is better, by the first scale that can tell.

    Unknown, with the total that is missing, while no scale of the protocol has a total from after
    `since` that can be compared.
    """
    chart = Chart.of(facts, now=now)
    course, standards = course_of(chart), standards_of(on)
    scales = {scale.id: scale for scale in newest_scales(on)}
    named = dict.fromkeys(scale for each in protocol.indications for scale in each.scales)
    found = [
        outcome(chart, scale=scales[scale], course=course, standards=standards)
        for scale in named
        if scale in scales
    ]
    for one in found:
        is_since = one.latest is not None and one.latest.effective_at > since
        if is_since and one.comparable.verdict is MET and one.improvement_percent is not None:
            evidence = one.comparable.evidence
            return Derived(one.improvement_percent, evidence[-1].effective_at, evidence)
    answered = [one for one in found if one.latest is not None] or found
    return Derived(None, now, (), tuple(one.instrument.fact for one in answered[:1]))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


def _visits(
    facts: Iterable[Fact], given: Iterable[date], *, protocol: Protocol, now: datetime
) -> list[Fact]:
    """A visit for each day of the history that no fact tells of, at its end: scores come before."""
    told = {fact.effective_at.date() for fact in facts if fact.code in _VISITS}
    found = []
    for number, day in enumerate(given, start=1):
        at = min(_end_of(day), now)
        if day not in told and day <= now.date():
            value = {"number": number, "product": protocol.product}
            found.append(Fact(uuid5(NAMESPACE_OID, f"{day}"), "session", value, at, at))
    return found
