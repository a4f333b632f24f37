"""A file of facts about one patient: read whole, or refused with the place and the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from serein.clinical.dictionary import Dictionary
from serein.clinical.errors import FactFileError, SereinError
from serein.clinical.facts import Fact
from serein.clinical.vocabulary import nearest

REQUIRED = ("code", "value", "at")
KEYS = (*REQUIRED, "id", "unit", "recorded_at", "source", "by", "panel", "encounter", "replaces")
# `derived_by` of a value that the chart itself tells: no file may say it otherwise.
WORKED_OUT = "history"


@dataclass(frozen=True, slots=True)
class _Row:
    """One entry of the file and where it stands."""

    index: int
    entry: Mapping[str, Any]

    def refuse(self, reason: str) -> FactFileError:
        code = self.entry.get("code")
        name = f" ({code})" if isinstance(code, str) else ""
        return FactFileError(f"fact {self.index}{name}: {reason}")


def read_facts(document: Any, *, dictionary: Dictionary) -> list[Fact]:
    """The facts of a parsed JSON document: a list, or an object whose `facts` is one.

    Args:
        document: `[{"code", "value", "at", "unit"?, "recorded_at"?, "source"?, "by"?, "id"?,
            "panel"?, "encounter"?, "replaces"?}, ...]`; times are ISO 8601 with an offset. `id`,
            `panel`, `encounter` and `replaces` are any words that tell one thing from another;
            `unit` may be left out where people measure in one unit alone.
        dictionary: Which codes there are, and what can be a value of each.

    Returns:
        The facts in the order of the file. Without an encounter, what was true before the patient
        sat down belongs to an earlier visit.

    Raises:
        FactFileError: Something in it is wrong, or is worked out and no input; nothing of it is
            used. The sentence names the index (from 0), the code, the reason and, for a code that
            is not known, the nearest that is.
    """
    entries = document.get("facts") if isinstance(document, Mapping) else document
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise FactFileError('a file of facts is a list of objects, or {"facts": [...]}')
    rows = [_row(index, entry) for index, entry in enumerate(entries)]
    facts = [_fact(row, dictionary=dictionary) for row in rows]
    _check_ids(rows, facts)
    return facts


def _row(index: int, entry: Any) -> _Row:
    if not isinstance(entry, Mapping):
        raise FactFileError(f"fact {index}: an object is expected, not {type(entry).__name__}")
    row = _Row(index, entry)
    for key in REQUIRED:
        if entry.get(key) is None:
            raise row.refuse(f"'{key}' is missing")
    for key in entry:
        if key not in KEYS:
            raise row.refuse(f"'{key}' is no part of a fact{nearest(str(key), KEYS)}")
    return row


def _fact(row: _Row, *, dictionary: Dictionary) -> Fact:
    entry = row.entry
    code = _text(row, "code")
    unit = _text(row, "unit") if "unit" in entry else None
    try:
        dictionary.check(code, entry["value"], unit=unit)
    except SereinError as refusal:
        raise row.refuse(str(refusal)) from refusal
    if dictionary.code(code).derived_by == WORKED_OUT:
        raise row.refuse(
            "it is worked out from the other facts; leave it out and give those it comes from"
        )
    if needed := dictionary.code(code).unit_refusal(entry["value"], unit=unit):
        raise row.refuse(needed)
    at = _time(row, "at")
    return Fact(
        id=_name(row, "id") or uuid5(NAMESPACE_OID, f"serein:fact:{row.index}"),
        code=code,
        value=entry["value"],
        effective_at=at,
        recorded_at=_time(row, "recorded_at") if "recorded_at" in entry else at,
        unit=unit,
        source=str(entry.get("source", "")),
        by=str(entry.get("by", "")),
        panel=_name(row, "panel"),
        encounter=_name(row, "encounter"),
        replaces=_name(row, "replaces"),
    )


def _text(row: _Row, key: str) -> str:
    value = row.entry[key]
    if not isinstance(value, str):
        raise row.refuse(f"'{key}' is text, not {value!r}")
    return value


def _time(row: _Row, key: str) -> datetime:
    """A time with its offset: without one, the same words name a different moment elsewhere."""
    try:
        at = datetime.fromisoformat(_text(row, key))
    except ValueError:
        raise row.refuse(f"'{key}' is an ISO 8601 time, not {row.entry[key]!r}") from None
    if at.tzinfo is None:
        raise row.refuse(f"'{key}' needs its offset, as in {at:%Y-%m-%dT%H:%M}-05:00")
    return at


def _name(row: _Row, key: str) -> UUID | None:
    value = row.entry.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise row.refuse(f"'{key}' is text, not {value!r}")
    try:
        return UUID(value)
    except ValueError:
        return uuid5(NAMESPACE_OID, f"serein:{value}")


def _check_ids(rows: Iterable[_Row], facts: Iterable[Fact]) -> None:
    seen: dict[UUID, Fact] = {}
    pairs = list(zip(rows, facts, strict=True))
    for row, fact in pairs:
        if fact.id in seen:
            raise row.refuse(f"the id {row.entry['id']!r} is used twice")
        seen[fact.id] = fact
    for row, fact in pairs:
        if fact.replaces is not None and fact.replaces not in seen:
            raise row.refuse(f"replaces {row.entry['replaces']!r}, which is not in the file")
