"""The plan agrees with the label's frequencies and a payer's 23 devices for induction."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical import library
from serein.clinical.criteria import Moment
from serein.clinical.errors import InputError
from serein.clinical.schedule import phase_of, plan, session_label

PROTOCOL = library.load().protocol("esketamine-trd-us")
START = date(2025, 9, 1)


def test_induction_at_the_higher_dose_takes_23_devices():
    induction = plan(PROTOCOL, start_on=START, sessions=8, dose_mg=84)

    assert [one.dose_mg for one in induction] == [56, *[84] * 7]
    assert sum(one.devices or 0 for one in induction) == 23


def test_eight_sessions_in_four_weeks_then_four_in_four_then_every_two_weeks():
    days = [(one.on - START).days for one in plan(PROTOCOL, start_on=START, sessions=14)]

    assert days == [0, 4, 7, 11, 14, 18, 21, 25, 28, 35, 42, 49, 56, 70]


def test_each_week_of_the_plan_is_counted_from_the_start_of_the_course():
    weeks = [one.week for one in plan(PROTOCOL, start_on=START, sessions=15)]

    assert weeks == [1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 11, 13]


def test_a_session_keeps_its_day_twice_a_week_and_has_more_days_in_a_slower_rhythm():
    """Half the interval less a day: none at twice a week, two weekly, six every two weeks."""
    planned = plan(PROTOCOL, start_on=START, sessions=14)

    assert {one.earliest - one.on for one in planned} == {timedelta(0)}
    assert [(one.latest - one.on).days for one in planned] == [*[0] * 8, *[2] * 4, 6, 6]


def test_in_a_daily_rhythm_the_last_day_of_a_session_is_its_own():
    daily = replace(PROTOCOL.phases[-1], first_session=1, first_week=1, sessions_per_week=(7.0,))
    planned = plan(replace(PROTOCOL, phases=(daily,)), start_on=START, sessions=3)

    assert [(one.on - START).days for one in planned] == [0, 1, 2]
    assert [one.latest for one in planned] == [one.on for one in planned]


def test_without_a_wish_the_first_allowed_dose_is_planned():
    assert {one.dose_mg for one in plan(PROTOCOL, start_on=START, sessions=3)} == {56}


@pytest.mark.parametrize(
    ("session", "label"),
    [
        (1, "session 1 of 8, induction week 1"),
        (5, "session 5 of 8, induction week 3"),
        (9, "session 9 of 12, optimization week 5"),
        (15, "session 15, maintenance"),
    ],
)
def test_a_session_is_called_as_the_floor_calls_it(session, label):
    assert session_label(PROTOCOL, session) == label


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(2, 60))
def test_sessions_never_overlap_and_follow_one_another(start_on, sessions):
    planned = plan(PROTOCOL, start_on=start_on, sessions=sessions, dose_mg=84)

    for earlier, later in pairwise(planned):
        assert earlier.latest < later.earliest
        assert earlier.week <= later.week


def test_a_course_without_an_open_end_is_a_broken_protocol():
    with pytest.raises(AssertionError, match="sessions count from 1"):
        phase_of(PROTOCOL, 0)
    with pytest.raises(AssertionError, match="no open-ended phase"):
        phase_of(replace(PROTOCOL, phases=PROTOCOL.phases[:1]), 9)


def test_a_protocol_is_read_in_the_order_of_the_day():
    titles = [title for title, _rules in PROTOCOL.rule_groups]

    assert titles == ["Before each dose", "Alerts", "Cautions", "Before leaving"]


@pytest.mark.parametrize("dose_mg", [0, -5])
def test_a_plan_of_no_dose_is_refused(dose_mg):
    with pytest.raises(InputError, match="is no dose; give one above 0"):
        plan(PROTOCOL, start_on=START, sessions=2, dose_mg=dose_mg)


def test_without_a_weight_the_milligrams_alone_are_held_against_the_hard_limit():
    infusion = library.load().protocol("ketamine-iv")
    moment = Moment(datetime(2025, 9, 1, tzinfo=UTC), {}, {}, {})
    with pytest.raises(InputError, match="101 mg is above the hard limit"):
        plan(infusion, start_on=START, sessions=1, dose_mg=101, moment=moment)
    [one] = plan(infusion, start_on=START, sessions=1, dose_mg=100, moment=moment)
    assert one.dose_mg is None
