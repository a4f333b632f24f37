"""When the sessions of a course fall: phase, week, earliest and latest day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from serein.clinical.dosing import devices_for
from serein.clinical.protocols import Phase, Protocol

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """One session of the plan; `of` is how many the phase has, None when it is open-ended."""

    n: int
    phase: str
    title: str
    of: int | None
    week: int
    on: date
    earliest: date
    latest: date
    dose_mg: int
    devices: int


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
    protocol: Protocol, *, start_on: date, sessions: int, dose_mg: int | None = None
) -> list[PlannedSession]:
    """The first so many sessions of a course.

    Args:
        protocol: Phases and doses.
        start_on: Day of the first session.
        sessions: How many to plan.
        dose_mg: Dose wanted from the second session on; the first allowed one when None.
    """
    days = _days(protocol, start_on=start_on)
    return [_planned(protocol, n, on=next(days), dose_mg=dose_mg) for n in range(1, sessions + 1)]


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


def _planned(protocol: Protocol, n: int, *, on: date, dose_mg: int | None) -> PlannedSession:
    phase = phase_of(protocol, n)
    allowed = next(
        option.allowed_mg
        for option in protocol.doses
        if option.first_session <= n and (option.last_session is None or n <= option.last_session)
    )
    dose = dose_mg if dose_mg in allowed and dose_mg is not None else allowed[0]
    spread = timedelta(days=int(DAYS_A_WEEK / min(phase.sessions_per_week) / 2) - 1)
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
        devices=devices_for(protocol, dose),
    )
