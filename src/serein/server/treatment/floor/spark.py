"""The small line of the systolic pressure on a tile, and the marks on its bar of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from serein.clinical.facts import Fact
from serein.clinical.monitoring import SessionReading

WIDTH, HEIGHT = 300, 44
EDGE = 5
REACH_MMHG = 40
SHORTEST = timedelta(minutes=30)
FEWEST = 2


@dataclass(frozen=True)
class Point:
    """One reading on the line."""

    x: float
    y: float


@dataclass(frozen=True)
class Spark:
    """The line: its points in order of time, and where the baseline runs."""

    points: list[Point]
    base_y: float

    @property
    def path(self) -> str:
        """The points as SVG takes them."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def spark(taken: Sequence[Fact], reading: SessionReading) -> Spark | None:
    """The readings of this session around their baseline, 40 mmHg up and down."""
    if len(taken) < FEWEST or reading.seated_at is None:
        return None
    base = _number(reading.baseline.get("bp.systolic", taken[0]))
    span = max(reading.at - reading.seated_at, SHORTEST)
    inner = WIDTH - 2 * EDGE
    points = [
        Point(
            round(EDGE + (fact.effective_at - reading.seated_at) / span * inner, 1),
            _y(_number(fact), base=base),
        )
        for fact in taken
    ]
    return Spark(points, _y(base, base=base))


def marks(reading: SessionReading) -> list[int]:
    """Where on the bar of the observed time a check falls due, percent."""
    if reading.last_dose_at is None:
        return []
    found = set()
    for check in reading.protocol.checks:
        anchor_at = reading.moment.events.get(check.anchor)
        if check.when is None and not check.is_before_dose and anchor_at is not None:
            due_at = anchor_at + timedelta(minutes=check.due_min)
            found.add(share(reading, due_at))
    return sorted(one for one in found if 0 < one < 100)  # noqa: PLR2004  percent


def share(reading: SessionReading, at: datetime) -> int:
    """How much of the observation is over at this moment, percent."""
    if reading.last_dose_at is None:
        return 0
    past = (at - reading.last_dose_at) / timedelta(minutes=1)
    return min(max(round(100 * past / reading.protocol.observe.min), 0), 100)


def _number(fact: Fact) -> float:
    assert isinstance(fact.value, int | float)
    return float(fact.value)


def _y(value: float, *, base: float) -> float:
    off = min(max(value - base, -REACH_MMHG), REACH_MMHG)
    return round(HEIGHT / 2 - off / REACH_MMHG * (HEIGHT / 2 - EDGE), 1)
