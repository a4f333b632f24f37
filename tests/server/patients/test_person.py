"""Birth date and sex are corrected by hand: the rules read the right ones, the old ones stay."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from serein.clinical.errors import InputError
from serein.clinical.facts import Chart
from serein.server.audit.models import Event
from serein.server.courses.queries import known
from serein.server.eligibility.actions import correct_fact
from serein.server.ids import new_id
from serein.server.patients.actions import correct_person
from serein.server.patients.models import FactRow
from tests.server.treatment.day import new_patient

WHY = "the passport says so"


@pytest.fixture
def patient(clinic, now):
    return new_patient(clinic, now=now)


@pytest.fixture
def correct(patient, alvarez, now):
    def put(**words):
        asked = {"by": alvarez, "now": now, "id": new_id(), "reason": WHY}
        right = {"born_on": patient.born_on, "sex": patient.sex}
        return correct_person(patient, **(asked | right | words))

    return put


def read(patient, code, *, now):
    patient.refresh_from_db()
    return Chart.of(known(patient), now=now).latest(code)


def test_the_rules_read_the_corrected_day_and_the_old_one_stays_with_the_reason(
    correct, patient, now
):
    was = patient.born_on
    for day in (date(1956, 6, 28), date(1957, 6, 28)):
        correct(born_on=day)

        assert read(patient, "birth-date", now=now).value == day.isoformat()
        assert patient.born_on == day
    first, second, third = FactRow.objects.filter(code="birth-date").order_by("value")
    chain = {row.value: row.replaces and row.replaces.value for row in (first, second, third)}
    assert chain == {
        was.isoformat(): None,
        "1956-06-28": was.isoformat(),
        "1957-06-28": "1956-06-28",
    }
    assert FactRow.objects.filter(reason=WHY).count() == 2


def test_a_sex_that_was_not_known_is_written_down(correct, patient, now):
    patient.sex = "unknown"
    patient.save()

    correct(sex="female")

    assert read(patient, "sex", now=now).value == "female"


def test_it_is_done_once_and_leaves_one_line(correct, patient):
    entry = new_id()
    correct(id=entry, sex="other")
    correct(id=entry, sex="other")

    [event] = Event.objects.all()
    assert (event.verb, event.details) == ("patients.correct_person", {"codes": ["sex"]})
    assert event.patient_id == patient.pk


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"reason": " "}, "Say what was wrong"),
        ({"born_on": date(2100, 1, 1)}, "has not come yet"),
        ({}, "Nothing was changed"),
    ],
)
def test_what_cannot_be_or_changes_nothing_is_refused(correct, words, sentence):
    with pytest.raises(InputError, match=sentence):
        correct(**words)

    assert not FactRow.objects.exists()


@pytest.mark.parametrize("name", ["owen", "desk", "bray"])
def test_owen_the_desk_and_the_biller_correct_nobody(correct, patient, request, name):
    with pytest.raises(PermissionDenied):
        correct(by=request.getfixturevalue(name), sex="other")

    patient.refresh_from_db()
    assert patient.sex != "other"
    assert not Event.objects.exists()


def test_the_page_shows_what_is_on_file_and_keeps_what_was_typed(
    server_clock, signed_in, patient, alvarez
):
    browser, address = signed_in(alvarez), reverse("correct_person", args=[patient.pk])
    typed = {"entry": new_id(), "born_on": "2100-01-01", "sex": "other", "reason": WHY}

    assert patient.born_on.isoformat() in browser.get(address).content.decode()
    assert address in browser.get(reverse("patient", args=[patient.pk])).content.decode()
    refused = browser.post(address, typed)
    assert 'value="2100-01-01"' in refused.content.decode()
    assert browser.post(address, typed | {"born_on": "1956-06-28"}).status_code == 302
    readings = browser.get(reverse("patient", args=[patient.pk], query={"tab": "readings"}))
    assert WHY in readings.content.decode()


def test_a_reading_of_the_person_is_not_corrected_apart_from_the_person(
    correct, patient, server_clock, signed_in, alvarez, now
):
    correct(sex="other")
    row = FactRow.objects.get(code="sex")

    answer = signed_in(alvarez).get(reverse("correct_fact", args=[row.pk]))
    assert answer["Location"] == reverse("correct_person", args=[patient.pk])
    with pytest.raises(InputError, match="on the page of the person"):
        correct_fact(row, by=alvarez, now=now, value="male", reason=WHY, id=new_id())
