"""What a tile shows, out of how its session stands; no database, no clock."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from serein.clinical.due import Due
from serein.clinical.facts import Chart, Fact
from serein.clinical.monitoring import SessionReading
from serein.clinical.observations import Observations
from serein.server.alerts.models import Alert
from serein.server.treatment.floor import spark as sparks
from serein.server.treatment.floor.acts import (
    Act,
    awaits_the_prescriber,
    before_device,
    next_act,
)
from serein.server.treatment.queries import Tile
from serein.server.treatment.wording import milligrams

SIGNS = {
    "observing": "◷",
    "dosing": "●",
    "before-dose": "◇",
    "ended": "○",
    "cleaning": "○",
    "blocked": "✕",
    "free": "✓",
}
MOST_ALERTS = 2
# Routes as an order abbreviates them; the others are words already.
ROUTES = {"iv": "IV", "im": "IM", "sc": "SC"}


@dataclass(frozen=True)
class Value:
    """One reading on the tile: its words, its age, whether it is stale or out of limits.

    Of a session that has ended it shows when it was taken, not how long ago.
    """

    name: str
    text: str
    unit: str = ""
    taken_at: datetime | None = None
    foot: str = ""
    is_stale: bool = False
    is_out: bool = False
    is_past: bool = False

    @property
    def is_never(self) -> bool:
        """Whether it was never taken."""
        return self.taken_at is None


@dataclass(frozen=True)
class Chip:
    """A short statement: its words, whether it is good, needs care or an act, and always stays."""

    words: str
    tone: str = ""
    is_kept: bool = False


@dataclass(frozen=True)
class Face:
    """Everything that one tile shows."""

    tile: Tile
    state: str
    word: str
    tone: str = ""
    since: datetime | None = None
    until: datetime | None = None
    caption: str = ""
    share: int = 0
    marks: list[int] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    devices: list[Chip] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    spark: sparks.Spark | None = None
    act: Act | None = None
    refresh_at: datetime | None = None

    @property
    def sign(self) -> str:
        """The shape that says the state without its colour."""
        return SIGNS[self.state]

    @property
    def what(self) -> str:
        """What is given: product and route, and the dose once it is ordered."""
        reading = self.tile.reading
        if reading is None:
            return ""
        route = ROUTES.get(reading.protocol.route, reading.protocol.route)
        is_by_weight = reading.protocol.limits is not None
        what = f"{'KETAMINE' if is_by_weight else 'esKETAMINE'} {route}"
        if reading.ordered_mg is None:
            return what
        ordered, given = milligrams(reading.ordered_mg), milligrams(reading.given_mg)
        is_settled = reading.stage in ("observing", "ended") and not reading.partly_given
        if is_settled and given != ordered:
            words = _("%(given)s of %(ordered)s mg") % {"given": given, "ordered": ordered}
            return f"{what} {words}"
        return f"{what} {ordered} mg"

    @property
    def alerts(self) -> list[Alert]:
        """The most urgent ones, as many as a tile holds; before those whose reading was wrong."""
        back = [one for one in self.tile.alerts if one.id in self.tile.taken_back]
        return [*self.tile.standing, *back][:MOST_ALERTS]

    @property
    def more_alerts(self) -> int:
        """How many are open beside them."""
        return max(len(self.tile.alerts) - MOST_ALERTS, 0)


def face(tile: Tile, *, observations: Observations) -> Face:
    """How this chair looks at the moment of its reading."""
    if tile.session is None or tile.reading is None:
        return _empty(tile)
    reading = tile.reading
    chart = tile.chart
    return Face(
        tile=tile,
        state=reading.stage,
        word={
            "observing": _("Observing"),
            "dosing": _("Dosing"),
            "before-dose": _("Before dose"),
            "ended": _("Ended"),
        }[reading.stage],
        tone=_tone(tile),
        since=_since(reading),
        until=reading.release.earliest_at if reading.stage == "observing" else None,
        caption=_caption(reading),
        share=sparks.share(reading, reading.at),
        marks=sparks.marks(reading),
        values=_values(tile),
        devices=_devices(tile),
        chips=_chips(tile, chart, observations=observations),
        spark=sparks.spark(chart.all("bp.systolic"), reading),
        act=next_act(tile),
        refresh_at=reading.next_change_at,
    )


def _empty(tile: Tile) -> Face:
    chair = tile.chair
    if chair.blocked_reason:
        return Face(tile, "blocked", _("Blocked"), caption=chair.blocked_reason)
    if chair.cleaning_since is not None:
        left = _("since the patient left")
        return Face(tile, "cleaning", _("Cleaning"), since=chair.cleaning_since, caption=left)
    return Face(tile, "free", _("Free"))


def _tone(tile: Tile) -> str:
    """How much the whole tile presses: never less than its main button, or than the strip."""
    assert tile.reading is not None
    is_urgent = any(alert.urgency in ("now", "soon") for alert in tile.standing)
    states = {due.state for due in tile.reading.due}
    if is_urgent or "overdue" in states:
        return "act"
    return "care" if "due" in states or awaits_the_prescriber(tile.reading) else ""


def _since(reading: SessionReading) -> datetime | None:
    """From when the tile's clock runs."""
    if reading.stage == "observing":
        return reading.last_dose_at
    return reading.seated_at if reading.stage == "before-dose" else reading.begun_at


