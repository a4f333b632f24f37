"""Every text box takes as much as it says; nothing that was typed in full breaks or is lost."""

from datetime import timedelta

import pytest

from serein.server import clock
from serein.server.alerts.models import LONGEST_TEXT, Alert
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.models import Chair, Dose
from tests.server.treatment.acts import gone, high_pressure, ready, well
from tests.server.treatment.day import CALM, new_course, new_patient

pytestmark = pytest.mark.usefixtures("server_clock")


def words(most: int) -> str:
    return ("why so " * most)[: most - 1] + "."


LONG = {"reason": words(400)}


def late(day):
    """What makes an entry late, so that it must say why."""
    day.later(10)
    at = day.now - timedelta(minutes=7)
    return {"at": f"{at.astimezone(day.session.clinic.zone):%H:%M}", **LONG}


def given(day):
    ready(day)
    day.device(1)


def noted(day):
    day.act(actions.add_note, text="asleep")


def stopped(day):
    day.act(actions.stop_treatment)


def fact(code):
    return lambda _day: {"wrong": FactRow.objects.get(code=code).pk}


def first_device(_day):
    return {"wrong": Dose.objects.get(step=1).pk, "outcome": "given"}


TOLD = {"told": words(400), "state": words(1800), **LONG}
# The form, what must have happened, and what is typed into it beside whose it is.
BOXES = {
    "an answer": ("checks", None, lambda day: {"transport.escort": words(400), **late(day)}),
    "a reading": ("vitals", None, lambda day: {"spo2": 97, **late(day)}),
    "a danger sign": ("danger", None, lambda day: {"code": "danger.seizure", **late(day)}),
    "a note": ("note", None, lambda day: {"text": words(2000), **late(day)}),
    "a stop": ("stop", None, late),
    "a stop taken back": ("correct", stopped, fact("patient-stopped")),
    "a decision": ("decision", high_pressure, lambda _day: {"rule": "baseline-pressure"}),
    "an order": ("order", None, lambda _day: {"dose_mg": 56}),
    "a device": ("device", ready, lambda _day: {"step": 1, "outcome": "given", "lot": words(40)}),
    "a corrected device": (
        "correct-dose",
        given,
        lambda day: {**first_device(day), "lot": words(40)},
    ),
    "a way home": ("release", well, lambda _day: {"way_home": "taxi", "way_detail": words(200)}),
    "an end": ("end", given, lambda _day: {"kind": "transfer", **TOLD}),
    "an end without a dose": ("end", None, lambda _day: {"kind": "not-dosed", **TOLD}),
    "a death after the end": ("end", gone, lambda _day: {"kind": "death", **TOLD}),
    "a visit reopened": ("reopen", gone, lambda _day: {}),
    "a corrected note": ("correct", noted, fact("note")),
}
VALUES = {
    "a stop taken back": {"value": "no"},
    "a corrected note": {"value": words(2000)},
    "a way home": {"is_not_driving": "on", "is_acknowledged_by_patient": "on"},
}


@pytest.mark.parametrize("box", BOXES)
def test_a_text_as_long_as_its_box_is_stored(day, box, signed_in):
    form, before, typed = BOXES[box]
    if before is not None:
        before(day)
    entry = {"entry": new_id(), "patient": day.session.patient_id, **LONG}
    asked = {**entry, **typed(day), **VALUES.get(box, {})}
    clock.set_to(day.now, frozen=True)

    answer = signed_in(day.prescriber).post(f"/sessions/{day.session.pk}/{form}/", asked)

    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("box", "rule"),
    [
        ("a corrected device", "dose-corrected.1"),
        ("a visit reopened", "session-reopened"),
        ("a stop taken back", "stop-taken-back"),
    ],
)
def test_an_alert_shows_the_beginning_of_a_long_reason_and_its_ground_keeps_all(
    day, box, rule, signed_in
):
    test_a_text_as_long_as_its_box_is_stored(day, box, signed_in)

    alert = Alert.objects.get(rule=rule)
    assert alert.text.endswith("…")
    assert len(alert.text) <= LONGEST_TEXT
    assert LONG["reason"] in alert.source["section"]


def test_a_seat_a_chair_and_an_alert_take_as_much_as_their_boxes_say(
    day, clinic, lind, now, signed_in
):
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})
    browser, chair = signed_in(day.nurse), Chair.objects.create(clinic=clinic, number=2)
    blocked = Chair.objects.create(clinic=clinic, number=3)
    course = new_course(new_patient(clinic, now=now, name="Bello"), by=lind, now=now)
    seat = {
        "entry": new_id(),
        "course": course.pk,
        "identifiers": ["name", "birth date", "photograph", "document"],
        **{**late(day), "reason": words(300)},
    }
    clock.set_to(day.now, frozen=True)
    alert = Alert.objects.get(rule="pressure-severe")

    assert browser.post(f"/seat/{chair.pk}/", seat).status_code == 302
    browser.post(f"/chairs/{blocked.pk}/block/", {"reason": words(120)})
    browser.post(f"/alerts/{alert.pk}/resolve/", {"resolution": words(400), "answered_by": lind.pk})

    blocked.refresh_from_db()
    alert.refresh_from_db()
    assert (blocked.blocked_reason, alert.resolution) == (words(120), f"{lind}: {words(400)}")
