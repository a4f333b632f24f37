"""Bundles for tests: small ones made by hand, and the synthetic patients of the demo."""

import json
from pathlib import Path
from typing import Any

SYNTHEA = Path(__file__).parents[3] / "src/serein/server/demo/synthea"
HOSPITAL = "http://hospital.example"
LOINC = "http://loinc.org"


def person(id_="p1", number="100", *, family="Ito", given="Jun", born="1964-03-01", **more):
    return {
        "resourceType": "Patient",
        "id": id_,
        "identifier": [{"system": HOSPITAL, "value": number, "type": {"text": "Record number"}}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "gender": "male",
        "birthDate": born,
        **more,
    }


def quantity(value, unit):
    return {"valueQuantity": {"value": value, "unit": unit, "code": unit}}


def coded(code, display, system=LOINC):
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def observation(id_="o1", code="29463-7", *, of="p1", at="2020-01-02T10:00:00+00:00", **value):
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": coded(code, f"Measure {code}"),
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": at,
        **(value or quantity(70.5, "kg")),
    }


def pressure(id_="bp1", upper=120, lower=80, **more):
    parts = [
        {"code": coded("8480-6", "Systolic"), **quantity(upper, "mm[Hg]")},
        {"code": coded("8462-4", "Diastolic"), **quantity(lower, "mm[Hg]")},
    ]
    return observation(id_, "85354-9", component=parts, **more)


def allergy(id_="a1", *, of="p1", words="Penicillin", **more):
    return {
        "resourceType": "AllergyIntolerance",
        "id": id_,
        "patient": {"reference": f"Patient/{of}"},
        "code": {"text": words},
        **more,
    }


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def content(*resources: dict[str, Any]) -> bytes:
    return json.dumps(bundle(*resources)).encode()
