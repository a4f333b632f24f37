"""The infusion: one prepares, another checks blind, then the pump is started, changed, stopped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.dosing import stands
from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.infusion import INFUSION
from serein.clinical.mixture import Mixture
from serein.clinical.preparation import (
    CHECK,
    PREPARATION,
    Difference,
    checks_of,
    differences,
    standing_preparation,
)
from serein.clinical.vitals import Concern
from serein.server.accounts.models import User
from serein.server.actions import action, hold
from serein.server.alerts.models import Alert
from serein.server.supply.models import Lot, Unit
from serein.server.supply.queries import on_the_shelf
from serein.server.treatment import queries
from serein.server.treatment.actions import entry, late, room
from serein.server.treatment.actions.device import standing
from serein.server.treatment.actions.room import Room
from serein.server.treatment.errors import ConfirmError, GateError, TakenError
from serein.server.treatment.models import Session
from serein.server.wording import typed

# What may follow each act at the pump; None is the pump before it was ever started.
FOLLOWS: Mapping[str | None, frozenset[str]] = {
    None: frozenset(("start",)),
    "start": frozenset(("rate", "pause", "stop")),
    "rate": frozenset(("rate", "pause", "stop")),
    "resume": frozenset(("rate", "pause", "stop")),
    "pause": frozenset(("resume", "stop")),
    "stop": frozenset(("start",)),
}
LOT_LENGTH = 40


@action
def prepare_infusion(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    lot: UUID,
    diluent_ml: float,
    minutes: float,
    is_confirmed: bool = False,
) -> list[Alert]:
    """The bag as the first person works it out: from the order, a lot on the shelf, and a volume.

    Args:
        session: The visit.
        patient_id: Whose page it was typed on.
        by: Who prepares.
        now: The server's time.
        id: Client-made.
        lot: A vial's lot, picked from the shelf; its strength is never typed.
        diluent_ml: What the dose is drawn into, mL.
        minutes: How long it is to run.
        is_confirmed: Whether an unlikely duration was looked at again.
    """
    verb = "treatment.prepare_infusion"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    order = _order(here)
    picked = _vial(here, lot)
    mixture = Mixture(float(order["dose_mg"]), picked.strength_mg, diluent_ml, minutes)
    value = {"weight_kg": order["weight_kg"], "lot": picked.number, **mixture.as_value()}
    if entry.sent(here, {PREPARATION: value}, id=id) is None:
        room.refuse_ended(here)
        if here.reading().infusion.is_open:
            raise TakenError(_("The infusion runs; nothing is prepared beside it"))
        _ask_about_duration(here, minutes, is_confirmed=is_confirmed)
    return entry.record(here, {PREPARATION: value}, verb=verb, id=id)


def _order(here: Room) -> Mapping[str, Any]:
    """What the standing order says; refused where there is none to prepare for."""
    if here.protocol.infusion is None:
        raise InputError(_("This product is not given as an infusion"))
    found = here.reading().moment.by_code.get("order", ())
    if not found or not stands(found[-1]):
        raise InputError(_("There is no signed order to prepare for"))
    value = found[-1].value
    assert isinstance(value, Mapping)
    return value


def _vial(here: Room, lot: UUID) -> Lot:
    today = here.now.astimezone(here.session.clinic.zone).date()
    shelf = on_the_shelf(
        here.session.clinic, product=here.session.product, units=[Unit.ML], on=today
    )
    if (found := shelf.filter(pk=lot).first()) is None:
        raise InputError(_("Pick a vial from the shelf; that one is closed, expired or of another"))
    return found


def _ask_about_duration(here: Room, minutes: float, *, is_confirmed: bool) -> None:
    plan, limits = here.protocol.infusion, here.protocol.limits
    assert plan is not None
    assert limits is not None
    times = minutes / plan.minutes
    if is_confirmed or 1 / limits.ask_times < times < limits.ask_times:
        return
    sentence = _("%(minutes)s minutes is far from the usual %(usual)s; look again, or confirm it")
    words = sentence % {"minutes": f"{minutes:g}", "usual": plan.minutes}
    raise ConfirmError([Concern(("minutes",), "unlikely", words)])


@action
def check_preparation(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    prepared: UUID,
    weight_kg: float,
    lot: str,
    ml_per_h: float,
) -> list[Difference]:
    """The second person's own numbers, entered without seeing the first; on what they differ.

    What differs is stored as it was entered and holds the start until somebody else's check of it
    agrees, or until one of a new preparation does.

    Args:
        session: The visit.
        patient_id: Whose page it was typed on.
        by: The second person, never the one who prepared it.
        now: The server's time.
        id: Client-made.
        prepared: The preparation that lay before them.
        weight_kg: The weight as they read it, kg.
        lot: The lot as they read it off the vial.
        ml_per_h: The rate as they worked it out, mL/h.
    """
    verb = "treatment.check_preparation"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    preparation = _preparation(here)
    if preparation.id != prepared:
        raise TakenError(_("It was prepared anew meanwhile; check the new preparation"))
    if queries.author(preparation) == by.pk:
        raise InputError(_("You prepared it yourself; a second person enters their own numbers"))
    asking = _("Enter the lot as you read it off the vial")
    value = {
        "weight_kg": weight_kg,
        "lot": typed(lot, asking=asking, at_most=LOT_LENGTH),
        "ml_per_h": ml_per_h,
    }
    if entry.sent(here, {CHECK: value}, id=id) is None:
        room.refuse_ended(here)
        _refuse_a_second_look(here, preparation, by=by)
    entry.record(here, {CHECK: value}, verb=verb, id=id)
    within = here.protocol.second_check
    assert within is not None, "who prepares an infusion is checked"
    assert isinstance(preparation.value, Mapping)
    return differences(preparation.value, value, within=within)


def _refuse_a_second_look(here: Room, preparation: Fact, *, by: User) -> None:
    """Who has checked it has seen the first person's numbers since, and is not blind any more."""
    made = checks_of(here.reading().moment.by_code, preparation=preparation)
    if any(queries.author(one) == by.pk for one in made):
        raise InputError(
            _(
                "You have checked this bag and seen its numbers. Somebody else checks it, or it is"
                " prepared anew"
            )
        )


