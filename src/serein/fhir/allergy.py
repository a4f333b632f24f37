"""AllergyIntolerance: what the patient must not meet, and what happened; or that none is known."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from serein.clinical.person import NONE_KNOWN
from serein.fhir.elements import Json, begins, concept, elements, first_code, moment, text
from serein.fhir.records import Record, UnreadableError

SNOMED = "http://snomed.info/sct"
# What the International Patient Summary writes where nothing is or may be known.
ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
# An answer in the shape of an allergy: nobody may read "no known allergy" as something to avoid.
ANSWERS = {
    (SNOMED, "716186003"),
    (SNOMED, "409137002"),
    (SNOMED, "160244002"),
    (ABSENT, "no-known-allergies"),
    (ABSENT, "no-known-medication-allergies"),
}
# Neither an allergy nor the whole answer: nobody asked, or only about food or surroundings.
NO_ANSWER = {
    (SNOMED, "429625007"),
    (SNOMED, "428607008"),
    (ABSENT, "no-known-food-allergies"),
    (ABSENT, "no-known-environmental-allergies"),
    (ABSENT, "no-allergy-info"),
}
OVER = ("inactive", "resolved")


def read(resource: Json, *, zone: tzinfo) -> list[Record]:
    """One record whose time is the onset, or else when it was written down; perhaps neither.

    That no allergy is known is the answer to a question, and no allergy.
    """
    verification = first_code(resource.get("verificationStatus"), name="verificationStatus")
    if verification == "entered-in-error":
        raise UnreadableError("is marked as entered in error")
    onset = moment(resource.get("onsetDateTime"), name="onsetDateTime", zone=zone)
    recorded = moment(resource.get("recordedDate"), name="recordedDate", zone=zone)
    when = onset or recorded
    about = concept(resource.get("code"), name="code")
    clinical = first_code(resource.get("clinicalStatus"), name="clinicalStatus")
    if _is_none_known(about, is_over=verification == "refuted" or clinical in OVER):
        times = (begins(when), begins(recorded))
        return [Record(NONE_KNOWN, True, *times, given_as=about["text"])]  # noqa: FBT003  a fact's value
    value: dict[str, Any] = {
        **about,
        "clinical": clinical,
        "verification": verification,
        "criticality": text(resource.get("criticality"), name="criticality"),
        "type": text(resource.get("type"), name="type"),
        "onset": onset.given if onset else "",
        "reactions": [_reaction(one) for one in _reactions(resource)],
    }
    return [Record("allergy", value, begins(when), begins(recorded))]


def _is_none_known(about: Json, *, is_over: bool) -> bool:
    codes = {(coding.get("system"), coding.get("code")) for coding in about["coding"]}
    if codes & NO_ANSWER:
        raise UnreadableError(f"does not say whether any allergy is known: {about['text'][:60]}")
    if codes & ANSWERS and is_over:
        raise UnreadableError("says that it holds no longer that no allergy is known")
    return bool(codes & ANSWERS)


def _reactions(resource: Json) -> list[Json]:
    return elements(resource.get("reaction"), name="reaction")


def _reaction(reaction: Json) -> dict[str, Any]:
    shown = elements(reaction.get("manifestation"), name="manifestation")
    return {
        "manifestations": [concept(one, name="manifestation")["text"] for one in shown],
        "severity": text(reaction.get("severity"), name="severity"),
    }
