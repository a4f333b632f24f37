"""An alert whose reading was wrong is calm wherever it is shown, and says what became of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from serein.server import clock
from serein.server.alerts.models import Alert
from serein.server.patients.models import FactRow
from serein.server.treatment import actions, queries
from serein.server.treatment.floor import board, tiles
from serein.server.treatment.paper.record import record_content
from tests.server.treatment.day import CALM
from tests.server.treatment.screens import draw_pages

pytestmark = pytest.mark.usefixtures("server_clock")
WRONG = "danger.seizure"
WORDS = "Seizure"


@pytest.fixture
def wrong(day):
    """A danger sign that was tapped by mistake and corrected four minutes later."""
    day.dose()
    day.act(actions.record_danger_sign, code=WRONG)
    day.later(4)
    correct(day)
    return Alert.objects.get(rule="danger-seizure")


def correct(day, *, code=WRONG, value=False):
    fact = FactRow.objects.filter(code=code, replaced_by=None).latest("effective_at")
    day.act(actions.correct_reading, wrong=fact.pk, value=value, reason="wrong patient")


def page(day, signed_in, at):
    clock.set_to(day.now, frozen=True)
    tiles.forget()
    answer = signed_in(day.nurse).get(at)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def face(day, clinic, alvarez):
    def of():
        [tile] = queries.floor(alvarez, clinic, now=day.now)
        return board.face(tile, observations=queries.observations())

    return of


@pytest.mark.parametrize("at", ["/floor/", "/floor/wall/"])
def test_floor_and_wall_draw_it_calm_and_ask_to_close_it(day, wrong, signed_in, at):
    shown = page(day, signed_in, at)

    assert "tile__alert--past" in shown
    assert f"corrected: close it · {WORDS}" in shown
    assert "tile__alert--now" not in shown
    assert "tile--act" not in shown


def test_a_tile_of_one_that_still_calls_stays_red(day, wrong, signed_in):
    day.act(actions.record_danger_sign, code=WRONG)

    assert "tile__alert--now" in page(day, signed_in, "/floor/")


def test_it_hides_no_alert_that_still_stands(day, wrong, face):
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 162})

    shown = face()

    assert wrong.rule not in [alert.rule for alert in shown.alerts]
    assert len(shown.alerts) == 2
    assert shown.more_alerts == 1


def test_a_wrong_pressure_asks_for_no_recheck_and_nothing_is_out_of_limits(day, face):
    day.dose()
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 165})
    assert face().tone == "act"
    day.later(1)
    correct(day, code="bp.systolic", value=125)

    assert face().tone != "act"
    assert not any(value.is_out for value in face().values)


def test_the_tile_asks_the_database_nothing_more_for_it(day, wrong, clinic, alvarez):
    with CaptureQueriesContext(connection) as with_wrong:
        [tile] = queries.floor(alvarez, clinic, now=day.now)
        assert tile.taken_back == {wrong.id}
    Alert.objects.all().delete()
    with CaptureQueriesContext(connection) as without:
        queries.floor(alvarez, clinic, now=day.now)

    assert len(with_wrong) == len(without)


def test_the_list_of_alerts_says_corrected_and_where_the_patient_sits(day, wrong, signed_in):
    shown = page(day, signed_in, "/alerts/")

    assert "○ corrected" in shown
    assert "▲ now" not in shown
    assert "chair 1" in shown
    assert "Close: the reading was wrong" in shown


def test_the_head_of_the_chart_shows_it_calm(day, wrong, signed_in):
    shown = page(day, signed_in, f"/patients/{day.session.patient_id}/")

    assert f"corrected: close it: {WORDS}" in shown
    assert f"▲ {WORDS}" not in shown


def test_the_head_of_the_chart_shows_what_still_calls_as_it_is(day, signed_in):
    day.dose()
    day.act(actions.record_danger_sign, code=WRONG)

    assert f"▲ {WORDS}" in page(day, signed_in, f"/patients/{day.session.patient_id}/")


def test_the_record_says_what_it_was_corrected_to_when_and_by_whom(day, wrong):
    events = record_content(day.session, by=day.nurse, now=day.now)["events"]

    [line] = [one for one in events if f"○ {WORDS}" in one]
    at = day.now.astimezone(day.session.clinic.zone)
    assert f"was corrected to no at {at:%H:%M} by {day.nurse}; still open" in line


def test_the_card_of_the_page_is_calm_while_nothing_else_is_open(day, wrong):
    assert "○ To be closed" in draw_pages(day)

    day.act(actions.record_danger_sign, code="danger.chest-pain")

    assert "▲ To be closed" in draw_pages(day)
