"""Which days offices work, against the list of federal holidays that OPM publishes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.business_days import (
    Holiday,
    Observed,
    business_days_after,
    is_business_day,
    kept_on,
)

[LAW] = library.load().shelf.of_kind("duties")
US = {"holidays": LAW.holiday, "observed": LAW.observed}
# Federal holidays as the Office of Personnel Management lists them, by the day each is kept.
OPM = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
    2028: "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25",
}
DAYS = st.dates(date(1971, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize("year", OPM)
def test_the_days_off_of_a_year_are_those_that_the_government_lists(year):
    first = date(year, 1, 1)
    days = [first + timedelta(days=number) for number in range(366)]
    off = [day for day in days if day.year == year and kept_on(day, **US)]
    assert " ".join(f"{day:%m-%d}" for day in off) == OPM[year]


def test_there_are_eleven_holidays_and_juneteenth_begins_in_2021():
    assert len(LAW.holiday) == 11
    assert is_business_day(date(2020, 6, 19), **US)
    assert not is_business_day(date(2021, 6, 18), **US)
    assert not is_business_day(date(2023, 6, 19), **US)


def named(day):
    kept = kept_on(day, **US)
    return kept.title if kept else ""


def test_the_holiday_of_a_weekend_is_kept_on_friday_or_monday():
    assert named(date(2026, 7, 3)) == "Independence Day"
    assert named(date(2026, 7, 4)) == ""
    assert named(date(2027, 7, 5)) == "Independence Day"


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 1, 16), 1, date(2026, 1, 20)),
        (date(2026, 1, 17), 1, date(2026, 1, 20)),
        (date(2026, 1, 19), 1, date(2026, 1, 20)),
        (date(2026, 3, 4), 1, date(2026, 3, 5)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2024, 2, 28), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 2, date(2024, 3, 4)),
        (date(2025, 12, 31), 1, date(2026, 1, 2)),
        (date(2027, 12, 30), 1, date(2028, 1, 3)),
    ],
)
def test_the_next_business_day_leaves_out_weekends_holidays_and_the_years_end(day, count, due):
    assert business_days_after(day, count, **US) == due


@given(DAYS, st.integers(1, 12))
def test_as_many_business_days_lie_behind_as_were_counted(day, count):
    due = business_days_after(day, count, **US)
    between = [day + timedelta(days=number) for number in range(1, (due - day).days + 1)]
    assert sum(is_business_day(each, **US) for each in between) == count
    assert is_business_day(due, **US)


@given(DAYS)
def test_a_later_event_is_never_due_earlier(day):
    due = business_days_after(day, 1, **US)
    assert due <= business_days_after(day + timedelta(days=1), 1, **US)
    assert 1 <= (due - day).days <= 5


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "says its day, or its weekday and nth"),
        ({"day": 1, "weekday": "monday", "nth": 1}, "says its day, or its weekday and nth"),
        ({"weekday": "monday"}, "says its day, or its weekday and nth"),
        ({"day": 29, "month": 2}, "a day that not every year has"),
        ({"day": 31, "month": 4}, "a day that not every year has"),
        ({"weekday": "monday", "nth": 5}, "Input should be"),
        ({"day": 1, "month": 0}, "greater than or equal to 1"),
        ({"day": 1, "month": 13}, "less than or equal to 12"),
        ({"day": 0}, "greater than or equal to 1"),
        ({"day": 32}, "less than or equal to 31"),
    ],
)
def test_a_holiday_that_cannot_be_found_in_every_year_is_refused(said, reason):
    with pytest.raises(ValidationError, match=reason):
        Holiday(**{"id": "x", "title": "X", "month": 1, "policy": True, **said})


def test_a_holiday_may_fall_on_the_last_day_of_its_month():
    eve = Holiday(id="e", title="E", month=4, day=30, policy=True)
    assert eve.on(2026) == date(2026, 4, 30)


def test_the_last_weekday_of_a_month_may_be_its_fourth_or_fifth():
    memorial = Holiday(id="m", title="M", month=5, weekday="monday", nth=-1, policy=True)
    assert memorial.on(2026) == date(2026, 5, 25)
    assert memorial.on(2027) == date(2027, 5, 31)


def test_a_place_may_keep_the_holidays_of_a_weekend_on_monday():
    british = Observed(saturday_days=2, sunday_days=1, policy=True)
    assert british.of(date(2026, 12, 26)) == date(2026, 12, 28)
    assert british.of(date(2026, 12, 27)) == date(2026, 12, 28)
    assert british.of(date(2026, 12, 25)) == date(2026, 12, 25)


def test_a_place_may_leave_the_holidays_of_a_weekend_where_they_are():
    still = Observed(saturday_days=0, sunday_days=0, policy=True)
    for day in (date(2026, 12, 26), date(2026, 12, 27)):
        assert still.of(day) == day
