"""What every page's frame shows: the clinic, the person's roles, the time, the warnings."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from serein.server import clock
from serein.server.accounts.models import Clinic
from serein.server.accounts.permissions import allowed, memberships


def house(request: HttpRequest) -> dict[str, Any]:
    """The house as this person sees it."""
    clinic = clinic_of(request)
    now: datetime = getattr(request, "now", None) or clock.now()
    user = getattr(request, "user", None)
    here = [role for role in memberships(user) if clinic and role.clinic_id == clinic.pk]
    return {
        "clinic": clinic,
        "roles": [role.role for role in here],
        "role_titles": [role.get_role_display() for role in here],
        "is_medical_director": any(role.is_medical_director for role in here),
        "permissions": allowed(user, at=clinic) if clinic else frozenset(),
        "now": now,
        "mode": settings.SEREIN_MODE,
        "clock_is_settable": clock.is_settable(),
    }


def clinic_of(request: HttpRequest) -> Clinic | None:
    """The clinic whose frame the page has, at an address without a view too."""
    return getattr(request, "clinic", None) or _of_no_view(request)


def _of_no_view(request: HttpRequest) -> Clinic | None:
    """The person's one clinic at an address that has no view, where none was settled."""
    if request.resolver_match is not None:
        return None
    theirs = {role.clinic_id: role.clinic for role in memberships(getattr(request, "user", None))}
    return next(iter(theirs.values())) if len(theirs) == 1 else None
