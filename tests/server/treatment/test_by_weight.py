"""The floor cannot lead a visit dosed by weight: it says so, and no page of it breaks."""

from datetime import date

import pytest
from django.urls import reverse

from serein.clinical.dosing import allowed_doses
from serein.clinical.errors import InputError
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


def test_a_patient_dosed_by_weight_is_not_seated(started, chair, alvarez, lind, now):
    course = started("ketamine-iv")

    with pytest.raises(InputError, match="dosed by weight, and the floor cannot lead"):
        sit_down(chair, course, nurse=alvarez, prescriber=lind, now=now)
    assert not Session.objects.exists()


def test_the_pages_stand_beside_such_a_course(started, server_clock, signed_in, chair, alvarez):
    course = started("ketamine-sublingual")
    browser = signed_in(alvarez)

    for name, arguments in (
        ("floor", []),
        ("seat", [chair.id]),
        ("course", [course.id]),
        ("courses", []),
        ("patient", [course.patient_id]),
    ):
        assert browser.get(reverse(name, args=arguments)).status_code == 200
    typed = {
        "entry": new_id(),
        "course": course.id,
        "identifiers": ["name", "birth date"],
        "is_call_device_shown": "on",
    }
    answer = browser.post(reverse("seat", args=[chair.id]), typed)
    assert answer.status_code == 400
    assert "dosed by weight" in answer.content.decode()


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
