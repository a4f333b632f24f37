"""Alerts of a session on the floor: seen, closed, opened by time; the tile shows each at once."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.rules import Fired
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.alerts import actions as alerts
from serein.server.alerts.models import Alert
from serein.server.audit import actions as audit
from serein.server.courses.queries import protocol
from serein.server.patients.queries import led_to
from serein.server.treatment.actions import room
from serein.server.treatment.actions.judge import PRESSURE
from serein.server.treatment.models import Session
from serein.server.treatment.queries import RELATED, awaited, known, read, taken_back


@action
def acknowledge_alert(alert: Alert, *, by: User, now: datetime) -> Alert:
    """Say that it was seen; it stays open until somebody says what was done."""
    _hold(alert)
    return alerts.acknowledge_alert(alert, by=by, now=now)


@action
def resolve_alert(
    alert: Alert, *, by: User, now: datetime, resolution: str, answered_by: User | None = None
) -> Alert:
    """Close it with a word on what was done, or on what the prescriber said.

    Raises:
        InputError: No word will do: it waits for an act that is still to come.
    """
    session = _hold(alert)
    words: dict[str, Any] = {
        "by": by,
        "now": now,
        "resolution": resolution,
        "answered_by": answered_by,
    }
    if session is None:
        return alerts.resolve_alert(alert, **words)
    facts = known(session)
    firing = [hit for hit in read(session, facts, now=now).alerts if hit.rule in alert.rules]
    if firing and awaited(alert, session):
        raise InputError(
            _("Only the signature closes “%(alert)s”: who gave the order signs it in the visit")
            % {"alert": alert.words}
        )
    closed = alerts.resolve_alert(
        alert,
        **words,
        is_taken_back=alert.id in taken_back([alert], session, facts),
        seen=_seen(session, firing, alert=alert, now=now),
    )
    _raise(session, firing, now=now)
    return closed


def _seen(session: Session, firing: list[Fired], *, alert: Alert, now: datetime) -> list[Fact]:
    """What its rule fires on now, but for what nobody can have read yet: that calls anew.

    A reading stored while somebody types what they did is not what they answer. Nor is a newer
    one where the call has several reasons: a word on the pressure says nothing of the oxygen.
    What was only corrected of the reading itself is no newer one.
    """
    unread = protocol(session.course).record.unread
    behind = {fact.id: fact for hit in firing for fact in hit.evidence}
    read_by_now = [fact for fact in behind.values() if now - fact.recorded_at >= unread]
    codes = {one["code"] for one in alert.evidence}
    if len(alert.rules) == 1 or codes <= PRESSURE:
        return read_by_now
    known_by_it = {one["id"] for one in alert.evidence}
    origins = led_to(fact.id for fact in read_by_now)
    standing = {right for wrong, right in origins.items() if str(wrong) in known_by_it}
    return [fact for fact in read_by_now if fact.id in standing]


def _hold(alert: Alert) -> Session | None:
    """Show it on the tile of its visit, and keep every other act of that visit waiting.

    Session, chair, log: what opens and closes alerts takes its locks in the order of every act.
    """
    if alert.encounter is None:
        return None
    session = (
        Session.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*RELATED)
        .filter(pk=alert.encounter)
        .first()
    )
    if session is not None:
        room.touch(session.chair)
    return session


@action
def raise_overdue(session: Session, *, now: datetime) -> list[Alert]:
    """Open what fires by time alone, such as a check that nobody made; asked again, nothing more.

    The sweep asks this, not a person: there is nobody whose permission could be asked.
    """
    locked = (
        Session.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*RELATED)
        .get(pk=session.pk)
    )
    if locked.ended_at is not None:
        return []
    return _raise(locked, read(locked, known(locked), now=now).alerts, now=now)


def _raise(session: Session, hits: list[Fired], *, now: datetime) -> list[Alert]:
    """Open what nobody is called for yet; it is no hand's act, and has its own audit line."""
    raised = alerts.raise_alerts(
        session.patient, hits, encounter=session.id, now=now, content=room.content_of(session)
    )
    if raised:
        room.touch(session.chair)
        audit.record(
            clinic=session.clinic,
            by=None,
            verb="treatment.raise_overdue",
            subject=session,
            patient=session.patient,
            now=now,
            details={"raised": [rule for alert in raised for rule in alert.rules]},
        )
    return raised
