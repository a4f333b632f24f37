"""What still calls for somebody after its visit is on the strip, and on the wall by first name."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from serein.server import clock
from serein.server.alerts.models import Alert
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.floor import tiles
from serein.server.treatment.floor.strip import calls_of_ended, of_ended, strip
from tests.server.treatment.day import CALM

pytestmark = pytest.mark.usefixtures("server_clock")


@pytest.fixture
def look(day, signed_in):
    """What this person is shown at this address."""

    def get(at="/floor/strip/", by=None):
        clock.set_to(day.now, frozen=True)
        tiles.forget()
        answer = signed_in(by or day.nurse).get(at)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


@pytest.fixture
def transferred(day):
    """To the hospital, and nobody is recorded as told."""
    day.dose()
    day.act(actions.end_session, kind="transfer", state="fainted")
    day.later(2)
    return day


@pytest.fixture
def gone(day):
    """Released well ten minutes ago."""
    day.dose()
    day.watch()
    day.release()
    day.later(10)
    return day


def test_the_duties_of_a_transfer_stand_on_the_strip_with_the_name_and_the_way_there(
    transferred, look
):
    shown = look()

    assert "strip__item--alert" in shown
    assert "R. Nowak" in shown
    assert "visit over" in shown
    assert f"/sessions/{transferred.session.pk}/#alerts" in shown
    assert "Nothing is due." not in shown


def test_the_wall_names_them_by_first_name_and_initial(transferred, look):
    shown = look("/floor/strip/?wall=1")

    assert "Rita N." in shown
    assert "Nowak" not in shown
    assert "/sessions/" not in shown
    assert "strip__item--alert" in look("/floor/wall/")


def test_whoever_may_not_see_sessions_is_told_nothing(transferred, look, desk):
    assert "Rita" not in look(by=desk)


def test_no_other_clinic_is_told(transferred, owen):
    assert calls_of_ended(transferred.session.clinic)
    other = owen.memberships.first().clinic
    assert other != transferred.session.clinic
    assert calls_of_ended(other) == []


def test_a_danger_sign_after_the_visit_is_on_the_strip_until_it_is_closed(gone, look):
    assert "visit over" not in look()
    [alert] = gone.act(actions.record_danger_sign, code="danger.seizure")
    assert "Seizure" in look()

    actions.acknowledge_alert(alert, by=gone.prescriber, now=gone.now)
    shown = look()
    assert "seen, still open" in shown
    assert "strip__item--alert" not in shown

    actions.resolve_alert(alert, by=gone.prescriber, now=gone.now, resolution="went home")
    assert "Seizure" not in look()


def test_one_taken_back_after_the_visit_calls_nobody(gone, look):
    gone.act(actions.record_danger_sign, code="danger.seizure")
    fact = FactRow.objects.get(code="danger.seizure")
    gone.act(actions.correct_reading, wrong=fact.pk, value=False, reason="another patient")

    assert "Seizure" not in look()


def test_what_was_in_the_visit_is_owed_and_calls_nobody_to_the_floor(day, look):
    day.dose()
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    day.later(1)
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")

    assert "Chest pain" not in look()


def test_a_sign_of_a_running_visit_stands_there_once(day, look):
    day.act(actions.record_vitals, values=CALM)
    day.act(actions.record_danger_sign, code="danger.chest-pain")

    shown = look()

    assert shown.count("Chest pain") == 1
    assert "visit over" not in shown


def test_a_visit_is_one_entry_and_what_has_no_room_is_counted(transferred):
    calls = calls_of_ended(transferred.session.clinic)
    entries = of_ended(calls)
    assert len(calls) > len(entries) == 1

    shown = strip([*entries * 6])
    assert (len(shown.entries), shown.others, shown.ended) == (4, [], 2)


def test_the_strip_asks_the_database_once_more_however_many_are_owed(transferred):
    clinic = transferred.session.clinic

    def asked():
        with CaptureQueriesContext(connection) as captured:
            calls_of_ended(clinic)
        return len(captured)

    many = asked()
    Alert.objects.update(resolved_at=transferred.now + timedelta(minutes=1))
    assert asked() == many == 1
