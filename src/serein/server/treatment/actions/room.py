"""What every act in the room begins and ends with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Model
from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.monitoring import fired_by
from serein.server import live
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.alerts.actions import raise_alerts
from serein.server.alerts.models import Alert
from serein.server.audit import actions as audit
from serein.server.courses.queries import library, protocol
from serein.server.patients.actions import record_facts
from serein.server.treatment.errors import SessionEndedError, WrongPatientError
from serein.server.treatment.models import Chair, Session
from serein.server.treatment.queries import RELATED, known

# An event entered later than this is told apart from one entered as it happened: clinic policy.
LATE_AFTER = timedelta(minutes=5)


def enter(session: Session, *, patient_id: UUID, by: User, verb: str) -> Session:
    """The session, locked until the act is done, once it is sure whose it is."""
    require(by, verb, at=session.clinic)
    locked = (
        Session.objects.select_for_update(of=("self",)).select_related(*RELATED).get(pk=session.pk)
    )
    if locked.patient_id != patient_id:
        raise WrongPatientError(
            _("This form was another patient's. Nothing was stored; open %(patient)s again")
            % {"patient": locked.patient}
        )
    return locked


def refuse_ended(session: Session) -> None:
    """Refuse a new act in a visit that is over."""
    if session.ended_at is not None:
        ended = session.ended_at.astimezone(session.clinic.zone)
        raise SessionEndedError(
            _(
                "This session ended at %(time)s. "
                "What happened before can still be recorded with its time"
            )
            % {"time": f"{ended:%H:%M}"}
        )


def event_time(session: Session, at: datetime | None, *, now: datetime, reason: str) -> datetime:
    """When it happened: now, or an earlier time of this visit with its reason."""
    happened = at or now
    if happened > now:
        raise InputError(_("That time has not come yet; enter when it happened"))
    if happened < session.seated_at:
        seated = session.seated_at.astimezone(session.clinic.zone)
        raise InputError(
            _("The patient was seated at %(time)s; enter a later time")
            % {"time": f"{seated:%H:%M}"}
        )
    if session.ended_at is not None and happened > session.ended_at:
        refuse_ended(session)
    if now - happened >= LATE_AFTER and not reason.strip():
        raise InputError(_("Say why this is entered later than it happened"))
    return happened


def fact(
    session: Session,
    code: str,
    value: Any,
    *,
    id: UUID,  # noqa: A002  a fact's id
    at: datetime,
    now: datetime,
    by: User,
    panel: UUID | None = None,
    is_standing: bool = False,
) -> Fact:
    """One fact of this session, in the dictionary's unit."""
    dictionary = library().dictionary
    dictionary.check(code, value)
    return Fact(
        id=id,
        code=code,
        value=value,
        unit=dictionary.code(code).unit or None,
        effective_at=at,
        recorded_at=now,
        by=str(by),
        source="session",
        panel=panel,
        encounter=None if is_standing else session.id,
    )


def store(
    session: Session, facts: Sequence[Fact], *, by: User, now: datetime, reason: str = ""
) -> list[Fact]:
    """Add facts to the patient's chart."""
    return record_facts(
        session.patient, by=by, now=now, facts=facts, source="session", reason=reason
    )


def leave(
    session: Session,
    *,
    by: User,
    now: datetime,
    verb: str,
    new: Iterable[Fact] = (),
    subject: Model | None = None,
    details: Mapping[str, Any] | None = None,
) -> list[Alert]:
    """Raise what the new facts set off, write the audit line, and show it on every screen."""
    hits = fired_by(
        protocol(session.course),
        known(session),
        new=list(new),
        now=now,
        dictionary=library().dictionary,
    )
    raised = raise_alerts(session.patient, hits, encounter=session.id, now=now)
    audit.record(
        clinic=session.clinic,
        by=by,
        verb=verb,
        subject=subject or session,
        patient=session.patient,
        now=now,
        details={**(details or {}), "raised": [alert.rule for alert in raised]},
    )
    touch(session.chair)
    return raised


def touch(chair: Chair) -> None:
    """Let every screen fetch this chair's tile anew."""
    Chair.objects.filter(pk=chair.pk).update(version=F("version") + 1)
    transaction.on_commit(partial(live.announce, chair.clinic_id), robust=True)
