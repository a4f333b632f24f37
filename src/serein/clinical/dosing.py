"""What was ordered and given in one session, and which device is next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from serein.clinical.criteria import MET, UNKNOWN, UNMET, Judgement, Moment
from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.infusion import INFUSION, NO_INFUSION, Infusion, infusion
from serein.clinical.protocols import Devices, DoseOption, Protocol

GIVEN, PARTLY, FAILED, REFUSED = "given", "partly", "failed", "refused"
NEVER = "never"  # the correction of a record of a device that there was not
EXPOSING = frozenset((GIVEN, PARTLY))
ALWAYS = Judgement(MET, (), (), ())


@dataclass(frozen=True, slots=True)
class DeviceMark:
    """One device as it was given or not; steps count every attempt of the session."""

    number: int
    step: int
    outcome: str
    at: datetime
    lot: str
    dose_mg: int
    fact: Fact

    @property
    def is_exposing(self) -> bool:
        """Whether any of it reached the patient."""
        return self.outcome in EXPOSING


@dataclass(frozen=True, slots=True)
class DoseMark:
    """One dose that is no device: an injection, a tablet, a lozenge, a racemic spray."""

    outcome: str
    at: datetime
    mg: float
    fact: Fact

    @property
    def is_exposing(self) -> bool:
        """Whether any of it reached the patient."""
        return self.outcome in EXPOSING


class Exposure(NamedTuple):
    """A moment at which drug reached the patient; an infusion gives its beginning and its end."""

    at: datetime
    fact: Fact


@dataclass(frozen=True, slots=True)
class NextDevice:
    """The device that is next: when its rest is over, and what still stands before it."""

    number: int
    ready_at: datetime | None
    is_ready: bool
    reason: str
    needs_order: bool = False


@dataclass(frozen=True, slots=True)
class Dosing:
    """The dosing of one session as its facts tell it."""

    order: Fact | None
    replacements: tuple[Fact, ...]
    marks: tuple[DeviceMark, ...]
    ordered_mg: float | None
    devices_needed: int
    stopped: Fact | None
    doses: tuple[DoseMark, ...] = ()
    infusion: Infusion = NO_INFUSION

    @property
    def given_devices(self) -> list[DeviceMark]:
        """Devices of which anything reached the patient, in order of time."""
        return [mark for mark in self.marks if mark.is_exposing]

    @property
    def exposures(self) -> list[Exposure]:
        """Every moment at which drug reached the patient, in order of time."""
        found = [Exposure(mark.at, mark.fact) for mark in self.given_devices]
        found += [Exposure(mark.at, mark.fact) for mark in self.doses if mark.is_exposing]
        ends = [step for step in self.infusion.steps if step.step in ("start", "stop")]
        found += [Exposure(step.at, step.fact) for step in ends]
        return sorted(found, key=lambda exposure: exposure.at)

    @property
    def last_exposure(self) -> Exposure | None:
        """The last of them; None before the first, and while an infusion still runs."""
        found = self.exposures
        return found[-1] if found and not self.infusion.is_open else None

    @property
    def given_mg(self) -> float:
        """Milligrams given in full, drips not counted; a device given in part is left out."""
        devices = sum(mark.dose_mg for mark in self.marks if mark.outcome == GIVEN)
        return devices + sum(mark.mg for mark in self.doses if mark.is_exposing)

    @property
    def partly_given(self) -> int:
        """How many devices were given in part."""
        return sum(mark.outcome == PARTLY for mark in self.marks)


def devices_of(protocol: Protocol) -> Devices:
    """What the protocol says of its devices; refused when it gives its dose in another way."""
    if protocol.devices is None:
        raise InputError(f"{protocol.title} is not given by devices; its dose is ordered in mg")
    return protocol.devices


def devices_for(protocol: Protocol, dose_mg: int) -> int:
    """How many devices make this dose."""
    each = devices_of(protocol).mg_each
    if dose_mg <= 0 or dose_mg % each:
        raise InputError(f"{dose_mg} mg cannot be made of {each} mg devices")
    return dose_mg // each


def dose_option(
    protocol: Protocol, session_number: int, *, moment: Moment
) -> tuple[DoseOption | None, Judgement]:
    """What may be ordered for this session and this patient, with what decided it.

    Options that are for them at once count together, the first one's dose first: each may have
    its own source. None where no option is for them, or where it is not known whether one is.
    """
    judged = [
        (option, ALWAYS if option.when is None else option.when.judge(moment))
        for option in protocol.doses
        if option.is_of(session_number)
    ]
    fitting = [(option, judgement) for option, judgement in judged if judgement.verdict is MET]
    if fitting:
        doses = tuple(mg for option, _ in fitting for mg in option.allowed_mg)
        return replace(fitting[0][0], allowed_mg=doses), fitting[0][1]
    undecided = [judgement for _, judgement in judged if judgement.verdict is UNKNOWN]
    return None, (undecided or [Judgement(UNMET, (), (), ())])[-1]


def allowed_doses(protocol: Protocol, session_number: int, *, moment: Moment) -> list[int]:
    """The doses in mg that may be ordered for this session, lowest first; none while unknown."""
    option, _ = dose_option(protocol, session_number, moment=moment)
    return sorted(option.allowed_mg) if option else []


def paper_doses(protocol: Protocol, *, allowed: Sequence[int]) -> list[int]:
    """Other sizes in mg that an order on paper may have had, up to a device above the most."""
    if protocol.devices is None:
        return []
    each = protocol.devices.mg_each
    most = max(mg for option in protocol.doses for mg in option.allowed_mg) + each
    return [mg for mg in range(each, most + 1, each) if mg not in allowed]


def dosing(protocol: Protocol, by_code: Mapping[str, Sequence[Fact]]) -> Dosing:
    """What these facts say of orders and devices."""
    orders = [fact for fact in by_code.get("order", ()) if isinstance(fact.value, Mapping)]
    main = [fact for fact in orders if _value(fact, "replaces_device") is None]
    order = main[-1] if main else None
    ordered_mg = _ordered(order) if order else None
    return Dosing(
        order=order,
        replacements=tuple(fact for fact in orders if _value(fact, "replaces_device") is not None),
        marks=tuple(
            _mark(fact) for fact in by_code.get("device", ()) if _value(fact, "outcome") != NEVER
        ),
        ordered_mg=ordered_mg,
        devices_needed=_devices_needed(protocol, ordered_mg),
        stopped=_stopped(by_code.get("patient-stopped", ())),
        doses=tuple(
            _dose(fact) for fact in by_code.get("dose", ()) if _value(fact, "outcome") != NEVER
        ),
        infusion=infusion(by_code.get(INFUSION, ())),
    )


def _devices_needed(protocol: Protocol, ordered_mg: float | None) -> int:
    if protocol.devices is None:
        return 0
    return int(ordered_mg or 0) // protocol.devices.mg_each


def _dose(fact: Fact) -> DoseMark:
    return DoseMark(str(_value(fact, "outcome")), fact.effective_at, _amount(fact, "mg"), fact)


def _amount(fact: Fact, key: str) -> float:
    value = _value(fact, key)
    return float(value) if isinstance(value, int | float) else 0.0


def _stopped(found: Sequence[Fact]) -> Fact | None:
    return found[-1] if found and found[-1].value is True else None


def _value(fact: Fact, key: str) -> object:
    return fact.value.get(key) if isinstance(fact.value, Mapping) else None


def _ordered(order: Fact) -> float:
    """The milligrams of an order; whole ones stay whole, as devices are counted."""
    value = _value(order, "dose_mg")
    return value if isinstance(value, int | float) else 0


def _number(fact: Fact, key: str) -> int:
    value = _value(fact, key)
    return value if isinstance(value, int) else 0


def _mark(fact: Fact) -> DeviceMark:
    return DeviceMark(
        number=_number(fact, "number"),
        step=_number(fact, "step"),
        outcome=str(_value(fact, "outcome")),
        at=fact.effective_at,
        lot=str(_value(fact, "lot") or ""),
        dose_mg=_number(fact, "dose_mg"),
        fact=fact,
    )


def open_numbers(state: Dosing) -> list[int]:
    """Devices that may still be given under the orders as they stand, lowest first.

    A failed or partly given device opens again only by an order made after it; once the patient
    stops, nothing is open.
    """
    if state.stopped is not None:
        return []
    return [n for n in range(1, state.devices_needed + 1) if _is_open(state, n)]


def _is_open(state: Dosing, number: int) -> bool:
    attempts = [mark for mark in state.marks if mark.number == number]
    if not attempts:
        return True
    last = attempts[-1]
    return last.outcome in (FAILED, PARTLY) and any(
        _value(order, "replaces_device") == number and order.effective_at >= last.at
        for order in state.replacements
        if stands(order)
    )


def stands(order: Fact) -> bool:
    """Whether an order is signed, or was taken by telephone and read back."""
    by_telephone = _value(order, "telephone") is True and _value(order, "read_back") is True
    return by_telephone or _value(order, "signed") is True


def failed_numbers(state: Dosing) -> list[int]:
    """Devices that failed and for which no replacement has been ordered."""
    if state.stopped is not None:
        return []
    last = {mark.number: mark for mark in state.marks}
    return sorted(
        number
        for number, mark in last.items()
        if mark.outcome == FAILED and not _is_open(state, number)
    )


def replaceable_numbers(state: Dosing) -> list[int]:
    """Devices that failed or were given in part and for which no replacement was ordered since."""
    if state.stopped is not None:
        return []
    last = {mark.number: mark for mark in state.marks}
    return sorted(
        number
        for number, mark in last.items()
        if mark.outcome in (FAILED, PARTLY) and not _is_replaced(state, mark)
    )


def _is_replaced(state: Dosing, mark: DeviceMark) -> bool:
    """Whether an order in place of this device was written after it, signed yet or not."""
    return any(
        _value(order, "replaces_device") == mark.number and order.effective_at >= mark.at
        for order in state.replacements
    )


def rest_ends_at(protocol: Protocol, state: Dosing) -> datetime | None:
    """When the rest after the last attempt is over; None when there was none."""
    tried = [mark.at for mark in state.marks if mark.outcome != REFUSED]
    if protocol.devices is None or not tried:
        return None
    return tried[-1] + timedelta(minutes=protocol.devices.rest_min)


def next_device(
    protocol: Protocol, state: Dosing, *, now: datetime, standing: Sequence[str] = ()
) -> NextDevice | None:
    """The next device, and why it must wait; None when no more are to be given.

    Args:
        protocol: Gives the rest between devices.
        state: Orders and devices so far.
        now: The moment asked about.
        standing: Texts of the gates that are not open.
    """
    if protocol.devices is None:
        return None
    numbers = open_numbers(state)
    if state.order is None and not state.marks and state.stopped is None:
        numbers = [1]
    if not numbers:
        failed = failed_numbers(state)
        if not failed:
            return None
        reason = f"Device {failed[0]} failed: a replacement needs the prescriber's order."
        return NextDevice(failed[0], None, is_ready=False, reason=reason, needs_order=True)
    ready_at = rest_ends_at(protocol, state)
    reasons = list(standing)
    if ready_at is not None and now < ready_at:
        rest_min = devices_of(protocol).rest_min
        reasons.insert(0, f"{rest_min} minutes' rest after the last device.")
    return NextDevice(numbers[0], ready_at, is_ready=not reasons, reason=" ".join(reasons))


def not_ordered(state: Dosing) -> list[DeviceMark]:
    """Devices that reached the patient beyond what the orders ask for."""
    beyond: list[DeviceMark] = []
    tries: dict[int, int] = {}
    for mark in state.marks:
        tries[mark.number] = tries.get(mark.number, 0) + 1
        ordered = int(1 <= mark.number <= state.devices_needed) + sum(
            _value(order, "replaces_device") == mark.number for order in state.replacements
        )
        if mark.is_exposing and tries[mark.number] > ordered:
            beyond.append(mark)
    return beyond


def shortest_rest_min(state: Dosing) -> float | None:
    """The shortest time between two attempts; what was refused is none.

    Args:
        state: How far the dosing is, its devices in the order of their times.

    Returns:
        Minutes; None before the second attempt.
    """
    tried = [mark.at for mark in state.marks if mark.outcome != REFUSED]
    gaps = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(tried)]
    return min(gaps, default=None)
