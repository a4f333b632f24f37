"""Which session of the course a visit is, and when the last dose before it was.

A visit takes the number after every earlier visit in which something reached the patient; one
without a dose, however it ended, uses up none. What is recorded late is counted anew.
"""

from datetime import datetime

from django.db.models import Q, QuerySet

from serein.clinical.dosing import EXPOSING
from serein.server.courses.models import Course
from serein.server.patients.models import Patient
from serein.server.treatment.models import Dose, Session

STANDING = Q(outcome__in=EXPOSING, replaced_by=None)


def next_number(course: Course, *, before: datetime) -> int:
    """The number of a visit that began at this time."""
    dosed = Dose.objects.filter(STANDING, session__course=course, session__seated_at__lt=before)
    return course.earlier_sessions + dosed.values("session").distinct().count() + 1


def last_dose_at(patient: Patient, *, before: datetime) -> datetime | None:
    """The last dose given by then in the visits that began earlier; None when there was none."""
    earlier = Dose.objects.filter(
        STANDING, patient=patient, session__seated_at__lt=before, given_at__lt=before
    )
    return earlier.order_by("given_at").values_list("given_at", flat=True).last()


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
