"""Giving the devices, one by one."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.criteria import Finding
from serein.clinical.errors import InputError
from serein.clinical.monitoring import SessionReading
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.courses.queries import protocol
from serein.server.treatment.actions import room
from serein.server.treatment.errors import GateError, TakenError
from serein.server.treatment.models import Dose, Outcome, Session
from serein.server.treatment.queries import known, read


@action
def record_device(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    step: int,
    outcome: str,
    lot: str,
    at: datetime | None = None,
    is_already_given: bool = False,
    reason: str = "",
    note: str = "",
) -> Dose:
    """One device, as it was given or not.

    The next device waits for its gates and its rest. One that was already given, on paper or past
    a gate, is stored as it was, marked with what was not open, and the prescriber hears of it.

    Args:
        session: The visit.
        patient_id: Whose form this was.
        by: Who observed it.
        now: The server's time.
        id: Client-made; the same again gives back the same device.
        step: Which attempt of the visit this is, from 1, as the tablet saw it.
        outcome: given, partly, failed or refused.
        lot: The device's lot; not asked of a refused one.
        at: When; now when it is not said.
        is_already_given: A record of what happened, not a wish to give.
        reason: Why it is entered later, or outside a gate.
        note: Anything else about it.
    """
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.record_device")
    if (again := here.doses.filter(pk=id).first()) is not None:
        return again
    _refuse_step(here, step)
    if outcome not in Outcome.values:
        raise InputError(_("Say what became of the device: given, partly, failed or refused"))
    if outcome != Outcome.REFUSED and not lot.strip():
        raise InputError(_("Enter the lot number printed on the device"))
    happened = room.event_time(here, at, now=now, reason=reason)
    reading = read(here, known(here), now=happened)
    outside = _outside(reading) if outcome != Outcome.REFUSED else []
    if is_already_given:
        if outside and not reason.strip():
            raise InputError(_("Say how it came to be given before everything was open"))
    else:
        room.refuse_ended(here)
        _refuse_next(reading, outcome=outcome)
    of = protocol(here.course)
    dose = Dose.objects.create(
        id=id,
        clinic=here.clinic,
        session=here,
        patient=here.patient,
        step=step,
        device=_number(reading, here),
        product=here.product,
        dose_mg=of.devices.mg_each,
        outcome=outcome,
        lot=lot.strip(),
        given_at=happened,
        recorded_at=now,
        observer=by,
        outside_gate=outside,
        note=" ".join(part.strip() for part in (reason, note) if part.strip()),
    )
    details = {
        "device": dose.device,
        "step": step,
        "outcome": outcome,
        "outside_gate": outside,
        "late": now - happened >= room.LATE_AFTER,
    }
    room.leave(
        here,
        by=by,
        now=now,
        verb="treatment.record_device",
        new=dose.facts(),
        subject=dose,
        details=details,
    )
    return dose


def _refuse_step(here: Session, step: int) -> None:
    """Two tablets that saw the same step: the second is told who was first."""
    steps = {dose.step: dose for dose in here.doses.select_related("observer")}
    if (taken := steps.get(step)) is not None:
        given = taken.given_at.astimezone(here.clinic.zone)
        raise TakenError(
            _("Device %(number)s is already recorded: %(outcome)s, %(name)s at %(time)s")
            % {
                "number": taken.device,
                "outcome": taken.get_outcome_display().lower(),
                "name": taken.observer,
                "time": f"{given:%H:%M}",
            }
        )
    if step != len(steps) + 1:
        raise TakenError(_("Another device was recorded meanwhile; look at the tile again"))


def _outside(reading: SessionReading) -> list[str]:
    """What was not open at that moment, by the rules' ids."""
    outside = [gate.id for gate in reading.open_gates]
    upcoming = reading.next_device
    if upcoming is None or upcoming.needs_order:
        outside.append("order")
    elif upcoming.ready_at is not None and reading.at < upcoming.ready_at:
        outside.append("rest")
    return outside


def _refuse_next(reading: SessionReading, *, outcome: str) -> None:
    upcoming = reading.next_device
    if upcoming is None:
        raise GateError(_("No further device is ordered in this session"))
    if outcome == Outcome.REFUSED or upcoming.is_ready:
        return
    standing: list[Finding] = reading.open_gates
    raise GateError(
        _("Device %(number)s must wait. %(reason)s")
        % {"number": upcoming.number, "reason": upcoming.reason},
        standing=standing,
    )


def _number(reading: SessionReading, here: Session) -> int:
    if reading.next_device is not None:
        return reading.next_device.number
    return here.doses.count() + 1
