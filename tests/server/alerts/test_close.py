"""An alert is open until somebody says what was done; having seen it is not enough."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.server.alerts import actions as alerts
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.treatment import actions
from serein.server.treatment.models import Chair, Dose
from serein.server.treatment.queries import open_alerts, reading
from serein.server.treatment.tasks import sweep_overdue
from tests.server.treatment.day import CALM
from tests.server.treatment.screens import draw_pages

SEVERE = {**CALM, "bp.systolic": 185}


@pytest.fixture
def alert(day):
    day.act(actions.record_vitals, values=SEVERE)
    return Alert.objects.get(rule="pressure-severe")


def test_an_alert_names_its_rule_its_readings_and_where_the_rule_comes_from(alert):
    assert (alert.urgency, alert.for_role) == ("now", "prescriber")
    assert [(one["code"], one["value"]) for one in alert.evidence] == [("bp.systolic", 185)]
    assert alert.source["title"]
    assert alert.source["action"].startswith("Call the prescriber")
    assert "185 mmHg" in alert.source["why"]


@pytest.mark.usefixtures("server_clock")
def test_why_names_protocol_version_and_marks_beside_an_alert_and_beside_a_duty(alert, day):
    day.act(actions.end_session, kind="transfer", told="", state="pale")
    duties = Alert.objects.filter(rule__startswith="transfer.")
    marked = [alert.source, *(duty.source for duty in duties)]

    assert len(marked) > 3
    for source in marked:
        assert (source["protocol"], source["version"]) == ("esketamine-trd-us", 1)
        assert {"title", "checked", "policy"} <= source.keys()
        assert source["title"]
    page = draw_pages(day)
    assert page.count("esketamine-trd-us v1") >= len(marked)
    assert "clinic policy" in page


@pytest.mark.usefixtures("server_clock")
def test_a_rule_nobody_has_checked_says_so_beside_its_alert(alert, day):
    part = draw_pages(day).split('id="alerts"')[1].split('id="now"')[0]
    said = "not yet checked against the source" in part
    assert said is not (alert.source["checked"] or alert.source["policy"])

    alert.source.update(checked=False, policy=False)
    alert.save()
    part = draw_pages(day).split('id="alerts"')[1].split('id="now"')[0]
    assert "not yet checked against the source" in part


@pytest.mark.usefixtures("server_clock")
def test_a_duty_of_the_house_says_that_it_is_clinic_policy(day):
    day.act(actions.stop_treatment)
    wrong = reading(day.session, now=day.now).latest["patient-stopped"].id
    day.act(actions.correct_reading, wrong=wrong, value=False, reason="the wrong button")

    source = Alert.objects.get(rule="stop-taken-back").source
    assert (source["policy"], source["protocol"]) == (True, "esketamine-trd-us")


def test_having_seen_it_leaves_it_open(alert, day):
    seen = alerts.acknowledge_alert(alert, by=day.prescriber, now=day.now)

    assert (seen.acknowledged_by, seen.acknowledged_at) == (day.prescriber, day.now)
    assert alert in open_alerts(day.session)


def test_it_is_closed_with_a_word_on_what_was_done(alert, day):
    with pytest.raises(InputError, match="Say what was done about “Blood pressure 180/110"):
        alerts.resolve_alert(alert, by=day.prescriber, now=day.now, resolution="  ")

    words = {"now": day.now, "resolution": "rested, 150/90"}
    closed = alerts.resolve_alert(alert, by=day.prescriber, **words)

    assert (closed.resolved_by, closed.resolution) == (day.prescriber, "rested, 150/90")
    assert alert not in open_alerts(day.session)


def test_the_second_to_see_it_changes_nothing_and_leaves_no_line(alert, day, osei):
    alerts.acknowledge_alert(alert, by=day.nurse, now=day.now)
    lines = Event.objects.count()

    again = alerts.acknowledge_alert(alert, by=osei, now=day.now)

    assert again.acknowledged_by == day.nurse
    assert Event.objects.count() == lines


@pytest.mark.parametrize("act", ["acknowledge_alert", "resolve_alert"])
def test_each_leaves_one_line_without_what_was_written(alert, day, act):
    words = {"resolution": "Rita Nowak rested"} if act == "resolve_alert" else {}
    lines = Event.objects.count()

    getattr(alerts, act)(alert, by=day.prescriber, now=day.now, **words)

    line = Event.objects.latest("line")
    assert Event.objects.count() == lines + 1
    assert (line.verb, line.details) == (
        f"alerts.{act.removesuffix('_alert')}",
        {"rules": ["pressure-severe", "pressure-high"]},
    )


@pytest.mark.parametrize("act", ["acknowledge_alert", "resolve_alert"])
def test_owen_closes_nothing_here(alert, owen, now, act):
    words = {"resolution": "mine"} if act == "resolve_alert" else {}
    lines = Event.objects.count()

    with pytest.raises(PermissionDenied):
        getattr(alerts, act)(alert, by=owen, now=now, **words)

    alert.refresh_from_db()
    assert (alert.acknowledged_at, alert.resolved_at) == (None, None)
    assert Event.objects.count() == lines


def test_a_closed_alert_stays_closed_on_the_same_reading_and_opens_on_a_new_one(alert, day):
    alerts.resolve_alert(alert, by=day.prescriber, now=day.now, resolution="rested")
    day.act(actions.add_note, text="calm")
    assert not open_alerts(day.session).filter(rule="pressure-severe").exists()
    day.later(5)

    day.act(actions.record_vitals, values=SEVERE)

    assert Alert.objects.filter(rule="pressure-severe").count() == 2


@pytest.mark.parametrize("act", ["acknowledge_alert", "resolve_alert"])
def test_on_the_floor_every_screen_hears_of_it(alert, day, act):
    version = Chair.objects.get().version
    words = {"resolution": "rested"} if act == "resolve_alert" else {}

    getattr(actions, act)(alert, by=day.prescriber, now=day.now, **words)

    assert Chair.objects.get().version == version + 1


@pytest.mark.parametrize("word", ["acknowledge", "resolve"])
def test_the_page_closes_it_by_the_same_door(alert, day, word, signed_in, server_clock):
    version = Chair.objects.get().version

    answer = signed_in(day.prescriber).post(
        f"/alerts/{alert.id}/{word}/", {"resolution": "rested", "next": "/floor/"}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/floor/")
    assert Chair.objects.get().version == version + 1


def test_closing_without_a_word_is_refused_on_the_page(alert, day, signed_in, server_clock):
    answer = signed_in(day.nurse).post(
        f"/alerts/{alert.id}/resolve/", {"next": "https://elsewhere.example/"}, follow=True
    )

    assert answer.request["PATH_INFO"] == "/alerts/"
    assert "Say what the prescriber said" in answer.content.decode()
    alert.refresh_from_db()
    assert alert.resolved_at is None


def test_a_check_nobody_made_is_opened_by_the_sweep_and_only_once(day):
    day.dose()
    day.later(39)
    assert sweep_overdue(now=day.now) == 0
    day.later(1)
    lines = Event.objects.count()
    version = Chair.objects.get().version

    assert sweep_overdue(now=day.now) == 1
    assert sweep_overdue(now=day.now) == 0

    late = Alert.objects.get(rule__startswith="forty-minute")
    assert (late.urgency, late.for_role) == ("now", "nurse")
    assert Event.objects.count() == lines + 1
    assert Event.objects.latest("line").by_id is None
    assert Chair.objects.get().version == version + 1


def test_a_missed_check_settles_once_its_reading_is_entered_and_not_by_a_later_one(day):
    missed = Alert.objects.filter(rule="forty-minute-overdue")
    day.dose()
    given = Dose.objects.earliest("given_at").given_at
    day.now = given + timedelta(minutes=55)
    sweep_overdue(now=day.now)
    day.act(actions.record_vitals, values=CALM)
    late = {"values": CALM, "reason": "hands full"}
    day.act(actions.record_vitals, at=given + timedelta(minutes=52), **late)
    assert missed.get().resolved_at is None

    day.later(5)
    day.act(actions.record_vitals, at=given + timedelta(minutes=45), **late)

    closed = missed.get()
    assert (closed.resolved_by, closed.resolved_at) == (day.nurse, day.now)
    assert closed.resolution == "Taken at 10:57, entered 11:12"
    assert sweep_overdue(now=day.now) == 0


def test_a_sweep_over_an_empty_floor_or_an_ended_visit_opens_nothing(day):
    day.dose()
    day.later(60)
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")
    opened = Alert.objects.count()

    assert actions.raise_overdue(day.session, now=day.now) == []
    assert sweep_overdue(now=day.now) == 0
    assert Alert.objects.count() == opened


def test_a_sweep_that_has_nothing_to_open_costs_six_statements(day, django_assert_max_num_queries):
    day.dose()
    sweep_overdue(now=day.now)

    with django_assert_max_num_queries(6):
        sweep_overdue(now=day.now)


def test_a_word_on_an_alert_answers_every_reading_seen_by_then(alert, day):
    day.later(5)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 183})
    day.later(1)

    actions.resolve_alert(alert, by=day.prescriber, now=day.now, resolution="seen, resting")

    sweep_overdue(now=day.now)
    assert not open_alerts(day.session).filter(rule="pressure-severe").exists()
    alert.refresh_from_db()
    assert [one["value"] for one in alert.evidence] == [185, 183]


def test_a_reading_that_nobody_can_have_read_yet_opens_the_alert_anew(alert, day):
    day.later(5)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 190})

    actions.resolve_alert(alert, by=day.prescriber, now=day.now, resolution="seen, resting")

    sweep_overdue(now=day.now)
    assert open_alerts(day.session).filter(rule="pressure-severe").exists()


def test_another_missed_check_after_a_corrected_device_is_opened_anew(day):
    missed = Alert.objects.filter(rule="forty-minute-overdue", resolved_at=None)
    day.check()
    day.order()
    first = day.device(1)
    day.later(51)
    sweep_overdue(now=day.now)
    actions.resolve_alert(missed.get(), by=day.nurse, now=day.now, resolution="never given")
    sweep_overdue(now=day.now)
    assert not missed.exists()
    words = {"wrong": first.id, "outcome": "never", "lot": "", "reason": "wrong chair"}
    day.act(actions.correct_dose, **words)
    day.act(actions.record_vitals, values=CALM)
    day.device(2)
    day.later(5)
    day.device(3)
    day.later(50)

    sweep_overdue(now=day.now)

    assert missed.count() == 1
