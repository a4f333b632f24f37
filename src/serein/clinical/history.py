"""A patient's whole chart at one moment: its facts, and what is worked out from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from serein.clinical.criteria import Derived, Moment
from serein.clinical.dosing import EXPOSING
from serein.clinical.facts import Chart, Fact
from serein.clinical.person import PERSON, person
from serein.clinical.vocabulary import Term

HISTORY: Mapping[str, Term] = {
    **PERSON,
    "cardiovascular-event.days-ago": Term("Days since the last cardiovascular event", "days"),
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
        "cardiovascular-event.days-ago": _days_ago(by_code.get("cardiovascular-event", ()), now),
        "sessions.given": _sessions_given(by_code, now=now),
    }


def _days_ago(events: Sequence[Fact], now: datetime) -> Derived:
    happened = [fact for fact in events if fact.value is True]
    if not happened:
        return Derived(None, now, (), ("cardiovascular-event",))
    return Derived((now - happened[-1].effective_at).days, now, (happened[-1],))


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
