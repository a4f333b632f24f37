"""The session timeline: one drawing for the screen and for paper.

Facts and marks in, coordinates out; `timeline.svg` draws them. Nothing here knows the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from serein.clinical.facts import Chart, Fact

WIDTH = 960
LEFT = 64
RIGHT = 936
LETTER_WIDTH = 5.5
STEP_WIDTH = 30.0
MARK_WIDTH = 16.0
# Half of it may stand left of its reading, and must not cover the numbers of the axis.
PAIR_WIDTH, NUMBER_WIDTH = 44.0, 20.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEDATION_WORDS = {
    5: "alert",
    4: "slow to name",
    3: "loud voice only",
    2: "shaking only",
    1: "pain only",
    0: "none",
}


@dataclass(frozen=True)
class Lane:
    """A strip of the drawing with its own vertical scale."""

    title: str
    unit: str
    top: int
    bottom: int
    low: float
    high: float

    def y(self, value: float) -> float:
        """Where a value stands; beyond the scale it stays at the edge."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return round(self.bottom - share * (self.bottom - self.top), 1)


PRESSURE = Lane("BP", "mmHg", 34, 170, 40, 200)
HEART = Lane("HR", "/min", 186, 236, 40, 140)
OXYGEN = Lane("SpO₂", "%", 252, 292, 84, 100)
BREATH = Lane("Resp.", "/min", 308, 338, 4, 28)
LANES = (PRESSURE, HEART, OXYGEN, BREATH)
SEDATION_TOP, DISSOCIATION_TOP, DOSE_TOP, EVENT_TOP, HEIGHT = 350, 374, 400, 436, 462


@dataclass(frozen=True)
class Window:
    """A stretch in which a check belongs."""

    words: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Mark:
    """Something that happened at one moment: a device, a danger sign, an alert."""

    words: str
    at: datetime
    sign: str = "●"


@dataclass(frozen=True)
class Threshold:
    """A limit of the protocol, drawn across its lane."""

    code: str
    value: float


@dataclass(frozen=True)
class Reach:
    """What the whole drawing covers, from the chair to the door."""

    begins_at: datetime
    ends_at: datetime

    def x(self, at: datetime) -> float:
        """Where a moment stands on the shared time axis."""
        share = (at - self.begins_at) / (self.ends_at - self.begins_at)
        return round(LEFT + min(max(share, 0), 1) * (RIGHT - LEFT), 1)


@dataclass(frozen=True)
class Story:
    """All that one drawing shows."""

    facts: Chart
    reach: Reach
    zone: ZoneInfo
    late_min: int
    devices: Sequence[Mark] = ()
    events: Sequence[Mark] = ()
    windows: Sequence[Window] = ()
    thresholds: Sequence[Threshold] = ()


def draw(story: Story) -> dict[str, Any]:
    """The drawing's coordinates and words, for `treatment/timeline.svg`."""
    reach = story.reach
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": RIGHT,
        "lanes": LANES,
        "hours": _hours(story),
        "windows": [
            {
                "x": reach.x(window.begins_at),
                "width": round(reach.x(window.ends_at) - reach.x(window.begins_at), 1),
                "words": _fitting(window, reach),
            }
            for window in story.windows
            if window.begins_at < reach.ends_at and window.ends_at > reach.begins_at
        ],
        "thresholds": _thresholds(story.thresholds),
        "pressures": _pressures(story),
        "baseline": _baseline(story),
        "lines": [_line(story, lane, code) for lane, code in _LINES],
        "sedation": _steps(story, "sedation", SEDATION_TOP),
        "dissociation": _steps(story, "dissociation", DISSOCIATION_TOP),
        "devices": _spaced([_placed(reach, mark, story.zone) for mark in story.devices]),
        "events": _spaced([_placed(reach, mark, story.zone) for mark in story.events]),
        "rows": {
            "sedation": SEDATION_TOP,
            "dissociation": DISSOCIATION_TOP,
            "dose": DOSE_TOP,
            "event": EVENT_TOP,
        },
    }


def _fitting(window: Window, reach: Reach) -> str:
    """Its words, unless they would run out of the drawing."""
    room = RIGHT - reach.x(window.begins_at)
    return window.words if len(window.words) * LETTER_WIDTH <= room else ""


_LINES = ((HEART, "heart-rate"), (OXYGEN, "spo2"), (BREATH, "respiration"))


def reach_of(seated_at: datetime, *, until: datetime) -> Reach:
    """From the chair to the door, never narrower than two and a half hours."""
    shortest = seated_at + timedelta(minutes=150)
    return Reach(seated_at, max(until, shortest))


def _hours(story: Story) -> list[dict[str, Any]]:
    """A tick each quarter of an hour by the clinic's wall clock, each half hour with its time."""
    quarter = timedelta(minutes=15)
    past = (story.reach.begins_at - EPOCH) % quarter
    at = story.reach.begins_at + (quarter - past) % quarter
    ticks = []
    while at <= story.reach.ends_at:
        local = at.astimezone(story.zone)
        words = f"{local:%H:%M}" if local.minute % 30 == 0 else ""
        ticks.append({"x": story.reach.x(at), "words": words})
        at += quarter
    return ticks


def _thresholds(limits: Iterable[Threshold]) -> list[dict[str, Any]]:
    lanes = {
        "bp.systolic": PRESSURE,
        "bp.diastolic": PRESSURE,
        "heart-rate": HEART,
        "spo2": OXYGEN,
        "respiration": BREATH,
    }
    known = [limit for limit in limits if limit.code in lanes]
    return [{"y": lanes[limit.code].y(limit.value), "words": f"{limit.value:g}"} for limit in known]


