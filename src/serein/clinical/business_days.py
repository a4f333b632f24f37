"""Which days offices work: weekends, and holidays with the day on which each is kept."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from serein.clinical.tables import Marked, Words

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS = get_args(Weekday)
SATURDAY, SUNDAY = 5, 6
ONE_DAY = timedelta(days=1)


class Holiday(Marked):
    """A day off each year: a date (`day`), or the nth weekday of a month (-1 is the last)."""

    id: Words
    title: Words
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    weekday: Weekday | None = None
    nth: Literal[-1, 1, 2, 3, 4] | None = None
    first_year: int | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.weekday is None) != (self.nth is None) or (self.day is None) == (self.nth is None):
            raise ValueError("says its day, or its weekday and nth")
        if self.day and self.day > calendar.monthrange(2001, self.month)[1]:
            raise ValueError("has a day that not every year has")
        return self

    def on(self, year: int) -> date | None:
        """The day itself in that year; None before its first year."""
        if self.first_year is not None and year < self.first_year:
            return None
        if self.day is not None:
            return date(year, self.month, self.day)
        assert self.nth is not None
        first, length = calendar.monthrange(year, self.month)
        days = range(1 + (WEEKDAYS.index(self.weekday) - first) % 7, length + 1, 7)
        return date(year, self.month, days[self.nth if self.nth < 0 else self.nth - 1])


class Observed(Marked):
    """On which day a holiday of the weekend is kept, in days from the holiday."""

    saturday_days: Literal[-1, 0, 2]
    sunday_days: Literal[0, 1]

    def of(self, day: date) -> date:
        """The day on which it is kept."""
        moved = {SATURDAY: self.saturday_days, SUNDAY: self.sunday_days}.get(day.weekday(), 0)
        return day + timedelta(days=moved)


def kept_on(day: date, *, holidays: Sequence[Holiday], observed: Observed) -> Holiday | None:
    """The holiday that is kept on that day."""
    # New Year's Day on a Saturday is kept on the last day of the year before.
    for year in (day.year, day.year + 1):
        for each in holidays:
            falls_on = each.on(year)
            if falls_on and observed.of(falls_on) == day:
                return each
    return None


def is_business_day(day: date, *, holidays: Sequence[Holiday], observed: Observed) -> bool:
    """Whether offices work on that day."""
    if day.weekday() in (SATURDAY, SUNDAY):
        return False
    return kept_on(day, holidays=holidays, observed=observed) is None


def business_days_after(
    day: date, count: int, *, holidays: Sequence[Holiday], observed: Observed
) -> date:
    """The day on which so many business days have passed since `day`, which is not counted.

    Args:
        day: Day of the event; any day of the week.
        count: Business days, 1 or more.
        holidays: Days off of the place.
        observed: How a holiday of the weekend is kept there.

    Returns:
        A business day after `day`.

    Source:
        The holidays of the duties file.
    """
    while count:
        day += ONE_DAY
        count -= is_business_day(day, holidays=holidays, observed=observed)
    return day
