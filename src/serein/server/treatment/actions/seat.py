"""Seating a patient, and the chair around the visit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.actions import action
from serein.server.audit import actions as audit
from serein.server.courses.actions import NotAdoptedError
from serein.server.courses.models import Course
from serein.server.courses.queries import is_adopted, library, protocol
from serein.server.ids import new_id
from serein.server.treatment.actions import room
from serein.server.treatment.errors import TakenError
from serein.server.treatment.models import Chair, Ending, Session

IDENTIFIERS_NEEDED = 2


@action
def seat_patient(
    chair: Chair,
    *,
    course: Course,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    identifiers: Sequence[str],
    is_call_device_shown: bool,
    nurse: User | None = None,
) -> Session:
    """A new visit in this chair, for the next session of the course.

    Args:
        chair: A free chair of the clinic.
        course: An open course of an adopted protocol.
        by: Who seats the patient.
        now: The server's time.
        id: Client-made; the same again gives back the same visit.
        identifiers: What was compared with the patient's own word, two kinds at least.
        is_call_device_shown: Whether the patient has shown that the call device works.
        nurse: Who watches; `by` when not named.
    """
    require(by, "treatment.seat", at=chair.clinic)
    locked = Chair.objects.select_for_update(of=("self",)).select_related("clinic").get(pk=chair.pk)
    again = Session.objects.filter(pk=id, course=course, chair=locked).first()
    if again is not None:
        return again
    _refuse_seat(locked, course, identifiers=identifiers)
    of_course = course.sessions.exclude(ending=Ending.NOT_DOSED)
    session = Session.objects.create(
        id=id,
        clinic=locked.clinic,
        course=course,
        patient=course.patient,
        chair=locked,
        number=course.earlier_sessions + of_course.count() + 1,
        product=protocol(course).product,
        nurse=nurse or by,
        seated_at=now,
    )
    seen = {"check.identity": True, "check.call-device": is_call_device_shown}
    facts = [
        room.fact(session, code, value, id=new_id(), at=now, now=now, by=by)
        for code, value in seen.items()
    ]
    room.store(session, facts, by=by, now=now, reason=", ".join(identifiers))
    room.leave(session, by=by, now=now, verb="treatment.seat", new=facts)
    return session


def _refuse_seat(chair: Chair, course: Course, *, identifiers: Sequence[str]) -> None:
    if len({kind for kind in identifiers if kind.strip()}) < IDENTIFIERS_NEEDED:
        raise InputError(_("Compare two identifiers with the patient's own word before seating"))
    if course.clinic_id != chair.clinic_id or course.ended_on is not None:
        raise InputError(_("There is no open course for this patient here; start one first"))
    if chair.blocked_reason:
        raise TakenError(
            _("%(chair)s is blocked: %(reason)s") % {"chair": chair, "reason": chair.blocked_reason}
        )
    if chair.cleaning_since is not None:
        raise TakenError(_("%(chair)s is being cleaned; mark it clean first") % {"chair": chair})
    file = library().file(course.protocol_id, course.protocol_version)
    if not is_adopted(chair.clinic, file):
        raise NotAdoptedError(
            _("%(title)s, version %(version)s, is not adopted here")
            % {"title": file.title, "version": file.version}
        )
    taken = Session.objects.filter(ended_at=None).select_related("patient", "chair")
    if (there := taken.filter(chair=chair).first()) is not None:
        raise TakenError(
            _("%(patient)s sits in %(chair)s") % {"patient": there.patient, "chair": chair}
        )
    if (elsewhere := taken.filter(patient=course.patient_id).first()) is not None:
        raise TakenError(
            _("%(patient)s already sits in %(chair)s")
            % {"patient": elsewhere.patient, "chair": elsewhere.chair}
        )


@action
def finish_cleaning(chair: Chair, *, by: User, now: datetime) -> Chair:
    """The chair is clean and free."""
    require(by, "treatment.finish_cleaning", at=chair.clinic)
    return _change(chair, by=by, now=now, verb="treatment.finish_cleaning", cleaning_since=None)


@action
def block_chair(chair: Chair, *, by: User, now: datetime, reason: str) -> Chair:
    """Take a free chair out of use, with the reason."""
    require(by, "treatment.block_chair", at=chair.clinic)
    if not reason.strip():
        raise InputError(_("Say why the chair is blocked"))
    if chair.sessions.filter(ended_at=None).exists():
        raise TakenError(_("Somebody sits in %(chair)s") % {"chair": chair})
    return _change(
        chair, by=by, now=now, verb="treatment.block_chair", blocked_reason=reason.strip()
    )


@action
def unblock_chair(chair: Chair, *, by: User, now: datetime) -> Chair:
    """Put the chair back in use."""
    require(by, "treatment.block_chair", at=chair.clinic)
    return _change(chair, by=by, now=now, verb="treatment.unblock_chair", blocked_reason="")


def _change(chair: Chair, *, by: User, now: datetime, verb: str, **values: object) -> Chair:
    locked = Chair.objects.select_for_update(of=("self",)).select_related("clinic").get(pk=chair.pk)
    if all(getattr(locked, name) == value for name, value in values.items()):
        return locked
    for name, value in values.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(values))
    audit.record(clinic=locked.clinic, by=by, verb=verb, subject=locked, now=now)
    room.touch(locked)
    return locked
