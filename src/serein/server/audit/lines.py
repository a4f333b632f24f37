"""The shape of one audit line, and the digest that chains it to the line before."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

HOUSE = "house"
START = "0" * 64


class Named(Protocol):
    """Whatever has an id of its own: a clinic, a person, a patient, a row."""

    @property
    def pk(self) -> Any:
        """The identifier."""


@dataclass(frozen=True, slots=True)
class Line:
    """Everything of one audit line that its digest covers."""

    id: UUID
    chain: str
    line: int
    at: datetime
    by_id: UUID | None
    by_name: str
    verb: str
    subject: str
    subject_id: UUID | None
    patient_id: UUID | None
    details: Any
    previous: str


FIELDS = tuple(Line.__slots__)


def digest(line: Line) -> str:
    """SHA-256 of the line as canonical JSON, the previous line's digest included."""
    fields = [
        str(line.id),
        line.chain,
        line.line,
        line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        line.by_id and str(line.by_id),
        line.by_name,
        line.verb,
        line.subject,
        line.subject_id and str(line.subject_id),
        line.patient_id and str(line.patient_id),
        line.details,
        line.previous,
    ]
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """The value as both databases give it back: fractions and times become text.

    PostgreSQL rewrites numbers such as 1e16 when it stores JSON, which would change the digest.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [plain(item) for item in items]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)
