"""The one number of the patient that paper shows: the clinic's record number, or none."""

import re
from collections.abc import Iterable

from serein.server.patients.models import Identifier

RECORD = re.compile(
    r"\b(?:medical[- ]record|record[- ]number|(?:chart|hospital|patient) (?:number|id)|mrn)\b",
    re.IGNORECASE,
)
# By name, by the addresses that FHIR gives them, and by the look of one typed in by hand.
CIVIL = re.compile(
    r"social.?security|\bssn\b|us-ssn|licen[cs]e|passport"
    r"|\b2\.16\.840\.1\.113883\.4\.(?:1|3|330)\b|\b\d{3}-\d{2}-\d{4}\b",
    re.IGNORECASE,
)
UUID = re.compile(r"([0-9a-f]{8})(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)


def record_number(identifiers: Iterable[Identifier]) -> str:
    """The record number with its label; empty when no number is known to be one.

    Paper gets lost: what opens a bank account, as a Social Security number does, is never on it.
    A number that only a machine reads is shown by its beginning, and only when there is no other.
    """
    known = [one for one in identifiers if _is_record(one)]
    chosen = min(known, key=_rank, default=None)
    if chosen is None:
        return ""
    machine = UUID.fullmatch(chosen.value)
    value = f"{machine[1]}…" if machine else chosen.value
    return f"{chosen.label or chosen.system} {value}"


def _is_record(one: Identifier) -> bool:
    named = f"{one.system} {one.label}"
    return bool(RECORD.search(named)) and not CIVIL.search(f"{named} {one.value}")


def _rank(one: Identifier) -> tuple[bool, bool, str, str]:
    """One that a person can read first, then one with a name; the rest only keeps the order."""
    return bool(UUID.fullmatch(one.value)), not one.label, one.system, one.value
