"""The next act on a session in its words, how much it presses, and what it waits for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serein.clinical.criteria import UNMET, Finding
from serein.clinical.dosing import NextDevice
from serein.clinical.due import Due, State
from serein.clinical.monitoring import SessionReading
from serein.clinical.next_dose import NextDose
from serein.clinical.preparation import IS_CHECKED, PREPARATION
from serein.clinical.protocols import SECOND_CHECK
from serein.server.treatment.actions import device
from serein.server.treatment.queries import Tile

ORDER_GATES = 3
LONGEST_WORDS = 16
PRESCRIBER_DECIDES = gettext_lazy("Prescriber decides")
# What the form of leaving asks itself, so that its absence keeps nobody from going to that form.
ASKED_AT_THE_DOOR = frozenset(
    ("transport.seen", "transport.other", "acknowledged.patient", "acknowledged.escort")
)

Tone = Literal["wait", "main", "care", "act"]
# One urgency on the whole floor: what the strip says of a due is the colour of its button.
TONES: dict[State, Tone] = {"later": "wait", "due": "care", "overdue": "act"}
SIGNS: dict[Tone, str] = {"act": "▲", "care": "◇"}


@dataclass(frozen=True)
class Act:
    """The main button: the next act and how much it presses, or why or until when it must wait."""

    words: str
    anchor: str
    tone: Tone = "main"
    until: datetime | None = None

    @property
    def sign(self) -> str:
        """The shape that says the tone without its colour."""
        return SIGNS.get(self.tone, "")


def next_act(tile: Tile) -> Act | None:
    """What is to be done now; dashed with what it waits for when it cannot be done yet.

    None once the session has ended: whoever has gone home is not observed.
    """
    assert tile.reading is not None
    reading = tile.reading
    if reading.stage == "ended":
        return None
    return _alarmed(tile) or _pressing(reading) or _rechecking(tile) or _onward(tile, reading)


def before_device(reading: SessionReading) -> list[Finding]:
    """What stands before the next dose: every gate before the first, then those of each one.

    Nothing once none is to come.
    """
    if reading.first_dose_at is None:
        return [] if reading.stage == "ended" else reading.open_gates
    is_to_come = reading.next_device is not None or reading.next_dose is not None
    return device.standing(reading) if is_to_come else []


def awaits_the_prescriber(reading: SessionReading) -> list[Finding]:
    """What stands before the next dose until the prescriber decides on it, such as a pressure."""
    return [
        finding
        for finding in before_device(reading)
        if finding.waiver == "prescriber" and finding.verdict is UNMET
    ]


def things_left(tile: Tile) -> int:
    """How many things keep the patient here: rules, and calls for the prescriber."""
    assert tile.reading is not None
    return len(in_the_way(tile.reading)) + len(tile.prescriber_calls)


def in_the_way(reading: SessionReading) -> list[Finding]:
    """The rules that keep the patient here, but for what the form of leaving asks itself."""
    return [
        finding
        for finding in reading.release.blockers
        if not finding.missing or not set(finding.missing) <= ASKED_AT_THE_DOOR
    ]


def _alarmed(tile: Tile) -> Act | None:
    """An alert that calls the prescriber now goes before everything that is merely due."""
    return Act(_("Call prescriber"), "alerts", "act") if tile.prescriber_calls else None


def _pressing(reading: SessionReading) -> Act | None:
    for due in reading.due:
        if due.state != "later" and due.panel != "device":
            return Act(_short(due, reading), "vitals", TONES[due.state])
    return None


def _rechecking(tile: Tile) -> Act | None:
    """A reading out of limits is measured again, and everybody sees until when that waits."""
    assert tile.reading is not None
    asked = {check.id for check in tile.reading.protocol.checks if check.when is not None}
    if not any(alert.urgency in ("now", "soon") for alert in tile.standing):
        return None
    for due in tile.reading.due:
        if due.id in asked and due.state == "later":
            return Act(_("Recheck in"), "vitals", TONES[due.state], due.due_at)
    return None


def _short(due: Due, reading: SessionReading) -> str:
    """Words that fit a button: the check's own, or those of the pad it is entered in."""
    if _is_without_baseline(reading):
        return _("Take baseline")
    if len(due.text) <= LONGEST_WORDS:
        return due.text
    return _("Observe") if due.panel == "observation" else _("Take vitals")


