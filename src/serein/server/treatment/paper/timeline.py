"""The session timeline: one drawing for the screen and for paper.

Facts and marks in, coordinates out; `timeline.svg` draws them. Nothing here knows the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from serein.clinical.facts import Chart, Fact
from serein.server.treatment.paper.story import (
    LEFT,
    RIGHT,
    Mark,
    Reach,
    Run,
    Story,
    Threshold,
    Window,
)

WIDTH = 960
LETTER_WIDTH = 5.5
# A mark with the count beside it, a device's triangle.
MARK_WIDTH, DEVICE_WIDTH = 22.0, 18.0
MARK_HEIGHT, DEVICE_HEIGHT = 14, 27
# Half of it may stand left of its reading, and must not cover the numbers of the axis.
PAIR_WIDTH, NUMBER_WIDTH = 44.0, 20.0
# A pair's label above its bar, and above the triangle of a high one.
LIFT, HIGH_LIFT = 5, 16
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


PRESSURE = Lane("BP", "mmHg", 44, 170, 40, 200)
HEART = Lane("HR", "/min", 186, 236, 40, 140)
OXYGEN = Lane("SpO₂", "%", 252, 292, 84, 100)
BREATH = Lane("Resp.", "/min", 308, 338, 4, 28)
LANES = (PRESSURE, HEART, OXYGEN, BREATH)
# The scales as steps: the higher, the further from well.
DEPTHS = ("none", "mild", "moderate", "severe")
SEDATION = Lane("Sedation", "", 350, 374, 0, 5)
DISSOCIATION = Lane("Dissoc.", "", 384, 408, 0, len(DEPTHS) - 1)
DOSE_TOP = 418
# The bar of an infusion at its highest rate, and the row of the acts at the pump below it.
BAR_HEIGHT, BAR_ROW = 14, 18


def draw(story: Story) -> dict[str, Any]:
    """The drawing's coordinates and words, for `treatment/timeline.svg`.

    Everything stands at its time; what would cover another is set below it, in a further row.
    """
    reach = story.reach
    devices = _stacked(_marks(story, story.devices), width=DEVICE_WIDTH)
    events = _stacked(_by_minute(_marks(story, story.events)), width=MARK_WIDTH)
    device_top = DOSE_TOP + (BAR_ROW if story.runs else 0)
    event_top = device_top + DEVICE_HEIGHT * _rows(devices)
    for rows, top, height in (
        (devices, device_top, DEVICE_HEIGHT),
        (events, event_top, MARK_HEIGHT),
    ):
        for mark in rows:
            mark["y"] = top + height * mark["row"]
    return {
        "width": WIDTH,
        "height": event_top + MARK_HEIGHT * _rows(events) + 6,
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
        "scales": (SEDATION, DISSOCIATION),
        "steps": [
            *_steps(story, "sedation", SEDATION),
            *_steps(story, "dissociation", DISSOCIATION),
        ],
        "runs": [_bar(run, reach) for run in story.runs],
        "devices": devices,
        "events": events,
        "rows": {"dose": DOSE_TOP, "event": event_top, "end": event_top - 6},
    }


def _bar(run: Run, reach: Reach) -> dict[str, Any]:
    """As high as its rate, from when it ran to when it changed."""
    x, height = reach.x(run.begins_at), round(BAR_HEIGHT * run.share, 1)
    return {
        "x": x,
        "width": round(reach.x(run.ends_at) - x, 1),
        "y": round(DOSE_TOP + BAR_HEIGHT - height, 1),
        "height": height,
        "words": run.words,
    }


def _fitting(window: Window, reach: Reach) -> str:
    """Its words, unless they would run out of the drawing."""
    room = RIGHT - reach.x(window.begins_at)
    return window.words if len(window.words) * LETTER_WIDTH <= room else ""


_LINES = ((HEART, "heart-rate"), (OXYGEN, "spo2"), (BREATH, "respiration"))


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
    drawn: list[dict[str, Any]] = [
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
    for one in drawn:
        one["label_y"] = one["top"] - (HIGH_LIFT if one["is_high"] else LIFT)
    _label(drawn, at="top", width=PAIR_WIDTH)
    for one in drawn:
        if any(_is_through(other, one) for other in drawn):
            one["value"] = ""
    return drawn


def _is_through(bar: dict[str, Any], one: dict[str, Any]) -> bool:
    """Whether the bar of another reading would run through this one's label."""
    is_beside = bar is not one and abs(bar["x"] - one["label_x"]) < PAIR_WIDTH / 2
    return is_beside and bar["top"] < one["label_y"] < bar["bottom"]


