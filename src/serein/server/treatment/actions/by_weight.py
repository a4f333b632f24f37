"""An order by weight: its milligrams, its limits, and what the last visit says of it."""

from dataclasses import dataclass
from uuid import uuid5

from django.utils.translation import gettext as _

from serein.clinical.dosing import allowed_doses, dose_option
from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.mixture import order_mg
from serein.clinical.person import dose_weight
from serein.clinical.protocols import SOFT_LIMIT, WEIGHT_AGE, Limits
from serein.clinical.rules import DECISION
from serein.clinical.weighing import dose_concerns, is_beyond, limit_concerns
from serein.server.treatment import queries
from serein.server.treatment.actions import room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.errors import ConfirmError
from serein.server.treatment.models import Order
from serein.server.wording import SHORTEST_REASON, typed

ACTUAL = "actual"
METHODS = (ACTUAL, "ideal", "adjusted")


@dataclass(frozen=True)
class ByWeight:
    """How a dose goes by weight: mg/kg when it is ordered so, the weight, what was said of it.

    `method` is `actual`, `ideal` or `adjusted`; `because` is the reason for a dose above the soft
    limit; `is_confirmed` says that an unlikely dose was looked at again.
    """

    mg_per_kg: float | None = None
    method: str = ACTUAL
    because: str = ""
    is_confirmed: bool = False


AS_MEASURED = ByWeight()


def measure(here: Room, order: Order, *, dose_mg: float | None, weighed: ByWeight) -> None:
    """Give the order its milligrams, and of one by weight the weight they were reckoned from."""
    mg_per_kg = weighed.mg_per_kg
    if (dose_mg is None) == (mg_per_kg is None):
        raise InputError(_("Enter the dose in mg, or in mg/kg"))
    if here.protocol.limits is None:
        if dose_mg is None:
            raise InputError(_("This product is not ordered by weight; enter the dose in mg"))
        order.dose_mg = dose_mg
        return
    given = dose_mg if dose_mg is not None else mg_per_kg
    assert given is not None
    if not given > 0:
        raise InputError(_("%(dose)s is no dose; enter one above zero") % {"dose": f"{given:g}"})
    weight_kg = _weight(here, method=weighed.method)
    order.weight_kg, order.weight_method = round(weight_kg, 1), weighed.method
    order.dose_mg = dose_mg if dose_mg is not None else order_mg(given, weight_kg=weight_kg)
    order.mg_per_kg = round(order.dose_mg / weight_kg, 3) if mg_per_kg is None else mg_per_kg


def _weight(here: Room, *, method: str) -> float:
    """The dose weight, kg; refused while a part of it is unknown or older than the limit."""
    if method not in METHODS:
        raise InputError(_("Choose the weight: as measured, ideal or adjusted"))
    reading = here.reading()
    found = dose_weight(reading.moment.by_code, method=method, now=here.now)
    missing = set(found.missing)
    if "weight" in missing or _is_old(here):
        limits = _limits(here)
        raise InputError(
            _("Weigh the patient first: a weight of the last %(days)s days is needed")
            % {"days": limits.weight_days}
        )
    if found.value is None:
        raise InputError(
            _("Enter the height and the sex in the chart first; the %(method)s weight needs them")
            % {"method": _("ideal") if method == "ideal" else _("adjusted")}
        )
    return float(found.value)


def _is_old(here: Room) -> bool:
    """Whether the weight is older than the protocol allows, whichever method counts by it."""
    return not next(gate for gate in here.reading().gates if gate.id == WEIGHT_AGE).is_met


def _limits(here: Room) -> Limits:
    assert here.protocol.limits is not None, "an order by weight is asked for by its limits"
    return here.protocol.limits


def reasoned(here: Room, order: Order, *, weighed: ByWeight, is_past: bool) -> list[Fact]:
    """Refuse what no order may be, ask about the unlikely; the reason for a high dose, as a fact.

    Above the hard limit nothing is ordered, whatever the reason. Above the soft one the prescriber
    gives it with the order, themselves: nobody takes such an order by telephone. One that was
    given on paper is stored as it was: an alert says what is beyond the protocol, and its gates
    hold the next dose.
    """
    if is_past:
        _ask_again(here, order, weighed=weighed)
        is_reasoned = bool(weighed.because.strip()) and not order.is_by_telephone
        return [_reason(here, order, because=weighed.because)] if is_reasoned else []
    _refuse_strange(here, order)
    limits = _limits(here)
    assert order.mg_per_kg is not None
    if is_beyond(limits, dose_mg=order.dose_mg, mg_per_kg=order.mg_per_kg):
        raise InputError(
            _("%(dose)s is above the limit of this protocol, %(limit)s. No such order is taken")
            % {
                "dose": _said(order),
                "limit": _most(limits.hard_mg_per_kg, limits.hard_mg),
            }
        )
    reasons: list[Fact] = []
    if order.mg_per_kg > limits.soft_mg_per_kg or order.dose_mg > limits.soft_mg:
        reasons = [_reason(here, order, because=weighed.because)]
    _ask_again(here, order, weighed=weighed)
    return reasons


def _ask_again(here: Room, order: Order, *, weighed: ByWeight) -> None:
    """Ask to look again at a dose that is far from the last one, or far above the limits."""
    limits = _limits(here)
    assert order.mg_per_kg is not None
    concerns = [
        *limit_concerns(limits, dose_mg=order.dose_mg, mg_per_kg=order.mg_per_kg),
        *dose_concerns(
            order.dose_mg,
            last_mg=queries.last_given_mg(here.session),
            ask_times=limits.ask_times,
        ),
    ]
    if concerns and not weighed.is_confirmed:
        raise ConfirmError(concerns)


def _refuse_strange(here: Room, order: Order) -> None:
    """Where the protocol lists doses in mg for this session, the order is one of them."""
    moment = here.reading().moment
    option, _decided = dose_option(here.protocol, here.session.number, moment=moment)
    allowed = allowed_doses(here.protocol, here.session.number, moment=moment)
    if option is not None and option.usual_mg_per_kg:
        return
    if order.dose_mg not in allowed:
        raise InputError(
            _("%(dose)s mg is not a dose of this protocol; it allows %(allowed)s mg")
            % {"dose": f"{order.dose_mg:g}", "allowed": ", ".join(map(str, allowed)) or "–"}
        )


def _reason(here: Room, order: Order, *, because: str) -> Fact:
    limits = _limits(here)
    words = {"dose": _said(order), "limit": _most(limits.soft_mg_per_kg, limits.soft_mg)}
    if order.is_by_telephone:
        raise InputError(
            _("%(dose)s is above %(limit)s: the prescriber orders it here, with the reason") % words
        )
    asking = _("%(dose)s is above %(limit)s: give the reason in a sentence") % words
    why = typed(because, asking=asking, at_least=SHORTEST_REASON)
    value = {"decision": "go-ahead", "reason": why, "by_role": "prescriber"}
    code = DECISION + SOFT_LIMIT
    return room.fact(here, code, value, id=uuid5(order.id, code), at=order.ordered_at)


def _said(order: Order) -> str:
    return _("%(mg)s mg (%(per_kg)s mg/kg)") % {
        "mg": f"{order.dose_mg:g}",
        "per_kg": f"{order.mg_per_kg:g}",
    }


def _most(per_kg: float, most_mg: float) -> str:
    return _("%(per_kg)s mg/kg or %(mg)s mg") % {"per_kg": f"{per_kg:g}", "mg": f"{most_mg:g}"}
