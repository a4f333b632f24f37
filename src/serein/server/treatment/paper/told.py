"""The alerts of a session as its page and its record tell them, while it runs and after it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from serein.clinical.facts import Fact
from serein.clinical.protocols import Protocol
from serein.server.accounts.models import User
from serein.server.alerts.models import Alert
from serein.server.alerts.queries import (
    Told,
    correction_words,
    is_past,
    is_unanswered,
    once,
)
from serein.server.alerts.queries import told as told_of_any
from serein.server.courses.queries import protocol
from serein.server.library import library
from serein.server.treatment import queries
from serein.server.treatment.models import Session
from serein.server.treatment.paper.corrections import Correction


def told(
    session: Session,
    alerts: Iterable[Alert],
    *,
    known: Sequence[Fact],
    corrected: Iterable[Correction],
    prescribers: Collection[User],
) -> list[Told]:
    """These alerts in their order, with what was corrected of the values behind them."""
    listed = list(alerts)
    taken_back, of = queries.taken_back(listed, session, known), protocol(session.course)
    by_wrong = {str(one.fact.replaces): one for one in corrected}
    return [
        Told(
            alert,
            once(
                correction_words(
                    found.fact, found.now, wrong=one, title=found.title, clinic=session.clinic
                )
                for one in alert.evidence
                if (found := _standing(by_wrong, one["id"])) is not None
            ),
            is_unanswered(alert, prescribers=prescribers),
            is_taken_back=alert.id in taken_back,
            awaits=queries.awaited(alert, session),
            at=at,
            is_late=of.record.late_by(at, alert.raised_at) > 0,
            is_past=is_past(alert, ended_at=session.ended_at),
        )
        for alert in listed
        for at in [happened_at(alert, known, of=of)]
    ]


def happened_at(alert: Alert, known: Iterable[Fact], *, of: Protocol) -> datetime:
    """When what set it off was so: of a late entry, the reading's own time.

    A duty and a check that nobody made were so when they were raised.
    """
    ids = {one["id"] for one in alert.evidence}
    facts = list(known)
    newer = {fact.replaces: fact for fact in facts if fact.replaces}
    behind = [
        _as_it_stands(fact, newer).effective_at
        for fact in facts
        if fact.recorded_at == alert.raised_at and str(fact.id) in ids
    ]
    is_missed = alert.rule in {check.overdue.id for check in of.checks if check.overdue}
    return max(behind) if behind and not is_missed else alert.raised_at


def _times(
    alert: Alert, visit: Session | None, *, known: Mapping[UUID, Sequence[Fact]]
) -> dict[str, Any]:
    """When what set it off was so, and whether it was raised long after; of any visit or none."""
    if visit is None:
        behind = (datetime.fromisoformat(one["at"]) for one in alert.evidence)
        at = max(behind, default=alert.raised_at)
        # It has no protocol of its own: the soonest that one of them calls late.
        soonest = min(of.record.late_after for of in library().shelf.of_kind("protocol"))
        return {"at": at, "is_late": alert.raised_at - at >= soonest}
    of = protocol(visit.course)
    at = happened_at(alert, known[visit.id], of=of)
    return {"at": at, "is_late": of.record.late_by(at, alert.raised_at) > 0}


def _as_it_stands(fact: Fact, newer: Mapping[UUID, Fact]) -> Fact:
    """What stands in its place now, however often it was corrected; itself when it never was."""
    while fact.id in newer:
        fact = newer[fact.id]
    return fact


def told_of_visits(alerts: Iterable[Alert], *, prescribers: Collection[User]) -> list[Told]:
    """These open alerts of any visits; last those whose reading was wrong."""
    listed = list(alerts)
    taken_back = queries.taken_back_of(listed)
    visits = queries.visits(listed)
    known = queries.known_of(visits.values()) if visits else {}
    found = [
        replace(
            one,
            **_times(one.alert, visit, known=known),
            is_taken_back=one.alert.id in taken_back,
            awaits=queries.awaited(one.alert, visit) if visit is not None else "",
            is_past=visit is not None and is_past(one.alert, ended_at=visit.ended_at),
            chair=visit.chair.label if visit is not None and visit.ended_at is None else None,
        )
        for one in told_of_any(listed, prescribers=prescribers)
        for visit in [visits.get(one.alert.encounter)]
    ]
    return sorted(found, key=lambda one: one.is_taken_back)


def _standing(by_wrong: dict[str, Correction], wrong: str) -> Correction | None:
    """What stands now in place of a value, however often it was corrected."""
    found = None
    while (newer := by_wrong.get(wrong)) is not None:
        found, wrong = newer, str(newer.fact.id)
    return found
