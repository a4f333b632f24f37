"""A wait is over by the clock where the hour is known, and by the newest answer where it is not."""

from dataclasses import replace

import pytest

from serein.clinical.criteria import Moment
from serein.clinical.facts import Chart
from serein.clinical.waits import wait_values, waits_end_at
from tests.clinical.chart import VISIT, at, fact, gate, ready, without


def by_code(*told):
    return Chart.of(told).by_code


def test_the_newest_meal_is_the_one_that_is_waited_for(protocol):
    first, last = protocol.waits[0], protocol.waits[-1]
    told = [fact(first.code, True, "07:00"), fact(first.code, True, "07:30")]
    moment = Moment(at("08:00"), by_code(*told, fact(last.code, True, "06:00")))

    assert waits_end_at(protocol, moment) == max(at("07:30") + first.span, at("06:00") + last.span)
    assert wait_values(protocol, moment.by_code, now=at("08:00"))[first.fact].evidence == (told[1],)


def test_the_newest_answer_stands_where_the_hour_is_not_known(protocol):
    wait = protocol.waits[0]
    told = [fact(wait.asked, False, "08:00"), fact(wait.asked, True, "08:10")]

    found = wait_values(protocol, by_code(*told), now=at("08:20"))[wait.fact]

    assert (found.value, found.at, found.evidence) == (True, at("08:10"), (told[1],))


def test_a_wait_nobody_asked_about_is_unknown_and_says_what_is_missing(protocol):
    wait = protocol.waits[0]

    found = wait_values(protocol, {}, now=at("08:20"))[wait.fact]

    assert (found.value, found.missing) == (None, (wait.asked,))
    assert waits_end_at(protocol, Moment(at("08:20"), {})) is None


@pytest.mark.parametrize("visit", [None, VISIT], ids=["without visit ids", "of a visit"])
def test_a_meal_before_the_seating_is_waited_for_whatever_visit_it_is_written_in(read, visit):
    told = [replace(each, encounter=visit) for each in without(ready(), "fasting.food")]
    meal = fact("intake.food", True, "07:10", encounter=None)
    reading = read([*told, meal], "08:30")

    assert gate(reading, "food").verdict == "unmet"
    assert reading.earliest_dose_at == at("09:10")
    assert gate(read([*told, meal], "09:10"), "food").is_met


@pytest.mark.parametrize("visit", [None, VISIT], ids=["without visit ids", "of a visit"])
def test_a_meal_whose_time_was_over_at_the_seating_answers_no_question_of_the_day(read, visit):
    told = [replace(each, encounter=visit) for each in without(ready(), "fasting.food")]
    meal = fact("intake.food", True, "06:15", encounter=None)

    assert gate(read([*told, meal], "08:30"), "food").verdict == "unknown"
