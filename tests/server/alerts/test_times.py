"""The list of alerts tells when the reading was taken, and when it was entered if that is later."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from serein.clinical.criteria import Judgement, Source, Verdict
from serein.clinical.facts import Fact
from serein.clinical.rules import Fired
from serein.server import clock
from serein.server.alerts.actions import raise_alerts
from serein.server.alerts.models import Alert
from serein.server.ids import new_id
from serein.server.treatment import actions
from serein.server.treatment.paper.told import told_of_visits
from serein.server.treatment.tasks import sweep_overdue
from tests.server.treatment.day import CALM

pytestmark = pytest.mark.usefixtures("server_clock")
HIGH = {**CALM, "bp.systolic": 165}


@pytest.fixture
def listed(day, signed_in):
    def shown():
        clock.set_to(day.now, frozen=True)
        page = signed_in(day.nurse).get("/alerts/").content.decode()
        return [part.split("</span>")[0] for part in page.split('· <span class="num">')[1:]]

    return shown


def said(day, at):
    local = at.astimezone(day.session.clinic.zone)
    return f"{local.day} {local:%b %H:%M}"


def test_a_reading_entered_late_has_its_own_time_and_that_of_its_entry(day, listed):
    day.later(40)
    taken_at = day.now - timedelta(minutes=25)
    day.act(actions.record_vitals, values=HIGH, at=taken_at, reason="the tablet was away")

    assert listed() == [f"{said(day, taken_at)}, entered {said(day, day.now)}"]


def test_one_entered_at_once_has_one_time(day, listed):
    day.later(10)
    day.act(actions.record_vitals, values=HIGH)
    taken_at = day.now
    day.later(30)

    assert listed() == [said(day, taken_at)]


def test_one_entered_within_a_few_minutes_has_the_time_of_its_reading(day, listed):
    day.later(10)
    taken_at = day.now - timedelta(minutes=3)
    day.act(actions.record_vitals, values=HIGH, at=taken_at)

    assert listed() == [said(day, taken_at)]


def test_a_check_that_nobody_made_has_the_time_at_which_it_was_missed(day, listed):
    day.dose()
    day.later(60)
    sweep_overdue(now=day.now)

    assert said(day, day.now) in listed()


@pytest.mark.parametrize(("minutes", "is_late"), [(4, False), (5, True)])
def test_outside_a_visit_the_answer_behind_it_says_when(day, patient, minutes, is_late):
    answer = Fact(new_id(), "phq-9.item-9", 2, day.now - timedelta(minutes=minutes), day.now)
    judgement = Judgement(Verdict.MET, (answer,), (), ())
    hit = Fired("r", "Item 9", "now", "prescriber", "", judgement, Source("s"), True, False)
    raise_alerts(patient, [hit], encounter=None, now=day.now, content=("phq-9", 1))

    [told] = told_of_visits(Alert.objects.all(), prescribers=())
    assert (told.at, told.is_late) == (answer.effective_at, is_late)


def test_however_many_are_open_the_list_asks_no_more_of_the_database(day):
    def asked():
        with CaptureQueriesContext(connection) as statements:
            told_of_visits(Alert.objects.all(), prescribers=())
        return len(statements)

    day.act(actions.record_vitals, values=HIGH)
    first = asked()
    day.act(actions.record_danger_sign, code="danger.chest-pain")

    assert asked() == first
