"""What a tile and the strip show, out of how each session stands; no database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from serein.clinical.dosing import NextDevice
from serein.clinical.facts import Chart, Fact
from serein.clinical.instruments import Observations
from serein.clinical.monitoring import SessionReading
from serein.server.treatment.queries import Tile

SIGNS = {
    "observing": "◷",
    "dosing": "●",
    "before-dose": "◇",
    "ended": "○",
    "cleaning": "○",
    "blocked": "✕",
    "free": "✓",
}
STRIP_LENGTH = 5
SPARK_WIDTH, SPARK_HEIGHT = 300, 44
SPARK_LOW, SPARK_HIGH = 80, 200


@dataclass(frozen=True)
class Value:
    """One reading on the tile: its words, its age, whether it is stale or out of limits."""

    name: str
    text: str
    unit: str = ""
    taken_at: datetime | None = None
    foot: str = ""
    is_stale: bool = False
    is_out: bool = False

    @property
    def is_never(self) -> bool:
        """Whether it was never taken."""
        return self.taken_at is None


@dataclass(frozen=True)
class Act:
    """The main button: the next act, or why or until when it must wait."""

    words: str
    anchor: str
    is_waiting: bool = False
    is_urgent: bool = False
    until: datetime | None = None


@dataclass(frozen=True)
class Chip:
    """A short statement: its words and whether it is good, needs care or an act."""

    words: str
    tone: str = ""


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
    values: list[Value] = field(default_factory=list)
    devices: list[Chip] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    spark: list[dict[str, Any]] = field(default_factory=list)
    spark_path: str = ""
    spark_base: float | None = None
    act: Act | None = None
    refresh_at: datetime | None = None

    @property
    def sign(self) -> str:
        """The shape that says the state without its colour."""
        return SIGNS[self.state]


def face(tile: Tile, *, observations: Observations) -> Face:
    """How this chair looks at the moment of its reading."""
    if tile.session is None or tile.reading is None:
        return _empty(tile)
    reading = tile.reading
    chart = tile.chart
    path, spark = _spark(chart, reading)
    base = reading.baseline.get("bp.systolic")
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
        share=_share(reading),
        values=_values(tile),
        devices=_devices(tile),
        chips=_chips(tile, chart, observations=observations),
        spark=spark,
        spark_path=path,
        spark_base=_spark_y(base) if base else None,
        act=_act(tile),
        refresh_at=reading.next_change_at,
    )


def _empty(tile: Tile) -> Face:
    chair = tile.chair
    if chair.blocked_reason:
        return Face(tile, "blocked", _("Blocked"), caption=chair.blocked_reason)
    if chair.cleaning_since is not None:
        return Face(tile, "cleaning", _("Cleaning"), since=chair.cleaning_since)
    return Face(tile, "free", _("Free"))


def _tone(tile: Tile) -> str:
    assert tile.reading is not None
    is_urgent = any(alert.urgency in ("now", "soon") for alert in tile.alerts)
    if is_urgent or any(due.state == "overdue" for due in tile.reading.due):
        return "act"
    return ""


def _since(reading: SessionReading) -> datetime | None:
    """From when the tile's clock runs."""
    if reading.stage == "observing":
        return reading.last_dose_at
    return reading.seated_at if reading.stage == "before-dose" else reading.begun_at


def _caption(reading: SessionReading) -> str:
    if reading.stage == "observing":
        return _("since the last device")
    if reading.stage == "dosing":
        is_given = reading.first_dose_at is not None
        return _("since device 1") if is_given else _("since the first try, nothing given")
    return _("since seated")


def _share(reading: SessionReading) -> int:
    """How much of the observation is over, percent."""
    if reading.minutes_since_last is None:
        return 0
    return min(round(100 * reading.minutes_since_last / reading.protocol.observe.min), 100)


def _values(tile: Tile) -> list[Value]:
    assert tile.reading is not None
    out = {one["code"] for alert in tile.alerts for one in alert.evidence}
    reading = tile.reading
    upper, lower = reading.latest.get("bp.systolic"), reading.latest.get("bp.diastolic")
    if upper is None or lower is None:
        pressure = Value(_("BP"), "– / –")
    else:
        pressure = Value(
            _("BP"),
            f"{upper.value}/{lower.value}",
            taken_at=upper.effective_at,
            foot=_baseline(reading, upper, lower),
            is_stale=bool(reading.is_stale.get("bp.systolic")),
            is_out=bool({"bp.systolic", "bp.diastolic"} & out),
        )
    return [
        pressure,
        _single(reading, "heart-rate", _("HR"), out),
        _single(reading, "spo2", _("SpO₂"), out, unit="%"),
    ]


