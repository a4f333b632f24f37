"""This session's order: signed by the prescriber, or taken by telephone and read back."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.dosing import allowed_doses
from serein.clinical.errors import InputError
from serein.server.accounts.models import User
from serein.server.accounts.permissions import may
from serein.server.actions import action
from serein.server.courses.queries import protocol
from serein.server.treatment.actions import room
from serein.server.treatment.models import Order, Session


@action
def sign_order(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    dose_mg: int,
    replaces_device: int | None = None,
) -> Order:
    """The prescriber's own order for this session; a later one stands beside the earlier."""
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.sign_order")
    if (again := here.orders.filter(pk=id).first()) is not None:
        return again
    _refuse_dose(here, dose_mg, replaces_device=replaces_device)
    order = Order.objects.create(
        id=id,
        clinic=here.clinic,
        session=here,
        product=here.product,
        dose_mg=dose_mg,
        replaces_device=replaces_device,
        prescriber=by,
        entered_by=by,
        signed_at=now,
        ordered_at=now,
    )
    return _leave(here, order, by=by, now=now, verb="treatment.sign_order")


@action
def take_telephone_order(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    dose_mg: int,
    prescriber: User,
    is_read_back: bool,
    replaces_device: int | None = None,
) -> Order:
    """An order taken by telephone and read back; the prescriber still owes the signature."""
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.take_telephone_order")
    if (again := here.orders.filter(pk=id).first()) is not None:
        return again
    if not is_read_back:
        raise InputError(_("Read the order back to the prescriber, then record that you did"))
    if not may(prescriber, "treatment.sign_order", at=here.clinic):
        raise InputError(_("%(name)s is no prescriber at this clinic") % {"name": prescriber})
    _refuse_dose(here, dose_mg, replaces_device=replaces_device)
    order = Order.objects.create(
        id=id,
        clinic=here.clinic,
        session=here,
        product=here.product,
        dose_mg=dose_mg,
        replaces_device=replaces_device,
        prescriber=prescriber,
        entered_by=by,
        is_by_telephone=True,
        is_read_back=True,
        ordered_at=now,
    )
    return _leave(here, order, by=by, now=now, verb="treatment.take_telephone_order")


@action
def cosign_order(
    session: Session, *, patient_id: UUID, by: User, now: datetime, order_id: UUID
) -> Order:
    """The prescriber signs the order that was given by telephone."""
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.cosign_order")
    order = here.orders.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise InputError(_("That order is not of this session"))
    if order.signed_at is not None:
        return order
    if order.prescriber_id != by.pk:
        raise InputError(_("%(name)s gave this order and signs it") % {"name": order.prescriber})
    order.signed_at = now
    order.save(update_fields=["signed_at"])
    return _leave(here, order, by=by, now=now, verb="treatment.cosign_order")


def _refuse_dose(here: Session, dose_mg: int, *, replaces_device: int | None) -> None:
    room.refuse_ended(here)
    of = protocol(here.course)
    if replaces_device is not None:
        if dose_mg != of.devices.mg_each:
            raise InputError(
                _("A replacement is one device of %(mg)s mg") % {"mg": of.devices.mg_each}
            )
        if not here.doses.filter(device=replaces_device).exists():
            raise InputError(
                _("Device %(number)s was not tried; there is nothing to replace")
                % {"number": replaces_device}
            )
        return
    allowed = allowed_doses(of, here.number)
    if dose_mg not in allowed:
        raise InputError(
            _(
                "%(dose)s mg is not a dose of session %(number)s; "
                "this protocol allows %(allowed)s mg"
            )
            % {
                "dose": dose_mg,
                "number": here.number,
                "allowed": ", ".join(map(str, allowed)),
            }
        )


def _leave(here: Session, order: Order, *, by: User, now: datetime, verb: str) -> Order:
    details = {"dose_mg": order.dose_mg, "telephone": order.is_by_telephone}
    room.leave(here, by=by, now=now, verb=verb, new=order.facts(), subject=order, details=details)
    return order
