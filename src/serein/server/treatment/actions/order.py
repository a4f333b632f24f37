"""This session's order: signed by the prescriber, or taken by telephone and read back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.dosing import FAILED, PARTLY, allowed_doses, devices_for, devices_of
from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.server.accounts.models import User
from serein.server.accounts.permissions import has_left, may
from serein.server.actions import action
from serein.server.alerts.actions import settle_duty
from serein.server.treatment import queries
from serein.server.treatment.actions import by_weight, room
from serein.server.treatment.actions.by_weight import AS_MEASURED, ByWeight
from serein.server.treatment.actions.room import Room
from serein.server.treatment.models import Order, Session
from serein.server.wording import typed

SIGNING = "treatment.cosign_order"
REPLACED = frozenset((FAILED, PARTLY))
# More devices than this is a slip of the hand, not what a paper says.
MOST_DEVICES = 9


@action
def sign_order(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    dose_mg: float | None = None,
    weighed: ByWeight = AS_MEASURED,
    replaces_device: int | None = None,
    at: datetime | None = None,
    reason: str = "",
) -> Order:
    """The prescriber's own order for this session; a later one stands beside the earlier.

    Args:
        session: The visit it is for.
        patient_id: Whose page it was written on.
        by: The prescriber.
        now: The server's time.
        id: Client-made.
        dose_mg: The dose in mg; None of one that is ordered in mg/kg.
        weighed: How the dose goes by weight, where the protocol has limits by weight.
        replaces_device: The device that this one takes the place of.
        at: When it was ordered; now when it is not said.
        reason: Why it is entered later.
    """
    verb = "treatment.sign_order"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    order = _order(here, id=id, replaces_device=replaces_device, reason=reason)
    by_weight.measure(here, order, dose_mg=dose_mg, weighed=weighed)
    order.prescriber, order.signed_at = by, now
    return _write(here, order, verb=verb, at=at, weighed=weighed)


@action
def take_telephone_order(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    prescriber: User,
    is_read_back: bool,
    dose_mg: float | None = None,
    weighed: ByWeight = AS_MEASURED,
    replaces_device: int | None = None,
    at: datetime | None = None,
    reason: str = "",
) -> Order:
    """An order taken by telephone and read back; the prescriber still owes the signature."""
    verb = "treatment.take_telephone_order"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    if not is_read_back:
        raise InputError(_("Read the order back to the prescriber, then record that you did"))
    if not may(prescriber, "treatment.sign_order", at=here.session.clinic):
        raise InputError(_("%(name)s is no prescriber at this clinic") % {"name": prescriber})
    if prescriber.pk == by.pk:
        raise InputError(_("This is your own order; sign it instead"))
    order = _order(here, id=id, replaces_device=replaces_device, reason=reason)
    by_weight.measure(here, order, dose_mg=dose_mg, weighed=weighed)
    order.prescriber, order.is_by_telephone, order.is_read_back = prescriber, True, True
    return _write(here, order, verb=verb, at=at, weighed=weighed)


@action
def cosign_order(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    order_id: UUID,
    is_in_place: bool = False,
) -> Order:
    """The prescriber signs the order given by telephone, whenever that is; its alert is closed.

    Args:
        session: The visit it is of.
        patient_id: Whose page it was signed on.
        by: The prescriber who gave it; another one only once they prescribe here no longer.
        now: The server's time.
        order_id: The order.
        is_in_place: Whether another signs, and says so, in place of who gave it.
    """
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=SIGNING)
    order = queries.orders(here.session).filter(pk=order_id).first()
    if order is None:
        raise InputError(_("That order is not of this session"))
    if order.signed_at is not None:
        return order
    if order.prescriber_id != by.pk:
        _refuse_in_place(here, order, is_in_place=is_in_place)
        order.signed_in_place_by = by
        order.had_prescriber_left = has_left(order.prescriber, at=here.session.clinic)
    order.signed_at = now
    order.save(update_fields=["signed_at", "signed_in_place_by", "had_prescriber_left"])
    _settle_signature(here, order)
    return _leave(here, order, verb=SIGNING)


def _settle_signature(here: Room, order: Order) -> None:
    """Close what only waited for this signature, unless another order still owes one."""
    firing = {hit.rule for hit in here.knowing(order.facts()).reading().alerts}
    words = order.in_place or _("Order signed")
    for rule in here.protocol.alerts:
        if rule.awaits == "signature" and rule.id not in firing:
            settle_duty(here.session.id, rule=rule.id, by=here.by, now=here.now, resolution=words)


def _refuse_in_place(here: Room, order: Order, *, is_in_place: bool) -> None:
    """Who gave the order signs it, while they may; nobody signs for another unawares."""
    named, clinic = {"name": order.prescriber}, here.session.clinic
    if may(order.prescriber, SIGNING, at=clinic):
        raise InputError(_("%(name)s gave this order and signs it") % named)
    if is_in_place:
        return
    if has_left(order.prescriber, at=clinic):
        raise InputError(_("%(name)s gave this order and has left; sign it in their place") % named)
    raise InputError(
        _("%(name)s gave this order and no longer prescribes here; sign it in their place") % named
    )


def _order(
    here: Room,
    *,
    id: UUID,  # noqa: A002  the order's id
    replaces_device: int | None,
    reason: str,
) -> Order:
    """The order as it was asked for, still without its dose and its prescriber."""
    return Order(
        id=id,
        clinic=here.session.clinic,
        session=here.session,
        product=here.session.product,
        route=here.protocol.route if here.protocol.limits else "",
        replaces_device=replaces_device,
        entered_by=here.by,
        reason=typed(reason),
        ordered_at=here.now,
        recorded_at=here.now,
    )


def _write(
    here: Room,
    order: Order,
    *,
    verb: str,
    at: datetime | None,
    weighed: ByWeight,
) -> Order:
    """Store the order once the rules allow it; sent again, it is the first one."""
    if (
        again := Order.objects.select_related("prescriber").filter(pk=order.id).first()
    ) is not None:
        if _words(again) != _words(order):
            raise room.sent_before()
        return again
    if at is None:
        room.refuse_ended(here)
    order.ordered_at = room.event_time(here, at, reason=order.reason)
    if here.reading(at=at).is_stopped:
        raise InputError(_("The patient has stopped the treatment; nothing more is ordered today"))
    reasoned: list[Fact] = []
    if at is not None:
        _refuse_unexplained(here, order)
    if order.replaces_device is not None:
        _refuse_replacement(here, order.dose_mg, device=order.replaces_device)
    elif here.protocol.limits is not None:
        reasoned = by_weight.reasoned(here, order, weighed=weighed, is_past=at is not None)
    else:
        _refuse_dose(here, int(order.dose_mg), is_past=at is not None)
    order.save(force_insert=True)
    if reasoned:
        room.store(here, reasoned, reason=weighed.because)
    return _leave(here, order, verb=verb, reasoned=reasoned)


def is_outside(order: Order, session: Session, *, known: Sequence[Fact]) -> bool:
    """Whether the protocol had not its dose for this session; what cannot be judged is no reproach.

    Each is judged by itself. One from before the patient sat down is of the session that begins
    then.
    """
    if order.replaces_device is not None:
        return False
    beside = [fact for fact in known if fact.code != "order"]
    at = max(order.ordered_at, session.seated_at)
    moment = queries.read(session, [*beside, *order.facts()], now=at).moment
    return moment.derived["order.dose-is-allowed"].value is False


def _refuse_unexplained(here: Room, order: Order) -> None:
    """An order on paper that is none of the session says how it came to it: a slip would not."""
    if not order.reason and is_outside(order, here.session, known=here.facts):
        raise InputError(
            _(
                "%(dose)s mg is not a dose of session %(number)s. "
                "Say how it came to this dose, under “Why it is entered later”"
            )
            % {"dose": f"{order.dose_mg:g}", "number": here.session.number}
        )


def _words(order: Order) -> tuple[object, ...]:
    return (
        order.session_id,
        order.prescriber_id,
        order.dose_mg,
        order.replaces_device,
        order.is_by_telephone,
    )


def _refuse_dose(here: Room, dose_mg: int, *, is_past: bool) -> None:
    """Refuse a dose that is none of this session, and a new one that leaves out a device.

    One that was signed on paper is stored as it was: its alert says what is beyond the protocol,
    and what went beyond the order.
    """
    allowed = allowed_doses(here.protocol, here.session.number, moment=here.reading().moment)
    if dose_mg not in allowed and not is_past:
        raise InputError(
            _(
                "%(dose)s mg is not a dose of session %(number)s; "
                "this protocol allows %(allowed)s mg. "
                "One that was ordered on paper is entered with its time"
            )
            % {
                "dose": dose_mg,
                "number": here.session.number,
                "allowed": ", ".join(map(str, allowed)),
            }
        )
    needed = devices_for(here.protocol, dose_mg)
    if needed > MOST_DEVICES:
        raise InputError(
            _("%(dose)s mg would be %(number)s devices; look at the paper again")
            % {"dose": dose_mg, "number": needed}
        )
    beyond = [mark.number for mark in here.reading().devices if mark.number > needed]
    if beyond and not is_past:
        raise InputError(
            _(
                "Device %(number)s is recorded already; %(dose)s mg would leave it out. "
                "An order that was signed before is entered with its time"
            )
            % {"number": max(beyond), "dose": dose_mg}
        )


def _refuse_replacement(here: Room, dose_mg: float, *, device: int) -> None:
    each = devices_of(here.protocol).mg_each
    if dose_mg != each:
        raise InputError(_("A replacement is one device of %(mg)s mg") % {"mg": each})
    tries = [mark for mark in here.reading().devices if mark.number == device]
    if not tries or tries[-1].outcome not in REPLACED:
        raise InputError(
            _("Device %(number)s neither failed nor was given in part; nothing is replaced")
            % {"number": device}
        )
    ordered = here.session.orders.filter(replaces_device=device, ordered_at__gte=tries[-1].at)
    if ordered.exists():
        raise InputError(
            _("A replacement of device %(number)s is ordered already") % {"number": device}
        )


def _leave(here: Room, order: Order, *, verb: str, reasoned: Sequence[Fact] = ()) -> Order:
    details = {
        "dose_mg": order.mg,
        "replaces_device": order.replaces_device,
        "telephone": order.is_by_telephone,
        "is_in_place": order.signed_in_place_by_id is not None,
        "late": room.is_late(here, order.ordered_at),
    }
    new = [*order.facts(), *reasoned]
    room.leave(here, verb=verb, new=new, subject=order, details=details)
    return order
