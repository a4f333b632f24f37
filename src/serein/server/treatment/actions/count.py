"""Which session of the course a visit is, and when the last dose before it was.

A visit takes the number after every earlier visit in which something reached the patient; one
without a dose, however it ended, uses up none. What is recorded late is counted anew.
"""

from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from serein.clinical.dosing import EXPOSING
from serein.clinical.infusion import INFUSION
from serein.server.courses.models import Course
from serein.server.patients.models import FactRow, Patient
from serein.server.treatment.models import Dose, Session

STANDING = Q(outcome__in=EXPOSING, replaced_by=None)
# What reached the patient otherwise than by a device: a dose in mg, an infusion.
GIVEN = Q(replaced_by=None) & (
    Q(code="dose", value__outcome__in=EXPOSING)
    | Q(code=INFUSION, value__step__in=("start", "stop"))
)
DOSED = Exists(Dose.objects.filter(STANDING, session=OuterRef("pk"))) | Exists(
    FactRow.objects.filter(GIVEN, encounter=OuterRef("pk"))
)


def next_number(course: Course, *, before: datetime) -> int:
    """The number of a visit that began at this time."""
    dosed = Session.objects.filter(DOSED, course=course, seated_at__lt=before)
    return course.earlier_sessions + dosed.count() + 1


def last_dose_at(patient: Patient, *, before: datetime) -> datetime | None:
    """The last dose given by then in the visits that began earlier; None when there was none."""
    devices = Dose.objects.filter(
        STANDING, patient=patient, session__seated_at__lt=before, given_at__lt=before
    )
    visits = Session.objects.filter(patient=patient, seated_at__lt=before).values("pk")
    others = FactRow.objects.filter(
        GIVEN, patient=patient, effective_at__lt=before, encounter__in=visits
    )
    found = [
        devices.aggregate(last=Max("given_at"))["last"],
        others.aggregate(last=Max("effective_at"))["last"],
    ]
    return max((at for at in found if at is not None), default=None)


def later_visits(session: Session) -> QuerySet[Session]:
    """The patient's visits that began after this one, of whatever course, oldest first."""
    later = Session.objects.filter(patient=session.patient_id, seated_at__gt=session.seated_at)
    return later.order_by("seated_at")


def recount(session: Session) -> list[Session]:
    """Count the visits after this one anew; those of which the rules now read something else."""
    changed = []
    for one in later_visits(session).select_related("clinic", "course", "patient", "chair"):
        was = one.number, one.days_since_last_dose
        one.number = next_number(one.course, before=one.seated_at)
        one.last_dose_at = last_dose_at(one.patient, before=one.seated_at)
        one.save(update_fields=["number", "last_dose_at"])
        if (one.number, one.days_since_last_dose) != was:
            changed.append(one)
    return changed
