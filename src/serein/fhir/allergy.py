"""AllergyIntolerance: what the patient must not meet, and what happened; or that none is known."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from serein.clinical.person import NO_DRUG_KNOWN, NONE_KNOWN
from serein.fhir.elements import Json, begins, concept, elements, first_code, moment, text
from serein.fhir.records import Record, UnreadableError

SNOMED = "http://snomed.info/sct"
# What the International Patient Summary writes where nothing is or may be known.
ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
# An answer in the shape of an allergy: nobody may read "no known allergy" as something to avoid.
ANSWERS = {
    (SNOMED, "716186003"): NONE_KNOWN,
    (SNOMED, "160244002"): NONE_KNOWN,
    (ABSENT, "no-known-allergies"): NONE_KNOWN,
    (SNOMED, "409137002"): NO_DRUG_KNOWN,
    (ABSENT, "no-known-medication-allergies"): NO_DRUG_KNOWN,
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
    if answer := answered(about, is_over=verification == "refuted" or clinical in OVER):
        times = (begins(when), begins(recorded))
        return [Record(answer, True, *times, given_as=about["text"])]  # noqa: FBT003  a fact's value
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


def answered(about: Json, *, is_over: bool = False) -> str:
    """Our code of the answer that no allergy is known; empty when it is about an allergy.

    That none is known at all outranks that no drug is.
    """
    codes = {(coding.get("system"), coding.get("code")) for coding in about["coding"]}
    if codes & NO_ANSWER:
        raise UnreadableError(f"does not say whether any allergy is known: {about['text'][:60]}")
    said = {ANSWERS[code] for code in codes if code in ANSWERS}
    if said and is_over:
        raise UnreadableError("says that it holds no longer that no allergy is known")
    return min(said, default="", key=len)


def _reactions(resource: Json) -> list[Json]:
    return elements(resource.get("reaction"), name="reaction")


def _reaction(reaction: Json) -> dict[str, Any]:
    shown = elements(reaction.get("manifestation"), name="manifestation")
    return {
        "manifestations": [concept(one, name="manifestation")["text"] for one in shown],
        "severity": text(reaction.get("severity"), name="severity"),
    }
