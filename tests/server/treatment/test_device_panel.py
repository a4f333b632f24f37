"""The devices' panel of the session's page: two hands, the rest between devices, its button."""

import re

import pytest

from serein.server.ids import new_id
from serein.server.treatment import actions
from serein.server.treatment.actions import device
from serein.server.treatment.models import Dose
from serein.server.treatment.queries import reading
from tests.server.treatment.screens import draw_pages

pytestmark = pytest.mark.usefixtures("server_clock")


def device_form(answer, at=0):
    """What the form of the next device would send: 0 to give it, 1 for one already given."""
    forms = re.findall(r'<form[^>]*/device/"(.*?)</form>', answer.content.decode(), re.DOTALL)
    typed = re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', forms[at])
    picked = re.findall(r'name="(outcome)" value="([^"]*)" checked', forms[at])
    return {name: value for name, value in typed if name != "outcome"} | dict(picked)


@pytest.mark.parametrize("past", [{}, {"is_already_given": "on", "reason": "from paper"}])
def test_a_step_another_hand_took_is_refused_with_a_fresh_form_for_the_next(day, send, osei, past):
    day.check()
    day.order()
    day.device(1)
    day.later(6)
    typed = {"step": 1, "outcome": "partly", "lot": "OLD7", "entry": new_id(), **past}

    answer = send("device", by=osei, **typed)

    assert answer.status_code == 400
    assert "Device 1 is already recorded" in answer.content.decode()
    for at in (0, 1):
        form = device_form(answer, at)
        assert (form["step"], form["lot"], form.get("outcome")) == ("2", "", None)
        assert form["entry"] != str(typed["entry"])
    again = {**device_form(answer), "outcome": "given", "lot": "B13"}
    assert send("device", by=osei, **again).status_code == 302
    assert [dose.observer for dose in Dose.objects.order_by("step")] == [day.nurse, osei]


def test_a_device_refused_for_its_wait_keeps_what_was_typed(day, send):
    day.check()
    day.order()
    day.device(1)
    typed = {"step": "2", "outcome": "given", "lot": "B13"}

    answer = send("device", **typed)

    assert answer.status_code == 400
    assert typed.items() <= device_form(answer).items()


def test_a_form_of_a_taken_step_without_its_lot_is_not_turned_into_the_next_step(day, send, osei):
    day.check()
    day.order()
    day.device(1)

    answer = send("device", by=osei, step=1, outcome="given", lot="")

    assert "Enter the lot number" in answer.content.decode()
    assert device_form(answer)["step"] == "1"


def test_the_page_is_fetched_anew_when_the_rest_ends_and_then_its_button_is_live(day):
    day.check()
    day.order()
    day.device(1)
    day.later(1)
    resting = draw_pages(day)
    assert "resting between devices" in resting
    upcoming = reading(day.session, now=day.now).next_device
    assert upcoming is not None
    changes = []
    while day.now < upcoming.ready_at:
        day.now = reading(day.session, now=day.now).next_change_at
        changes.append(day.now)
    assert upcoming.ready_at in changes
    assert "Device 2 may be given" in draw_pages(day)


def test_a_danger_sign_is_said_while_the_device_rests_and_after(day):
    day.check()
    day.order()
    day.device(1)
    day.later(1)
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    standing = [one.text for one in device.standing(reading(day.session, now=day.now))]
    assert len(standing) == 1

    for minutes in (0, 5):
        day.later(minutes)
        panel = draw_pages(day).split('id="next-device"')[1].split("<form")[0]
        assert standing[0] in panel
        assert ("resting between devices" in panel) == (minutes == 0)


def test_the_button_of_a_device_is_dashed_only_while_it_is_held(day):
    day.check()
    button = r'<button id="record-device" class="([^"]*)"( disabled)?'
    assert re.findall(button, draw_pages(day)) == [("button", "")]
    day.order()
    day.device(1)
    assert re.findall(button, draw_pages(day)) == [("button button--main", " disabled")]
    day.later(5)
    assert re.findall(button, draw_pages(day)) == [("button button--main", "")]
