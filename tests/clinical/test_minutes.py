"""Minutes beside two clock times are the minutes that a reader counts between them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from serein.clinical.minutes import clock_minutes
from tests.clinical.chart import at

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("10:15:59", "10:55:00", 40),
        ("10:15:00", "10:55:59", 40),
        ("10:15:10", "10:15:50", 0),
        ("10:15:50", "10:15:10", 0),
        ("10:17:10", "10:16:50", -1),
    ],
)
def test_minutes_are_those_between_the_times_that_are_shown(start, end, minutes):
    assert clock_minutes(at(start), at(end)) == minutes


def test_an_hour_that_the_clocks_repeat_is_counted():
    first = datetime(2025, 11, 2, 1, 30, tzinfo=NEW_YORK)

    assert clock_minutes(first, first.replace(fold=1)) == 60


def test_what_is_late_is_decided_by_the_seconds_and_told_by_the_clock(protocol):
    record = protocol.record
    taken_at = at("10:00:50")

    assert record.late_by(taken_at, taken_at + timedelta(minutes=4, seconds=59)) == 0
    assert record.late_by(taken_at, taken_at + timedelta(minutes=5)) == 5
    assert record.late_by(taken_at, taken_at + timedelta(minutes=5, seconds=20)) == 6
