"""AllergyIntolerance: what the patient must not meet, and what happened when they did."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from serein.fhir.elements import Json, begins, concept, elements, first_code, moment, text
from serein.fhir.records import Record, UnreadableError


def read(resource: Json, *, zone: tzinfo) -> list[Record]:
    """One record whose time is the onset, or else when it was written down; perhaps neither."""
    verification = first_code(resource.get("verificationStatus"), name="verificationStatus")
    if verification == "entered-in-error":
        raise UnreadableError("is marked as entered in error")
    onset = moment(resource.get("onsetDateTime"), name="onsetDateTime", zone=zone)
    recorded = moment(resource.get("recordedDate"), name="recordedDate", zone=zone)
    when = onset or recorded
    value: dict[str, Any] = {
        **concept(resource.get("code"), name="code"),
        "clinical": first_code(resource.get("clinicalStatus"), name="clinicalStatus"),
        "verification": verification,
        "criticality": text(resource.get("criticality"), name="criticality"),
        "type": text(resource.get("type"), name="type"),
        "onset": onset.given if onset else "",
        "reactions": [_reaction(one) for one in _reactions(resource)],
    }
    return [Record("allergy", value, begins(when), begins(recorded))]


def _reactions(resource: Json) -> list[Json]:
    return elements(resource.get("reaction"), name="reaction")


def _reaction(reaction: Json) -> dict[str, Any]:
    shown = elements(reaction.get("manifestation"), name="manifestation")
    return {
        "manifestations": [concept(one, name="manifestation")["text"] for one in shown],
        "severity": text(reaction.get("severity"), name="severity"),
    }
