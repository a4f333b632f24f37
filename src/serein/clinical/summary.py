"""What the registry's monitoring form asks of one session, out of what was recorded as it happened.

Nothing is guessed: what was never looked at is None, and a reading taken late says at which minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serein.clinical.criteria import Finding, Verdict
from serein.clinical.derive import DANGER
from serein.clinical.facts import Fact
from serein.clinical.minutes import clock_minutes
from serein.clinical.monitoring import SessionReading, gates_at
from serein.clinical.protocols import Check, Protocol

FIVE_CLASSES = (
    "medicine.benzodiazepine",
    "medicine.sedative-hypnotic",
    "medicine.opioid",
    "medicine.psychostimulant",
    "medicine.maoi",
)
PAIR = ("bp.systolic", "bp.diastolic")
ALERT = 5
VITAL = frozenset((*PAIR, "heart-rate", "spo2", "respiration", "bp.systolic.rise"))


@dataclass(frozen=True, slots=True)
class Pressure:
    """One cuff reading, and how long after the first device it was taken (below 0: before it)."""

    systolic_mmhg: int
    diastolic_mmhg: int
    at: datetime
    minute: int | None


@dataclass(frozen=True, slots=True)
class Episode:
    """Something the form asks about: whether it was seen, from when, until when.

    `seen` is None when nobody looked after the first device; `looked_at` is the last look.
    `resolved_at` is None while it lasts; after several spells, onset is the first one's and
    resolution the last one's.
    """

    seen: bool | None
    looked_at: datetime | None = None
    looked_min: int | None = None
    onset_at: datetime | None = None
    onset_min: int | None = None
    resolved_at: datetime | None = None
    resolved_min: int | None = None
    worst: Any = None
    evidence: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One session as the monitoring form asks for it; minutes count from the first device.

    `out_before` are the sets before the first device that stood outside a limit, the one that
    decided among them when it did. `check_min` is from when until when the pressure check after
    the dose counts; a reading after that stands under `pressure_after_check` and is no check.
    """

    number: int | None
    product: str
    first_dose_at: datetime | None
    ended_at: datetime | None
    ending: str | None
    given_mg: float
    partly_given: int
    lots: tuple[str, ...]
    monitored_min: int | None
    ready_after_min: int | None
    is_acceptable_before: bool | None
    is_accepted_by_decision: bool
    out_before: tuple[datetime, ...]
    is_acceptable_at_end: bool | None
    pressure_before: Pressure | None
    check_min: tuple[int, int] | None
    pressure_at_check: Pressure | None
    pressure_after_check: Pressure | None
    pressure_at_end: Pressure | None
    sedation: Episode
    dissociation: Episode
    respiratory_depression: Episode
    medicines_changed: bool | None
    classes: Mapping[str, bool | None]
    danger_signs: tuple[Fact, ...]


def summarize(reading: SessionReading) -> SessionSummary:
    """The session so far, or as it ended."""
    by_code = reading.moment.by_code
    first_at = reading.first_dose_at
    until = reading.ended_at or reading.at
    pressures = _pressures(by_code, first_at=first_at)
    check = _pressure_check(reading.protocol.checks)
    return SessionSummary(
        number=reading.number,
        product=reading.protocol.product,
        first_dose_at=first_at,
        ended_at=reading.ended_at,
        ending=_ending(by_code),
        given_mg=reading.given_mg,
        partly_given=reading.partly_given,
        lots=_lots(reading),
        monitored_min=_minute(first_at, until),
        ready_after_min=_ready_after_min(by_code, first_at=first_at),
        is_acceptable_before=_acceptable(reading.protocol, reading.gates),
        is_accepted_by_decision=any(
            finding.decision is not None for finding in _on_vitals(reading.protocol, reading.gates)
        ),
        out_before=_out_before(reading),
        is_acceptable_at_end=_acceptable(reading.protocol, reading.release.findings),
        pressure_before=_last(pressures, until=first_at) if first_at else None,
        check_min=(check.opens_min, check.overdue_min) if check and first_at else None,
        pressure_at_check=_at_check(pressures, check) if check else None,
        pressure_after_check=_after_check(pressures, check) if check else None,
        pressure_at_end=_after(pressures, reading.last_dose_at),
        sedation=_scale(by_code, "sedation", first_at, is_off=_is_drowsy, worst=min),
        dissociation=_scale(by_code, "dissociation", first_at, is_off=_is_away, worst=_severest),
        respiratory_depression=_breathing(reading),
        medicines_changed=_answer(by_code, "medicines.changed"),
        classes={code: _answer(by_code, code) for code in FIVE_CLASSES},
        danger_signs=_signs(by_code),
    )


