"""Reads of alerts; what a person will see takes the person first."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import may, roles
from serein.server.alerts.models import Alert

URGENCIES = {"now": 0, "soon": 1, "follow-up": 2}


def most_urgent_first(some: Iterable[Alert]) -> list[Alert]:
    """What calls for somebody now before what may wait; unseen before seen; then the newest."""
    newest = sorted(some, key=lambda one: one.raised_at, reverse=True)
    return sorted(newest, key=lambda one: (URGENCIES[one.urgency], one.acknowledged_at is not None))


def alerts(user: User, clinic: Clinic) -> QuerySet[Alert]:
    """Every alert of this clinic that the person may see, newest first."""
    if not may(user, "alerts.view", at=clinic):
        return Alert.objects.none()
    mine = (
        Q() if may(user, "alerts.view_any", at=clinic) else Q(for_role__in=roles(user, at=clinic))
    )
    return (
        Alert.objects.filter(mine, clinic=clinic)
        .select_related("clinic", "patient", "acknowledged_by", "resolved_by")
        .order_by("-raised_at")
    )


def open_count(user: User, clinic: Clinic) -> int:
    """How many of them wait to be closed."""
    return alerts(user, clinic).filter(resolved_at=None).count()


def alert(user: User, clinic: Clinic, id: UUID) -> Alert:  # noqa: A002  every query names it so
    """One alert, or 404 as if there were none."""
    found = alerts(user, clinic).filter(id=id).first()
    if found is None:
        raise Http404
    return found
