"""The page of a new course: product, protocol, what it asks for, and what stands against it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from serein.server.audit.models import Event
from serein.server.courses.actions import adopt_content
from serein.server.courses.models import Course
from serein.server.eligibility.actions import record_history
from serein.server.ids import new_id

IV = "ketamine-iv v1"


@dataclass
class NewCourse:
    """The page of a new course in the prescriber's browser."""

    browser: Client
    address: str
    review_on: str

    def __call__(self, **asked: Any) -> Any:
        return self.browser.get(self.address, asked)

    def send(self, **typed: Any) -> Any:
        whole = {
            "entry": new_id(),
            "protocol": IV,
            "indication": "Treatment-resistant depression",
            "review_on": self.review_on,
            "earlier_sessions": "0",
            "unknown_because": "Asked at the first visit",
        }
        return self.browser.post(self.address, {**whole, **typed})


@pytest.fixture
def page(server_clock, signed_in, clinic, patient, lind, now):
    for content_id in ("esketamine-trd-us", "ketamine-iv", "ketamine-sublingual"):
        adopt_content(clinic, by=lind, now=now, content_id=content_id, version=1)
    address = reverse("new_course", args=[patient.id])
    review_on = (now + timedelta(days=40)).date().isoformat()
    return NewCourse(signed_in(lind), address, review_on)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_products_stand_apart_and_what_is_not_adopted_is_to_be_read_first(page):
    seen = text(page())

    esketamine, racemic = seen.split("<h2>Racemic ketamine</h2>")
    assert "Esketamine nasal spray, treatment-resistant depression (US)" in esketamine
    assert "Racemic ketamine by" not in esketamine
    assert "Esketamine nasal" not in racemic
    assert "off-label" in racemic
    assert "/library/ketamine-im/1/" in racemic
    assert "?protocol=ketamine-iv%20v1" in racemic


def test_a_protocol_says_route_label_staff_decisions_limits_and_its_own_indications(page):
    seen = text(page(protocol=IV))

    for words in (
        "into a vein",
        "Off-label: racemic ketamine is approved for anaesthesia alone",
        "A clinician on site who can manage an airway",
        "Without response after the sixth: stop",
        "Above 1 mg/kg or 100 mg: never",
        "Post-traumatic stress disorder",
        "Another, added by the clinic",
        "criteria are not known",
    ):
        assert words in seen


def test_the_warning_on_compounded_ketamine_stands_on_the_protocol_it_concerns(page):
    assert "The FDA warns of compounded ketamine" in text(page(protocol="ketamine-sublingual v1"))
    assert "The FDA warns of compounded ketamine" not in text(page(protocol=IV))


def test_esketamine_is_labelled_and_has_no_limits_by_weight(page):
    seen = text(page(protocol="esketamine-trd-us v1"))

    assert "✓ labelled" in seen
    assert "Limits of one dose" not in seen
    assert "dosed by weight" not in seen


def test_a_course_starts_from_an_indication_of_the_protocol(page):
    assert page.send().status_code == 302

    course = Course.objects.get()
    assert (course.protocol_id, course.indication) == (
        "ketamine-iv",
        "Treatment-resistant depression",
    )


def test_the_page_asks_why_it_begins_while_contraindications_are_not_known(page):
    assert "34 contraindications are not known: why the course begins" in text(page(protocol=IV))
    refused = page.send(unknown_because="")

    assert refused.status_code == 400
    assert "34 contraindications are not known (the first: No hypersensitivity" in text(refused)
    assert not Course.objects.exists()


def test_a_clinic_adds_an_indication_in_its_own_words(page):
    empty = page.send(indication="another", other_indication=" ")
    assert "Say for what the course is given" in text(empty)

    page.send(indication="another", other_indication="Complex regional pain")
    assert Course.objects.get().indication == "Complex regional pain"


def test_a_second_course_starts_once_both_are_meant_to_run(page):
    page.send(protocol="esketamine-trd-us v1")

    asked = page.send()

    assert asked.status_code == 400
    assert "Both are meant to run" in text(asked)
    assert Course.objects.count() == 1
    page.send(confirms=asked.context["refusal"].may_be_confirmed)
    assert Course.objects.count() == 2


def test_a_contraindication_takes_the_form_away_and_says_why(page, patient, lind, now):
    values = {"history.aneurysm": True}
    record_history(patient, by=lind, now=now, id=new_id(), values=values)

    seen = text(page(protocol="esketamine-trd-us v1"))
    assert "This course cannot be started" in seen
    assert "No aneurysmal disease" in seen
    assert "Start the course" not in seen
    refused = page.send(protocol="esketamine-trd-us v1")
    assert refused.status_code == 400
    assert "is contraindicated" in text(refused)


def test_a_caution_is_shown_and_left_to_the_prescriber(page, patient, lind, now):
    record_history(patient, by=lind, now=now, id=new_id(), values={"history.aneurysm": True})

    seen = text(page(protocol=IV))
    assert "No aneurysm: <b>not met</b>" in seen
    assert "The prescriber decides." in seen
    assert "Start the course" in seen


@pytest.mark.parametrize(
    "protocol",
    [
        "moonlight v1",
        "ketamine-iv v9",
        "ketamine-im v1",
        "x",
        f"ketamine-iv v{'9' * 5000}",
        "ketamine-iv v²",
        "ketamine-iv v\x00",
    ],
)
def test_a_protocol_nobody_has_or_adopted_starts_nothing(page, protocol):
    answer = page.send(protocol=protocol)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not Course.objects.exists()


def test_looking_at_the_page_is_logged(page):
    page(protocol=IV)

    assert Event.objects.filter(verb="patients.view").count() == 1