def _minute(first_at: datetime | None, at: datetime | None) -> int | None:
    """Minutes from the first device by the clock; None without a first device or such a time."""
    return None if first_at is None or at is None else clock_minutes(first_at, at)


def _ending(by_code: Mapping[str, Sequence[Fact]]) -> str | None:
    found = by_code.get("session.ended", ())
    value = found[-1].value if found else None
    return str(value["ending"]) if isinstance(value, Mapping) and "ending" in value else None


def _lots(reading: SessionReading) -> tuple[str, ...]:
    """Lots of the devices of which anything reached the patient, in the order of use."""
    used = (mark.lot for mark in reading.devices if mark.is_exposing and mark.lot)
    return tuple(dict.fromkeys(used))


def _ready_after_min(
    by_code: Mapping[str, Sequence[Fact]], *, first_at: datetime | None
) -> int | None:
    marks = [fact for fact in by_code.get("ready-to-leave", ()) if fact.value is True]
    after = [fact for fact in marks if first_at is not None and fact.effective_at >= first_at]
    return _minute(first_at, after[0].effective_at) if after else None


def _acceptable(of: Protocol, findings: Sequence[Finding]) -> bool | None:
    """Whether every rule about vital signs is met, a prescriber's go-ahead included."""
    mine = _on_vitals(of, findings)
    if all(finding.is_met for finding in mine):
        return True if mine else None
    is_unknown = any(finding.verdict is Verdict.UNKNOWN for finding in mine)
    is_unmet = any(finding.verdict is Verdict.UNMET for finding in mine)
    return None if is_unknown and not is_unmet else False


def _on_vitals(of: Protocol, findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if of.rule(finding.id).when.codes() & VITAL]


def _out_before(reading: SessionReading) -> tuple[datetime, ...]:
    """When each set before the first device was taken that stood outside a limit by itself."""
    until = reading.first_dose_at or reading.at
    times = {
        fact.effective_at
        for code in VITAL
        for fact in reading.moment.by_code.get(code, ())
        if fact.effective_at <= until
    }
    return tuple(
        at
        for at in sorted(times)
        if any(
            finding.judgement.verdict is Verdict.UNMET
            for finding in _on_vitals(reading.protocol, gates_at(reading, at))
        )
    )


def _answer(by_code: Mapping[str, Sequence[Fact]], code: str) -> bool | None:
    found = by_code.get(code, ())
    value = found[-1].value if found else None
    return value if isinstance(value, bool) else None


def _signs(by_code: Mapping[str, Sequence[Fact]]) -> tuple[Fact, ...]:
    signs = (
        fact
        for code, found in by_code.items()
        if code.startswith(DANGER)
        for fact in found
        if fact.value is True
    )
    return tuple(sorted(signs, key=lambda fact: fact.effective_at))


def _pressures(
    by_code: Mapping[str, Sequence[Fact]], *, first_at: datetime | None
) -> list[Pressure]:
    """Every cuff reading that has both its numbers, oldest first."""
    lower = {(fact.panel, fact.effective_at): fact for fact in by_code.get(PAIR[1], ())}
    found = []
    for upper in by_code.get(PAIR[0], ()):
        other = lower.get((upper.panel, upper.effective_at))
        if other is None or not isinstance(upper.value, int) or not isinstance(other.value, int):
            continue
        at = upper.effective_at
        found.append(Pressure(upper.value, other.value, at, _minute(first_at, at)))
    return found


def _last(pressures: Iterable[Pressure], *, until: datetime) -> Pressure | None:
    before = [one for one in pressures if one.at <= until]
    return before[-1] if before else None


def _after(pressures: Sequence[Pressure], at: datetime | None) -> Pressure | None:
    """The last reading, when it was taken after that time."""
    if at is None or not pressures or pressures[-1].at <= at:
        return None
    return pressures[-1]


