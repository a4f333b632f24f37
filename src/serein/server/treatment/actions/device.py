"""Giving the devices, one by one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.criteria import Finding
from serein.clinical.dosing import NEVER, REFUSED, devices_of, dosing, failed_numbers, open_numbers
from serein.clinical.errors import InputError
from serein.clinical.facts import Chart
from serein.clinical.monitoring import SessionReading
from serein.server.accounts.models import User
from serein.server.accounts.permissions import may, require
from serein.server.actions import action, hold
from serein.server.treatment.actions import count, late, room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.errors import GateError, TakenError
from serein.server.treatment.models import Dose, Outcome, Session
from serein.server.wording import typed

VERB = "treatment.record_device"
LONGEST_LOT = 40
# Not open although no rule of the protocol says so, by the names that the record prints.
NO_ORDER, IN_A_REST, LATER_VISIT = "order", "rest", "later-visit"


@dataclass(frozen=True)
class Attempt:
    """What the tablet says of one device."""

    id: UUID
    step: int
    outcome: str
    lot: str
    at: datetime
    note: str

    @property
    def is_refused(self) -> bool:
        """Whether the patient would not have it, so that no gate stands before it."""
        return self.outcome == REFUSED


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
    observer: User | None = None,
) -> Dose:
    """One device, as it was given or not.

    The next device waits for its gates and its rest. One that was already given, on paper or past
    a gate, is stored as it was, marked with what was not open, and the prescriber hears of it.

    Args:
        session: The visit.
        patient_id: Whose form this was.
        by: Who records it.
        now: The server's time.
        id: Client-made; the same again gives back the same device.
        step: Which attempt of the visit this is, from 1, as the tablet saw it.
        outcome: given, partly, failed or refused.
        lot: The device's lot; not asked of a refused one. Of one already given it may be unknown:
            it is then to be found out.
        at: When; now when it is not said.
        is_already_given: A record of what happened, not a wish to give.
        reason: Why it is entered later or outside a gate, or how it failed.
        observer: Who watched; `by` when not named.
    """
    require(by, VERB, at=session.clinic)
    # Before the visit, as seating does: a visit that begins meanwhile counts this dose.
    hold(session.patient)
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=VERB)
    attempt = _attempt(here, id=id, step=step, outcome=outcome, lot=lot, at=at, note=reason)
    if not is_already_given:
        _ask_for_lot(attempt)
    if (again := Dose.objects.select_related("observer").filter(pk=id).first()) is not None:
        return _same(again, attempt, here)
    _refuse_step(here, step)
    if observer is not None and not may(observer, VERB, at=here.session.clinic):
        raise InputError(_("%(name)s may not observe a device here") % {"name": observer})
    room.event_time(here, at, reason=reason)
    outside = outside_gate(here, attempt)
    if is_already_given:
        typed(
            reason,
            asking=_("Say how it came to be given before everything was open") * bool(outside),
        )
    else:
        _refuse_next(here, attempt)
    dose = _give(here, attempt, observer=observer or by, outside=outside)
    if here.session.ended_at is not None:
        late.tell_of_late_dose(here)
    late.look_again(here, dose.facts())
    details = {
        "device": dose.device,
        "step": step,
        "outcome": outcome,
        "outside_gate": outside,
        "late": room.is_late(here, attempt.at),
    }
    if not dose.lot and dose.outcome != REFUSED:
        late.ask_for_lot(here, dose)
    room.leave(here, verb=VERB, new=dose.facts(), subject=dose, details=details)
    return dose


def _attempt(
    here: Room,
    *,
    id: UUID,  # noqa: A002  the dose's id
    step: int,
    outcome: str,
    lot: str,
    at: datetime | None,
    note: str,
) -> Attempt:
    if outcome not in Outcome.values:
        raise InputError(_("Say what became of the device: given, partly, failed or refused"))
    return Attempt(id, step, outcome, typed(lot, at_most=LONGEST_LOT), at or here.now, typed(note))


def _ask_for_lot(attempt: Attempt) -> None:
    """Before a device is given its lot can be read; of one already given nobody may know it."""
    if not attempt.lot and not attempt.is_refused:
        raise InputError(
            _(
                "Enter the lot number printed on the device. "
                "If it was given and nobody knows the lot, use “A device was already given”"
            )
        )


def _same(again: Dose, attempt: Attempt, here: Room) -> Dose:
    """The first result of this very form; refused when the form now says something else."""
    if again.session_id != here.session.id:
        raise room.sent_before()
    if (again.step, again.outcome, again.lot) != (attempt.step, attempt.outcome, attempt.lot):
        raise _taken(again, here)
    return again


def _refuse_step(here: Room, step: int) -> None:
    """Two tablets that saw the same step: the second is told who was first."""
    steps = {dose.step: dose for dose in here.session.doses.select_related("observer")}
    if (taken := steps.get(step)) is not None:
        raise _taken(taken, here)
    if step != len(steps) + 1:
        raise TakenError(_("Another device was recorded meanwhile; look at the tile again"))


def _taken(dose: Dose, here: Room) -> TakenError:
    return TakenError(
        _("Device %(number)s is already recorded: %(outcome)s, %(name)s at %(time)s")
        % {
            "number": dose.device,
            "outcome": dose.get_outcome_display().lower(),
            "name": dose.observer,
            "time": room.wall(here.session, dose.given_at),
        }
    )


def outside_gate(here: Room, attempt: Attempt) -> list[str]:
    """What was not open when it was given, by the rules' ids; nothing for one refused or never."""
    if attempt.outcome in (REFUSED, NEVER):
        return []
    then = here.reading(at=attempt.at)
    outside = [finding.id for finding in standing(then)]
    if not _is_ordered(here, then):
        outside.append(NO_ORDER)
    if _is_in_a_rest(here, attempt.at):
        outside.append(IN_A_REST)
    if count.later_visits(here.session).filter(seated_at__lte=attempt.at).exists():
        outside.append(LATER_VISIT)
    return outside


