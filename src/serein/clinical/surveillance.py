"""What is watched for over years: what is due, and what an answer sets off.

What was never looked at is *never*, not fine; it goes on after the last dose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from serein.clinical.course import SAME_VISIT, STARTED_ON, Course, Giving, course_of
from serein.clinical.criteria import MET, UNKNOWN, Criterion, Derived, Moment, Source
from serein.clinical.facts import Chart, Fact
from serein.clinical.rules import DECISION, OVERRULING, Fired, Rule, firing
from serein.clinical.vocabulary import Term

ABOVE_SETTLED = "doses.above-settled"
COGNITION = "cognition.total"
COGNITION_DROP = "cognition.drop-percent"
RAISE = f"{DECISION}dose-raise"
REVIEW = "dose.review"
TERMS: Mapping[str, Term] = {
    ABOVE_SETTLED: Term("Treatments above the settled dose without a decision"),
    COGNITION_DROP: Term("Cognitive test below its baseline", "%"),
}


class State(StrEnum):
    """How one thing stands; never is worse than due, for nothing is known."""

    NEVER = "never"
    OVERDUE = "overdue"
    DUE = "due"
    DONE = "done"
    WAITING = "waiting"
    OVER = "over"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When something is to be looked at: before the course, and again after days or treatments."""

    baseline: bool
    every_days: int | None
    every_sessions: int | None
    grace_days: int


@dataclass(frozen=True, slots=True)
class Escalation:
    """An answer that somebody must act on; `holds` keeps the next dose back until they did."""

    rule: Rule
    holds: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One thing watched for; looked at when every one of its codes is recorded."""

    id: str
    title: str
    text: str
    codes: tuple[str, ...]
    products: tuple[str, ...]
    rhythm: Rhythm
    unless: Criterion | None
    escalations: tuple[Escalation, ...]
    for_role: str
    action: str
    source: Source
    checked: bool
    policy: bool


@dataclass(frozen=True, slots=True)
class Surveillance:
    """Everything watched for, how long after the last dose, and which rise of the dose is seen."""

    id: str
    version: int
    items: tuple[Item, ...]
    until: timedelta
    settled_after: timedelta
    above_percent: float


@dataclass(frozen=True, slots=True)
class Raised:
    """An escalation that fires."""

    fired: Fired
    holds: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """One thing at one moment: `due_at` is None when the next treatment decides, or nothing does.

    `unknown` names the escalations that cannot be judged.
    """

    item: Item
    state: State
    last_at: datetime | None
    due_at: datetime | None
    evidence: tuple[Fact, ...]
    missing: tuple[str, ...]
    escalations: tuple[Raised, ...]
    unknown: tuple[str, ...]


def surveil(surveillance: Surveillance, facts: Iterable[Fact], *, now: datetime) -> list[Watched]:
    """Everything watched for, in the order of the file, as it stands at this moment."""
    chart = Chart.of(facts, now=now)
    course = course_of(chart)
    moment = Moment(
        now,
        chart.by_code,
        derived_values(surveillance, chart, course=course, now=now),
        _events(course),
    )
    return [_watched(item, surveillance, chart, course, moment) for item in surveillance.items]


def _events(course: Course) -> dict[str, datetime | None]:
    last = course.givings[-1] if course.givings else None
    return {
        "first-dose": last.first_at if last else None,
        "last-dose": last.last_at if last else None,
    }


def _watched(
    item: Item, surveillance: Surveillance, chart: Chart, course: Course, moment: Moment
) -> Watched:
    newest = {code: chart.latest(code) for code in item.codes}
    found = tuple(fact for fact in newest.values() if fact is not None)
    missing = tuple(code for code, fact in newest.items() if fact is None)
    last_at = None if missing else min(fact.effective_at for fact in found)
    if not _applies(item, course, moment):
        return Watched(item, State.NOT_APPLICABLE, last_at, None, found, (), (), ())
    state, due_at = _state(item.rhythm, last_at, course=course, now=moment.now)
    if course.givings and moment.now > course.givings[-1].last_at + surveillance.until:
        state, due_at = State.OVER, None
    judged = [(each, each.rule.when.judge(moment)) for each in item.escalations]
    return Watched(
        item,
        state,
        last_at,
        due_at,
        found,
        missing,
        tuple(
            Raised(firing(each.rule, answer), each.holds)
            for each, answer in judged
            if answer.verdict is MET
        ),
        tuple(each.rule.id for each, answer in judged if answer.verdict is UNKNOWN),
    )


def _applies(item: Item, course: Course, moment: Moment) -> bool:
    """A product that is not known, or an exception that cannot be judged, excuses nothing."""
    products = {giving.product for giving in course.givings}
    if item.products and products and "" not in products:
        fits = any(product.startswith(item.products) for product in products)
    else:
        fits = True
    return fits and (item.unless is None or item.unless.judge(moment).verdict is not MET)


def _state(
    rhythm: Rhythm, last_at: datetime | None, *, course: Course, now: datetime
) -> tuple[State, datetime | None]:
    if last_at is None:
        return _never(rhythm, course=course, now=now)
    found = [
        _by_days(rhythm, last_at, course=course, now=now),
        _by_sessions(rhythm, last_at, course=course),
    ]
    state = min((state for state, _ in found), key=tuple(State).index)
    dates = [at for each, at in found if at is not None and each is state]
    return state, min(dates, default=None)


def _never(rhythm: Rhythm, *, course: Course, now: datetime) -> tuple[State, datetime | None]:
    """What was never looked at: due before the course, waiting until the first round is up."""
    if course.start_at is None:
        return (State.DUE if rhythm.baseline else State.WAITING), None
    if rhythm.baseline or rhythm.every_days is None:
        return State.NEVER, course.start_at
    due_at = course.start_at + timedelta(days=rhythm.every_days)
    return (State.NEVER if now >= due_at else State.WAITING), due_at


def _by_days(
    rhythm: Rhythm, last_at: datetime, *, course: Course, now: datetime
) -> tuple[State, datetime | None]:
    """By the calendar: nothing is late before the course, nor for longer than the course lasts."""
    if rhythm.every_days is None:
        return State.DONE, None
    due_at = last_at + timedelta(days=rhythm.every_days)
    if course.start_at is None and now >= due_at:
        return (State.DUE if rhythm.baseline else State.DONE), None
    due_at = max(due_at, course.start_at or due_at)
    if now < due_at:
        return State.DONE, due_at
    is_late = now >= due_at + timedelta(days=rhythm.grace_days)
    return (State.OVERDUE if is_late else State.DUE), due_at


def _by_sessions(
    rhythm: Rhythm, last_at: datetime, *, course: Course
) -> tuple[State, datetime | None]:
    """Treatments since: the visit in which it was looked at does not count, before its dose too."""
    every = rhythm.every_sessions
    if every is None:
        return State.DONE, None
    since = [giving for giving in course.givings if giving.first_at - SAME_VISIT > last_at]
    if len(since) >= every:
        return State.OVERDUE, since[every - 1].first_at
    is_next = every > 1 and len(since) == every - 1
    return (State.DUE if is_next else State.DONE), None


def derived_values(
    surveillance: Surveillance, chart: Chart, *, course: Course, now: datetime
) -> dict[str, Derived]:
    """The values that the file's criteria may name beside the facts."""
    return {
        ABOVE_SETTLED: _above_settled(surveillance, chart, course=course, now=now),
        COGNITION_DROP: _drop(chart, course=course, now=now),
    }