def _pairs(facts: Chart) -> list[tuple[Fact, Fact]]:
    """Systolic and diastolic of one cuff reading."""
    lower = {fact.panel: fact for fact in facts.all("bp.diastolic") if fact.panel}
    return [(fact, lower[fact.panel]) for fact in facts.all("bp.systolic") if fact.panel in lower]


def _pressures(story: Story) -> list[dict[str, Any]]:
    highest = _limit(story.thresholds, "bp.systolic")
    drawn = [
        {
            "x": story.reach.x(upper.effective_at),
            "top": PRESSURE.y(_number(upper)),
            "bottom": PRESSURE.y(_number(lower)),
            "is_high": highest is not None and _number(upper) >= highest,
            "words": _words(f"{upper.value}/{lower.value} mmHg", upper, story),
            "value": f"{upper.value}/{lower.value}",
        }
        for upper, lower in _pairs(story.facts)
    ]
    _part_labels(drawn, width=PAIR_WIDTH)
    return drawn


def _part_labels(drawn: Sequence[dict[str, Any]], *, width: float) -> None:
    """Move a label that the one before would cover; one too far from its reading is left out."""
    edge = float(LEFT)
    for one in drawn:
        one["label_x"] = round(max(one["x"], edge + width / 2), 1)
        if one["label_x"] - one["x"] > width:
            one["value"] = ""
        else:
            edge = one["label_x"] + width / 2


def _baseline(story: Story) -> dict[str, float] | None:
    first_device = min((mark.at for mark in story.devices), default=None)
    before = [
        pair
        for pair in _pairs(story.facts)
        if first_device is None or pair[0].effective_at <= first_device
    ]
    if not before:
        return None
    upper, lower = before[-1]
    return {"systolic": PRESSURE.y(_number(upper)), "diastolic": PRESSURE.y(_number(lower))}


def _line(story: Story, lane: Lane, code: str) -> dict[str, Any]:
    points = [
        {
            "x": story.reach.x(fact.effective_at),
            "y": lane.y(_number(fact)),
            "value": fact.value,
            "words": _words(f"{lane.title} {fact.value} {lane.unit}", fact, story),
        }
        for fact in story.facts.all(code)
    ]
    _part_labels(points, width=NUMBER_WIDTH)
    path = " ".join(f"{point['x']},{point['y']}" for point in points)
    return {"path": path, "points": points, "lane": lane}


def _steps(story: Story, code: str, top: int) -> list[dict[str, Any]]:
    """Each value holds until the next one is taken; the last one ends where it was taken."""
    taken = story.facts.all(code)
    ends = [fact.effective_at for fact in taken[1:]] + [taken[-1].effective_at] if taken else []
    steps = []
    for fact, end in zip(taken, ends, strict=True):
        x = story.reach.x(fact.effective_at)
        width = max(round(story.reach.x(end) - x, 1), STEP_WIDTH)
        x = min(x, RIGHT - width)
        word = SEDATION_WORDS.get(_whole(fact), "?") if code == "sedation" else str(fact.value)
        steps.append(
            {
                "x": x,
                "y": top,
                "width": width,
                "word": word,
                "shown": word if len(word) * LETTER_WIDTH <= width else "",
                "is_calm": word in ("alert", "none") and fact.value != 0,
                "words": _words(f"{code} {word}", fact, story),
            }
        )
    return steps


def _spaced(marks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The marks beside one another where their moments would print them over one another."""
    placed = sorted(marks, key=lambda mark: mark["x"])
    for before, mark in pairwise(placed):
        mark["x"] = round(max(mark["x"], before["x"] + MARK_WIDTH), 1)
    edge = float(RIGHT)
    for mark in reversed(placed):
        mark["x"] = round(min(mark["x"], edge), 1)
        edge = mark["x"] - MARK_WIDTH
    return placed


def _placed(reach: Reach, mark: Mark, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "x": reach.x(mark.at),
        "sign": mark.sign,
        "words": f"{mark.words}, {mark.at.astimezone(zone):%H:%M}",
        "short": mark.words,
    }


def _limit(thresholds: Iterable[Threshold], code: str) -> float | None:
    return min((limit.value for limit in thresholds if limit.code == code), default=None)


def _number(fact: Fact) -> float:
    assert isinstance(fact.value, int | float)
    return float(fact.value)


def _whole(fact: Fact) -> int:
    return int(_number(fact))


def _words(value: str, fact: Fact, story: Story) -> str:
    """Value, time and author, and how late it was entered when that matters."""
    taken = f"{fact.effective_at.astimezone(story.zone):%H:%M}"
    late_min = int((fact.recorded_at - fact.effective_at).total_seconds() // 60)
    late = f", entered {late_min} min later" if late_min >= story.late_min else ""
    return f"{value} at {taken}, {fact.by or fact.source}{late}"


def in_words(story: Story) -> str:
    """The chart as one sentence, for those who hear it."""
    pairs = [f"{upper.value}/{lower.value}" for upper, lower in _pairs(story.facts)]
    devices = ", ".join(f"{mark.at.astimezone(story.zone):%H:%M}" for mark in story.devices)
    return (
        f"Session timeline. Blood pressure {', '.join(pairs) or 'never taken'}; "
        f"devices at {devices or 'none'}."
    )
