"""The small types FHIR resources are built of, each read or refused with a reason."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from serein.fhir.records import UnreadableError

LONGEST_TEXT = 2_000
MOST_REPEATS = 200
LARGEST_NUMBER = 1e12
EARLIEST_YEAR = 1880
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)
_DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?\Z", re.ASCII
)
_FINE_SECONDS = re.compile(r"(\.\d{6})\d+")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """A FHIR date or time: where it begins, how exact it is, and the words it was given in."""

    begins_at: datetime
    precision: str  # year, month, day, time
    given: str


def text(value: object, *, name: str) -> str:
    """The words, trimmed; empty when absent."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableError(f"{name} is {_kind(value)}, not text")
    if len(value) > LONGEST_TEXT:
        raise UnreadableError(f"{name} is longer than {LONGEST_TEXT} characters")
    # PostgreSQL cannot hold a NUL, and no database an unpaired surrogate.
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
        raise UnreadableError(f"{name} holds a character that cannot be stored")
    return value.strip()


def element(value: object, *, name: str) -> Json:
    """The object; empty when absent."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableError(f"{name} is {_kind(value)}, not an object")
    return value


def elements(value: object, *, name: str) -> list[Json]:
    """The objects of a list; empty when absent."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"{name} is {_kind(value)}, not a list")
    if len(value) > MOST_REPEATS:
        raise UnreadableError(f"{name} repeats more than {MOST_REPEATS} times")
    return [element(item, name=name) for item in value]


def number(value: object, *, name: str) -> int | float:
    """A finite number of a size that something measured can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableError(f"{name} is {_kind(value)}, not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise UnreadableError(f"{name} is not a finite number")
    if abs(value) > LARGEST_NUMBER:
        raise UnreadableError(f"{name} is too large to be a measurement")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def moment(value: object, *, name: str, zone: tzinfo) -> Moment | None:
    """The date or time; None when absent. A day begins at midnight in the clinic's zone."""
    given = text(value, name=name)
    if not given:
        return None
    try:
        return _date_time(given) or _day(given, zone=zone)
    except (ValueError, OverflowError):
        raise UnreadableError(f"{name} is not a date or time: {given[:40]}") from None


def begins(moment: Moment | None) -> datetime | None:
    """When it begins; None when the moment is absent."""
    return moment.begins_at if moment else None


def day(value: object, *, name: str) -> date | None:
    """The whole date; None when absent."""
    given = text(value, name=name)
    if not given:
        return None
    try:
        if not _DATE.match(given):
            raise ValueError(given)
        found = date.fromisoformat(given)
        if found.year < EARLIEST_YEAR:
            raise ValueError(given)
        return found
    except ValueError:
        raise UnreadableError(f"{name} is not a whole date: {given[:40]}") from None


def concept(value: object, *, name: str) -> Json:
    """A coded idea as `{"text", "coding": [{"system", "code", "display"}]}`; refused when empty."""
    read = element(value, name=name)
    codings = [
        {
            part: words
            for part in ("system", "code", "display")
            if (words := text(coding.get(part), name=f"{name}.{part}"))
        }
        for coding in elements(read.get("coding"), name=name)
    ]
    codings = [coding for coding in codings if coding]
    words = text(read.get("text"), name=f"{name}.text") or next(_shown(codings), "")
    if not words:
        raise UnreadableError(f"{name} says neither a code nor words")
    return {"text": words, "coding": codings}


def first_code(value: object, *, name: str) -> str:
    """The first code of a coded idea that may be absent, such as a clinical status."""
    codings = elements(element(value, name=name).get("coding"), name=name)
    return text(codings[0].get("code"), name=name) if codings else ""


def _shown(codings: list[dict[str, str]]) -> Iterator[str]:
    return (coding.get("display") or coding.get("code", "") for coding in codings)


def _date_time(given: str) -> Moment | None:
    if not _DATE_TIME.match(given):
        return None
    at = datetime.fromisoformat(_FINE_SECONDS.sub(r"\1", given))
    if at.tzinfo is None:
        raise UnreadableError(f"{given} has a time but no zone")
    return Moment(_sane(at), "time", given)


def _day(given: str, *, zone: tzinfo) -> Moment:
    found = _DATE.match(given)
    if not found:
        raise ValueError(given)
    year, month, day_of_month = found.groups()
    begins_on = date(int(year), int(month or 1), int(day_of_month or 1))
    precision = "day" if day_of_month else "month" if month else "year"
    return Moment(_sane(datetime.combine(begins_on, time(), zone)), precision, given)


def _sane(at: datetime) -> datetime:
    """The time in UTC, when a person alive today could have been there."""
    if at.year < EARLIEST_YEAR:
        raise ValueError(at)
    return at.astimezone(UTC)


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text"}
    names |= {list: "a list", dict: "an object", type(None): "null"}
    return names[type(value)]
