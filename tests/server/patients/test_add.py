"""Allergies, medicines and conditions entered by hand stand in the chart as imported ones do."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from serein.clinical.errors import InputError
from serein.clinical.person import NONE_KNOWN
from serein.fhir import allergy, condition, medication
from serein.server.audit.models import Event
from serein.server.eligibility.actions import mark_wrong
from serein.server.ids import new_id
from serein.server.patients.actions import add_entry
from serein.server.patients.models import FactRow
from serein.server.patients.queries import chart
from tests.server.treatment.day import new_patient

LATEX = {"text": "Latex", "reaction": "hives", "criticality": "high", "verification": "confirmed"}
LITHIUM = {"text": "Lithium", "dosage": "300 mg twice a day", "status": "active"}
ASTHMA = {"text": "Asthma", "clinical": "active", "verification": "confirmed"}


@pytest.fixture
def patient(clinic, now):
    return new_patient(clinic, now=now)


@pytest.fixture
def browser(server_clock, signed_in, alvarez):
    return signed_in(alvarez)


@pytest.fixture
def add(browser, patient):
    def send(kind="allergy", person=browser, **typed):
        address = reverse("add_entry", args=[patient.id, kind])
        return person.post(address, {"entry": new_id(), **typed})

    return send


@pytest.fixture
def put(patient, alvarez, now):
    def store(code="allergy", value=None, **words):
        asked = {"by": alvarez, "now": now, "id": new_id(), **words}
        return add_entry(patient, code=code, value=value or {"text": "Latex"}, **asked)

    return store


def seen(browser, patient):
    page = browser.get(reverse("patient", args=[patient.id])).content.decode()
    return " ".join(page.split())


def test_an_allergy_by_hand_stands_in_the_header_with_its_reaction(add, browser, patient):
    assert add(**LATEX, since="2025-03-01")["Location"] == reverse("patient", args=[patient.id])

    page = seen(browser, patient)
    assert "Allergy: Latex (hives)" in page
    assert "entered by hand · Rosa Alvarez" in page
    assert "1 Mar 2025" in page
    assert "none on file, ask" not in page


@pytest.mark.parametrize(
    ("kind", "typed", "imported"),
    [
        (
            "allergy",
            LATEX,
            lambda zone: allergy.read({"code": {"text": "Latex"}}, zone=zone),
        ),
        (
            "condition",
            ASTHMA,
            lambda zone: condition.read({"code": {"text": "Asthma"}}, zone=zone),
        ),
        (
            "medication",
            LITHIUM,
            lambda zone: medication.read_statement(
                {
                    "status": "active",
                    "medicationCodeableConcept": {"text": "Lithium"},
                    "effectiveDateTime": "2025-03-01",
                },
                zone=zone,
                drugs={},
            ),
        ),
    ],
)
def test_what_is_typed_has_the_parts_of_what_is_imported(add, clinic, kind, typed, imported):
    add(kind, **typed, since="2025-03-01")

    row = FactRow.objects.get()
    [record] = imported(clinic.zone)
    assert (row.code, row.source) == (record.code, "entered by hand")
    assert set(row.value) == set(record.value)
    assert row.effective_at.astimezone(clinic.zone).isoformat()[:19] == "2025-03-01T00:00:00"


def test_a_code_is_kept_with_its_list(add):
    add("condition", **ASTHMA, system="snomed", code="195967001")

    [coding] = FactRow.objects.get().value["coding"]
    assert coding["system"] == "http://snomed.info/sct"
    assert coding["code"] == "195967001"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"text": ""}, "Fill this in"),
        ({"since": "2025-10-15"}, "has not come yet"),
        ({"since": "1901-01-01"}, "before the birth date"),
        ({"since": "spring"}, "Type the day as year-month-day"),
        ({"code": "195967001"}, "choose its list"),
        ({"until": "2025-10-15"}, "has not come yet"),
        ({"since": "2025-10-01", "until": "2025-09-30"}, "cannot end before it began"),
    ],
)
def test_what_cannot_be_an_entry_is_refused_and_stays_typed(add, typed, sentence):
    answer = add("condition", **{**ASTHMA, **typed})

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not FactRow.objects.exists()


def test_the_same_form_sent_twice_is_stored_once(put):
    entry = new_id()
    assert put(id=entry) == put(id=entry)

    assert FactRow.objects.count() == 1
    assert Event.objects.filter(verb="patients.add_entry").count() == 1


def test_the_same_form_with_something_else_is_refused(put):
    entry = new_id()
    put(id=entry)

    with pytest.raises(InputError, match="saved before with something else"):
        put(id=entry, value={"text": "Nuts"})


@pytest.mark.parametrize(
    ("code", "value"), [("allergy", {"text": ""}), ("weight", 70), ("encounter", {"text": "x"})]
)
def test_nothing_but_an_entry_with_words_is_added(put, code, value):
    with pytest.raises(InputError, match="Say in words"):
        put(code, value)


@pytest.mark.parametrize("name", ["owen", "morgan", "okafor", "bray", "desk"])
def test_owen_and_who_does_not_treat_add_nothing(put, request, name):
    with pytest.raises(PermissionDenied):
        put(by=request.getfixturevalue(name))

    assert not FactRow.objects.exists()
    assert not Event.objects.exists()


def test_owen_finds_no_form_here(add, signed_in, owen):
    assert add(person=signed_in(owen), **LATEX).status_code == 404


def test_there_is_no_form_for_another_kind(browser, patient):
    assert browser.get(reverse("add_entry", args=[patient.id, "gossip"])).status_code == 404


def test_no_known_allergies_is_an_answer_with_its_day(add, browser, patient):
    assert "Allergies: none on file, ask" in seen(browser, patient)
    add("no-known-allergies", since="2025-10-13")

    page = seen(browser, patient)
    assert "Allergies: none known, asked on 13 Oct 2025" in page
    assert "none on file, ask" not in page
    assert [fact.value for fact in chart(patient).all(NONE_KNOWN)] == [True]
    readings = browser.get(reverse("patient", args=[patient.id]), {"tab": "readings"})
    assert "No known allergy" not in readings.content.decode()


def test_an_allergy_written_down_later_outranks_the_answer(add, browser, patient):
    add("no-known-allergies", since="2025-10-13")
    add(**LATEX)

    page = seen(browser, patient)
    assert "Allergy: Latex" in page
    assert "none known, asked" not in page


def test_no_known_allergy_is_refused_beside_one_on_file(add, browser, patient):
    add(**LATEX)

    answer = add("no-known-allergies", since="2025-10-14")

    assert answer.status_code == 400
    assert "An allergy is on file" in answer.content.decode()
    assert "Asked: none known" not in seen(browser, patient)


def test_after_an_allergy_in_error_the_answer_stands_as_it_was(put, browser, patient, alvarez, now):
    put(NONE_KNOWN, True, since=date(2025, 10, 13), now=now - timedelta(minutes=9))
    wrong = FactRow.objects.get(id=put().id)
    mark_wrong(wrong, by=alvarez, now=now, id=new_id(), reason="the sister's, not hers")

    page = seen(browser, patient)
    assert "entered in error" in page
    assert "Allergies: none known, asked on 13 Oct 2025" in page


def test_an_allergy_that_is_over_leaves_the_question_open_again(put, browser, patient, now):
    put(NONE_KNOWN, True, now=now - timedelta(minutes=9))
    put(value={"text": "Latex", "clinical": "resolved"})

    assert "Allergies: none on file, ask" in seen(browser, patient)


def test_the_page_of_a_wrong_medicine_leads_to_the_form_of_the_right_one(put, browser, patient):
    wrong = put("medication", {"text": "Lithium", "status": "active"})

    page = browser.get(reverse("correct_fact", args=[wrong.id])).content.decode()

    assert reverse("add_entry", args=[patient.id, "medication"]) in page
