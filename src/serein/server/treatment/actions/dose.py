"""A dose that is no device and no drip: injected, swallowed, under the tongue, racemic by nose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.dosing import REFUSED
from serein.clinical.errors import InputError
from serein.server.accounts.models import User
from serein.server.actions import action, hold
from serein.server.alerts.models import Alert
from serein.server.supply.models import Lot, Unit
from serein.server.supply.queries import on_the_shelf
from serein.server.treatment.actions import entry, late, room
from serein.server.treatment.actions.device import standing
from serein.server.treatment.actions.room import Room
from serein.server.treatment.errors import GateError, TakenError
from serein.server.treatment.models import Session
from serein.server.wording import typed

VERB = "treatment.record_dose"
DOSE = "dose"
OUTCOMES = ("given", "partly", "refused")
# What each route is counted in, and whether it is injected somewhere.
UNITS: Mapping[str, tuple[Unit, ...]] = {
    "im": (Unit.ML,),
    "sc": (Unit.ML,),
    "nasal": (Unit.SPRAY, Unit.ML),
    "oral": (Unit.TABLET, Unit.ML),
    "sublingual": (Unit.TROCHE, Unit.ML),
}
INJECTED = frozenset(("im", "sc"))
LONGEST_SITE = 80


@dataclass(frozen=True)
class Portion:
    """One dose: `number` from 1 on as the page saw it, `mg` that reached the patient.

    `outcome` is `given`, `partly` or `refused`, with nought mg and no lot; `site` is where it was
    injected.
    """

    number: int
    outcome: str
    mg: float
    lot: UUID | None = None
    site: str = ""


@action
def record_dose(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    portion: Portion,
    at: datetime | None = None,
    reason: str = "",
    is_already_given: bool = False,
) -> list[Alert]:
    """One dose by the route of the protocol, as it was given or refused.

    What was given before everything was open is stored as it was, marked, and tells the prescriber.

    Args:
        session: The visit.
        patient_id: Whose page it was typed on.
        by: Who gave it.
        now: The server's time.
        id: Client-made.
        portion: What was given, of which lot.
        at: When it was given; now when it is not said.
        reason: Why it is entered later, or outside a gate.
        is_already_given: Whether it is a record of what happened, not a wish to give.
    """
    # Before the visit, as seating does: a visit that begins meanwhile counts this dose.
    hold(session.patient)
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=VERB)
    if (again := _again(here, id, portion)) is not None:
        return again
    _refuse_strange(here, portion)
    happened = room.event_time(here, at, reason=reason)
    is_refused = portion.outcome == REFUSED
    shut = [] if is_refused else [one.id for one in standing(here.reading(at=happened))]
    if is_already_given:
        asking = _("Say how it came to be given before everything was open") * bool(shut)
        typed(reason, asking=asking)
    elif not is_refused:
        _refuse_next(here, mg=portion.mg)
    value = _value(here, portion)
    if shut:
        value["outside_gate"] = " ".join(shut)
    raised = entry.record(here, {DOSE: value}, verb=VERB, id=id, at=at, reason=reason)
    if here.session.ended_at is not None:
        late.tell_of_late_dose(here)
    late.look_again(here, [room.fact(here, DOSE, value, id=uuid5(id, DOSE), at=happened)])
    return raised


def _again(here: Room, id: UUID, portion: Portion) -> list[Alert] | None:  # noqa: A002  the entry's id
    """What this very entry raised when it was first sent; None when it was not sent before."""
    stored = entry.first(here, id, DOSE)
    if stored is None:
        return None
    assert isinstance(stored.value, Mapping)
    if (stored.value.get("outcome"), stored.value.get("mg")) != (
        portion.outcome,
        portion.mg,
    ):
        raise room.sent_before()
    return entry.raised_with(here, [stored])


def _refuse_strange(here: Room, portion: Portion) -> None:
    """Refuse a route that is not given so, an outcome that is none, and a second hand's dose."""
    if here.protocol.route not in UNITS or here.protocol.limits is None:
        raise InputError(_("This product is not given as a dose in mg"))
    if portion.outcome not in OUTCOMES:
        raise InputError(_("Say what became of it: given, partly given or refused"))
    if (portion.outcome == REFUSED) != (portion.mg == 0) or portion.mg < 0:
        raise InputError(_("Enter the milligrams that reached the patient; nought if refused"))
    doses = here.reading().doses
    if portion.number <= len(doses):
        last = doses[portion.number - 1]
        raise TakenError(
            _("Dose %(number)s is already recorded: %(mg)s mg, %(name)s at %(time)s")
            % {
                "number": portion.number,
                "mg": f"{last.mg:g}",
                "name": last.fact.by or _("somebody"),
                "time": room.wall(here.session, last.at),
            }
        )
    if portion.number != len(doses) + 1:
        raise TakenError(_("Another dose was recorded meanwhile; look at the page again"))


def _refuse_next(here: Room, *, mg: float) -> None:
    room.refuse_ended(here)
    upcoming = here.reading().next_dose
    if upcoming is None:
        raise GateError(_("Nothing of the order is left to give"))
    if not upcoming.is_ready:
        shut = standing(here.reading())
        why = "" if shut else f": {upcoming.reason}"
        raise GateError(_("The dose must wait%(why)s") % {"why": why}, standing=shut)
    if upcoming.mg is not None and mg > upcoming.mg:
        raise GateError(
            _("%(mg)s mg is more than is left of the order, %(left)s mg")
            % {"mg": f"{mg:g}", "left": f"{upcoming.mg:g}"}
        )


def _value(here: Room, portion: Portion) -> dict[str, Any]:
    route = here.protocol.route
    value: dict[str, Any] = {
        "number": portion.number,
        "outcome": portion.outcome,
        "mg": portion.mg,
        "product": here.session.product,
        "route": route,
    }
    if portion.outcome == REFUSED:
        return value
    picked = _lot(here, portion.lot)
    value |= {
        "lot": picked.number,
        "unit": picked.unit,
        "strength_mg": picked.strength_mg,
        "amount": round(portion.mg / picked.strength_mg, 3),
    }
    if route in INJECTED:
        asking = _("Say where it was injected, such as left deltoid")
        value["site"] = typed(portion.site, asking=asking, at_most=LONGEST_SITE)
    return value


def _lot(here: Room, lot: UUID | None) -> Lot:
    today = here.now.astimezone(here.session.clinic.zone).date()
    shelf = on_the_shelf(
        here.session.clinic,
        product=here.session.product,
        units=UNITS[here.protocol.route],
        on=today,
    )
    if lot is None or (found := shelf.filter(pk=lot).first()) is None:
        raise InputError(_("Pick the lot it came from; what is closed or expired is not listed"))
    return found
