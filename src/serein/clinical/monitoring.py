"""The one question of the floor: how does this session stand at this moment?"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from serein.clinical.contraindications import standing
from serein.clinical.criteria import Derived, Finding, Moment
from serein.clinical.derive import HOLDING, derived, holding, minutes_between
from serein.clinical.discharge import Release, release
from serein.clinical.dosing import (
    REFUSED,
    DeviceMark,
    DoseMark,
    Dosing,
    NextDevice,
    dosing,
    next_device,
    open_numbers,
)
from serein.clinical.due import Due, due_now, overdue_alerts
from serein.clinical.facts import Fact
from serein.clinical.infusion import Infusion
from serein.clinical.next_dose import NextDose, next_dose
from serein.clinical.protocols import Protocol
from serein.clinical.rules import URGENCIES, Fired, fired, settle
from serein.clinical.visit import Codes, Visit, visit
from serein.clinical.waits import waits_end_at

Stage = Literal["before-dose", "dosing", "observing", "ended"]


@dataclass(frozen=True, slots=True)
class SessionReading:
    """A session at one moment: a pure function of its facts, its protocol and `now`.

    `next_change_at` is the next instant at which anything but a running minute count changes
    by time alone; until then, and while no fact arrives, the reading stays true.
    """

    protocol: Protocol
    at: datetime
    stage: Stage
    number: int | None
    seated_at: datetime | None
    ended_at: datetime | None
    ordered_mg: float | None
    given_mg: float
    partly_given: int
    devices_needed: int
    devices: list[DeviceMark]
    next_device: NextDevice | None
    doses: list[DoseMark]
    infusion: Infusion
    next_dose: NextDose | None
    is_stopped: bool
    first_dose_at: datetime | None
    last_dose_at: datetime | None
    minutes_since_first: float | None
    minutes_since_last: float | None
    gates: list[Finding]
    due: list[Due]
    alerts: list[Fired]
    cautions: list[Fired]
    release: Release
    baseline: Mapping[str, Fact]
    latest: Mapping[str, Fact]
    stale_at: Mapping[str, datetime]
    is_stale: Mapping[str, bool]
    next_change_at: datetime | None
    moment: Moment = field(repr=False)

    @property
    def earliest_dose_at(self) -> datetime | None:
        """From when time alone no longer stands before the next dose; None when none is to come.

        The latest of what must be waited for: food, fluids, a nasal spray, the rest of a device.
        """
        is_begun = self.first_dose_at is not None
        if self.stage == "ended" or self.is_stopped or (is_begun and self.next_device is None):
            return None
        rest_at = self.next_device.ready_at if self.next_device else None
        waits_at = None if is_begun else waits_end_at(self.protocol, self.moment)
        return max(at for at in (self.at, rest_at, waits_at) if at is not None)

    @property
    def begun_at(self) -> datetime | None:
        """When the first device was tried, given or not; when the patient sat down before that."""
        tried = [mark.at for mark in self.devices if mark.outcome != REFUSED]
        first = [self.first_dose_at] if self.first_dose_at is not None else []
        return min([*first, *tried], default=self.seated_at)

    @property
    def open_gates(self) -> list[Finding]:
        """Gates that are not met, a missing answer included."""
        return [gate for gate in self.gates if not gate.is_met]

    @property
    def may_end_undosed(self) -> bool:
        """Whether nothing reached the patient, so that the visit may end without observation."""
        return self.stage != "ended" and self.first_dose_at is None


def read_session(
    protocol: Protocol,
    facts: Iterable[Fact],
    *,
    now: datetime,
    dictionary: Codes | None,
) -> SessionReading:
    """Everything the floor shows of one session; once it has ended, as it stood at its end.

    What happens after the end changes nothing of it, but for the alerts that it sets off.
    A fact true later than `now` does not count yet; a fact never recorded is never taken as well.
    """
    waits = {wait.code: wait.span for wait in protocol.waits}
    whole = visit(facts, now=now.astimezone(UTC), dictionary=dictionary, waits=waits)
    known = whole.at_its_end()
    state = dosing(protocol, known.by_code)
    moment = _moment(protocol, known, state=state)
    gates = _gates(protocol, known, moment, state=state)
    stage = _stage(state, known)
    is_running = stage != "ended"
    shut = _shut(gates, state=state)
    upcoming = next_device(protocol, state, now=known.now, standing=shut) if is_running else None
    due = (
        due_now(protocol, moment, upcoming=upcoming, infusion_ends_at=state.infusion.ends_at)
        if is_running
        else []
    )
    alerts = fired(protocol.alerts, moment) + overdue_alerts(protocol, due, moment)
    alerts = _with_later(alerts, protocol, whole)
    going = release(protocol, moment, is_open=is_running)
    latest = {code: found[-1] for code, found in known.by_code.items()}
    stale_at = {
        code: latest[code].effective_at + span
        for code, span in protocol.stale_after.items()
        if code in latest
    }
    number = moment.derived.get("session.number")
    first_at, last_at = moment.events["first-dose"], moment.events["last-dose"]
    return SessionReading(
        protocol=protocol,
        at=known.now,
        stage=stage,
        number=number.value if number else None,
        seated_at=known.seated_at,
        ended_at=known.ended_at,
        ordered_mg=state.ordered_mg,
        given_mg=round(state.given_mg + state.infusion.delivered_mg(now=known.now), 2),
        partly_given=state.partly_given,
        devices_needed=state.devices_needed,
        devices=list(state.marks),
        next_device=upcoming,
        doses=list(state.doses),
        infusion=state.infusion,
        next_dose=next_dose(protocol, state, standing=shut) if is_running else None,
        is_stopped=state.stopped is not None,
        first_dose_at=first_at,
        last_dose_at=last_at,
        minutes_since_first=minutes_between(first_at, known.now) if first_at else None,
        minutes_since_last=minutes_between(last_at, known.now) if last_at else None,
        gates=gates,
        due=due,
        alerts=sorted(alerts, key=_urgency),
        cautions=fired(protocol.cautions, moment),
        release=going,
        baseline=baseline(protocol, known, until=first_at),
        latest=latest,
        stale_at=stale_at,
        is_stale={code: known.now >= at for code, at in stale_at.items()},
        next_change_at=_next_change(known, moment, stale_at.values()) if is_running else None,
        moment=moment,
    )


def fired_by(
    protocol: Protocol,
    facts: Sequence[Fact],
    *,
    new: Iterable[Fact],
    now: datetime,
    dictionary: Codes | None,
) -> list[Fired]:
    """Alerts that these new facts set off: as things stand, and as they stood when each was true.

    A reading that arrives late may already be followed by a better one; its crossing was real
    all the same and must reach somebody. What fired before, on other facts, is not fired again.

    Args:
        protocol: The protocol of the course.
        facts: Everything known, the new facts included.
        new: The facts just recorded.
        now: The moment they were recorded.
        dictionary: The dictionary of codes.
    """
    fresh = {fact.id for fact in new}
    moments = {fact.effective_at for fact in facts if fact.id in fresh}
    # An order signed before the patient sat down is judged in the session that begins then.
    seated = [fact.effective_at for fact in facts if fact.code == "session"]
    moments.update(at for at in seated if at > min(moments, default=now))
    found: dict[str, Fired] = {}
    for at in sorted(at for at in moments if at < now):
        hits = read_session(protocol, facts, now=at, dictionary=dictionary).alerts
        found.update({hit.rule: hit for hit in hits if _rests_on(hit, fresh)})
    standing = read_session(protocol, facts, now=now, dictionary=dictionary).alerts
    found.update({hit.rule: hit for hit in standing if _rests_on(hit, fresh)})
    if others := [hit for hit in standing if not _rests_on(hit, fresh)]:
        earlier = [fact for fact in facts if fact.id not in fresh]
        was = read_session(protocol, earlier, now=now, dictionary=dictionary).alerts
        before = {hit.rule for hit in was}
        found.update({hit.rule: hit for hit in others if hit.rule not in before})
    return sorted(found.values(), key=_urgency)


def caught_up(was: SessionReading, stands: SessionReading, *, at: datetime) -> list[str]:
    """The rules of checks that were told as missed, and were made in time after all.

    Args:
        was: The session before the reading was entered.
        stands: The session with it.
        at: When that reading was taken.
    """
    told = {hit.rule for hit in was.alerts} - {hit.rule for hit in stands.alerts}
    too_late = {item.id for item in was.due if item.overdue_at < at}
    return [
        check.overdue.id
        for check in was.protocol.checks
        if check.overdue is not None and check.overdue.id in told and check.id not in too_late
    ]


def _with_later(alerts: list[Fired], protocol: Protocol, whole: Visit) -> list[Fired]:
    """With what the facts from after the end set off: the patient is gone, the duty is not."""
    if whole.ended_at is None:
        return alerts
    state = dosing(protocol, whole.by_code)
    moment = _moment(protocol, whole, state=state)
    later = {
        hit.rule: hit
        for hit in fired(protocol.alerts, moment)
        if any(fact.effective_at > whole.ended_at for fact in hit.evidence)
    }
    return [hit for hit in alerts if hit.rule not in later] + list(later.values())


def _rests_on(hit: Fired, fresh: Container[UUID]) -> bool:
    return any(fact.id in fresh for fact in hit.judgement.evidence)


def _urgency(hit: Fired) -> int:
    return URGENCIES.index(hit.urgency)


def baseline(protocol: Protocol, known: Visit, *, until: datetime | None) -> dict[str, Fact]:
    """The last reading of each code before the first device; the newest while there is none."""
    found: dict[str, Fact] = {}
    for code in protocol.stale_after:
        for fact in reversed(known.by_code.get(code, ())):
            if until is None or fact.effective_at <= until:
                found[code] = fact
                break
    return found


def _moment(protocol: Protocol, known: Visit, *, state: Dosing) -> Moment:
    exposures, last = state.exposures, state.last_exposure
    first_at = exposures[0].at if exposures else None
    values = derived(
        protocol,
        known.by_code,
        state=state,
        baseline=baseline(protocol, known, until=first_at),
        open_devices=len(open_numbers(state)),
        now=known.now,
    )
    events = {
        "seated": known.seated_at,
        "first-dose": first_at,
        "last-dose": last.at if last else None,
    }
    moment = Moment(known.now, known.by_code, values, events, entered=known.entered)
    values[HOLDING] = holding(protocol, moment)
    if state.infusion.is_open:
        # What has run in grows with the time, and is held against the order each minute.
        moment.changes.append(known.now + timedelta(minutes=1))
    ends_at = waits_end_at(protocol, moment)
    if ends_at is not None:
        moment.changes.append(ends_at)
    return moment


def _gates(protocol: Protocol, known: Visit, moment: Moment, *, state: Dosing) -> list[Finding]:
    """Gates as they stand; once a device was given, as they stood at the first one.

    Those that hold for every device are judged anew, and with them what is recorded against the
    product. How many were not open at the first device becomes a derived value, so that a dose
    past a gate fires its alert.
    """
    exposures = state.exposures
    if not exposures:
        return _judged(protocol, moment)
    then = known.until(exposures[0].at)
    earlier = _moment(protocol, then, state=dosing(protocol, then.by_code))
    before = _judged(protocol, earlier)
    shut = sum(not finding.is_met for finding in before)
    began = exposures[0].fact
    assert isinstance(moment.derived, dict)
    moment.derived["gates.not-open-at-dose"] = Derived(shut, began.effective_at, (began,))
    gates = [
        settle(gate, moment) if gate.is_for_every_device else finding
        for gate, finding in zip(protocol.gates, before, strict=False)
    ]
    return gates + standing(protocol.held, moment, gates=gates)


def _judged(protocol: Protocol, moment: Moment) -> list[Finding]:
    """The gates, and after them what is recorded against the product."""
    gates = [settle(gate, moment) for gate in protocol.gates]
    return gates + standing(protocol.held, moment, gates=gates)


def gates_at(reading: SessionReading, at: datetime) -> list[Finding]:
    """The gates as they stood at an earlier time, in the protocol's order."""
    by_code = reading.moment.by_code
    known = Visit(
        by_code, (), reading.at, reading.seated_at, reading.ended_at, reading.moment.entered
    )
    then = known.until(at)
    moment = _moment(reading.protocol, then, state=dosing(reading.protocol, then.by_code))
    return [settle(gate, moment) for gate in reading.protocol.gates]


def _stage(state: Dosing, known: Visit) -> Stage:
    if known.ended_at is not None:
        return "ended"
    if state.infusion.is_open:
        return "dosing"
    if open_numbers(state) and any(mark.outcome != REFUSED for mark in state.marks):
        return "dosing"
    return "observing" if state.exposures else "before-dose"


def _shut(gates: Sequence[Finding], *, state: Dosing) -> list[str]:
    """Texts of the gates that stand before the next dose: after the first, those of every one."""
    has_begun = bool(state.exposures)
    return [
        finding.text
        for finding in gates
        if not finding.is_met and (finding.is_for_every_device or not has_begun)
    ]


def _next_change(known: Visit, moment: Moment, stale_at: Iterable[datetime]) -> datetime | None:
    instants = (*moment.changes, *known.coming, *stale_at)
    return min((at for at in instants if at > known.now), default=None)
