"""Each entry of a bundle is read whole with its own times, or kept aside with its reason."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from serein.fhir import bundle
from serein.fhir.reading import Reading, read
from serein.server.demo.bundles import bundles
from tests.fhir.clinic import MEASURES, NEW_YORK, NOW, placed
from tests.server.transfer.bundles import (
    coded,
    content,
    observation,
    person,
    pressure,
    quantity,
)

OF_P1 = {"subject": {"reference": "Patient/p1"}}


def reading(*resources: Any) -> Reading:
    return read(bundle.parse(content(*resources)), now=NOW, zone=NEW_YORK, measures=MEASURES)


def records(resource: Any) -> Any:
    found = reading(person(), resource)
    assert not found.unread, found.unread[0].reason
    [stored] = found.stored
    return stored.records


def reason(*resources: Any) -> str:
    found = reading(*resources)
    assert len(found.unread) == 1
    return found.unread[0].reason


def weight(**changes: Any) -> Any:
    return {**observation(), **changes}


def test_a_person_is_read_with_numbers_names_and_dates():
    more = {
        "telecom": [{"system": "email", "value": "a@b.example"}, {"system": "phone", "value": "5"}],
        "address": [{"line": ["1 Main St"], "city": "Ware", "postalCode": "01082"}],
        "deceasedDateTime": "2024-05-06T10:00:00Z",
    }
    [(_entry, found)] = reading(person(**more)).people.values()

    assert (found.family_name, found.given_name, found.sex) == ("Ito", "Jun", "male")
    assert (found.born_on, found.died_on) == (date(1964, 3, 1), date(2024, 5, 6))
    assert (found.phone, found.email) == ("5", "a@b.example")
    assert found.address == {"city": "Ware", "postalCode": "01082", "line": ["1 Main St"]}
    assert [(n.system, n.value, n.label) for n in found.numbers] == [
        ("http://hospital.example", "100", "Record number")
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"identifier": []}, "no identifier"),
        ({"identifier": [{"value": "100"}]}, "no identifier"),
        ({"name": [{"family": "Ito"}]}, "no family and given name"),
        ({"birthDate": None}, "no birth date"),
        ({"birthDate": "1964"}, "birthDate is not a whole date"),
        ({"birthDate": "1964-02-30"}, "birthDate is not a whole date"),
        ({"birthDate": "2025-10-16"}, "born after today"),
        ({"birthDate": 1964}, "birthDate is a number, not text"),
        ({"gender": "m"}, "gender is none of"),
        ({"deceasedBoolean": True}, "died, without a date"),
        ({"name": [{"family": "I\0to", "given": ["Jun"]}]}, "cannot be stored"),
        ({"name": [{"family": "I\ud800", "given": ["Jun"]}]}, "cannot be stored"),
        ({"name": [{"family": "I" * 121, "given": ["Jun"]}]}, "longer than 120"),
        ({"name": "Jun Ito"}, "name is text, not a list"),
    ],
)
def test_a_person_who_cannot_be_known_again_is_unread_with_the_reason(changes, why):
    assert why in reason({**person(), **changes})


def test_what_is_said_of_an_unread_person_is_unread_too():
    found = reading({**person(), "birthDate": None}, observation())

    assert [one.reason for one in found.unread] == [
        "has no birth date",
        "its patient could not be read",
    ]


def test_a_vital_sign_keeps_value_unit_and_both_times():
    [record] = records(weight(issued="2020-01-03T08:00:00.123456789Z"))

    assert (record.code, record.value, record.unit) == ("weight", 70.5, "kg")
    assert record.effective_at == datetime(2020, 1, 2, 10, tzinfo=UTC)
    assert record.recorded_at == datetime(2020, 1, 3, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_value", "unit", "ours"),
    [(155, "[lb_av]", 70.3068), (70_500, "g", 70.5)],
)
def test_a_unit_that_converts_by_definition_is_converted_and_what_was_given_is_kept(
    given_value, unit, ours
):
    [record] = records(observation(**quantity(given_value, unit)))

    assert (record.code, record.value, record.unit) == ("weight", ours, "kg")
    assert record.given_as == f"{given_value:g} {unit}"


@pytest.mark.parametrize(
    "value",
    [
        quantity(11, "[stone_av]"),
        {"valueQuantity": {"value": 200, "comparator": ">", "code": "kg"}},
    ],
)
def test_a_vital_sign_that_would_have_to_be_guessed_is_kept_under_its_loinc_code(value):
    [record] = records(observation(**value))

    assert record.code == "loinc/29463-7"
    assert record.value["value"] == value["valueQuantity"]["value"]


def test_a_blood_pressure_is_two_records_of_one_reading():
    upper, lower = records(pressure(upper=141.5, lower=90))

    assert [(one.code, one.value) for one in (upper, lower)] == [
        ("bp.systolic", 141.5),
        ("bp.diastolic", 90),
    ]
    assert upper.effective_at == lower.effective_at
    assert upper.part != lower.part


def test_other_measurements_keep_their_loinc_code_display_and_kind():
    [lab] = records(observation(code="2339-0", **quantity(99.5, "mg/dL")))
    answer = coded("266919005", "Never smoker", "http://snomed.info/sct")
    [smoking] = records(observation(code="72166-2", valueCodeableConcept=answer))

    assert (lab.code, lab.unit) == ("loinc/2339-0", "mg/dL")
    assert lab.value == {"display": "Measure 2339-0", "value": 99.5}
    assert smoking.value["value"] == "Never smoker"
    assert smoking.value["coding"][0]["code"] == "266919005"


def test_a_day_begins_at_midnight_where_the_clinic_is():
    [record] = records(observation(at="2020-01-02"))

    assert record.effective_at == datetime(2020, 1, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        (weight(status="entered-in-error"), "entered in error"),
        (weight(status="preliminary"), "is not final"),
        (weight(status=None), "is not final"),
        (weight(effectiveDateTime=None), "does not say when"),
        (weight(effectiveDateTime="2020"), "only the year"),
        (weight(effectiveDateTime="2020-13-01"), "not a date or time"),
        (weight(effectiveDateTime="2020-02-30T10:00:00Z"), "not a date or time"),
        (weight(effectiveDateTime="2020-01-02T10:00:00"), "time but no zone"),
        (weight(effectiveDateTime="0001-01-01T00:00:00+14:00"), "not a date or time"),
        (weight(effectiveDateTime="9999-12-31T23:59:59-14:00"), "not a date or time"),
        (weight(effectiveDateTime="2025-10-15"), "dated after today"),
        (weight(issued="2026-01-01T00:00:00Z"), "dated after today"),
        (weight(code={"text": "Weight"}), "no LOINC code"),
        (weight(code=coded("29463", "W")), "its LOINC code is none"),
        (weight(valueQuantity=None), "has no value (none given)"),
        (weight(valueQuantity=7), "valueQuantity is a number, not an object"),
        (weight(valueQuantity={"value": "70"}), "value is text, not a number"),
        (weight(valueQuantity={"value": True, "code": "kg"}), "true or false, not a number"),
        (weight(valueQuantity={"value": 1e300, "code": "kg"}), "too large"),
        (weight(valueQuantity={"value": 900, "code": "kg"}), "900 kg cannot be weight"),
        (weight(valueString="70"), "two values"),
        (observation(valueRatio={}), "a kind that is not read"),
        (pressure(upper=80, lower=120), "80/120 cannot be a blood pressure"),
        (weight(subject={"reference": "Patient/p2"}), "does not name a patient"),
        (weight(subject=None), "does not name a patient"),
        (weight(subject="Patient/p1"), "does not name a patient"),
        (weight(id=None), "has no id"),
        (weight(code=["x"]), "code is a list, not an object"),
        (weight(code={"coding": [{}] * 300}), "repeats more than 200 times"),
        (weight(code={"text": "x" * 3000}), "longer than 2000"),
        (weight(resourceType="Immunization"), "Immunization is not read by Serein"),
        (weight(resourceType=None), "says no resource type"),
    ],
)
def test_what_cannot_be_read_is_unread_with_the_reason(resource, why):
    assert why in reason(person(), resource)


def test_a_component_that_cannot_be_read_leaves_the_whole_reading_unread():
    half = pressure()
    del half["component"][1]["valueQuantity"]

    assert "no value" in reason(person(), half)


def test_a_number_beyond_any_float_is_unread_not_infinite():
    document = content(person(), observation()).replace(b"70.5", b"1e999")
    found = read(bundle.parse(document), now=NOW, zone=NEW_YORK, measures=MEASURES)

    assert found.unread[0].reason == "value is not a finite number"


def test_a_condition_keeps_its_status_its_dates_and_their_exactness():
    condition = {
        "resourceType": "Condition",
        "id": "c1",
        **OF_P1,
        "code": coded("38341003", "Hypertension", "http://snomed.info/sct"),
        "clinicalStatus": {"coding": [{"code": "resolved"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "onsetDateTime": "2012",
        "abatementDateTime": "2013-04",
        "recordedDate": "2012-06-01",
    }
    [record] = records(condition)

    assert record.effective_at == datetime(2012, 1, 1, 5, tzinfo=UTC)
    assert record.recorded_at == datetime(2012, 6, 1, 4, tzinfo=UTC)
    value = record.value
    assert (value["text"], value["clinical"], value["verification"]) == (
        "Hypertension",
        "resolved",
        "confirmed",
    )
    assert (value["onset"], value["abatement"]) == ("2012", "2013-04")


def test_a_medicine_keeps_status_times_and_the_words_of_its_dosage():
    order = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        **OF_P1,
        "status": "stopped",
        "intent": "order",
        "medicationCodeableConcept": coded("1", "Sertraline 100 MG", "rxnorm"),
        "authoredOn": "2019-05-01T09:00:00Z",
        "dosageInstruction": [
            {"text": "one in the morning"},
            {
                "asNeededBoolean": True,
                "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1.0, "unit": "tablet"}}],
            },
        ],
    }
    [record] = records(order)

    assert record.effective_at == datetime(2019, 5, 1, 9, tzinfo=UTC)
    assert (record.value["status"], record.value["intent"]) == ("stopped", "order")
    words, parts = record.value["dosage"]
    assert words == {"text": "one in the morning"}
    assert parts == {
        "as_needed": True,
        "dose": 1,
        "unit": "tablet",
        "times": 2,
        "period": 1,
        "period_unit": "d",
    }


def test_a_medicine_by_reference_is_read_with_the_drug_it_points_at():
    drug = {"resourceType": "Medication", "id": "d1", "code": {"text": "Sertraline"}}
    taken = {
        "resourceType": "MedicationStatement",
        "id": "m1",
        **OF_P1,
        "status": "active",
        "medicationReference": {"reference": "Medication/d1"},
        "effectivePeriod": {"start": "2019-05-01", "end": "2019-09"},
    }
    found = reading(person(), taken, drug, {**drug, "id": "d2"})

    value: Any = found.stored[0].records[0].value
    assert (value["text"], value["end"]) == ("Sertraline", "2019-09")
    assert [one.entry.id for one in found.drugs] == ["d1"]
    assert [one.entry.id for one in found.unread] == ["d2"]
    assert "not in this file" in reason(person(), taken)


def test_a_visit_keeps_its_start_end_and_reason_and_one_that_never_was_is_unread():
    visit = {
        "resourceType": "Encounter",
        "id": "e1",
        **OF_P1,
        "status": "finished",
        "class": {"code": "AMB"},
        "type": [{"text": "Check-up"}],
        "period": {"start": "2019-05-01T09:00:00Z", "end": "2019-05-01T09:30:00Z"},
        "reasonCode": [{"text": "Cough"}],
    }
    [record] = records(visit)

    assert (record.value["text"], record.value["reason"]) == ("Check-up", ["Cough"])
    assert record.value["end"] == "2019-05-01T09:30:00Z"
    assert "took place" in reason(person(), {**visit, "status": "planned"})


def test_what_points_at_another_patients_things_is_unread():
    second = person("p2", "200", given="Kei")
    visit = {
        "resourceType": "Encounter",
        "id": "e2",
        "subject": {"reference": "Patient/p2"},
        "status": "finished",
        "period": {"start": "2019-05-01"},
    }
    crossed = observation(encounter={"reference": "Encounter/e2"})
    direct = observation("o2", performer=[{"reference": "Patient/p2"}])

    found = reading(person(), second, visit, crossed, direct)
    assert [one.entry.id for one in found.unread] == ["o1", "o2"]
    assert all("another patient" in one.reason for one in found.unread)


def test_an_id_given_twice_is_read_once_and_two_people_of_one_id_not_at_all():
    repeated = reading(person(), observation(), observation(**quantity(71, "kg")))
    assert [one.reason for one in repeated.unread] == ["has the same id as resource 1 of the file"]

    doubtful = reading(person(), person(given="Kei"), observation())
    assert len(doubtful.unread) == 3
    assert not doubtful.people


def test_the_patients_of_the_demo_are_read_but_for_what_serein_does_not_read():
    for name, document in bundles():
        entries = bundle.parse(document)
        found = read(entries, now=NOW, zone=NEW_YORK, measures=MEASURES)

        assert len(found.people) == 1, name
        assert all("is not read by Serein" in one.reason for one in found.unread), name
        assert placed(found) == list(range(len(entries)))