def _at_check(pressures: Iterable[Pressure], check: Check) -> Pressure | None:
    """The reading nearest to when the check was due; None when its time passed without one."""
    in_window = [
        (abs(one.minute - check.due_min), one)
        for one in pressures
        if one.minute is not None and check.opens_min <= one.minute <= check.overdue_min
    ]
    return min(in_window, key=lambda pair: pair[0])[1] if in_window else None


def _after_check(pressures: Iterable[Pressure], check: Check) -> Pressure | None:
    """The first reading once the time of the check was over."""
    later = (one for one in pressures if one.minute is not None and one.minute > check.overdue_min)
    return next(later, None)


def _pressure_check(checks: Iterable[Check]) -> Check | None:
    """The one check of blood pressure that counts from the first device."""
    for check in checks:
        is_timed = check.anchor == "first-dose" and check.when is None
        if is_timed and set(PAIR) <= set(check.codes):
            return check
    return None


def _scale(
    by_code: Mapping[str, Sequence[Fact]],
    code: str,
    first_at: datetime | None,
    *,
    is_off: Callable[[Any], bool],
    worst: Callable[[Iterable[Any]], Any],
) -> Episode:
    taken = [(fact, is_off(fact.value)) for fact in by_code.get(code, ())]
    return _episode(taken, first_at=first_at, worst=worst)


def _episode(
    taken: Iterable[tuple[Fact, bool]],
    *,
    first_at: datetime | None,
    worst: Callable[[Iterable[Any]], Any] | None = None,
) -> Episode:
    """What readings after the first device tell, each with whether it was out of order."""
    after = [pair for pair in taken if first_at is not None and pair[0].effective_at > first_at]
    off = [fact for fact, is_off in after if is_off]
    if not after:
        return Episode(None)
    looked_at = after[-1][0].effective_at
    looked_min = _minute(first_at, looked_at)
    if not off:
        return Episode(seen=False, looked_at=looked_at, looked_min=looked_min)
    onset_at, last_off_at = off[0].effective_at, off[-1].effective_at
    calm = (fact.effective_at for fact, is_off in after if not is_off)
    resolved_at = next((at for at in calm if at > last_off_at), None)
    return Episode(
        seen=True,
        looked_at=looked_at,
        looked_min=looked_min,
        onset_at=onset_at,
        onset_min=_minute(first_at, onset_at),
        resolved_at=resolved_at,
        resolved_min=_minute(first_at, resolved_at),
        worst=worst(fact.value for fact in off) if worst else None,
        evidence=tuple(off),
    )


def _is_drowsy(value: Any) -> bool:
    return isinstance(value, int) and value < ALERT


def _is_away(value: Any) -> bool:
    return bool(value != "none")


def _severest(values: Iterable[Any]) -> Any:
    order = ("none", "mild", "moderate", "severe")
    return max((value for value in values if value in order), key=order.index, default=None)


def _breathing(reading: SessionReading) -> Episode:
    """Breathing seen as not normal, or a number below the protocol's own limit.

    It is what a clinician confirms on the form, with the readings beside it; no diagnosis.
    """
    by_code = reading.moment.by_code
    limits = {
        limit.code: limit.value
        for limit in reading.protocol.thresholds
        if limit.code in ("spo2", "respiration")
    }
    taken = [(fact, fact.value != "normal") for fact in by_code.get("breathing", ())]
    for code, limit in limits.items():
        taken += [(fact, _is_below(fact.value, limit)) for fact in by_code.get(code, ())]
    taken.sort(key=lambda pair: pair[0].effective_at)
    return _episode(_by_moment(taken), first_at=reading.first_dose_at)


def _is_below(value: Any, limit: float) -> bool:
    return isinstance(value, int | float) and value < limit


def _by_moment(taken: Iterable[tuple[Fact, bool]]) -> list[tuple[Fact, bool]]:
    """One answer a moment: a set with one number out of order is out of order."""
    found: dict[datetime, tuple[Fact, bool]] = {}
    for fact, is_off in taken:
        known = found.get(fact.effective_at)
        if known is None or (is_off and not known[1]):
            found[fact.effective_at] = (fact, is_off)
    return list(found.values())