def _caption(reading: SessionReading) -> str:
    is_by_weight = reading.protocol.limits is not None
    if reading.stage == "observing":
        is_drip = bool(reading.infusion.steps)
        last = _("since the infusion ended") if is_drip else _("since the last dose")
        return last if is_by_weight else _("since the last device")
    if reading.stage == "dosing" and is_by_weight:
        return _("since the infusion began")
    if reading.stage == "dosing":
        is_given = reading.first_dose_at is not None
        return _("since device 1") if is_given else _("since the first try, nothing given")
    return _("since seated")


def _values(tile: Tile) -> list[Value]:
    assert tile.reading is not None
    reading, out = tile.reading, _out(tile)
    return [
        _pressure(reading, out),
        _single(reading, "heart-rate", _("HR"), out),
        _single(reading, "spo2", _("SpO₂"), out, unit="%"),
    ]


def _out(tile: Tile) -> set[UUID]:
    """The facts beyond a limit: whatever was said of an alert, the reading is what it is.

    What an open alert rests on, what an alert rule fires on now, and what stands before the dose
    until the prescriber decides; not what a missed check counts from.
    """
    assert tile.reading is not None
    reading = tile.reading
    missed = {check.overdue.id for check in reading.protocol.checks if check.overdue}
    alerts = [alert for alert in tile.standing if alert.rule not in missed]
    raised = {UUID(one["id"]) for alert in alerts for one in alert.evidence}
    firing = [hit.evidence for hit in reading.alerts if hit.rule not in missed]
    waiting = [finding.evidence for finding in awaits_the_prescriber(reading)]
    return raised | {fact.id for evidence in (*firing, *waiting) for fact in evidence}


def _pressure(reading: SessionReading, out: Collection[UUID]) -> Value:
    upper, lower = reading.latest.get("bp.systolic"), reading.latest.get("bp.diastolic")
    if upper is None or lower is None:
        return Value(_("BP"), "– / –")
    is_past = reading.stage == "ended"
    return Value(
        _("BP"),
        f"{upper.value}/{lower.value}",
        taken_at=upper.effective_at,
        foot=_baseline(reading, upper, lower),
        is_stale=not is_past and bool(reading.is_stale.get("bp.systolic")),
        is_out=upper.id in out or lower.id in out,
        is_past=is_past,
    )


def _single(
    reading: SessionReading, code: str, name: str, out: Collection[UUID], *, unit: str = ""
) -> Value:
    latest = reading.latest.get(code)
    if latest is None:
        return Value(name, "–")
    is_past = reading.stage == "ended"
    return Value(
        name,
        str(latest.value),
        unit,
        latest.effective_at,
        is_stale=not is_past and bool(reading.is_stale.get(code)),
        is_out=latest.id in out,
        is_past=is_past,
    )


def _baseline(reading: SessionReading, upper: Fact, lower: Fact) -> str:
    base_upper = reading.baseline.get("bp.systolic")
    base_lower = reading.baseline.get("bp.diastolic")
    if base_upper is None or base_lower is None:
        return _("no baseline")
    if base_upper.id == upper.id:
        return _("baseline")
    rise = [_number(new) - _number(old) for new, old in ((upper, base_upper), (lower, base_lower))]
    words = "/".join(f"{change:+d}".replace("-", "−") for change in rise)
    return _("base %(base)s, %(rise)s") % {
        "base": f"{base_upper.value}/{base_lower.value}",
        "rise": words,
    }


