"""An alert whose reading was wrong says so, stays open, and is closed with one tap."""

import re

import pytest

from serein.server.alerts import queries
from serein.server.alerts.models import Alert
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.queries import open_alerts
from tests.server.treatment.day import CALM
from tests.server.treatment.screens import draw_pages

pytestmark = pytest.mark.usefixtures("server_clock")
ONE_TAP = "Close: the reading was wrong"


@pytest.fixture
def alert(day):
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})
    day.later(8)
    return Alert.objects.get(rule="pressure-severe")


def correct(day, value):
    wrong = FactRow.objects.filter(code="bp.systolic", replaced_by=None).latest("effective_at")
    day.act(actions.correct_reading, wrong=wrong.pk, value=value, reason="typed wrongly")


def of(alert, page):
    return page.split(f'id="alert-{alert.id}"')[1].split("</li>")[0]


def test_it_says_what_stands_now_who_set_it_right_and_when_and_asks_for_nothing(alert, day):
    assert "Call the prescriber; look" in of(alert, draw_pages(day))
    correct(day, 125)

    told = of(alert, draw_pages(day))

    assert "Systolic blood pressure was corrected to 125 at 10:20 by Rosa Alvarez." in told
    assert "Call the prescriber; look" not in told
    assert alert in open_alerts(day.session)


def test_one_tap_closes_it_with_that_reason(alert, day, signed_in):
    correct(day, 125)
    told = of(alert, draw_pages(day))
    assert ONE_TAP in told
    words = re.search(r'type="hidden" name="resolution" value="([^"]*)"', told)

    signed_in(day.nurse).post(f"/alerts/{alert.id}/resolve/", {"resolution": words and words[1]})

    alert.refresh_from_db()
    assert alert.resolution == (
        "Systolic blood pressure was corrected to 125 at 10:20 by Rosa Alvarez"
    )


def test_what_was_corrected_twice_says_the_newest(alert, day):
    correct(day, 190)
    day.later(1)
    correct(day, 126)

    assert "corrected to 126 at 10:21" in of(alert, draw_pages(day))


def test_one_that_still_calls_on_the_right_value_is_not_closed_with_one_tap(alert, day):
    correct(day, 181)

    told = of(alert, draw_pages(day))

    assert "corrected to 181" in told
    assert "Call the prescriber; look" in told
    assert ONE_TAP not in told


def test_one_that_another_reading_of_the_visit_calls_for_is_not_closed_with_one_tap(alert, day):
    wrong = FactRow.objects.get(code="bp.systolic")
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 190})
    day.act(actions.correct_reading, wrong=wrong.pk, value=125, reason="typed wrongly")

    assert ONE_TAP not in of(alert, draw_pages(day))


def test_the_list_of_alerts_says_it_too(alert, day, signed_in):
    correct(day, 125)

    page = signed_in(day.nurse).get("/alerts/").content.decode()

    assert "Systolic blood pressure was corrected to 125 at 10:20 by Rosa Alvarez" in page


def test_a_correction_of_what_calls_nobody_is_said_of_no_alert(alert, day):
    day.act(actions.record_vitals, values={"heart-rate": 90})
    wrong = FactRow.objects.filter(code="heart-rate").latest("effective_at")
    day.act(actions.correct_reading, wrong=wrong.pk, value=80, reason="typed wrongly")

    assert "was corrected" not in of(alert, draw_pages(day))
    [told] = queries.told([alert], prescribers=[day.prescriber])
    assert told.corrected == []
