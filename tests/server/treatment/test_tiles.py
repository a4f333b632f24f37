"""A tile drawn before is sent again only while it is true, and only to who may see it."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from serein.server import clock
from serein.server.accounts import idle
from serein.server.alerts.models import Alert
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.floor import tiles
from tests.server.treatment.day import CALM


@pytest.fixture
def tile(day, server_clock, signed_in):
    """What this person's tablet shows of the chair."""
    tiles.forget()

    def get(user, **words):
        answer = signed_in(user).get(f"/floor/chairs/{day.session.chair_id}/", words)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


def test_a_reading_is_on_the_next_tile(day, tile, alvarez):
    assert "128/82" not in tile(alvarez)
    day.act(actions.record_vitals, values=CALM)
    assert "128/82" in tile(alvarez)


def test_an_alert_that_is_seen_changes_the_tile(day, tile, alvarez, now):
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    assert "Seen · " not in tile(alvarez)

    Alert.objects.update(acknowledged_at=now, acknowledged_by=alvarez)
    assert "Seen · Chest pain" in tile(alvarez)


def test_a_fact_that_outlives_the_visit_changes_the_tile_though_no_act_touched_the_chair(
    day, tile, alvarez, now
):
    day.check()
    clock.set_to(now + timedelta(minutes=1), frozen=True)
    before = tile(alvarez)
    later = now + timedelta(seconds=30)
    FactRow.objects.create(
        id=new_id(),
        clinic=day.session.clinic,
        patient=day.session.patient,
        code="rems.enrolled",
        value=False,
        effective_at=later,
        recorded_at=later,
        source="an import",
    )
    assert "3 open before the dose" in before
    assert "4 open before the dose" in tile(alvarez)


def test_a_name_that_is_corrected_is_on_the_next_tile(day, tile, alvarez):
    assert "Nowak" in tile(alvarez)
    day.session.patient.family_name = "Novak"
    day.session.patient.save()
    assert "Novak" in tile(alvarez)


def test_time_alone_changes_the_tile_when_something_becomes_overdue(day, tile, alvarez, now):
    assert "tile--act" not in tile(alvarez)
    clock.set_to(now + timedelta(minutes=21), frozen=True)
    assert "tile--act" in tile(alvarez)


def test_a_clock_that_goes_back_shows_the_tile_of_that_time(day, tile, alvarez, now):
    clock.set_to(now + timedelta(minutes=21), frozen=True)
    assert "tile--act" in tile(alvarez)
    clock.set_to(now, frozen=True)
    assert "tile--act" not in tile(alvarez)


def test_the_desk_is_never_sent_what_a_nurse_has_drawn(day, tile, alvarez, desk):
    day.check()
    assert "128/82" in tile(alvarez)
    assert "128/82" not in tile(desk)
    assert "128/82" in tile(alvarez)


def test_the_wall_and_the_tablet_are_drawn_apart(day, tile, alvarez):
    assert "R. Nowak" in tile(alvarez)
    assert "R. Nowak" not in tile(alvarez, wall=1)
    assert "Rita N." in tile(alvarez, wall=1)


def test_an_empty_chair_carries_each_persons_own_token(
    day, chair, signed_in, alvarez, server_clock
):
    day.check()
    day.act(actions.end_session, kind="not-dosed", told="nobody", state="well", reason="felt ill")

    def token():
        page = signed_in(alvarez).get(f"/floor/chairs/{chair.id}/").content.decode()
        return page.split("csrfmiddlewaretoken")[1][:90]

    assert token() != token()


def test_owen_gets_no_tile_however_often_it_was_drawn(day, tile, owen, signed_in, alvarez):
    tile(alvarez)
    assert signed_in(owen).get(f"/floor/chairs/{day.session.chair_id}/").status_code == 404


@pytest.fixture
def left_alone(day, signed_in, alvarez, server_clock):
    """A tablet that nobody has touched for longer than the house allows."""
    tablet = signed_in(alvarez)
    away(tablet, minutes=settings.SEREIN_IDLE_MIN + 1)
    return tablet


def away(tablet, *, minutes):
    session = tablet.session
    session["seen_s"] = int(time.time()) - minutes * 60
    session.save()


def address(day, name, **asked):
    return reverse(name, args=[day.session.chair_id] if name == "tile" else [], query=asked)


@pytest.mark.parametrize("name", ["tile", "strip"])
def test_an_idle_tablet_is_sent_no_patient_and_ends_at_the_sign_in(day, left_alone, name):
    answer = left_alone.get(address(day, name), headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert b"Nowak" not in answer.content
    assert left_alone.get("/floor/")["Location"].startswith("/account/login/")


@pytest.mark.parametrize("name", ["wall", "tile", "strip"])
def test_a_wall_that_nobody_touches_goes_on_and_opens_nothing_else(day, left_alone, name):
    answer = left_alone.get(address(day, name, wall=1))

    assert answer.status_code == 200
    assert b"Nowak" not in answer.content
    assert left_alone.get("/floor/")["Location"].startswith("/account/login/")


@pytest.mark.parametrize("name", ["tile", "strip", "session"])
def test_what_a_page_fetches_by_itself_keeps_nobody_signed_in(day, signed_in, alvarez, name):
    tablet = signed_in(alvarez)
    away(tablet, minutes=settings.SEREIN_IDLE_MIN - 1)
    before = tablet.session["seen_s"]
    there = address(day, name) if name != "session" else reverse(name, args=[day.session.pk])

    assert tablet.get(there, headers={idle.BY_ITSELF: "1"}).status_code == 200
    assert tablet.session["seen_s"] == before

    assert tablet.get(there).status_code == 200
    assert tablet.session["seen_s"] > before