def _above_settled(
    surveillance: Surveillance, chart: Chart, *, course: Course, now: datetime
) -> Derived:
    """Treatments above the settled dose that nobody decided on; unknown where a dose is not known.

    The settled dose is the highest of the first weeks, or the highest decided on since.
    """
    if not course.givings:
        return Derived(None, now, (), ("device",))
    above = tuple(giving.facts[0] for giving in _undecided(surveillance, chart, course))
    if not above and any(giving.dose_mg is None for giving in course.givings):
        return Derived(None, now, (), ("device",))
    at = above[-1].effective_at if above else course.givings[-1].first_at
    return Derived(len(above), at, above)


def _undecided(surveillance: Surveillance, chart: Chart, course: Course) -> Iterator[Giving]:
    settles_at = course.givings[0].first_at + surveillance.settled_after
    factor = 1 + surveillance.above_percent / 100
    settled: dict[str, float] = {}
    before: Giving | None = None
    for giving in course.givings:
        dose_mg, base = giving.dose_mg, settled.get(giving.product)
        if dose_mg is not None:
            is_free = base is None or giving.first_at < settles_at
            if is_free or _is_decided(giving, chart, before=before):
                settled[giving.product] = dose_mg if base is None else max(dose_mg, base)
            elif base is not None and dose_mg > base * factor:
                yield giving
        before = giving


def _is_decided(giving: Giving, chart: Chart, *, before: Giving | None) -> bool:
    """Whether a prescriber decided on it since the treatment before, or looked it over after."""
    since = before.last_at if before else giving.first_at
    decided = any(fact.effective_at > since and _is_word(fact.value) for fact in chart.all(RAISE))
    return decided or any(
        fact.effective_at >= giving.first_at and fact.value is True for fact in chart.all(REVIEW)
    )


def _is_word(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and value.get("decision") in OVERRULING
        and value.get("by_role") == "prescriber"
        and bool(str(value.get("reason") or "").strip())
    )


def _drop(chart: Chart, *, course: Course, now: datetime) -> Derived:
    """By how much of its baseline the newest cognitive test is lower, percent; never below 0."""
    missing = Derived(None, now, (), (COGNITION,))
    if course.start_at is None:
        return missing._replace(missing=(STARTED_ON,))
    tests = [fact for fact in chart.all(COGNITION) if isinstance(fact.value, int | float)]
    before = [fact for fact in tests if fact.effective_at <= course.start_at]
    if not before or tests[-1] is before[-1]:
        return missing
    first, last = before[-1], tests[-1]
    assert isinstance(first.value, int | float)
    assert isinstance(last.value, int | float)
    if first.value <= 0:
        return missing
    drop = max(100 * (first.value - last.value) / first.value, 0.0)
    return Derived(drop, last.effective_at, (first, last))
