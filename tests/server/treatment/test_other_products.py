"""Products beside the first one: every page leads their visit."""

from datetime import date

import pytest
from django.urls import reverse

from serein.clinical.dosing import allowed_doses
from serein.server.courses.actions import adopt_content
from serein.server.ids import new_id
from serein.server.treatment.models import Session
from serein.server.treatment.queries import reading
from tests.server.treatment.day import new_course, sit_down


@pytest.fixture
def started(clinic, patient, lind, now):
    def start(protocol_id):
        adopt_content(clinic, by=lind, now=now, content_id=protocol_id, version=1)
        words = {"protocol_id": protocol_id, "earlier_sessions": 0}
        return new_course(patient, by=lind, now=now, **words)

    return start


@pytest.mark.parametrize("protocol_id", ["ketamine-sublingual", "ketamine-iv", "ketamine-im"])
def test_the_pages_lead_a_visit_by_weight(
    started, server_clock, signed_in, chair, alvarez, protocol_id
):
    course = started(protocol_id)
    browser = signed_in(alvarez)
    typed = {
        "entry": new_id(),
        "course": course.id,
        "identifiers": ["name", "birth date"],
        "is_call_device_shown": "on",
    }
    assert browser.post(reverse("seat", args=[chair.id]), typed).status_code == 302
    session = Session.objects.get()
    for name, arguments in (
        ("floor", []),
        ("wall", []),
        ("tile", [chair.id]),
        ("session", [session.id]),
        ("record_pdf", [session.id]),
        ("course", [course.id]),
        ("courses", []),
        ("patient", [course.patient_id]),
    ):
        assert browser.get(reverse(name, args=arguments)).status_code == 200


@pytest.mark.parametrize(
    ("protocol_id", "product", "on_tile"),
    [
        ("esketamine-trd-us", "esKETAMINE nasal spray (Spravato)", "esKETAMINE nasal · session 1"),
        ("ketamine-iv", "racemic KETAMINE for infusion", "KETAMINE IV · session 1"),
    ],
)
def test_the_product_is_named_before_anything_is_ordered(
    started, server_clock, signed_in, chair, alvarez, lind, now, protocol_id, product, on_tile
):
    course = started(protocol_id)
    day = sit_down(chair, course, nurse=alvarez, prescriber=lind, now=now)

    def page(person, name, one):
        seen = signed_in(person).get(reverse(name, args=[one.id])).content.decode()
        return " ".join(seen.split())

    assert on_tile in page(alvarez, "tile", chair)
    wall = signed_in(alvarez).get(reverse("wall")).content.decode()
    assert f"{on_tile.partition(' · ')[0]} · no order<" in wall
    for person in (alvarez, lind):
        visit = page(person, "session", day.session)
        assert f"<strong>{product}</strong>" in visit
        assert f"Dose of {product}<" in visit
    assert f'<li class="chip">{product} · ' in page(alvarez, "patient", course.patient)


@pytest.mark.parametrize(("born_on", "doses"), [(date(1978, 3, 1), [56]), (date(1958, 3, 1), [28])])
def test_the_birth_date_reaches_the_first_dose_in_the_eu(
    started, patient, chair, alvarez, lind, now, born_on, doses
):
    patient.born_on = born_on
    patient.save()
    course = started("esketamine-trd-eu")
    day = sit_down(chair, course, nurse=alvarez, prescriber=lind, now=now)

    seen = reading(day.session, now=now)
    assert list(allowed_doses(seen.protocol, 1, moment=seen.moment)) == doses
