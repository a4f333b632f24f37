"""What a FHIR resource becomes: one patient's details, or records on their way to be facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from serein.clinical.errors import InputError
from serein.clinical.facts import FactValue


class UnreadableError(InputError):
    """One resource cannot be read; it is kept and listed with this reason."""


class BrokenFileError(InputError):
    """The whole file cannot be read; nothing of it is stored."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing a resource says, with its own times; `part` tells two of one resource apart.

    A condition or allergy without any date has no `effective_at`: it is known from its import on.
    """

    code: str
    value: FactValue
    effective_at: datetime | None
    recorded_at: datetime | None = None
    unit: str | None = None
    part: str = ""
    given_as: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """An identifier: the system that gave it, the value, and what that system calls it."""

    system: str
    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as the file describes them."""

    numbers: tuple[Number, ...]
    family_name: str
    given_name: str
    born_on: date
    sex: str
    phone: str
    email: str
    address: dict[str, Any]
    died_on: date | None
