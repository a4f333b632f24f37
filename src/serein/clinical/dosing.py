"""Devices of one session: what was ordered, what became of each, which one is next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.protocols import Protocol

GIVEN, PARTLY, FAILED, REFUSED = "given", "partly", "failed", "refused"
NEVER = "never"  # the correction of a record of a device that there was not
EXPOSING = frozenset((GIVEN, PARTLY))


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
    ordered_mg: int | None
    devices_needed: int
    stopped: Fact | None

    @property
    def exposures(self) -> list[DeviceMark]:
        """Devices of which anything reached the patient, in order of time."""
        return [mark for mark in self.marks if mark.is_exposing]

    @property
    def given_mg(self) -> int:
        """Milligrams of devices given in full; a partly given one counts only in `partly_given`."""
        return sum(mark.dose_mg for mark in self.marks if mark.outcome == GIVEN)

    @property
    def partly_given(self) -> int:
        """How many devices were given in part."""
        return sum(mark.outcome == PARTLY for mark in self.marks)


def devices_for(protocol: Protocol, dose_mg: int) -> int:
    """How many devices make this dose."""
    each = protocol.devices.mg_each
    if dose_mg <= 0 or dose_mg % each:
        raise InputError(f"{dose_mg} mg cannot be made of {each} mg devices")
    return dose_mg // each


def allowed_doses(protocol: Protocol, session_number: int) -> list[int]:
    """The doses that may be ordered for this session, mg, lowest first."""
    for option in protocol.doses:
        last = option.last_session
        if option.first_session <= session_number and (last is None or session_number <= last):
            return sorted(option.allowed_mg)
    return []


def dosing(protocol: Protocol, by_code: Mapping[str, Sequence[Fact]]) -> Dosing:
    """What these facts say of orders and devices."""
    orders = [fact for fact in by_code.get("order", ()) if isinstance(fact.value, Mapping)]
    main = [fact for fact in orders if _value(fact, "replaces_device") is None]
    order = main[-1] if main else None
    ordered_mg = _number(order, "dose_mg") if order else None
    return Dosing(
        order=order,
        replacements=tuple(fact for fact in orders if _value(fact, "replaces_device") is not None),
        marks=tuple(
            _mark(fact) for fact in by_code.get("device", ()) if _value(fact, "outcome") != NEVER
        ),
        ordered_mg=ordered_mg,
        devices_needed=(ordered_mg or 0) // protocol.devices.mg_each,
        stopped=_stopped(by_code.get("patient-stopped", ())),
    )


def _stopped(found: Sequence[Fact]) -> Fact | None:
    return found[-1] if found and found[-1].value is True else None


def _value(fact: Fact, key: str) -> object:
    return fact.value.get(key) if isinstance(fact.value, Mapping) else None


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


def rest_ends_at(protocol: Protocol, state: Dosing) -> datetime | None:
    """When the rest after the last attempt is over; None when there was none."""
    tried = [mark.at for mark in state.marks if mark.outcome != REFUSED]
    return tried[-1] + timedelta(minutes=protocol.devices.rest_min) if tried else None


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
        reasons.insert(0, f"{protocol.devices.rest_min} minutes' rest after the last device.")
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
    """The shortest time between two attempts, minutes; None before the second one."""
    tried = [mark.at for mark in state.marks if mark.outcome != REFUSED]
    gaps = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(tried)]
    return min(gaps, default=None)