def _preparation(here: Room) -> Fact:
    by_code = here.reading().moment.by_code
    orders = by_code.get("order", ())
    found = standing_preparation(by_code, order=orders[-1] if orders else None)
    if found is None:
        raise InputError(_("Nothing is prepared for the order as it stands"))
    return found


@action
def start_infusion(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    ml_per_h: float,
    at: datetime | None = None,
    reason: str = "",
    is_already_running: bool = False,
) -> list[Alert]:
    """The pump is started at the rate that two people worked out.

    What was started before everything was open is stored as it was, marked, and tells the
    prescriber.

    Args:
        session: The visit.
        patient_id: Whose page it was typed on.
        by: Who starts it.
        now: The server's time.
        id: Client-made.
        ml_per_h: What the pump shows, mL/h.
        at: When it was started; now when it is not said.
        reason: Why it is entered later, or outside a gate.
        is_already_running: Whether it is a record of what happened, not a wish to start.
    """
    verb = "treatment.run_infusion"
    # Before the visit, as seating does: a visit that begins meanwhile counts this dose.
    hold(session.patient)
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    if (again := _again(here, id, step="start")) is not None:
        return again
    happened = room.event_time(here, at, reason=reason)
    _refuse_step(here, "start", at=happened)
    prepared = _preparation(here)
    assert isinstance(prepared.value, Mapping)
    shut = [finding.id for finding in standing(here.reading(at=happened))]
    if is_already_running:
        asking = _("Say how it came to be started before everything was open") * bool(shut)
        typed(reason, asking=asking)
    else:
        _refuse_start(here, prepared.value, ml_per_h=ml_per_h)
    value = {
        "step": "start",
        "product": here.session.product,
        "rate_ml_per_h": ml_per_h,
        "mg_per_ml": prepared.value["mg_per_ml"],
        "dose_mg": prepared.value["dose_mg"],
        **({"outside_gate": " ".join(shut)} if shut else {}),
    }
    raised = entry.record(here, {INFUSION: value}, verb=verb, id=id, at=at, reason=reason)
    if here.session.ended_at is not None:
        late.tell_of_late_dose(here)
    _look_again(here, id, value, at=happened)
    return raised


def _look_again(here: Room, id: UUID, value: Any, *, at: datetime) -> None:  # noqa: A002  as above
    """What an act entered after the end means for it, and what a dose means for later visits."""
    late.look_again(here, [room.fact(here, INFUSION, value, id=uuid5(id, INFUSION), at=at)])


