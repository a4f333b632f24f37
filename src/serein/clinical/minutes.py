"""Minutes as people count them, from one time that a clock showed to another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def clock_minutes(start: datetime, end: datetime) -> int:
    """Whole minutes between two times, as clocks that show no seconds tell them.

    What is shown beside two clock times; rules go by the seconds too.

    Args:
        start: When it began, with its zone.
        end: When it ended, with its zone.

    Returns:
        Minutes; negative when the end lies before the start.

    >>> clock_minutes(datetime(2025, 1, 1, 10, 15, 50, tzinfo=UTC),
    ...     datetime(2025, 1, 1, 10, 55, 10, tzinfo=UTC))
    40
    """
    begun, ended = (at.astimezone(UTC).replace(second=0, microsecond=0) for at in (start, end))
    return (ended - begun) // timedelta(minutes=1)
