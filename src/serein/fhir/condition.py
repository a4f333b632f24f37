"""Condition: a diagnosis or problem, with when it began and ended."""

from __future__ import annotations

from datetime import tzinfo

from serein.fhir.elements import Json, begins, concept, elements, first_code, moment, text
from serein.fhir.records import Record, UnreadableError


def read(resource: Json, *, zone: tzinfo) -> list[Record]:
    """One record whose time is the onset, or else the day it was recorded; perhaps neither."""
    verification = first_code(resource.get("verificationStatus"), name="verificationStatus")
    if verification == "entered-in-error":
        raise UnreadableError("is marked as entered in error")
    onset = moment(resource.get("onsetDateTime"), name="onsetDateTime", zone=zone)
    ended = moment(resource.get("abatementDateTime"), name="abatementDateTime", zone=zone)
    recorded = moment(resource.get("recordedDate"), name="recordedDate", zone=zone)
    when = onset or recorded
    categories = elements(resource.get("category"), name="category")
    value = {
        **concept(resource.get("code"), name="code"),
        "clinical": first_code(resource.get("clinicalStatus"), name="clinicalStatus"),
        "verification": verification,
        "category": first_code(categories[0], name="category") if categories else "",
        "onset": onset.given if onset else _other_onset(resource),
        "abatement": ended.given if ended else "",
    }
    return [Record("condition", value, begins(when), begins(recorded))]


def _other_onset(resource: Json) -> str:
    return text(resource.get("onsetString"), name="onsetString")
