"""Which total is from before and which from after, to the minute."""

import pytest

from serein.clinical import library
from serein.clinical.comparing import comparable, measure
from serein.clinical.course import course_of
from serein.clinical.facts import Chart
from serein.clinical.outcome_terms import standards_of
from tests.clinical.years import day, dose, known

LIBRARY = library.load()
HALF_A_DAY, A_MINUTE = 0.5, 1 / 1440


def laid(scale, *facts):
    chart = Chart.of(facts, now=day(100))
    return measure(
        chart,
        scale=LIBRARY.instrument(scale),
        course=course_of(chart),
        standards=standards_of(LIBRARY.shelf),
    )


def test_a_total_of_the_very_minute_of_the_first_dose_is_from_before_it():
    one = laid("phq-9", dose(0), known("phq-9.total", 20, 0))

    assert one.baseline is not None
    assert comparable(one).reason == "no PHQ-9 total since the first dose"


@pytest.mark.parametrize(
    ("on", "is_before"),
    [
        (-HALF_A_DAY - A_MINUTE, False),
        (-HALF_A_DAY, True),
        (0, True),
        (A_MINUTE, False),
    ],
)
def test_a_state_is_from_before_the_dose_within_half_a_day_and_up_to_it(on, is_before):
    one = laid("cadss", dose(0), known("cadss.total", 3, on))

    assert (one.baseline is not None) is is_before


@pytest.mark.parametrize(
    ("on", "is_after"),
    [(0, False), (A_MINUTE, True), (HALF_A_DAY, True), (HALF_A_DAY + A_MINUTE, False)],
)
def test_a_state_is_from_after_the_dose_for_half_a_day(on, is_after):
    one = laid("cadss", dose(0), known("cadss.total", 3, on))

    assert bool(one.after_dose) is is_after


def test_a_state_without_a_total_before_says_of_which_dose():
    one = laid("cadss", dose(0), known("cadss.total", 3, 0.02))

    assert comparable(one).reason == "no CADSS total from before the last dose"
    course = laid("phq-9", dose(0), known("phq-9.total", 3, 30))
    assert comparable(course).reason == "no PHQ-9 total from before the first dose"
