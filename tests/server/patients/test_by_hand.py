"""A patient registered by hand, and a wrong entry of the chart corrected from its page."""

from datetime import timedelta

import pytest
from django.urls import reverse

from serein.clinical.facts import Fact
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.patients.actions import record_facts
from serein.server.patients.models import FactRow, Patient
from serein.server.patients.queries import chart
from tests.server.treatment.day import new_patient

ADA = {"given_name": "Ada", "family_name": "Berg", "born_on": "1980-01-02", "sex": "female"}


@pytest.fixture
def browser(server_clock, signed_in, alvarez):
    return signed_in(alvarez)


def register(browser, **changes):
    return browser.post(reverse("register_patient"), {"entry": new_id(), **ADA, **changes})


@pytest.fixture
def fact(clinic, alvarez, now):
    patient = new_patient(clinic, now=now)

    def record(code, value, *, unit=None, panel=None):
        one = Fact(
            id=new_id(),
            code=code,
            value=value,
            unit=unit,
            effective_at=now - timedelta(hours=1),
            recorded_at=now,
            panel=panel,
        )
        record_facts(patient, by=alvarez, now=now, facts=[one], source="import ito.json Obs/1")
        return FactRow.objects.get(id=one.id)

    return record


def correct(browser, wrong, **typed):
    asked = {"entry": new_id(), "reason": "read from the wrong line", **typed}
    return browser.post(reverse("correct_fact", args=[wrong.id]), asked)


def test_a_person_typed_in_has_a_chart(browser):
    answer = register(browser, number="A-17")

    patient = Patient.objects.get()
    assert answer["Location"] == reverse("patient", args=[patient.id])
    assert [str(one) for one in patient.identifiers.all()] == ["Record number A-17"]
    assert Event.objects.filter(verb="patients.register").count() == 1


def test_a_second_tap_registers_nobody_twice(browser):
    entry = new_id()
    register(browser, entry=entry)
    register(browser, entry=entry)

    assert Patient.objects.count() == 1


def test_the_desk_registers_and_is_shown_the_list(server_clock, signed_in, desk):
    answer = register(signed_in(desk))

    assert answer["Location"] == reverse("patients") + "?words=Berg"


def test_somebody_like_one_who_is_here_is_asked_about_and_what_was_typed_stays(browser):
    register(browser)

    answer = register(browser, given_name="Áda", phone="555 0199")

    assert answer.status_code == 400
    assert "Perhaps they are here already" in answer.content.decode()
    assert 'value="555 0199"' in answer.content.decode()
    assert Patient.objects.count() == 1


def test_another_person_of_the_same_name_is_registered_once_somebody_looked(browser):
    register(browser)
    register(browser, is_another="on")

    assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"born_on": "2099-01-01"}, "has not come yet"),
        ({"born_on": "2 May"}, "Type the birth date as year-month-day"),
        ({"family_name": ""}, "required"),
    ],
)
def test_what_cannot_be_a_patient_is_refused_with_a_sentence(browser, changes, sentence):
    answer = register(browser, **changes)

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Patient.objects.exists()


def test_a_number_that_names_somebody_here_is_refused(browser):
    register(browser, number="A-17")

    answer = register(browser, given_name="Bo", number="A-17")

    assert "already names a patient here" in answer.content.decode()
    assert Patient.objects.count() == 1


def test_a_wrong_weight_is_corrected_beside_the_old_one(browser, fact):
    wrong = fact("weight", 700.0, unit="kg")

    answer = correct(browser, wrong, value="70,5")

    weight = chart(wrong.patient).latest("weight")
    assert answer.status_code == 302
    assert weight is not None
    assert (weight.value, weight.source) == (70.5, "correction")
    assert FactRow.objects.get(id=wrong.id).value == 700.0


def test_an_impossible_value_is_refused_and_stays_typed(browser, fact):
    wrong = fact("weight", 700.0, unit="kg")

    answer = correct(browser, wrong, value="7000")

    assert answer.status_code == 400
    assert 'value="7000"' in answer.content.decode()
    assert FactRow.objects.count() == 1


def test_an_unlikely_value_is_asked_about_once(browser, fact):
    wrong = fact("spo2", 98, unit="%")

    first = correct(browser, wrong, value="72")
    [asked] = first.context["refusal"].may_be_confirmed.splitlines()
    other = correct(browser, wrong, value="62", confirms=asked)
    second = correct(browser, wrong, value="72", confirms=asked)

    assert "I looked again" in first.content.decode()
    assert other.status_code == 400
    assert second.status_code == 302


def test_half_a_cuff_reading_is_weighed_with_its_other_half(browser, fact):
    panel = new_id()
    fact("bp.systolic", 120, unit="mm[Hg]", panel=panel)
    lower = fact("bp.diastolic", 80, unit="mm[Hg]", panel=panel)

    answer = correct(browser, lower, value="130")

    assert answer.status_code == 400
    assert FactRow.objects.count() == 2


@pytest.mark.parametrize("typed", ["seventy", "inf", "nan"])
def test_words_are_no_number(browser, fact, typed):
    answer = correct(browser, fact("weight", 70.0, unit="kg"), value=typed)

    assert f"{typed} is not a number" in answer.content.decode().replace("&#x27;", "'")


def test_an_allergy_that_was_never_so_is_shown_as_past_with_its_reason(browser, fact):
    wrong = fact("allergy", {"text": "Latex", "clinical": "active"})

    correct(browser, wrong, reason="the sister's allergy, not his")
    page = browser.get(reverse("patient", args=[wrong.patient_id])).content.decode()

    assert "Allergy: Latex" not in page
    assert "entered in error" in page
    assert "the sister&#x27;s allergy" in page


def test_a_fact_of_a_session_is_corrected_in_its_session(browser, fact):
    row = fact("spo2", 98, unit="%")
    FactRow.objects.filter(id=row.id).update(encounter=new_id())

    assert correct(browser, row, value="97").status_code == 404


def test_owen_neither_registers_here_nor_corrects(server_clock, signed_in, owen, fact):
    wrong = fact("weight", 70.0, unit="kg")
    browser = signed_in(owen)

    assert correct(browser, wrong, value="71").status_code == 404
    assert FactRow.objects.count() == 1


def test_a_prescriber_s_judgement_is_corrected_by_a_prescriber(browser, fact, signed_in, lind):
    wrong = fact("benefit.judged", "some")

    refused = correct(browser, wrong, value="none")
    assert refused.status_code == 400
    assert "to say; ask them to record it" in refused.content.decode()

    assert correct(signed_in(lind), wrong, value="none").status_code == 302
