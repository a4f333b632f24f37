"""MedicationRequest and MedicationStatement: what was prescribed or is taken, and how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from serein.fhir.elements import Json, begins, concept, element, elements, moment, number, text
from serein.fhir.records import Record, UnreadableError


def read_request(resource: Json, *, zone: tzinfo, drugs: Mapping[str, Json]) -> list[Record]:
    """One record at the time the order was written."""
    authored = moment(resource.get("authoredOn"), name="authoredOn", zone=zone)
    if authored is None:
        raise UnreadableError("does not say when it was ordered")
    value = _value(resource, drugs=drugs, dosages="dosageInstruction") | {
        "kind": "order",
        "intent": text(resource.get("intent"), name="intent"),
        "start": authored.given,
    }
    return [Record("medication", value, authored.begins_at, authored.begins_at)]


def read_statement(resource: Json, *, zone: tzinfo, drugs: Mapping[str, Json]) -> list[Record]:
    """One record at the time the patient began to take it."""
    period = element(resource.get("effectivePeriod"), name="effectivePeriod")
    start = moment(period.get("start"), name="effectivePeriod.start", zone=zone)
    end = moment(period.get("end"), name="effectivePeriod.end", zone=zone)
    at = moment(resource.get("effectiveDateTime"), name="effectiveDateTime", zone=zone)
    asserted = moment(resource.get("dateAsserted"), name="dateAsserted", zone=zone)
    when = start or at or asserted
    if when is None:
        raise UnreadableError("does not say when it was taken")
    value = _value(resource, drugs=drugs, dosages="dosage") | {
        "kind": "statement",
        "start": (start or at or when).given if start or at else "",
        "end": end.given if end else "",
    }
    return [Record("medication", value, when.begins_at, begins(asserted))]


def drug_reference(resource: Json) -> str:
    """The Medication resource this one points at; empty when it names the drug itself."""
    reference = element(resource.get("medicationReference"), name="medicationReference")
    return text(reference.get("reference"), name="medicationReference.reference")


def _value(resource: Json, *, drugs: Mapping[str, Json], dosages: str) -> dict[str, Any]:
    status = text(resource.get("status"), name="status")
    if status == "entered-in-error":
        raise UnreadableError("is marked as entered in error")
    if not status:
        raise UnreadableError("has no status")
    listed = elements(resource.get(dosages), name=dosages)
    return {
        **_drug(resource, drugs=drugs),
        "status": status,
        "dosage": [_dosage(dosage) for dosage in listed],
        "reason": [
            concept(reason, name="reasonCode")["text"]
            for reason in elements(resource.get("reasonCode"), name="reasonCode")
        ],
    }


def _drug(resource: Json, *, drugs: Mapping[str, Json]) -> Json:
    reference = drug_reference(resource)
    if not reference:
        return concept(resource.get("medicationCodeableConcept"), name="medication")
    if reference not in drugs:
        raise UnreadableError("points at a medicine that is not in this file")
    return concept(drugs[reference].get("code"), name="medication")


def _dosage(dosage: Json) -> dict[str, Any]:
    """The words as given, beside the parts that FHIR gives as numbers."""
    repeat = element(element(dosage.get("timing"), name="timing").get("repeat"), name="repeat")
    rates = elements(dosage.get("doseAndRate"), name="doseAndRate")
    dose = element(rates[0].get("doseQuantity"), name="doseQuantity") if rates else {}
    parts: dict[str, Any] = {
        "text": text(dosage.get("text"), name="dosage.text"),
        "as_needed": dosage.get("asNeededBoolean") is True,
        "dose": _optional(dose.get("value"), name="dose"),
        "unit": text(dose.get("unit"), name="dose.unit"),
        "times": _optional(repeat.get("frequency"), name="frequency"),
        "period": _optional(repeat.get("period"), name="period"),
        "period_unit": text(repeat.get("periodUnit"), name="periodUnit"),
    }
    return {name: part for name, part in parts.items() if part not in ("", None, False)}


def _optional(value: object, *, name: str) -> int | float | None:
    return None if value is None else number(value, name=name)
