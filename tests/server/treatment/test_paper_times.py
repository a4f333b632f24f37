"""What happened on paper is entered later, at its own time by the wall clock."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from serein.clinical.errors import InputError
from serein.server import clock
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.forms.entries import on_the_wall
from serein.server.treatment.models import Dose, Order, Session
from serein.server.treatment.paper.record import record_content
from tests.server.treatment.day import ANSWERS, CALM, sit_down
from tests.server.treatment.screens import draw_pages

pytestmark = pytest.mark.usefixtures("server_clock")
NEW_YORK = ZoneInfo("America/New_York")
LATE = {"is_already_given": True, "reason": "on paper"}


def local(year, month, day, hour, minute, fold=0):
    return datetime(year, month, day, hour, minute, tzinfo=NEW_YORK, fold=fold)


@pytest.mark.parametrize(
    ("now", "typed", "meant"),
    [
        (local(2025, 10, 14, 14, 10), time(14, 5), local(2025, 10, 14, 14, 5)),
        (local(2025, 10, 15, 0, 10), time(23, 58), local(2025, 10, 14, 23, 58)),
        (local(2025, 10, 14, 14, 10), time(14, 11), local(2025, 10, 14, 14, 11)),
        (local(2025, 10, 14, 23, 58), time(0, 2), local(2025, 10, 15, 0, 2)),
        (local(2025, 10, 14, 14, 10), time(15, 0), local(2025, 10, 13, 15, 0)),
    ],
)
def test_a_typed_time_is_the_last_one_of_its_name(now, typed, meant):
    assert on_the_wall(typed, now=now, zone=NEW_YORK) == meant


@pytest.mark.parametrize(
    ("now", "typed", "minutes"),
    [
        (local(2025, 11, 2, 1, 35, fold=1), time(1, 30), 5),
        (local(2025, 11, 2, 1, 35), time(1, 30), 5),
        (local(2025, 11, 2, 1, 10, fold=1), time(1, 50), 20),
        (local(2025, 11, 2, 1, 55), time(1, 0), 55),
    ],
)
def test_of_an_hour_that_the_clocks_repeat_the_nearer_one_is_meant(now, typed, minutes):
    moment = on_the_wall(typed, now=now, zone=NEW_YORK)

    assert now.astimezone(UTC) - moment == timedelta(minutes=minutes)


def test_a_day_that_is_named_is_the_day_that_is_meant():
    now = local(2025, 10, 14, 14, 10)
    typed = {"typed": time(9, 0), "now": now, "zone": NEW_YORK}

    assert on_the_wall(**typed, on=date(2025, 10, 12)) == local(2025, 10, 12, 9, 0)
    assert on_the_wall(**typed, on=date(2025, 10, 15)) == local(2025, 10, 15, 9, 0)
    assert on_the_wall(None, now=now, zone=NEW_YORK) is None


@pytest.fixture
def send(day, signed_in):
    def post(path, by=None, **typed):
        clock.set_to(day.now, frozen=True)
        words = {"entry": uuid.uuid4(), "patient": day.session.patient_id, **typed}
        return signed_in(by or day.nurse).post(f"/sessions/{day.session.pk}/{path}/", words)

    return post


def typed_at(day, minutes):
    at = (day.now - timedelta(minutes=minutes)).astimezone(day.session.clinic.zone)
    return {"at": f"{at:%H:%M}", "reason": "on paper"}


def test_a_day_without_its_time_is_sent_back(send):
    answer = send("note", text="late", on="2025-10-13")

    assert answer.status_code == 400
    assert "Enter the time of that day too" in answer.content.decode()


def test_a_morning_on_paper_is_entered_in_the_afternoon(chair, course, alvarez, lind, now):
    seated_at = now - timedelta(hours=6)
    day = sit_down(
        chair, course, nurse=alvarez, prescriber=lind, now=now, at=seated_at, reason="power cut"
    )
    day.act(actions.record_checks, answers=ANSWERS, at=seated_at, reason="power cut")
    measured_at = seated_at + timedelta(minutes=5)
    day.act(actions.record_vitals, values=CALM, at=measured_at, reason="power cut")
    day.order(at=seated_at + timedelta(minutes=10), reason="power cut")
    given_at = seated_at + timedelta(minutes=15)

    dose = day.device(1, at=given_at, is_already_given=True, reason="power cut")

    assert (dose.given_at, dose.outside_gate) == (given_at, [])
    assert Event.objects.filter(verb="treatment.seat").get().details["late"] is True
    assert "power cut" in FactRow.objects.get(code="check.identity").reason


def test_a_seating_takes_its_time_from_the_page(chair, course, signed_in, alvarez, now):
    typed = {
        "entry": uuid.uuid4(),
        "course": course.pk,
        "identifiers": ["name", "birth date"],
        "at": f"{(now - timedelta(hours=5)).astimezone(chair.clinic.zone):%H:%M}",
    }
    clock.set_to(now, frozen=True)
    tablet = signed_in(alvarez)
    refused = tablet.post(f"/seat/{chair.pk}/", typed)
    assert refused.status_code == 400
    assert typed["at"] in refused.content.decode()

    assert tablet.post(f"/seat/{chair.pk}/", {**typed, "reason": "on paper"}).status_code == 302
    assert now - Session.objects.get().seated_at > timedelta(hours=5)


def test_an_order_on_paper_keeps_when_it_was_given_and_when_it_was_entered(day, send):
    day.check()
    day.later(30)

    assert send("order", by=day.prescriber, dose_mg="56", at="").status_code == 302
    assert send("order", by=day.prescriber, dose_mg="56", **typed_at(day, 20)).status_code == 302

    paper = Order.objects.earliest("ordered_at")
    assert paper.recorded_at == day.now
    assert paper.facts()[0].recorded_at == day.now
    assert "entered 20 min later" in draw_pages(day)


def test_an_order_of_the_past_says_why_and_lies_within_the_visit(day):
    day.later(30)
    with pytest.raises(InputError, match="Say why"):
        day.order(at=day.now - timedelta(minutes=20))
    with pytest.raises(InputError, match="not come yet"):
        day.order(at=day.now + timedelta(minutes=20))


def test_an_order_on_paper_is_entered_even_after_the_end(day):
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")
    day.later(10)

    order = day.order(at=day.session.seated_at, reason="on paper")

    assert order.ordered_at == day.session.seated_at


def test_a_release_takes_its_own_time_from_the_page(day, send):
    day.dose()
    day.watch()
    day.later(20)
    home = dict.fromkeys(
        ("is_escort_seen", "is_acknowledged_by_patient", "is_acknowledged_by_escort"), "on"
    )

    assert send("release", **home, **typed_at(day, 15)).status_code == 302

    assert day.now - Session.objects.get().ended_at > timedelta(minutes=14)


def test_a_decision_made_before_the_device_is_entered_after_it_with_its_time(day, send):
    day.check()
    day.later(2)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 152})
    day.order()
    day.later(8)
    day.device(1, **LATE)
    words = {"rule": "baseline-pressure", "reason": "usual for this patient"}
    refused = send("decision", by=day.prescriber, **words)
    assert refused.status_code == 400
    assert "enter when you decided" in refused.content.decode()

    answer = send("decision", by=day.prescriber, **{**typed_at(day, 5), **words})

    assert answer.status_code == 302


def test_a_device_given_without_its_lot_is_stored_marked_and_asked_for(day, send):
    day.check()
    day.order()

    answer = send("device", step=1, outcome="given", lot="", is_already_given="on")

    assert answer.status_code == 302
    dose = Dose.objects.get()
    assert dose.lot == ""
    duty = Alert.objects.get(rule="lot-unknown.1")
    assert (duty.for_role, duty.urgency, duty.resolved_at) == ("nurse", "follow-up", None)
    assert "lot not known" in draw_pages(day)
    [row] = record_content(day.session, by=day.nurse, now=day.now)["devices"]
    assert "lot not known" in row

    day.act(actions.correct_dose, wrong=dose.pk, outcome="given", lot="B12", reason="on the box")

    duty.refresh_from_db()
    assert duty.resolved_at == day.now


def test_a_device_without_a_lot_can_be_corrected_in_something_else(day):
    day.check()
    day.order()
    wrong = day.device(1, lot="", **LATE).pk

    day.act(actions.correct_dose, wrong=wrong, outcome="partly", lot="", reason="half of it")

    assert Alert.objects.get(rule="lot-unknown.1").resolved_at is None


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01"])
def test_a_day_that_no_clock_shows_is_sent_back_with_what_was_typed(send, on):
    typed = {"text": "asked for a blanket", "on": on, "at": "23:59", "reason": "late"}
    answer = send("note", **typed)

    assert answer.status_code == 400
    assert "Enter a day from this century" in answer.content.decode()
    assert "asked for a blanket" in answer.content.decode()


def test_a_seating_on_a_day_that_no_clock_shows_is_sent_back(
    chair, course, signed_in, alvarez, server_clock
):
    typed = {
        "entry": uuid.uuid4(),
        "course": course.pk,
        "identifiers": ["name", "document"],
        "on": "9999-12-31",
        "at": "23:59",
        "reason": "entered late",
    }

    answer = signed_in(alvarez).post(f"/seat/{chair.pk}/", typed)

    assert answer.status_code == 400
    assert "Enter a day from this century" in answer.content.decode()
    assert "entered late" in answer.content.decode()
