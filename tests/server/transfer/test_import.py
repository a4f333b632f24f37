"""One file from outside: what it adds, what it refuses, and that it never merges two people."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from serein.server.audit.models import Event
from serein.server.eligibility.actions import correct_fact
from serein.server.ids import new_id
from serein.server.patients.models import FactRow, Identifier, Patient
from serein.server.transfer.actions import import_bundle
from serein.server.transfer.models import ImportedFile, UnreadResource
from tests.server.transfer.bundles import (
    allergy,
    bundle,
    coded,
    content,
    observation,
    person,
    pressure,
)


@pytest.fixture
def take(clinic, alvarez, now):
    def take_in(document, **words):
        asked = {"name": "file.json", "by": alvarez, "clinic": clinic, "now": now, **words}
        return import_bundle(document, **asked)

    return take_in


def rows():
    return [model.objects.count() for model in (Patient, Identifier, FactRow, UnreadResource)]


def test_a_patient_comes_in_with_facts_that_keep_their_own_times_and_source(take, clinic, alvarez):
    report = take(content(person(), observation(), pressure()))

    patient = Patient.objects.get()
    assert (str(patient), str(patient.born_on), patient.clinic) == ("Jun Ito", "1964-03-01", clinic)
    weight = FactRow.objects.get(code="weight")
    assert (weight.value, weight.unit) == (70.5, "kg")
    assert weight.effective_at == datetime(2020, 1, 2, 10, tzinfo=UTC)
    assert (weight.source, weight.by) == ("import file.json Observation/o1", alvarez)
    assert weight.encounter is None
    upper, lower = (FactRow.objects.get(code=code) for code in ("bp.systolic", "bp.diastolic"))
    assert (upper.value, lower.value, upper.panel) == (120, 80, lower.panel)
    assert upper.panel is not None
    assert (report.resources, report.stored, report.unread, report.added) == (3, 3, 0, 3)
    assert report.problems == []


def test_what_is_not_read_is_kept_with_its_reason_and_counted(take):
    claim = {"resourceType": "Claim", "id": "c1", "patient": {"reference": "Patient/p1"}}
    report = take(content(person(), claim, {**claim, "id": "c2"}, observation(code="x")))

    assert (report.resources, report.stored, report.unread) == (4, 1, 3)
    assert report.reasons == {"Claim is not read by Serein": 2, "its LOINC code is none: x": 1}
    assert report.problems[0] == "Claim is not read by Serein: 2 resources"
    line = UnreadResource.objects.get(resource_id="o1")
    assert (line.patient, line.title) == (Patient.objects.get(), "Measure x")
    assert json.loads(line.content)["id"] == "o1"


def test_the_same_file_again_adds_nothing(take, now):
    document = content(person(), observation(), pressure(), allergy(), {"resourceType": "Claim"})
    first = take(document)
    before = rows()

    again = take(document, now=now + timedelta(days=1), name="other name.json")

    assert (again.stored, again.unread, again.added) == (first.stored, first.unread, 0)
    assert rows() == before
    assert ImportedFile.objects.count() == 1


def test_the_same_patient_in_a_later_file_is_known_by_a_number(take):
    take(content(person(), observation()))
    later = take(content(person(), observation(), observation("o2", at="2021-01-02")))

    assert Patient.objects.count() == 1
    assert (later.added, later.facts) == (1, 1)


def test_a_dry_run_reports_the_same_and_changes_nothing(take):
    document = content(person(), observation(), allergy())
    tried = take(document, is_dry_run=True)

    assert rows() == [0, 0, 0, 0]
    assert not Event.objects.exists()
    assert not ImportedFile.objects.exists()
    taken = take(document)
    assert (tried.stored, tried.unread, tried.added) == (taken.stored, taken.unread, taken.added)


def test_a_changed_resource_is_a_new_fact_beside_the_old_one(take):
    take(content(person(), observation()))
    heavier = content(person(), observation(valueQuantity={"value": 71, "code": "kg"}))

    assert take(heavier).added == 1
    assert take(heavier).added == 0
    assert take(content(person(), observation())).added == 0
    old, new = FactRow.objects.order_by("value")
    assert new.replaces == old


def test_a_value_corrected_here_is_not_overwritten_by_a_later_file(take, alvarez, now):
    take(content(person(), observation()))
    words = {"by": alvarez, "now": now, "value": 72, "reason": "read off wrong", "id": new_id()}
    correct_fact(FactRow.objects.get(), **words)

    report = take(content(person(), observation(valueQuantity={"value": 71, "code": "kg"})))

    assert report.reasons == {"differs from an earlier file, but was corrected here since": 1}
    assert FactRow.objects.count() == 2


def test_two_people_of_one_name_and_birthday_are_two_charts_and_said_to_be_alike(take):
    take(content(person(number="100")))
    report = take(content(person(number="200")))

    assert Patient.objects.count() == 2
    [candidate] = report.candidates
    assert candidate["same_as"] != candidate["patient"]
    assert "may be the same person" in report.problems[0]


def test_numbers_of_two_charts_refuse_the_whole_file(take):
    take(content(person(number="100")))
    take(content(person(number="200")))
    both = person(number="100")
    both["identifier"].append({"system": both["identifier"][0]["system"], "value": "200"})
    before = rows()

    report = take(content(both, observation()))

    assert report.is_refused
    assert (report.resources, report.stored, report.unread, report.added) == (2, 0, 2, 0)
    assert "point at two charts" in report.problems[0]
    assert rows() == before


@pytest.mark.parametrize("other", [{"born": "1964-03-02"}, {"given": "Kei"}])
def test_a_number_of_somebody_else_refuses_the_whole_file(take, other):
    take(content(person()))
    before = rows()

    report = take(content(person(**other), observation()))

    assert report.is_refused
    assert "belongs here to Jun Ito" in report.problems[0]
    assert rows() == before


def test_a_changed_family_name_is_said_and_the_chart_stays(take):
    take(content(person()))
    report = take(content(person(family="Sato")))

    assert Patient.objects.get().family_name == "Ito"
    assert "Sato" in report.problems[0]


def test_an_allergy_without_a_date_is_kept_as_known_since_its_import(take, now):
    take(content(person(), allergy()))

    assert FactRow.objects.get(code="allergy").effective_at == now


def test_owen_is_turned_away(take, owen):
    with pytest.raises(PermissionDenied):
        take(content(person()), by=owen)

    assert rows() == [0, 0, 0, 0]


def test_the_same_patient_at_another_clinic_is_another_chart(take, owen, other_clinic, clinic):
    take(content(person(), observation()))
    take(content(person(), observation()), by=owen, clinic=other_clinic)

    assert Patient.objects.filter(clinic=other_clinic).count() == 1
    assert Patient.objects.filter(clinic=clinic).count() == 1
    assert FactRow.objects.count() == 2


def test_one_file_leaves_one_audit_line_without_names(take):
    take(content(person(), observation()))

    event = Event.objects.get()
    assert event.verb == "patients.import"
    assert event.patient_id == Patient.objects.get().pk
    assert (event.details["resources"], event.details["added"]) == (2, 2)
    assert "Ito" not in json.dumps(event.details)


def test_a_line_that_a_later_import_can_read_leaves_the_list(take):
    take(content(person(), observation(status="preliminary")))
    take(content(person(), observation()))

    assert UnreadResource.objects.get().read_at is not None


def test_a_file_cut_anywhere_changes_nothing_and_says_where_it_broke(take):
    whole = json.dumps(bundle(person(), observation(), pressure()), indent=1).encode()
    for cut in range(1, len(whole) - 1, 97):
        report = take(whole[:cut])
        assert report.is_refused
        assert "line" in report.problems[0]
        assert "byte" in report.problems[0]
    assert rows() == [0, 0, 0, 0]
    assert not Event.objects.exists()


def test_no_known_allergy_is_shown_as_the_answer_it_is(
    take, server_clock, signed_in, alvarez, clinic
):
    none = coded("716186003", "No known allergy", "http://snomed.info/sct")
    take(content(person(), allergy(code=none, recordedDate="2024-05-02T10:00:00Z")))

    page = signed_in(alvarez).get(reverse("patient", args=[Patient.objects.get().pk]))
    assert "Allergies: none known, asked on 2 May 2024" in page.content.decode()
    assert "▲ Allergy" not in page.content.decode()


def test_no_known_drug_allergy_leaves_the_others_to_be_asked(
    take, server_clock, signed_in, alvarez, clinic
):
    none = coded("409137002", "No known drug allergy", "http://snomed.info/sct")
    take(content(person(), allergy(code=none, recordedDate="2024-05-02T10:00:00Z")))

    page = signed_in(alvarez).get(reverse("patient", args=[Patient.objects.get().pk]))
    assert "No known drug allergy, asked on 2 May 2024; others: ask" in page.content.decode()
    assert "Allergies: none known" not in page.content.decode()


@pytest.mark.parametrize(
    ("resource", "kept_as", "value", "read_as"),
    [
        (
            allergy("x", code=coded("716186003", "No known allergy", "http://snomed.info/sct")),
            "allergy",
            coded("716186003", "No known allergy", "http://snomed.info/sct"),
            "allergy.none-known",
        ),
        (
            allergy("x", code=coded("409137002", "No drug allergy", "http://snomed.info/sct")),
            "allergy.none-known",
            True,
            "allergy.none-known-drug",
        ),
        (
            observation("x", "44260-8", valueInteger=2),
            "loinc/44260-8",
            {"value": 2, "display": "Thoughts that you would be better off dead"},
            "phq-9.item-9",
        ),
    ],
    ids=["none known", "no drug allergy", "item 9"],
)
def test_what_an_older_reader_kept_as_another_thing_is_replaced_when_the_file_comes_again(
    take, resource, kept_as, value, read_as
):
    take(content(person(), resource))
    FactRow.objects.update(code=kept_as, value=value)

    report = take(content(person(), resource))

    assert (report.added, report.unread) == (1, 0)
    newest = FactRow.objects.get(replaces__isnull=False)
    assert newest.replaces is not None
    assert (newest.code, newest.replaces.code) == (read_as, kept_as)
    assert take(content(person(), resource)).added == 0


def test_another_thing_under_a_known_id_is_still_kept_aside(take):
    take(content(person(), allergy("x", words="Penicillin")))
    none = coded("716186003", "No known allergy", "http://snomed.info/sct")

    report = take(content(person(), allergy("x", code=none)))

    assert report.reasons == {"its id named another thing in an earlier file": 1}


def test_an_allergy_in_the_same_file_outranks_that_none_is_known(
    take, server_clock, signed_in, alvarez
):
    none = coded("409137002", "No known drug allergy", "http://snomed.info/sct")
    take(content(person(), allergy("a0", words="Peanut"), allergy(code=none)))

    page = signed_in(alvarez).get(reverse("patient", args=[Patient.objects.get().pk]))
    assert "Allergy: Peanut" in page.content.decode()
    assert "none known" not in page.content.decode()
