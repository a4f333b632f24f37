"""When the sessions of a course fall: phase, week, earliest and latest day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import ceil

from serein.clinical.criteria import MET, UNMET, Moment, Verdict
from serein.clinical.dosing import devices_for, dose_option
from serein.clinical.errors import InputError
from serein.clinical.person import dose_weight
from serein.clinical.protocols import DoseOption, Marks, Phase, Protocol

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """One session of the plan; `of` is how many the phase has, None when it is open-ended.

    `dose_mg` is None while an age or a weight is not known that decides it; `mg_per_kg` is set
    where the dose goes by weight, `devices` where it is given in devices. The phase and the dose
    are `checked` when both are, `policy` when one is.
    """

    n: int
    phase: str
    title: str
    of: int | None
    week: int
    on: date
    earliest: date
    latest: date
    dose_mg: int | None
    mg_per_kg: float | None
    devices: int | None
    checked: bool
    policy: bool


def phase_of(protocol: Protocol, session_number: int) -> Phase:
    """The phase in which this session lies; sessions count from 1."""
    assert session_number >= 1, "sessions count from 1"
    for phase in protocol.phases:
        if phase.last_session is None or session_number <= phase.last_session:
            return phase
    raise AssertionError(f"{protocol.id} has no open-ended phase")


def week_of(phase: Phase, session_number: int) -> int:
    """The week of the course in which this session is planned, from 1."""
    earlier = session_number - phase.first_session
    return phase.first_week + int(earlier / min(phase.sessions_per_week))


def session_label(protocol: Protocol, session_number: int) -> str:
    """How the floor names a session.

    The count runs over the whole phase: session 5 of 8 while induction lasts, then plain numbers.
    """
    phase = phase_of(protocol, session_number)
    words = f"{phase.title.lower()} week {week_of(phase, session_number)}"
    if phase.last_session is None:
        return f"session {session_number}, {phase.title.lower()}"
    return f"session {session_number} of {phase.last_session}, {words}"


def plan(
    protocol: Protocol,
    *,
    start_on: date,
    sessions: int,
    dose_mg: int | None = None,
    moment: Moment | None = None,
) -> list[PlannedSession]:
    """The first so many sessions of a course.

    Args:
        protocol: Phases and doses.
        start_on: Day of the first session.
        sessions: How many to plan.
        dose_mg: Dose wanted from the second session on; the first allowed one when None.
        moment: What is known of the patient: an age that decides the dose, a weight that makes it.

    Raises:
        InputError: The dose is none, or lies above a limit that has no way round.
    """
    days = _days(protocol, start_on=start_on)
    known = moment or Moment(datetime.min.replace(tzinfo=UTC), {})
    return [
        _planned(
            protocol,
            n,
            on=next(days),
            every=_slowest(phase_of(protocol, n)),
            dose_mg=dose_mg,
            moment=known,
        )
        for n in range(1, sessions + 1)
    ]


def _slowest(phase: Phase) -> timedelta:
    """The longest interval a phase allows, at which it is planned."""
    return _every(min(phase.sessions_per_week))


def _days(protocol: Protocol, *, start_on: date) -> Iterator[date]:
    """The planned day of each session: spread evenly over its week, each week from the start."""
    n = 1
    while True:
        phase = phase_of(protocol, n)
        per_week = min(phase.sessions_per_week)
        earlier = n - phase.first_session
        days = (phase.first_week - 1) * DAYS_A_WEEK + ceil(earlier * DAYS_A_WEEK / per_week)
        yield start_on + timedelta(days=days)
        n += 1


def _planned(
    protocol: Protocol,
    n: int,
    *,
    on: date,
    every: timedelta,
    dose_mg: int | None,
    moment: Moment,
) -> PlannedSession:
    phase = phase_of(protocol, n)
    option, _ = dose_option(protocol, n, moment=moment)
    dose, per_kg = _dose(protocol, option, dose_mg=dose_mg, moment=moment)
    spread = timedelta(days=(every / 2).days - 1)
    is_counted = protocol.devices is not None and dose is not None
    marks = [phase.marks, *([option.marks] if option else [])]
    return PlannedSession(
        n=n,
        phase=phase.id,
        title=phase.title,
        of=phase.last_session,
        week=week_of(phase, n),
        on=on,
        earliest=on,
        latest=on + max(spread, timedelta(0)),
        dose_mg=dose,
        mg_per_kg=per_kg,
        devices=devices_for(protocol, dose) if is_counted and dose is not None else None,
        checked=all(one.checked for one in marks),
        policy=any(one.policy for one in marks),
    )


def _dose(
    of: Protocol, option: DoseOption | None, *, dose_mg: int | None, moment: Moment
) -> tuple[int | None, float | None]:
    """The dose to plan, mg, and what it is by weight, mg/kg; None where it cannot be said yet."""
    if dose_mg is not None and dose_mg <= 0:
        raise InputError(f"{dose_mg} mg is no dose; give one above 0")
    if option is None:
        return None, None
    if option.allowed_mg:
        return (dose_mg if dose_mg in option.allowed_mg else option.allowed_mg[0]), None
    usual = option.usual_mg_per_kg[0]
    weight = dose_weight(moment.by_code, method="actual", now=moment.now).value
    if weight is None:
        _refuse_too_much(of, dose_mg or 0, mg_per_kg=0)
        return None, usual
    dose = dose_mg if dose_mg is not None else round(usual * weight)
    _refuse_too_much(of, dose, mg_per_kg=dose / weight)
    return dose, round(dose / weight, 3)


def _refuse_too_much(of: Protocol, dose_mg: int, *, mg_per_kg: float) -> None:
    """Refuse what no order may hold: a plan above the hard limit would be one to be copied."""
    limits = of.limits
    if limits is None or (dose_mg <= limits.hard_mg and mg_per_kg <= limits.hard_mg_per_kg):
        return
    by_weight = f" ({mg_per_kg:.2f} mg/kg)" if mg_per_kg else ""
    raise InputError(
        f"{dose_mg} mg{by_weight} is above the hard limit of {of.title}: {limits.hard_mg_per_kg:g}"
        f" mg/kg and {limits.hard_mg:g} mg; plan a lower dose"
    )


@dataclass(frozen=True, slots=True)
class Proposal:
    """What comes next after the sessions that were given, and why."""

    sessions: list[PlannedSession]
    missed: list[date]
    reason: str
    marks: Marks | None


def propose(
    protocol: Protocol,
    *,
    given_on: Sequence[date],
    today: date,
    sessions: int,
    dose_mg: int | None = None,
    moment: Moment,
) -> Proposal:
    """The next sessions after those given: at the same pace, or one step back when worse.

    The pace is the one the patient had, where the phase leaves a choice. A session counts as missed
    when more than half its interval has gone by since its day and it was not given. Whether the
    patient is worse is asked of what was told since the last session, by the protocol's own
    criterion; unknown keeps the pace and says that it must be asked.

    Args:
        protocol: Phases, doses and the rule for missed sessions.
        given_on: The days on which a session was given, in any order.
        today: The day of the proposal.
        sessions: How many to propose.
        dose_mg: Dose wanted.
        moment: What is known of the patient.

    Raises:
        InputError: The dose is none, or lies above a limit that has no way round.
    """
    given = sorted(given_on)
    if not given:
        planned = plan(protocol, start_on=today, sessions=sessions, dose_mg=dose_mg, moment=moment)
        return Proposal(planned, [], "", None)
    number = len(given) + 1
    rate = _rate_kept(protocol, given)
    missed = _missed(given[-1], today=today, every=_every(rate))
    verdict = _is_worse(protocol, moment, since=given[-1]) if missed else UNMET
    reason = _reason(protocol, verdict) if missed else ""
    pace = _every(_step_back(protocol, number, rate) if verdict is MET else rate)
    first = max(given[-1] + timedelta(days=pace.days), today)
    planned = []
    for k, (day, every) in enumerate(_following(protocol, number, first, pace, sessions)):
        one = _planned(protocol, number + k, on=day, every=every, dose_mg=dose_mg, moment=moment)
        planned.append(replace(one, week=(day - given[0]).days // DAYS_A_WEEK + 1))
    return Proposal(planned, missed, reason, protocol.missed.marks if missed else None)


def _every(rate: float) -> timedelta:
    """The interval of so many sessions a week."""
    return timedelta(days=DAYS_A_WEEK / rate)


def _rate_kept(protocol: Protocol, given: Sequence[date]) -> float:
    """Sessions a week, of those the phase allows: the nearest to what the patient had in it.

    Of the last three intervals the middle one, so that one session given late changes nothing.
    """
    phase = phase_of(protocol, len(given) + 1)
    recent = given[phase.first_session - 1 :][-4:]
    gaps = sorted((later - earlier).days for earlier, later in pairwise(recent))
    if not gaps:
        return min(phase.sessions_per_week)
    usual = gaps[(len(gaps) - 1) // 2]
    return min(
        sorted(phase.sessions_per_week),
        key=lambda rate: abs(DAYS_A_WEEK / rate - usual),
    )


def _is_worse(protocol: Protocol, moment: Moment, *, since: date) -> Verdict:
    """By what was told after the day of the last session; older words are of before it."""
    after = datetime.combine(since + timedelta(days=1), time(), tzinfo=UTC)
    by_code = {
        code: [fact for fact in facts if fact.effective_at >= after]
        for code, facts in moment.by_code.items()
    }
    return protocol.missed.worse.judge(replace(moment, by_code=by_code)).verdict


def _missed(last: date, *, today: date, every: timedelta) -> list[date]:
    """The days of sessions that should have been given since the last one and were not."""
    found = []
    due = last + timedelta(days=ceil(every / timedelta(days=1)))
    while due + every / 2 < today:
        found.append(due)
        due += timedelta(days=ceil(every / timedelta(days=1)))
    return found


def _step_back(protocol: Protocol, number: int, rate: float) -> float:
    """The next more frequent rhythm: of the same phase, else of the nearest one before it."""
    phase = phase_of(protocol, number)
    quicker = [each for each in phase.sessions_per_week if each > rate]
    earlier = [
        slowest
        for each in protocol.phases
        if each.first_session < phase.first_session
        and (slowest := min(each.sessions_per_week)) > rate
    ]
    return min(quicker) if quicker else (earlier or [rate])[-1]


def _reason(protocol: Protocol, verdict: Verdict) -> str:
    if verdict is MET:
        return protocol.missed.back
    if verdict is UNMET:
        return protocol.missed.keep
    return f"Whether the patient is worse is not known: ask. {protocol.missed.keep}"


def _following(
    protocol: Protocol, number: int, first: date, pace: timedelta, sessions: int
) -> Iterator[tuple[date, timedelta]]:
    """The days from the first on, each with its interval: at this pace while its phase lasts.

    Each later phase has its own.
    """
    # Counted from the first: half days add up, so that twice a week is seven days and not eight.
    since, phase = timedelta(0), phase_of(protocol, number)
    for k in range(sessions):
        now = phase_of(protocol, number + k)
        every = pace if now is phase else _slowest(now)
        since += every if k else timedelta(0)
        yield first + timedelta(days=ceil(since / timedelta(days=1))), every