def _single(
    reading: SessionReading, code: str, name: str, out: set[str], *, unit: str = ""
) -> Value:
    latest = reading.latest.get(code)
    if latest is None:
        return Value(name, "–")
    return Value(
        name,
        str(latest.value),
        unit,
        latest.effective_at,
        is_stale=bool(reading.is_stale.get(code)),
        is_out=code in out,
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
    return _("base %(base)s %(rise)s") % {
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
    chips = [
        Chip(
            f"{'✓' if mark.outcome == 'given' else '!'} {mark.number} "
            f"{mark.at.astimezone(zone):%H:%M}",
            "good" if mark.outcome == "given" else "care",
        )
        for mark in tile.reading.devices
    ]
    tried = {mark.number for mark in tile.reading.devices}
    to_come = [n for n in range(1, tile.reading.devices_needed + 1) if n not in tried]
    return chips + [Chip(f"{number} –", "wait") for number in to_come]


def _chips(tile: Tile, chart: Chart, *, observations: Observations) -> list[Chip]:
    assert tile.reading is not None
    chips = []
    for code in ("sedation", "dissociation"):
        latest = chart.latest(code)
        if latest is not None:
            word = observations.word(code, latest.value)
            is_calm = latest.value in (5, "none")
            title = observations.scale_of(code).title
            words = f"{title} {word}" if code == "dissociation" else word.capitalize()
            chips.append(Chip(words, "" if is_calm else "care"))
    chips.append(_ride(chart, tile.reading))
    chips += [Chip(hit.text, "care") for hit in tile.reading.cautions]
    if tile.reading.is_stopped:
        chips.append(Chip(_("Patient stopped"), "care"))
    if tile.reading.stage == "before-dose":
        count = len(tile.reading.open_gates)
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


def _spark(chart: Chart, reading: SessionReading) -> tuple[str, list[dict[str, Any]]]:
    taken = chart.all("bp.systolic")
    if len(taken) < 2 or reading.seated_at is None:  # noqa: PLR2004  a line needs two points
        return "", []
    span = max(reading.at - reading.seated_at, timedelta(minutes=30))
    points = [
        {
            "x": round(6 + (fact.effective_at - reading.seated_at) / span * (SPARK_WIDTH - 12), 1),
            "y": _spark_y(fact),
        }
        for fact in taken
    ]
    return " ".join(f"{point['x']},{point['y']}" for point in points), points


def _spark_y(fact: Fact) -> float:
    inside = min(max(_number(fact), SPARK_LOW), SPARK_HIGH)
    share = (inside - SPARK_LOW) / (SPARK_HIGH - SPARK_LOW)
    return round(SPARK_HEIGHT - 5 - share * (SPARK_HEIGHT - 10), 1)


def _act(tile: Tile) -> Act:
    """The next act in its words; dashed with what it waits for when it cannot be done yet."""
    assert tile.reading is not None
    reading = tile.reading
    urgent = [due for due in reading.due if due.state != "later" and due.panel != "device"]
    if reading.stage != "before-dose" and urgent:
        return Act(urgent[0].text, "vitals", is_urgent=urgent[0].state == "overdue")
    if reading.stage == "observing":
        left = len(reading.release.blockers)
        if left == 0:
            return Act(_("Release"), "release")
        words = _("Leave · 1 thing left") if left == 1 else _("Leave · %(n)s left") % {"n": left}
        return Act(words, "release", is_waiting=True)
    return _dosing_act(reading)


def _dosing_act(reading: SessionReading) -> Act:
    upcoming = reading.next_device
    if reading.stage == "before-dose" and "bp.systolic" not in reading.latest:
        return Act(_("Take baseline"), "vitals")
    if upcoming is None:
        return Act(_("Observe"), "vitals")
    if upcoming.needs_order:
        return Act(_("Order a replacement"), "order", is_waiting=True)
    words = _("Device %(number)s") % {"number": upcoming.number}
    return Act(words, "device") if upcoming.is_ready else _waiting_act(reading, upcoming, words)


def _waiting_act(reading: SessionReading, upcoming: NextDevice, device: str) -> Act:
    if upcoming.ready_at is not None and upcoming.ready_at > reading.at:
        words = _("%(device)s in") % {"device": device}
        return Act(words, "device", is_waiting=True, until=upcoming.ready_at)
    if reading.ordered_mg is None and len(reading.open_gates) <= ORDER_GATES:
        return Act(_("Order needed"), "order", is_waiting=True)
    words = _("%(n)s before dose") % {"n": len(reading.open_gates)}
    return Act(words, "checks", is_waiting=True)


ORDER_GATES = 3


@dataclass(frozen=True)
class Next:
    """One entry of the strip: what is due next, for whom, and when."""

    tile: Tile
    text: str
    state: str
    due_at: datetime
    overdue_at: datetime
    anchor: str

    @property
    def counts_to(self) -> datetime:
        """Overdue entries count from the end of their window, others to the moment they are due."""
        return self.overdue_at if self.state == "overdue" else self.due_at


def pressing(tile: Tile) -> list[Next]:
    """What this chair adds to the strip."""
    if tile.reading is None:
        return []
    return [
        Next(
            tile,
            due.text,
            due.state,
            due.due_at,
            due.overdue_at,
            "device" if due.panel == "device" else "vitals",
        )
        for due in _first(tile.reading)
    ]


def strip(entries: Iterable[Next]) -> list[Next]:
    """What is due next on the whole floor, most urgent first."""
    ranks = {"overdue": 0, "due": 1, "later": 2}
    return sorted(entries, key=lambda one: (ranks[one.state], one.counts_to))[:STRIP_LENGTH]


def _first(reading: SessionReading) -> Sequence[Any]:
    """All that is due or overdue in a session, or else the first thing to come."""
    pressing = [due for due in reading.due if due.state != "later"]
    return pressing or reading.due[:1]
