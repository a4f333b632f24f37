"""An alert of a reading that was entered late is told at the reading's own time."""

from datetime import timedelta

import pytest

from serein.server.alerts.models import Alert
from serein.server.treatment import actions, queries
from serein.server.treatment.paper.chart import story
from serein.server.treatment.paper.record import record_content
from tests.server.treatment.day import CALM
from tests.server.treatment.screens import draw_pages

pytestmark = pytest.mark.usefixtures("server_clock")
WORDS = "Blood pressure 180/110 or above"
LATE_MIN = 17


@pytest.fixture
def late(day):
    """A severe pressure that was typed in seventeen minutes after it was measured."""
    day.dose()
    measured_at = day.now
    day.later(LATE_MIN)
    values = {**CALM, "bp.systolic": 185}
    day.act(actions.record_vitals, values=values, at=measured_at, reason="hands full")
    return Alert.objects.get(rule="pressure-severe")


def clock(day, at):
    return f"{at.astimezone(day.session.clinic.zone):%H:%M}"


def both(day):
    return f"{clock(day, day.now - timedelta(minutes=LATE_MIN))}, entered {clock(day, day.now)}"


def events(day):
    return record_content(day.session, by=day.nurse, now=day.now)["events"]


def marks(day):
    known = queries.known(day.session)
    reading = queries.read(day.session, known, now=day.now)
    drawn = story(day.session, known, reading, alerts=queries.all_alerts(day.session))
    return {mark.words: mark.at for mark in drawn.events}


def test_banner_and_list_say_when_it_was_and_when_it_was_entered(day, late):
    page = draw_pages(day)

    banner = page.split('id="danger"')[0]
    card = page.split(f'id="alert-{late.id}"')[1].split("</li>")[0]
    assert both(day) in banner
    assert both(day) in card


def test_the_triangle_stands_at_the_readings_own_time(day, late):
    assert marks(day)[WORDS] == late.raised_at - timedelta(minutes=LATE_MIN)


def test_the_record_tells_it_at_that_time_and_when_it_was_entered(day, late):
    [line] = [one for one in events(day) if WORDS in one]

    assert line.startswith(clock(day, late.raised_at - timedelta(minutes=LATE_MIN)))
    assert f"entered {clock(day, late.raised_at)}" in line


def test_one_entered_at_once_says_no_time_of_entry(day):
    day.dose()
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})

    assert ", entered" not in draw_pages(day).split('id="danger"')[0]
    assert "entered" not in next(one for one in events(day) if WORDS in one)


def test_a_check_that_nobody_made_was_missed_when_it_was_raised(day):
    day.dose()
    day.later(55)
    [missed] = actions.raise_overdue(day.session, now=day.now)

    assert marks(day)[missed.text] == day.now