def standing(reading: SessionReading) -> list[Finding]:
    """Gates that stand before the next device: after the first one, those asked of every device."""
    has_begun = reading.first_dose_at is not None
    return [
        finding
        for finding in reading.gates
        if not finding.is_met and (finding.is_for_every_device or not has_begun)
    ]


def _is_ordered(here: Room, then: SessionReading) -> bool:
    """Whether an order of that moment still had a device to give, counting every one recorded."""
    upcoming = then.next_device
    if upcoming is None or upcoming.needs_order or then.ordered_mg is None:
        return False
    return _next_number(here) <= then.devices_needed


def _is_in_a_rest(here: Room, at: datetime) -> bool:
    rest = timedelta(minutes=devices_of(here.protocol).rest_min)
    tried = [mark.at for mark in here.reading().devices if mark.outcome != REFUSED]
    return any(abs(at - one) < rest for one in tried)


def _refuse_next(here: Room, attempt: Attempt) -> None:
    """Refuse to give while anything stands before it; a record of the past is asked to say so."""
    room.refuse_ended(here)
    _refuse_behind_later_visit(here)
    later = [mark for mark in here.reading().devices if mark.at > attempt.at]
    if later:
        raise GateError(
            _("Device %(number)s was recorded at %(time)s; mark this one as already given")
            % {"number": later[0].number, "time": room.wall(here.session, later[0].at)}
        )
    reading = here.reading(at=attempt.at)
    upcoming = reading.next_device
    if upcoming is None:
        raise GateError(_("No further device is ordered in this session"))
    if attempt.is_refused and (reading.ordered_mg is None or upcoming.needs_order):
        raise GateError(_("No device is ordered now; record that the patient stopped"))
    if not upcoming.is_ready and not attempt.is_refused:
        shut = standing(reading)
        why = "" if shut else f". {upcoming.reason}"
        raise GateError(
            _("Device %(number)s must wait%(why)s") % {"number": upcoming.number, "why": why},
            standing=shut,
        )


def _refuse_behind_later_visit(here: Room) -> None:
    """A next device belongs to the newest visit, whose gates know of every dose before it."""
    if (later := count.later_visits(here.session).first()) is not None:
        raise GateError(
            _(
                "%(patient)s has sat down again since, at %(time)s: "
                "give the device in that visit, or mark this one as already given"
            )
            % {
                "patient": here.session.patient,
                "time": room.wall_of_day(here.session, later.seated_at),
            }
        )


def _give(here: Room, attempt: Attempt, *, observer: User, outside: list[str]) -> Dose:
    return Dose.objects.create(
        id=attempt.id,
        clinic=here.session.clinic,
        session=here.session,
        patient=here.session.patient,
        step=attempt.step,
        device=_next_number(here),
        product=here.session.product,
        dose_mg=devices_of(here.protocol).mg_each,
        outcome=attempt.outcome,
        lot=attempt.lot,
        given_at=attempt.at,
        recorded_at=here.now,
        observer=observer,
        outside_gate=outside,
        note=attempt.note,
    )


def _next_number(here: Room) -> int:
    """Which device this is, counting all that are recorded, whenever they were given.

    A device entered late must not open a place that a later one has filled.
    """
    state = dosing(here.protocol, Chart.of(here.facts).by_code)
    open_or_failed = open_numbers(state) or failed_numbers(state)
    if open_or_failed:
        return open_or_failed[0]
    return max((mark.number for mark in state.marks), default=0) + 1
