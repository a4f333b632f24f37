"""What is to be measured or given, when, and how urgently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from serein.clinical.criteria import MET, Judgement, Moment
from serein.clinical.dosing import NextDevice, devices_of
from serein.clinical.facts import Fact, in_order
from serein.clinical.infusion import INFUSION
from serein.clinical.protocols import Anchor, Check, Protocol
from serein.clinical.rules import Fired, firing

State = Literal["later", "due", "overdue"]
# The facts that say when each anchor was.
_DOSES = ("device", "dose", INFUSION)
ANCHORS: dict[Anchor, tuple[str, ...]] = {
    "seated": ("session",),
    "first-dose": _DOSES,
    "last-dose": _DOSES,
}
_RANKS = {"overdue": 0, "due": 1, "later": 2}


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do: from when it counts, when it is due, when it is late.

    Its minutes count from the facts `since`: with other ones it is another lateness.
    """

    id: str
    text: str
    panel: str
    opens_at: datetime
    due_at: datetime
    overdue_at: datetime
    state: State
    codes: tuple[str, ...] = ()
    since: tuple[Fact, ...] = ()


def due_now(
    protocol: Protocol,
    moment: Moment,
    *,
    upcoming: NextDevice | None,
    infusion_ends_at: datetime | None = None,
) -> list[Due]:
    """Everything to be done in this session, most urgent first."""
    found = [item for check in protocol.checks if (item := _check_due(check, moment))]
    if upcoming is not None and upcoming.ready_at is not None:
        found.append(_device_due(protocol, upcoming, ready_at=upcoming.ready_at, moment=moment))
    if infusion_ends_at is not None:
        found.append(_infusion_end(protocol, infusion_ends_at, now=moment.now))
    for item in found:
        moment.changes.extend((item.opens_at, item.due_at, item.overdue_at))
    return sorted(found, key=lambda item: (_RANKS[item.state], item.due_at))


def overdue_alerts(protocol: Protocol, due: Iterable[Due], moment: Moment) -> list[Fired]:
    """Checks that were not done in their window and that somebody must hear of.

    What is done once and was done too late stays missed: a later reading is another reading.
    """
    late = {item.id: item.since for item in due if item.state == "overdue"}
    found = []
    for check in protocol.checks:
        since = late.get(check.id) or _missed(check, moment)
        if check.overdue is not None and since:
            found.append(firing(check.overdue, Judgement(MET, since, check.codes, ())))
    return found


def _missed(check: Check, moment: Moment) -> tuple[Fact, ...]:
    """The facts from which the window of a check counts that passed without it; else none."""
    anchor_at = moment.events.get(check.anchor)
    if not _is_once(check) or anchor_at is None:
        return ()
    opens_at = anchor_at + timedelta(minutes=check.opens_min)
    ends_at = anchor_at + timedelta(minutes=check.overdue_min)
    is_whole = all(
        any(opens_at <= fact.effective_at <= ends_at for fact in moment.by_code.get(code, ()))
        for code in check.codes
    )
    if moment.now < ends_at or is_whole:
        return ()
    return _true_at(anchor_at, ANCHORS[check.anchor], moment)


def _is_once(check: Check) -> bool:
    return check.when is None and check.every_min is None and not check.is_before_dose


@dataclass(frozen=True, slots=True)
class Window:
    """When a check counts: its name, from when, until when."""

    id: str
    text: str
    begins_at: datetime
    ends_at: datetime


def windows(protocol: Protocol, moment: Moment) -> list[Window]:
    """When each check that is made once after the dose counts, made already or not."""
    found = []
    for check in protocol.checks:
        anchor_at = moment.events.get(check.anchor)
        if _is_once(check) and anchor_at is not None:
            opens_at = anchor_at + timedelta(minutes=check.opens_min)
            ends_at = anchor_at + timedelta(minutes=check.overdue_min)
            found.append(Window(check.id, check.text, opens_at, ends_at))
    return found


def _check_due(check: Check, moment: Moment) -> Due | None:
    if check.when is not None:
        return _after_reading(check, moment)
    anchor_at = moment.events.get(check.anchor)
    is_dosed = moment.events.get("first-dose") is not None
    if anchor_at is None or (check.is_before_dose and is_dosed):
        return None
    counts_from = anchor_at + timedelta(minutes=check.opens_min)
    taken = [fact for code in check.codes if (fact := _taken(code, counts_from, moment))]
    if len(taken) < len(check.codes):
        due_at = anchor_at + timedelta(minutes=check.due_min)
        since = _true_at(anchor_at, ANCHORS[check.anchor], moment)
        return _due(check, counts_from, due_at, moment, since=since)
    if check.every_min is None:
        return None
    oldest = min(taken, key=in_order)
    again_at = oldest.effective_at + timedelta(minutes=check.every_min)
    return _due(check, again_at, again_at, moment, since=(oldest,))


def _taken(code: str, counts_from: datetime, moment: Moment) -> Fact | None:
    found = moment.by_code.get(code)
    return found[-1] if found and found[-1].effective_at >= counts_from else None


def _true_at(at: datetime, codes: Iterable[str], moment: Moment) -> tuple[Fact, ...]:
    known = (fact for code in codes for fact in moment.by_code.get(code, ()))
    return tuple(fact for fact in known if fact.effective_at == at)


def _after_reading(check: Check, moment: Moment) -> Due | None:
    """A check that a reading asks for: minutes count from the newest one that set it off."""
    assert check.when is not None
    judgement = check.when.judge(moment)
    if judgement.verdict is not MET or not judgement.evidence:
        return None
    newest = max(judgement.evidence, key=in_order)
    opens_at = newest.effective_at + timedelta(minutes=check.opens_min)
    due_at = newest.effective_at + timedelta(minutes=check.due_min)
    return _due(check, opens_at, due_at, moment, since=(newest,))


def _due(
    check: Check,
    opens_at: datetime,
    due_at: datetime,
    moment: Moment,
    *,
    since: tuple[Fact, ...],
) -> Due:
    overdue_at = due_at + timedelta(minutes=check.overdue_min - check.due_min)
    state = _state(moment.now, due_at, overdue_at)
    times = (opens_at, due_at, overdue_at)
    return Due(check.id, check.text, check.panel, *times, state, check.codes, since)


def _device_due(
    protocol: Protocol, upcoming: NextDevice, *, ready_at: datetime, moment: Moment
) -> Due:
    overdue_at = ready_at + timedelta(minutes=devices_of(protocol).overdue_min)
    state = _state(moment.now, ready_at, overdue_at)
    number = upcoming.number
    return Due(
        f"device-{number}", f"Device {number}", "device", ready_at, ready_at, overdue_at, state
    )


def _infusion_end(protocol: Protocol, ends_at: datetime, *, now: datetime) -> Due:
    """The pump is to be stopped; late once its record would be a late one."""
    overdue_at = ends_at + protocol.record.late_after
    state = _state(now, ends_at, overdue_at)
    return Due("infusion-end", "Infusion ends", "device", ends_at, ends_at, overdue_at, state)


def _state(now: datetime, due_at: datetime, overdue_at: datetime) -> State:
    if now >= overdue_at:
        return "overdue"
    return "due" if now >= due_at else "later"
