"""Many alerts at once: the most urgent are said, the rest counted, and nothing due is hidden."""

import pytest

from serein.server.alerts.models import Alert
from serein.server.treatment import actions, queries
from serein.server.treatment.floor import board
from serein.server.treatment.session.page import MOST_BANNERS
from tests.server.treatment.acts import ready, telephone
from tests.server.treatment.day import CALM
from tests.server.treatment.screens import draw_pages

SIGNS = [sign.code for sign in queries.observations().danger]


@pytest.fixture
def face(day, clinic, alvarez):
    def of():
        [tile] = queries.floor(alvarez, clinic, now=day.now)
        return board.face(tile, observations=queries.observations())

    return of


def head(day):
    return draw_pages(day).split('id="danger"')[0]


@pytest.mark.usefixtures("server_clock")
def test_three_banners_stand_above_the_danger_signs_and_the_rest_is_counted(day):
    telephone(day)
    for sign in SIGNS:
        day.act(actions.record_danger_sign, code=sign)
    many = Alert.objects.count()
    assert many > MOST_BANNERS == 3

    shown = head(day)

    assert shown.count("alertline ") + shown.count('alertline"') == MOST_BANNERS
    assert f"{many - MOST_BANNERS} more in the list" in shown
    assert "A telephone order waits" not in shown
    assert draw_pages(day).count('class="alarm" id="alert-') == many


@pytest.mark.usefixtures("server_clock")
def test_with_three_at_most_nothing_is_counted(day):
    for sign in SIGNS[:3]:
        day.act(actions.record_danger_sign, code=sign)

    assert "more in the list" not in head(day)


@pytest.mark.usefixtures("server_clock")
def test_one_taken_back_gives_its_banner_to_what_still_stands(day):
    for sign in SIGNS[:4]:
        day.act(actions.record_danger_sign, code=sign)
        day.later(1)
    last = max(queries.known(day.session), key=lambda fact: fact.recorded_at)
    day.act(actions.correct_reading, wrong=last.id, value=False, reason="wrong patient")

    shown = head(day)

    assert "the reading behind this was corrected" not in shown
    assert "1 more in the list" in shown


@pytest.mark.usefixtures("server_clock")
def test_what_may_follow_has_another_sign_and_colour_than_what_is_soon(day):
    telephone(day)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 162})

    later, soon = (
        next(part for part in head(day).split("<a ") if words in part)
        for words in ("A telephone order waits", "Blood pressure")
    )

    assert "tile__alert--follow-up" in later
    assert ">○<" in later
    assert "tile__alert--soon" in soon
    assert ">▲<" in soon


def test_an_overdue_device_is_on_the_tile_however_many_alerts_stand_before_it(day, face):
    ready(day)
    day.device(1)
    day.later(25)
    assert [chip.words for chip in face().devices][-1] == "▲ Device 2: overdue"
    for sign in SIGNS:
        day.act(actions.record_danger_sign, code=sign)

    shown = face()

    assert shown.more_alerts
    assert shown.devices[-1].words == "▲ Device 2: overdue"
    assert shown.devices[-1].tone == "act"


def test_a_device_that_is_not_overdue_is_only_to_come(day, face):
    ready(day)
    day.device(1)
    day.later(5)

    assert face().devices[-1].words == "2 –"
