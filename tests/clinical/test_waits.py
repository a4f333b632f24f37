"""A wait is over by the clock where the hour is known, and by the newest answer where it is not."""

from serein.clinical.criteria import Moment
from serein.clinical.facts import Chart
from serein.clinical.waits import wait_values, waits_end_at
from tests.clinical.chart import at, fact


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
