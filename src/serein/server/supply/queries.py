"""Reads of the shelf."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import may
from serein.server.supply.models import Lot


def lots(user: User, clinic: Clinic) -> QuerySet[Lot]:
    """Every lot that this clinic keeps or kept, the open ones first, by product and expiry."""
    if not may(user, "supply.view", at=clinic):
        return Lot.objects.none()
    found = Lot.objects.filter(clinic=clinic).select_related("entered_by", "closed_by")
    return found.order_by("closed_at", "product", "expires_on", "number")


def lot(user: User, clinic: Clinic, id: UUID) -> Lot:  # noqa: A002  every query names it so
    """One lot, or 404 as if there were none."""
    found = Lot.objects.filter(clinic=clinic, id=id).select_related("clinic").first()
    if found is None or not may(user, "supply.view", at=clinic):
        raise Http404
    return found


def on_the_shelf(
    clinic: Clinic, *, product: str, units: Collection[str], on: date
) -> QuerySet[Lot]:
    """Lots of this product that may be used on a day, the one that expires first before others."""
    found = Lot.objects.filter(
        clinic=clinic, product=product, unit__in=units, closed_at=None, expires_on__gte=on
    )
    return found.order_by("expires_on", "number")
