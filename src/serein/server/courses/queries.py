"""Reads of courses, and of what a clinic has adopted."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from serein.clinical.content_file import ContentFile
from serein.clinical.protocols import Protocol
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import may
from serein.server.courses.models import Adoption, Course
from serein.server.library import library


def protocol(course: Course) -> Protocol:
    """The protocol in the version that this course is pinned to."""
    return library().protocol(course.protocol_id, course.protocol_version)


def is_adopted(clinic: Clinic, file: ContentFile) -> bool:
    """Whether the clinic's medical director has adopted exactly this file."""
    return Adoption.objects.filter(
        clinic=clinic, content_id=file.id, version=file.version, sha256=file.sha256
    ).exists()


def adoptions(clinic: Clinic) -> dict[tuple[str, int], Adoption]:
    """The clinic's adoptions by content id and version."""
    rows = Adoption.objects.filter(clinic=clinic).select_related("adopted_by")
    return {(row.content_id, row.version): row for row in rows}


def courses(user: User, clinic: Clinic) -> QuerySet[Course]:
    """Every course of this clinic that the person may see."""
    if not may(user, "courses.view", at=clinic):
        return Course.objects.none()
    return (
        Course.objects.filter(clinic=clinic)
        .select_related("clinic", "patient", "prescriber")
        .order_by("ended_on", "patient__family_name", "patient__given_name")
    )


def course(user: User, clinic: Clinic, id: UUID) -> Course:  # noqa: A002  every query names it so
    """One course, or 404 as if there were none."""
    found = courses(user, clinic).filter(id=id).first()
    if found is None:
        raise Http404
    return found
