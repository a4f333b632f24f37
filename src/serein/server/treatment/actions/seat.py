"""Seating a patient: who, in which chair, for which session of the course."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.actions import action, hold
from serein.server.courses.actions import require_adopted
from serein.server.courses.models import Course
from serein.server.courses.queries import protocol
from serein.server.patients.models import Patient
from serein.server.treatment import queries
from serein.server.treatment.actions import count, entry, room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.errors import TakenError
from serein.server.treatment.models import Chair, Session
from serein.server.wording import typed

VERB = "treatment.seat"
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
    at: datetime | None = None,
    reason: str = "",
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
        at: When the patient sat down; now when it is not said.
        reason: Why it is entered later.
    """
    require(by, VERB, at=chair.clinic)
    # The patient first: two chairs must not both find them free, and a dose that is found in an
    # earlier visit is either there to be counted or counts this visit anew.
    patient = hold(course.patient)
    here = (
        Chair.objects.select_for_update(of=("self",), no_key=True)
        .select_related("clinic")
        .get(pk=chair.pk)
    )
    if (again := Session.objects.filter(pk=id).first()) is not None:
        if (again.chair_id, again.course_id) != (here.pk, course.pk):
            raise room.sent_before()
        return again
    compared = sorted({kind.strip() for kind in identifiers if kind.strip()})
    if len(compared) < IDENTIFIERS_NEEDED:
        raise InputError(_("Compare two identifiers with the patient's own word before seating"))
    _refuse_course(here, hold(course))
    _refuse_taken(here, patient)
    late_after = protocol(course).record.late_after
    seated_at = _seated_at(at, now=now, late_after=late_after, reason=reason)
    _refuse_time(course, seated_at)
    session = Session.objects.create(
        id=id,
        clinic=here.clinic,
        course=course,
        patient=patient,
        chair=here,
        number=count.next_number(course, before=seated_at),
        last_dose_at=count.last_dose_at(patient, before=seated_at),
        product=protocol(course).product,
        nurse=nurse or by,
        seated_at=seated_at,
    )
    _leave(
        session,
        by=by,
        now=now,
        compared=compared,
        is_call_device_shown=is_call_device_shown,
        reason=reason,
    )
    return session


def _seated_at(
    at: datetime | None, *, now: datetime, late_after: timedelta, reason: str
) -> datetime:
    if at is None or now - at < late_after:
        if at is not None and at > now:
            raise InputError(
                _(
                    "That time has not come yet; enter when the patient sat down, "
                    "and the day when it was not today"
                )
            )
        return at or now
    typed(reason, asking=_("Say why this is entered later than it happened"))
    return at


def _refuse_time(course: Course, seated_at: datetime) -> None:
    """A visit lies in its course, and no two visits of a patient lie over each other."""
    if seated_at < datetime.combine(course.started_on, time(), course.clinic.zone):
        raise InputError(
            _("The course began on %(day)s; enter when the patient sat down since then")
            % {"day": date_format(course.started_on, "j M Y")}
        )
    others = Session.objects.filter(patient=course.patient_id).select_related("clinic")
    if (over := others.filter(seated_at__lte=seated_at, ended_at__gt=seated_at).first()) is None:
        return
    assert over.ended_at is not None
    raise InputError(
        _(
            "At that time the patient sat here in another visit, from %(from)s to %(until)s. "
            "Enter when they sat down after it, or record in that visit what happened"
        )
        % {
            "from": room.wall_of_day(over, over.seated_at),
            "until": room.wall_of_day(over, over.ended_at),
        }
    )


def _leave(
    session: Session,
    *,
    by: User,
    now: datetime,
    compared: list[str],
    is_call_device_shown: bool,
    reason: str,
) -> None:
    here = Room(session, by, now, session.facts())
    seen = {"check.identity": True, "check.call-device": is_call_device_shown}
    new = entry.facts(here, seen, id=session.id, at=session.seated_at)
    said = [", ".join(compared), *([reason.strip()] if reason.strip() else [])]
    room.store(here, new, reason="; ".join(said))
    details = {
        "number": session.number,
        "identifiers": len(compared),
        "late": room.is_late(here, session.seated_at),
    }
    room.leave(here, verb=VERB, new=new, details=details)


def _refuse_course(chair: Chair, course: Course) -> None:
    if course.clinic_id != chair.clinic_id or course.ended_on is not None:
        raise InputError(_("There is no open course for this patient here; start one first"))
    require_adopted(chair.clinic, content_id=course.protocol_id, version=course.protocol_version)


def _refuse_taken(chair: Chair, patient: Patient) -> None:
    if chair.gone_at is not None:
        raise TakenError(
            _("%(chair)s is no longer on the floor; choose another") % {"chair": chair}
        )
    if chair.blocked_reason:
        raise TakenError(
            _("%(chair)s is blocked: %(reason)s") % {"chair": chair, "reason": chair.blocked_reason}
        )
    if chair.cleaning_since is not None:
        raise TakenError(_("%(chair)s is being cleaned; mark it clean first") % {"chair": chair})
    taken = Session.objects.filter(ended_at=None).select_related("patient", "chair")
    if (there := taken.filter(chair=chair).first()) is not None:
        raise TakenError(
            _("%(patient)s sits in %(chair)s") % {"patient": there.patient, "chair": chair}
        )
    if (elsewhere := taken.filter(patient=patient).first()) is not None:
        raise TakenError(
            _("%(patient)s already sits in %(chair)s")
            % {"patient": elsewhere.patient, "chair": elsewhere.chair}
        )
    if queries.the_dead(chair.clinic).filter(pk=patient.pk).exists():
        raise InputError(
            _("%(patient)s is recorded as dead; open the chart") % {"patient": patient}
        )