def _refuse_start(here: Room, prepared: Mapping[str, Any], *, ml_per_h: float) -> None:
    room.refuse_ended(here)
    reading = here.reading()
    upcoming = reading.next_dose
    if upcoming is None:
        raise GateError(_("Nothing of the order is left to give"))
    if not upcoming.is_ready:
        raise GateError(_("The infusion must wait"), standing=standing(reading))
    within = here.protocol.second_check
    assert within is not None
    if abs(ml_per_h - prepared["ml_per_h"]) > prepared["ml_per_h"] * within.rate_percent / 100:
        raise GateError(
            _(
                "The pump shows %(pump)s mL/h, and %(checked)s mL/h was checked. "
                "Set it to that, or prepare it anew"
            )
            % {"pump": f"{ml_per_h:g}", "checked": f"{prepared['ml_per_h']:g}"}
        )


@action
def change_infusion(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    step: str,
    because: str,
    ml_per_h: float | None = None,
    at: datetime | None = None,
    reason: str = "",
    is_confirmed: bool = False,
) -> list[Alert]:
    """Rate changed, paused, resumed or stopped, with its reason; never refused by a gate.

    Args:
        session: The visit.
        patient_id: Whose page it was typed on.
        by: Whose hand is at the pump.
        now: The server's time.
        id: Client-made.
        step: `rate`, `pause`, `resume` or `stop`.
        because: Why; a pause and a stop are stored without, too.
        ml_per_h: The new rate, mL/h, of a change.
        at: When; now when it is not said.
        reason: Why it is entered later.
        is_confirmed: Whether an unlikely rate was looked at again.
    """
    verb = "treatment.run_infusion"
    hold(session.patient)
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    if (again := _again(here, id, step=step)) is not None:
        return again
    if step not in ("rate", "pause", "resume", "stop"):
        raise InputError(_("Choose what was done at the pump"))
    # What stopped is stored as it stopped; a reason may follow, and nobody looks for one first.
    is_still = step in ("pause", "stop")
    why = because.strip() if is_still else typed(because, asking=_("Say why, in a few words"))
    happened = room.event_time(here, at, reason=reason)
    _refuse_step(here, step, at=happened)
    value: dict[str, Any] = {"step": step}
    if step == "rate":
        value["rate_ml_per_h"] = _rate(here, ml_per_h, is_confirmed=is_confirmed)
    said = "; ".join(filter(None, (why, reason.strip())))
    raised = entry.record(here, {INFUSION: value}, verb=verb, id=id, at=at, reason=said)
    if here.session.ended_at is not None:
        _look_again(here, id, value, at=happened)
    return raised


def _rate(here: Room, ml_per_h: float | None, *, is_confirmed: bool) -> float:
    if ml_per_h is None or not ml_per_h > 0:
        raise InputError(_("Enter the new rate in mL/h; to let nothing run in, pause it"))
    limits = here.protocol.limits
    assert limits is not None
    before = here.reading().infusion.steps[-1].rate_ml_per_h
    times = ml_per_h / before
    if not is_confirmed and not 1 / limits.ask_times < times < limits.ask_times:
        words = _("%(new)s mL/h beside %(old)s mL/h is a large step; look at the pump, or confirm")
        sentence = words % {"new": f"{ml_per_h:g}", "old": f"{before:g}"}
        raise ConfirmError([Concern(("ml_per_h",), "unlikely", sentence)])
    return ml_per_h


def _again(here: Room, id: UUID, *, step: str) -> list[Alert] | None:  # noqa: A002  as above
    """What this very entry raised when it was first sent; None when it was not sent before."""
    stored = entry.first(here, id, INFUSION)
    if stored is None:
        return None
    assert isinstance(stored.value, Mapping)
    if stored.encounter != here.session.id or stored.value.get("step") != step:
        raise room.sent_before()
    return entry.raised_with(here, [stored])


def _refuse_step(here: Room, step: str, *, at: datetime) -> None:
    """Only what can follow the pump's last act; what was done later is told with its time."""
    steps = here.reading().infusion.steps
    if steps and at < steps[-1].at:
        raise TakenError(
            _("The pump was last touched at %(time)s; enter what was done since then")
            % {"time": room.wall(here.session, steps[-1].at)}
        )
    last = steps[-1] if steps else None
    if step in FOLLOWS[last.step if last else None]:
        return
    if last is None:
        raise InputError(_("The infusion was not started yet"))
    raise TakenError(
        _("The pump was %(done)s at %(time)s by %(name)s; look at it again")
        % {
            "done": _done(last.step),
            "time": room.wall(here.session, last.at),
            "name": last.fact.by or _("somebody"),
        }
    )


def _done(step: str) -> str:
    words = {
        "start": _("started"),
        "rate": _("set to another rate"),
        "pause": _("paused"),
        "resume": _("resumed"),
        "stop": _("stopped"),
    }
    return words[step]
