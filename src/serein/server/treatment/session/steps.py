"""How far a session is: its steps in order, and which parts of its page are open now."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from serein.clinical.criteria import UNMET, Finding
from serein.clinical.due import Due
from serein.clinical.monitoring import SessionReading
from serein.clinical.protocols import SECOND_CHECK, Check
from serein.clinical.vitals import VITALS
from serein.server.treatment.actions.judge import PRESSURE
from serein.server.treatment.floor.acts import before_device, things_left
from serein.server.treatment.queries import WEIGHED, Tile
from serein.server.treatment.wording import milligrams

SIGNS = {"done": "✓", "now": "●", "later": "○", "never": "–"}
# What the page shows first, and what it shows folded, at each stage of the day; before the dose,
# what is finished folds too.
OPEN = {
    "before-dose": ("checks", "vitals", "order", "device"),
    "dosing": ("device", "vitals"),
    "observing": ("vitals", "leaving"),
    "ended": (),
}
MEASURED = frozenset(VITALS)
PARTS = ("vitals", "device", "leaving", "checks", "order")


@dataclass(frozen=True)
class Step:
    """One step of the day: its word, the part of the page where it is taken, how far it is."""

    word: str
    anchor: str
    state: str
    note: str = ""

    @property
    def sign(self) -> str:
        """The shape that says the state without its colour."""
        return SIGNS[self.state]


@dataclass(frozen=True)
class Part:
    """One part of the session's page: open when it is its turn, folded with a note otherwise."""

    name: str
    title: str
    is_open: bool
    note: str
    drawn: str = ""

    @property
    def anchor(self) -> str:
        """The part's own address on the page."""
        return "release" if self.name == "leaving" else self.name

    @property
    def template(self) -> str:
        """Where it is drawn."""
        return f"treatment/session/{self.drawn or self.name}.html"


@dataclass(frozen=True)
class DueNow:
    """Something due, with the check of the protocol that asks for it."""

    due: Due
    check: Check | None


def steps(tile: Tile) -> list[Step]:
    """Seat, checks, baseline, order, devices, observe, release: what is done and what is next."""
    reading = tile.reading
    assert reading is not None
    made = [
        (_("Seat"), "now", True, ""),
        (_("Checks"), "checks", _is_asked(reading), _left(reading)),
        (_("Baseline"), "vitals", _is_measured(reading), _pressure(reading)),
        (_("Order"), "order", reading.ordered_mg is not None, _dose(reading)),
        (_giving(reading), "device", _is_given(reading), _given(reading)),
        (_("Observe"), "vitals", _is_observed(tile, reading), ""),
        (_("Leave"), "release", reading.stage == "ended", ""),
    ]
    current = next((index for index, step in enumerate(made) if not step[2]), None)
    # What was not done by the end of the visit is not to come either.
    rest = "never" if reading.stage == "ended" else "later"
    ahead = "never" if reading.stage == "ended" else "now"
    return [
        Step(word, anchor, "done" if is_done else ahead if index == current else rest, note)
        for index, (word, anchor, is_done, note) in enumerate(made)
    ]


def parts(tile: Tile, *, refused: str = "") -> list[Part]:
    """The parts of the page in the order of this stage; one that was refused is always open."""
    reading = tile.reading
    assert reading is not None
    turn = OPEN[reading.stage]
    titles = {
        "vitals": _("Vitals and observation"),
        "checks": _("Before the dose"),
        "order": _("This session's order"),
        "device": _giving(reading),
        "leaving": _("Leaving"),
    }
    notes = {
        "checks": _standing(reading) or _nothing_open(reading),
        "vitals": _pressure(reading) if reading.stage == "before-dose" else "",
        "order": _ordered(reading),
        "device": _given(reading),
        "leaving": _blockers(tile, reading),
    }
    held = {
        "release": "leaving",
        "end": "leaving",
        "reopen": "leaving",
        "cosign": "order",
        "decision": "checks",
        "correct_dose": "device",
        "stop": "device",
        "weigh": "order",
        "prepare": "device",
        "second": "device",
        "start": "device",
        "pump": "device",
        "dose": "device",
        "correct_given": "device",
    }
    forced = held.get(refused, refused)
    unfolded = [name for name in turn if reading.stage != "before-dose" or _is_open(name, reading)]
    if _is_order_shut(reading) or _is_signature_owed(reading):
        unfolded.append("order")
    return [
        Part(
            name,
            titles[name],
            name in unfolded or name == forced,
            notes.get(name, ""),
            _drawn(reading) if name == "device" else "",
        )
        for name in (*turn, *(name for name in PARTS if name not in turn))
    ]


def _is_open(name: str, reading: SessionReading) -> bool:
    """Whether this part is still to be done before the first dose."""
    stands = before_device(reading)
    if name == "checks":
        return not _is_asked(reading) or any(one.verdict is UNMET for one in stands)
    if name == "vitals":
        return not _is_measured(reading) or _is_held(reading, MEASURED) or _lacks(stands, MEASURED)
    if name == "order":
        return reading.ordered_mg is None or _lacks(stands, WEIGHED)
    # What is given comes last: nothing else may be missing but what is done there itself.
    return all(one.id == SECOND_CHECK for one in stands)


def _lacks(stands: Collection[Finding], codes: Collection[str]) -> bool:
    return any(code in codes for one in stands for code in one.missing)


def _giving(reading: SessionReading) -> str:
    """What is given in this visit, as its part of the page is called."""
    if reading.protocol.devices is not None:
        return _("Devices")
    return _("Infusion") if reading.protocol.infusion is not None else _("Dose")