def _is_without_baseline(reading: SessionReading) -> bool:
    return reading.stage == "before-dose" and "bp.systolic" not in reading.latest


def _onward(tile: Tile, reading: SessionReading) -> Act:
    if reading.stage == "observing":
        return _leaving(tile)
    if awaits_the_prescriber(reading) and not reading.infusion.is_open:
        return Act(str(PRESCRIBER_DECIDES), "checks", "care")
    return _dosing(reading)


def _leaving(tile: Tile) -> Act:
    left = things_left(tile)
    if left == 0:
        return Act(_("Release"), "release")
    words = _("Leave · 1 thing left") if left == 1 else _("Leave · %(n)s left") % {"n": left}
    return Act(words, "release", "wait")


def _dosing(reading: SessionReading) -> Act:
    upcoming = reading.next_device
    if _is_without_baseline(reading):
        return Act(_("Take baseline"), "vitals")
    if reading.protocol.limits is not None:
        return _by_weight(reading)
    if upcoming is None:
        return Act(_("Observe"), "vitals")
    if upcoming.needs_order:
        return Act(_("Order a replacement"), "order", "wait")
    words = _("Device %(number)s") % {"number": upcoming.number}
    if upcoming.is_ready:
        due = next((due for due in reading.due if due.panel == "device"), None)
        return Act(words, "device", TONES[due.state] if due else "main")
    return _waiting(reading, upcoming, words)


def _by_weight(reading: SessionReading) -> Act:
    """What is next where the dose goes by weight."""
    if reading.infusion.is_open:
        return _at_the_pump(reading)
    upcoming = reading.next_dose
    if upcoming is None:
        return Act(_("Observe"), "vitals")
    if "weight" not in reading.latest:
        return Act(_("Weigh"), "order")
    others = [gate for gate in before_device(reading) if gate.id != SECOND_CHECK]
    if upcoming.needs_order and len(others) <= ORDER_GATES:
        return Act(_("Order needed"), "order", "wait")
    if others:
        return Act(_("%(n)s before dose") % {"n": len(others)}, "checks", "wait")
    return Act(_giving(reading, upcoming), "device")


def _giving(reading: SessionReading, upcoming: NextDose) -> str:
    """What is done with the order, once nothing else stands before it."""
    if reading.protocol.infusion is None:
        return _("Give %(mg)s mg") % {"mg": f"{upcoming.mg:g}"}
    if upcoming.is_ready:
        return _("Start infusion")
    is_prepared = reading.moment.derived[IS_CHECKED].missing != (PREPARATION,)
    return _("Second check") if is_prepared else _("Prepare")


def _at_the_pump(reading: SessionReading) -> Act:
    if not reading.infusion.steps[-1].is_flowing:
        return Act(_("Paused: resume"), "device", "care")
    ends_at = reading.infusion.ends_at
    if ends_at is None:
        return Act(_("At the pump"), "device")
    if ends_at <= reading.at:
        return Act(_("Stop the pump"), "device", "act")
    return Act(_("Infusion ends in"), "device", "wait", ends_at)


def _waiting(reading: SessionReading, upcoming: NextDevice, words: str) -> Act:
    if upcoming.ready_at is not None and upcoming.ready_at > reading.at:
        until = _("%(device)s in") % {"device": words}
        return Act(until, "device", "wait", upcoming.ready_at)
    shut = len(before_device(reading))
    if reading.ordered_mg is None and shut <= ORDER_GATES:
        return Act(_("Order needed"), "order", "wait")
    return Act(_("%(n)s before dose") % {"n": shut}, "checks", "wait")