def _label(drawn: Sequence[dict[str, Any]], *, at: str, width: float) -> None:
    """Leave out the labels that others would cover: the newest stays, then what stands out most."""
    free = list(drawn[-1:])
    usual = median(one[at] for one in drawn) if drawn else 0
    for one in drawn:
        one["label_x"] = max(one["x"], LEFT + width / 2)
    for one in sorted(drawn[:-1], key=lambda one: -abs(one[at] - usual)):
        if all(abs(one["label_x"] - other["label_x"]) >= width for other in free):
            free.append(one)
        else:
            one["value"] = ""


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
    _label(points, at="y", width=NUMBER_WIDTH)
    path = " ".join(f"{point['x']},{point['y']}" for point in points)
    return {"path": path, "points": points, "lane": lane}


def _steps(story: Story, code: str, lane: Lane) -> list[dict[str, Any]]:
    """Each value holds until the next one is taken; the last one ends where it was taken."""
    taken = story.facts.all(code)
    ends = [fact.effective_at for fact in taken[1:]] + [taken[-1].effective_at] if taken else []
    steps: list[dict[str, Any]] = []
    for fact, end in zip(taken, ends, strict=True):
        x = story.reach.x(fact.effective_at)
        word = str(story.sedation.get(fact.value, fact.value))
        top = lane.y(_depth(fact))
        steps.append(
            {
                "x": x,
                "width": round(story.reach.x(end) - x, 1),
                "y": top,
                "height": round(lane.bottom - top, 1),
                "lane": lane,
                "word": word,
                "words": _words(f"{code} {word}", fact, story),
            }
        )
    _name(steps)
    return steps


def _depth(fact: Fact) -> float:
    """How far from well: 0 is alert, or nothing seen."""
    if fact.code == "sedation":
        return SEDATION.high - _number(fact)
    return DEPTHS.index(fact.value) if fact.value in DEPTHS else DISSOCIATION.high


def _name(steps: Sequence[dict[str, Any]]) -> None:
    """The word where a value begins, when it fits before the next value; the last one always."""
    runs: list[dict[str, Any]] = []
    for step in steps:
        step["shown"] = ""
        if not runs or runs[-1]["word"] != step["word"]:
            runs.append(step)
    for step, after in pairwise([*runs, {"x": float(WIDTH)}]):
        is_fitting = len(step["word"]) * LETTER_WIDTH <= after["x"] - step["x"]
        step["shown"] = step["word"] if is_fitting else ""


def _marks(story: Story, marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """Each mark where it happened, oldest first."""
    return [
        {
            "x": story.reach.x(mark.at),
            "minute": f"{mark.at.astimezone(story.zone):%d %H:%M}",
            "sign": mark.sign,
            "count": 1,
            "words": f"{mark.words}, {mark.at.astimezone(story.zone):%H:%M}",
        }
        for mark in sorted(marks, key=lambda mark: mark.at)
    ]


def _by_minute(marks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Marks of one kind and one minute as one, with how many they are."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for mark in marks:
        first = found.setdefault((mark["minute"], mark["sign"]), mark)
        if first is not mark:
            first["count"] += 1
            first["words"] += f"; {mark['words']}"
    return list(found.values())


def _stacked(marks: list[dict[str, Any]], *, width: float) -> list[dict[str, Any]]:
    """Each mark in the first row in which nothing stands so near that the two would touch."""
    last: list[float] = []
    for mark in marks:
        free = (row for row, x in enumerate(last) if mark["x"] - x >= width)
        mark["row"] = next(free, len(last))
        last[mark["row"] : mark["row"] + 1] = [mark["x"]]
    return marks


def _rows(marks: Iterable[dict[str, Any]]) -> int:
    return 1 + max((mark["row"] for mark in marks), default=0)


def _limit(thresholds: Iterable[Threshold], code: str) -> float | None:
    return min((limit.value for limit in thresholds if limit.code == code), default=None)


def _number(fact: Fact) -> float:
    assert isinstance(fact.value, int | float)
    return float(fact.value)


def _words(value: str, fact: Fact, story: Story) -> str:
    """Value, time and author, and how late it was entered when that matters."""
    taken = f"{fact.effective_at.astimezone(story.zone):%H:%M}"
    if fact.replaces is not None:
        return f"{value} at {taken}, corrected by {fact.by or fact.source}"
    late_min = story.late_by(fact.effective_at, fact.recorded_at)
    late = f", entered {late_min} min later" if late_min else ""
    return f"{value} at {taken}, {fact.by or fact.source}{late}"


def in_words(story: Story) -> str:
    """The chart as one sentence, for those who hear it."""
    pairs = [f"{upper.value}/{lower.value}" for upper, lower in _pairs(story.facts)]
    doses = ", ".join(f"{mark.at.astimezone(story.zone):%H:%M}" for mark in story.devices)
    given = f"doses at {doses or 'none'}"
    if story.runs:
        given = f"infusion {', '.join(run.words for run in story.runs)}"
    return f"Session timeline. Blood pressure {', '.join(pairs) or 'never taken'}; {given}."
