"""Paper shows the clinic's record number and no number that is worth stealing."""

import json
import uuid

import pytest

from serein.server.patients.actions import add_identifiers
from serein.server.patients.views import NUMBERED_HERE
from serein.server.treatment.paper import aftercare, record

HOSPITAL = "https://hospital.example.org/"
UUID = "5c818f3d-ddd0-4b9e-9b5e-1d1f7e6e0a57"
# As an exported chart has them, the one without a label first.
EXPORTED = [
    ("https://github.com/synthetichealth/synthea", UUID, ""),
    ("http://hl7.org/fhir/sid/us-ssn", "999-12-3456", "Social Security Number"),
    ("urn:oid:2.16.840.1.113883.4.3.25", "S99912345", "Driver's license number"),
    ("http://hl7.org/fhir/sid/passport-USA", "X1234567X", "Passport Number"),
]
CIVIL = ("999-12-3456", "S99912345", "X1234567X", UUID)


def said(day, *identifiers):
    """All that both papers say of a patient with these numbers."""
    add_identifiers(day.session.patient, identifiers=identifiers)
    words = {"by": day.nurse, "now": day.now}
    papers = (
        record.record_content(day.session, **words),
        aftercare.aftercare_content(day.session, **words),
    )
    return papers[0]["who"], json.dumps(papers, ensure_ascii=False)


def test_neither_paper_prints_a_civil_number_and_the_record_prints_the_clinics(day):
    who, everything = said(day, *EXPORTED, (HOSPITAL, "MR-4711", "Medical Record Number"))

    assert who.endswith(" · Medical Record Number MR-4711")
    assert [number for number in CIVIL if number in everything] == []


def test_a_patient_with_civil_numbers_alone_is_told_by_name_and_birth_date(day):
    who, everything = said(day, *EXPORTED)

    assert who.startswith("Born ")
    assert "·" not in who
    assert [number for number in CIVIL if number in everything] == []


@pytest.mark.parametrize(
    "identifier",
    [
        (NUMBERED_HERE, "999-12-3456", "Record number"),
        ("http://hl7.org/fhir/sid/us-ssn", "999123456", "Record number"),
        ("urn:oid:2.16.840.1.113883.4.1", "999123456", "Patient ID"),
        (HOSPITAL, "X1234567X", "Passport record number"),
    ],
)
def test_a_civil_number_under_the_name_of_a_record_number_is_left_out(day, identifier):
    who, _everything = said(day, identifier)

    assert "·" not in who


def test_a_number_for_machines_is_shown_by_its_beginning(day):
    who, everything = said(day, (HOSPITAL, UUID, "Medical Record Number"))

    assert who.endswith(" · Medical Record Number 5c818f3d…")
    assert UUID not in everything


def test_a_number_that_people_read_goes_before_one_for_machines(day):
    who, _everything = said(
        day,
        (HOSPITAL, str(uuid.UUID(int=1)), "Medical Record Number"),
        (NUMBERED_HERE, "4711", "Record number"),
    )

    assert who.endswith(" · Record number 4711")
