"""Writes of the shelf: a lot comes, a lot is closed."""

from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import require
from serein.server.actions import action, hold
from serein.server.audit import actions as audit
from serein.server.supply.models import Lot, Unit
from serein.server.wording import typed

LONGEST_NUMBER = 40
STRONGEST_MG = 1000
PRODUCTS = ("ketamine", "esketamine")


@action
def add_lot(
    clinic: Clinic,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    product: str,
    number: str,
    unit: str,
    strength_mg: float,
    expires_on: date,
) -> Lot:
    """A lot that stands on the shelf from now on; sent again, it is the first one.

    Args:
        clinic: Whose shelf.
        by: Who read the label.
        now: The server's time.
        id: Client-made.
        product: `ketamine` or `esketamine`; two products, never one.
        number: As printed on the label.
        unit: What is counted out.
        strength_mg: Milligrams in one unit, above zero.
        expires_on: The last day on which it may be used.

    Raises:
        InputError: An expired or doubled lot, or a label that cannot be.
    """
    require(by, "supply.keep_lots", at=clinic)
    # Two people with one delivery: the second is told that the lot is there.
    hold(clinic)
    asking = _("Enter the lot number printed on the label")
    kept = typed(number, asking=asking, at_most=LONGEST_NUMBER)
    if (again := Lot.objects.filter(pk=id).first()) is not None:
        return _same(again, clinic, kept)
    if product not in PRODUCTS or unit not in Unit.values:
        raise InputError(_("Choose the product and what it is counted in"))
    if not 0 < strength_mg <= STRONGEST_MG:
        raise InputError(
            _("%(mg)s mg is no strength; enter the milligrams in one %(unit)s")
            % {"mg": f"{strength_mg:g}", "unit": unit}
        )
    if expires_on < now.astimezone(clinic.zone).date():
        raise InputError(
            _("This lot expired on %(day)s; it does not go on the shelf") % {"day": expires_on}
        )
    _refuse_double(clinic, product=product, number=kept, unit=unit, strength_mg=strength_mg)
    lot = Lot.objects.create(
        id=id,
        clinic=clinic,
        product=product,
        number=kept,
        unit=unit,
        strength_mg=strength_mg,
        expires_on=expires_on,
        entered_by=by,
        entered_at=now,
    )
    details = {"product": product, "lot": kept}
    audit.record(clinic=clinic, by=by, verb="supply.add_lot", subject=lot, now=now, details=details)
    return lot


def _same(again: Lot, clinic: Clinic, number: str) -> Lot:
    if (again.clinic_id, again.number) != (clinic.pk, number):
        raise InputError(
            _("This form was sent before, for something else. Open the page again and repeat it")
        )
    return again


def _refuse_double(clinic: Clinic, **label: object) -> None:
    if Lot.objects.filter(clinic=clinic, closed_at=None, **label).exists():
        raise InputError(_("Lot %(number)s is on the shelf already") % {"number": label["number"]})


@action
def close_lot(lot: Lot, *, by: User, now: datetime, reason: str) -> Lot:
    """A lot that is used up, expired or recalled: it stays in the list and is no longer picked."""
    require(by, "supply.keep_lots", at=lot.clinic)
    held = hold(lot)
    if held.closed_at is not None:
        return held
    held.closed_because = typed(reason, asking=_("Say why it is closed: used up, recalled …"))
    held.closed_by, held.closed_at = by, now
    held.save(update_fields=["closed_by", "closed_at", "closed_because"])
    audit.record(
        clinic=held.clinic,
        by=by,
        verb="supply.close_lot",
        subject=held,
        now=now,
        details={"product": held.product, "lot": held.number},
    )
    return held