def _drawn(reading: SessionReading) -> str:
    """The template of what is given."""
    if reading.protocol.devices is not None:
        return "device"
    return "infusion" if reading.protocol.infusion is not None else "portion"


def part_of(reading: SessionReading, refused: Any) -> str:
    """The form that was sent back; a decision is of the part in which its rule is shown."""
    if refused is None:
        return ""
    releases = {rule.id for rule in reading.protocol.release}
    is_of_release = refused.name == "decision" and refused.form["rule"].value() in releases
    return "release" if is_of_release else str(refused.name)


def due_with_checks(reading: SessionReading) -> list[DueNow]:
    """What is due, most urgent first, each with the check that asks for it."""
    by_id = {check.id: check for check in reading.protocol.checks}
    return [DueNow(due, by_id.get(due.id)) for due in reading.due]


def unanswered_codes(reading: SessionReading) -> Collection[str]:
    """Questions before the dose that a gate waits for and nobody has answered."""
    return {code for gate in reading.open_gates for code in gate.missing} & _asked(reading)


def holding_codes(reading: SessionReading) -> Collection[str]:
    """Questions that a gate waits for, or whose answer holds one shut."""
    asked = _asked(reading)
    held = {code for code in asked if _is_held(reading, {code})}
    return {*unanswered_codes(reading), *held}


def _asked(reading: SessionReading) -> set[str]:
    return {ask.code for group in reading.protocol.asks for ask in group.asks}


def _is_held(reading: SessionReading, codes: Collection[str]) -> bool:
    """Whether an answer or a reading of these codes holds a gate shut, itself or by its wait."""
    return any(
        any(one.verdict is UNMET and one.test.code in codes for one in gate.judgement.reasons)
        or any(fact.code in codes for fact in gate.evidence)
        for gate in reading.open_gates
    )


def _is_asked(reading: SessionReading) -> bool:
    codes = _asked(reading) | {wait.code for wait in reading.protocol.waits}
    return _is_dosed(reading) or not (unanswered_codes(reading) or _is_held(reading, codes))


def _is_measured(reading: SessionReading) -> bool:
    is_held = not _is_dosed(reading) and _is_held(reading, PRESSURE)
    return "bp.systolic" in reading.baseline and not is_held


def _is_given(reading: SessionReading) -> bool:
    """Whether what was ordered was given; while the patient is watched, nothing more is to come."""
    if reading.protocol.devices is None:
        return reading.stage in ("observing", "ended") and reading.given_mg > 0
    return reading.stage == "observing" or 0 < reading.devices_needed <= _number_given(reading)


def _is_observed(tile: Tile, reading: SessionReading) -> bool:
    """Whether the observation is over; one who left before its end was not observed to the end."""
    if reading.stage == "ended":
        earliest_at = reading.release.earliest_at
        return earliest_at is not None and earliest_at <= reading.at
    return reading.stage == "observing" and not things_left(tile)


def _is_dosed(reading: SessionReading) -> bool:
    return reading.first_dose_at is not None


def _left(reading: SessionReading) -> str:
    """What the part says that this step leads to, until it is done."""
    return "" if _is_asked(reading) else _standing(reading)


def _pressure(reading: SessionReading) -> str:
    upper, lower = reading.baseline.get("bp.systolic"), reading.baseline.get("bp.diastolic")
    return f"{upper.value}/{lower.value}" if upper and lower else ""


def _dose(reading: SessionReading) -> str:
    return _("%(mg)s mg") % {"mg": reading.ordered_mg} if reading.ordered_mg else ""


def _ordered(reading: SessionReading) -> str:
    """The dose ordered, and what of the order is still to be settled."""
    said = {
        _dose(reading): True,
        _("▲ holds the next dose"): _is_order_shut(reading),
        _("signature owed"): _is_signature_owed(reading),
    }
    return " · ".join(words for words, is_so in said.items() if words and is_so)


def _is_order_shut(reading: SessionReading) -> bool:
    """Whether the order as it stands holds the next dose: none is given under it."""
    return any(
        one.verdict is UNMET and one.test.code.startswith("order.")
        for gate in before_device(reading)
        for one in gate.judgement.reasons
    )


def _is_signature_owed(reading: SessionReading) -> bool:
    owed = reading.moment.derived.get("order.awaits-signature")
    return owed is not None and owed.value is True


def _given(reading: SessionReading) -> str:
    if reading.protocol.devices is None:
        return (
            _("%(mg)s mg given") % {"mg": milligrams(reading.given_mg)} if reading.given_mg else ""
        )
    if not reading.devices_needed:
        return ""
    given = {"done": _number_given(reading), "all": reading.devices_needed}
    return _("%(done)s of %(all)s given") % given


def _number_given(reading: SessionReading) -> int:
    return sum(mark.outcome == "given" for mark in reading.devices)


def _standing(reading: SessionReading) -> str:
    """How many things stand before the next device, as the tile counts them."""
    count = len(before_device(reading))
    return _("%(count)s open") % {"count": count} if count else ""


def _nothing_open(reading: SessionReading) -> str:
    is_to_come = reading.next_device is not None
    return _("✓ nothing open") if is_to_come or reading.stage == "dosing" else ""


def _blockers(tile: Tile, reading: SessionReading) -> str:
    if reading.stage == "ended":
        return ""
    if count := things_left(tile):
        return _("%(count)s in the way") % {"count": count}
    # The form of leaving asks for these itself.
    return _("○ instructions and way home left")
