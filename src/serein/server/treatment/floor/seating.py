"""Who may sit down, told apart by what they are given; and every chair there is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef
from django.http import Http404

from serein.clinical.schedule import session_label
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import require
from serein.server.courses.models import Course
from serein.server.courses.queries import courses, protocol
from serein.server.treatment import queries
from serein.server.treatment.actions.count import STANDING
from serein.server.treatment.models import Chair, Dose, Session


@dataclass(frozen=True)
class Seatable:
    """One open course whose patient may sit down; `dosed_at` when they had a dose today."""

    course: Course
    session: str
    dosed_at: datetime | None = None
    others: list[Course] = field(default_factory=list)


def seatable(user: User, clinic: Clinic, *, now: datetime) -> list[Seatable]:
    """Each of them in the list's order, who had a dose today last; nobody dead or in a chair.

    `others` are the patient's open courses of another product.
    """
    sitting = queries.sessions(user, clinic).filter(ended_at=None).values("patient")
    waiting = list(
        courses(user, clinic)
        .filter(ended_on=None)
        .exclude(patient__in=queries.the_dead(clinic))
        .exclude(patient__in=sitting)
    )
    given = Dose.objects.filter(STANDING, clinic=clinic)
    dosed = _pairs(
        given.filter(session__course__in=waiting)
        .values("session__course")
        .annotate(found=Count("session", distinct=True))
    )
    midnight = datetime.combine(now.astimezone(clinic.zone), time(), clinic.zone)
    today = _pairs(
        given.filter(given_at__gte=midnight).values("patient").annotate(found=Max("given_at"))
    )
    of_patient = defaultdict(list)
    for course in waiting:
        of_patient[course.patient_id].append(course)
    found = [
        Seatable(
            course,
            session_label(protocol(course), course.earlier_sessions + dosed.get(course.pk, 0) + 1),
            today.get(course.patient_id),
            [one for one in of_patient[course.patient_id] if _is_other(one, course)],
        )
        for course in waiting
    ]
    return sorted(found, key=lambda one: one.dosed_at is not None)


def _pairs(rows: Iterable[Mapping[str, Any]]) -> dict[UUID, Any]:
    """What was found, by what it was asked for."""
    return {next(iter(row.values())): row["found"] for row in rows}


def _is_other(one: Course, course: Course) -> bool:
    return protocol(one).product != protocol(course).product


def every_chair(user: User, clinic: Clinic) -> list[Chair]:
    """Every chair in its place, those off the floor too, each with whether somebody sits there."""
    require(user, "accounts.manage", at=clinic)
    taken = Session.objects.filter(chair=OuterRef("pk"), ended_at=None)
    return list(
        Chair.objects.filter(clinic=clinic).annotate(is_taken=Exists(taken)).order_by("number")
    )


def any_chair(user: User, clinic: Clinic, id: UUID) -> Chair:  # noqa: A002  every query names it so
    """One chair, on the floor or not, for whoever manages the clinic."""
    require(user, "accounts.manage", at=clinic)
    found = Chair.objects.filter(clinic=clinic, id=id).select_related("clinic").first()
    if found is None:
        raise Http404
    return found