def _number(fact: Fact) -> int:
    assert isinstance(fact.value, int | float)
    return round(fact.value)


def _devices(tile: Tile) -> list[Chip]:
    """Each device that was tried, then those still to come."""
    assert tile.session is not None
    assert tile.reading is not None
    if tile.reading.stage == "observing" or tile.reading.ordered_mg is None:
        return []
    zone = tile.session.clinic.zone
    if tile.reading.protocol.limits is not None:
        return _portions(tile.reading, zone=zone)
    chips = [
        Chip(
            f"{'✓' if mark.outcome == 'given' else '!'} {mark.number} "
            f"{mark.at.astimezone(zone):%H:%M}",
            "good" if mark.outcome == "given" else "care",
        )
        for mark in tile.reading.devices
    ]
    tried = {mark.number for mark in tile.reading.devices}
    late, upcoming = _late(tile.reading), tile.reading.next_device
    if late and upcoming is not None:
        tried.add(upcoming.number)
    to_come = [n for n in range(1, tile.reading.devices_needed + 1) if n not in tried]
    waiting = [Chip(f"{number} –", "wait") for number in to_come]
    return [*chips, *_overdue(late), *waiting]


def _late(reading: SessionReading) -> list[Due]:
    """What is to be done at the device or the pump and is not: no alert beside it hides that."""
    return [due for due in reading.due if due.panel == "device" and due.state == "overdue"]


def _overdue(late: Iterable[Due]) -> list[Chip]:
    return [Chip("▲ " + _("%(what)s: overdue") % {"what": due.text}, "act") for due in late]


def _portions(reading: SessionReading, *, zone: ZoneInfo) -> list[Chip]:
    """The doses that were given, and the pump as it was left."""
    chips = [
        Chip(f"✓ {dose.mg:g} mg {dose.at.astimezone(zone):%H:%M}", "good")
        for dose in reading.doses
        if dose.is_exposing
    ]
    chips += _overdue(_late(reading))
    if not reading.infusion.is_open:
        return chips
    last = reading.infusion.steps[-1]
    since = f"{last.at.astimezone(zone):%H:%M}"
    if not last.is_flowing:
        return [*chips, Chip(_("‖ paused %(time)s") % {"time": since}, "care")]
    rate = f"{last.rate_ml_per_h:g}"
    running = _("● %(rate)s mL/h since %(time)s") % {"rate": rate, "time": since}
    return [*chips, Chip(running, "good")]


def _chips(tile: Tile, chart: Chart, *, observations: Observations) -> list[Chip]:
    assert tile.reading is not None
    assert tile.session is not None
    zone = tile.session.clinic.zone
    chips = []
    for code in ("sedation", "dissociation"):
        latest = chart.latest(code)
        if latest is not None:
            word = observations.word(code, latest.value)
            is_calm = latest.value in (5, "none")
            title = observations.scale_of(code).title
            words = f"{title} {word}" if code == "dissociation" else word.capitalize()
            tone = "" if is_calm else "care"
            if tile.reading.stage != "ended" and tile.reading.is_stale.get(code):
                taken = latest.effective_at.astimezone(zone)
                words, tone = f"{words} {taken:%H:%M}, " + _("stale"), tone or "wait"
            chips.append(Chip(words, tone, is_kept=code == "sedation"))
    chips.append(_ride(chart, tile.reading))
    chips += [Chip(hit.text, "care") for hit in tile.reading.cautions]
    if tile.reading.is_stopped:
        chips.append(Chip(_("Patient stopped"), "care"))
    if tile.reading.stage == "before-dose":
        count = len(before_device(tile.reading))
        tone = "care" if count else "good"
        words = _("%(count)s open before the dose") % {"count": count}
        chips.append(Chip(f"○ {words}" if count else _("✓ Ready for the dose"), tone))
    return chips


def _ride(chart: Chart, reading: SessionReading) -> Chip:
    arranged = chart.latest("transport.arranged")
    other = reading.moment.derived["transport.other-is-safe"].value
    if other is True or (arranged is not None and arranged.value is True):
        return Chip(_("✓ Ride"), "good")
    return Chip(_("! Ride not confirmed"), "act" if arranged is not None else "care")
