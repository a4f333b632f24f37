"""A patient's whole chart at one moment: its facts, and what is worked out from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from serein.clinical.criteria import Derived, Moment
from serein.clinical.dosing import EXPOSING
from serein.clinical.facts import Chart, Fact
from serein.clinical.person import PERSON, person
from serein.clinical.vocabulary import Term

CARDIOVASCULAR: Mapping[str, Term] = {
    "cardiovascular-event.ever": Term("Cardiovascular event at any time"),
    "cardiovascular-event.days-ago": Term("Days since the last cardiovascular event", "days"),
}
HISTORY: Mapping[str, Term] = {
    **PERSON,
    **CARDIOVASCULAR,
    "sessions.given": Term("Sessions in which a dose was given"),
}


def history(facts: Iterable[Fact], *, now: datetime) -> Moment:
    """What is known of this patient at this moment, whatever the visit."""
    by_code = Chart.of(facts, now=now).by_code
    return Moment(now, by_code, history_values(by_code, now=now))


def history_values(by_code: Mapping[str, Sequence[Fact]], *, now: datetime) -> dict[str, Derived]:
    """Everything in `HISTORY`; unknown, with what is missing, where nothing was recorded."""
    return {
        **person(by_code, now=now),
        **cardiovascular(by_code, now=now),
        "sessions.given": _sessions_given(by_code, now=now),
    }


def cardiovascular(by_code: Mapping[str, Sequence[Fact]], *, now: datetime) -> dict[str, Derived]:
    """Everything in `CARDIOVASCULAR`.

    A later "no" says that nothing more has happened; only a correction takes an event back.
    """
    told = tuple(by_code.get("cardiovascular-event", ()))
    happened = [fact for fact in told if fact.value is True]
    missing = () if told else ("cardiovascular-event",)
    if not happened:
        ever = Derived(False if told else None, now, told[-1:], missing)
        return {
            "cardiovascular-event.ever": ever,
            "cardiovascular-event.days-ago": Derived(None, now, (), ("cardiovascular-event",)),
        }
    last = happened[-1]
    return {
        "cardiovascular-event.ever": Derived(value=True, at=last.effective_at, evidence=(last,)),
        "cardiovascular-event.days-ago": Derived((now - last.effective_at).days, now, (last,)),
    }


def _sessions_given(by_code: Mapping[str, Sequence[Fact]], *, now: datetime) -> Derived:
    """Visits in which drug reached the patient; a day without a visit id counts as one."""
    given = [fact for code in ("device", "dose", "infusion") for fact in by_code.get(code, ())]
    given = [fact for fact in given if _reached(fact)]
    visits = {fact.encounter or fact.effective_at.date() for fact in given}
    if not visits and not by_code.get("session"):
        return Derived(None, now, (), ("session",))
    return Derived(len(visits), now, tuple(given))


def _reached(fact: Fact) -> bool:
    value = fact.value if isinstance(fact.value, Mapping) else {}
    return value.get("outcome") in EXPOSING or value.get("step") == "start"
