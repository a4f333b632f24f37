"""What the patient must not meet is an allergy; that none is known is an answer."""

from datetime import UTC, datetime

import pytest

from tests.fhir.test_reading import reason, records
from tests.server.transfer.bundles import allergy, coded, person

SNOMED = "http://snomed.info/sct"
SUMMARY = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"


def test_an_allergy_keeps_reactions_and_may_have_no_date():
    [record] = records(
        allergy(
            criticality="high",
            reaction=[{"manifestation": [{"text": "Hives"}], "severity": "severe"}],
        )
    )

    assert record.effective_at is None
    assert record.value["criticality"] == "high"
    assert record.value["reactions"] == [{"manifestations": ["Hives"], "severity": "severe"}]


def said_of_allergies(code, system=SNOMED, **more):
    return allergy(code=coded(code, f"Says {code}", system), recordedDate="2024-05-02", **more)


@pytest.mark.parametrize(
    ("system", "code", "answer"),
    [
        (SNOMED, "716186003", "allergy.none-known"),
        (SNOMED, "409137002", "allergy.none-known-drug"),
        (SUMMARY, "no-known-allergies", "allergy.none-known"),
        (SUMMARY, "no-known-medication-allergies", "allergy.none-known-drug"),
    ],
)
def test_that_no_allergy_is_known_is_an_answer_and_no_allergy(system, code, answer):
    [record] = records(said_of_allergies(code, system))

    assert (record.code, record.value) == (answer, True)
    assert record.effective_at == datetime(2024, 5, 2, 4, tzinfo=UTC)
    assert record.given_as == f"Says {code}"


def test_the_same_number_of_another_system_is_an_allergy():
    [record] = records(said_of_allergies("716186003", "http://elsewhere.example"))

    assert record.code == "allergy"


@pytest.mark.parametrize(
    "over",
    [
        {"clinicalStatus": {"coding": [{"code": "resolved"}]}},
        {"verificationStatus": {"coding": [{"code": "refuted"}]}},
    ],
    ids=["resolved", "refuted"],
)
def test_an_answer_that_is_over_or_refuted_answers_nothing(over):
    told = reason(person(), said_of_allergies("716186003", **over))

    assert "holds no longer" in told


@pytest.mark.parametrize(("system", "code"), [(SNOMED, "429625007"), (SUMMARY, "no-allergy-info")])
def test_an_answer_about_food_alone_or_none_at_all_is_left_to_be_asked(system, code):
    told = reason(person(), said_of_allergies(code, system))

    assert told == f"does not say whether any allergy is known: Says {code}"
