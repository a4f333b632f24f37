"""What a session's timeline shows: facts, marks and stretches, each at its time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from serein.clinical.facts import Chart

# Where the shared time axis begins and ends in the drawing.
LEFT = 64
RIGHT = 936


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
class Run:
    """A stretch in which an infusion ran at one rate; `share` is that of the highest rate."""

    words: str
    begins_at: datetime
    ends_at: datetime
    share: float


@dataclass(frozen=True)
class Story:
    """All that one drawing shows."""

    facts: Chart
    reach: Reach
    zone: ZoneInfo
    late_by: Callable[[datetime, datetime], int]
    # The word for each step of the sedation scale.
    sedation: Mapping[Any, str] = field(default_factory=dict)
    devices: Sequence[Mark] = ()
    runs: Sequence[Run] = ()
    events: Sequence[Mark] = ()
    windows: Sequence[Window] = ()
    thresholds: Sequence[Threshold] = ()


def reach_of(seated_at: datetime, *, until: datetime) -> Reach:
    """From the chair to the door, never narrower than two and a half hours."""
    shortest = seated_at + timedelta(minutes=150)
    return Reach(seated_at, max(until, shortest))
