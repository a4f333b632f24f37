"""The course as its facts tell it: when it began, and each time the drug reached the patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from serein.clinical.dosing import FAILED, GIVEN, NEVER, REFUSED
from serein.clinical.facts import Chart, Fact
from serein.clinical.infusion import INFUSION, infusion

STARTED_ON = "course.started-on"
DOSES = ("device", "dose", INFUSION)
_UNTOUCHED = frozenset((FAILED, REFUSED, NEVER))
# No schedule gives two treatments within half a day: doses nearer than that are of one visit.
SAME_VISIT = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Giving:
    """One visit in which the drug reached the patient; `dose_mg` is None when it is not known."""

    first_at: datetime
    last_at: datetime
    product: str
    dose_mg: float | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """Every giving of the course, oldest first; `start_at` is None while nothing was given."""

    start_at: datetime | None
    givings: tuple[Giving, ...]
    evidence: tuple[Fact, ...]

    def last_before(self, at: datetime) -> Giving | None:
        """The last giving that began before this time."""
        earlier = [each for each in self.givings if each.first_at < at]
        return earlier[-1] if earlier else None


def course_of(chart: Chart) -> Course:
    """The course that these facts tell of.

    It starts with the first dose on or after the newest `course.started-on`, where there is one;
    else with the first dose there is. A visit of which no dose is on record, such as one noted from
    elsewhere, counts as a giving only while no later one has doses.
    """
    said = chart.latest(STARTED_ON)
    started_on = _day(said)
    givings = tuple(_givings(chart, since=_opens(started_on)))
    if givings:
        return Course(givings[0].first_at, givings, givings[0].facts[:1])
    if started_on is None or said is None:
        return Course(None, (), ())
    # Of a day without a dose on record, the readings before the dose are usually of that day too.
    return Course(_midnight(started_on) + timedelta(days=1), (), (said,))


def _day(fact: Fact | None) -> date | None:
    try:
        return None if fact is None else date.fromisoformat(str(fact.value)[:10])
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _opens(day: date | None) -> datetime | None:
    """When that day begins in the zone where it begins first."""
    return None if day is None else _midnight(day) - SAME_VISIT


def _givings(chart: Chart, *, since: datetime | None) -> Iterator[Giving]:
    facts = [
        fact
        for code in ("session", *DOSES)
        for fact in chart.all(code)
        if since is None or fact.effective_at >= since
    ]
    visits = list(_visits(sorted(facts, key=lambda fact: fact.effective_at)))
    dosed = [index for index, visit in enumerate(visits) if any(map(_is_exposing, visit))]
    for index, visit in enumerate(visits):
        if any(map(_is_exposing, visit)):
            # Of an infusion every act at the pump counts, not its start alone.
            of_doses = [fact for fact in visit if fact.code == INFUSION or _is_exposing(fact)]
            yield _giving(of_doses)
        elif (not dosed or index < dosed[0]) and not _was_not_dosed(visit, chart):
            yield _giving(visit[:1])


def _visits(facts: list[Fact]) -> Iterator[list[Fact]]:
    visit: list[Fact] = []
    for fact in facts:
        if visit and fact.effective_at - visit[-1].effective_at > SAME_VISIT:
            yield visit
            visit = []
        visit.append(fact)
    if visit:
        yield visit


def _is_exposing(fact: Fact) -> bool:
    if fact.code == INFUSION:
        return bool(_of(fact, "step") == "start")
    return fact.code in DOSES and _of(fact, "outcome") not in _UNTOUCHED


def _was_not_dosed(visit: list[Fact], chart: Chart) -> bool:
    """Whether the record itself says that nothing was given at this visit."""
    if any(fact.code in DOSES for fact in visit):
        return True
    seated_at = visit[-1].effective_at
    return any(
        _of(end, "ending") == "not-dosed"
        and seated_at <= end.effective_at <= seated_at + SAME_VISIT
        for end in chart.all("session.ended")
    )


def _giving(told: list[Fact]) -> Giving:
    pump = infusion([fact for fact in told if fact.code == INFUSION])
    ran = [step.fact for step in pump.steps]
    facts = [fact for fact in told if fact.code != INFUSION or fact in ran]
    amounts = [_amount(fact) for fact in facts if fact.code != INFUSION]
    if pump.steps:
        ran_in_mg = pump.delivered_mg(now=facts[-1].effective_at)
        amounts.append(None if pump.is_open else round(ran_in_mg, 1))
    known = [amount for amount in amounts if amount is not None]
    products = [str(product) for fact in facts if (product := _of(fact, "product"))]
    return Giving(
        first_at=facts[0].effective_at,
        last_at=facts[-1].effective_at,
        product=products[0] if products else "",
        dose_mg=sum(known) if len(known) == len(amounts) else None,
        facts=tuple(facts),
    )


def _amount(fact: Fact) -> float | None:
    """Milligrams of one dose; not known when only a part of it was given."""
    for key in ("dose_mg", "mg"):
        amount = _of(fact, key)
        if isinstance(amount, int | float) and _of(fact, "outcome") in (GIVEN, None):
            return float(amount)
    return None


def _of(fact: Fact, key: str) -> Any:
    return fact.value.get(key) if isinstance(fact.value, Mapping) else None
