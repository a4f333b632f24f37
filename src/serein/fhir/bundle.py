"""A bundle's bytes to its entries: broken files are refused with the place where they broke."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from serein.fhir.elements import Json
from serein.fhir.records import BrokenFileError

LARGEST_FILE_BYTES = 40 * 2**20
MOST_ENTRIES = 100_000
PACKED = {b"\x1f\x8b": "gzip", b"PK": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"%PDF": "PDF"}
ENTRIES_DEPTH = 2  # {bundle [entries {entry}]}: an entry closes back to depth 2
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"?|[\[\]{}]|NaN|-?Infinity', re.DOTALL)
_NAMES = {"NaN", "Infinity", "-Infinity"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of the file, in its place."""

    place: int
    kind: str
    id: str
    full_url: str
    resource: Json

    @property
    def reference(self) -> str:
        """How other resources call it: `Observation/123`."""
        return f"{self.kind}/{self.id}"


def parse(content: bytes) -> list[Entry]:
    """The entries of the bundle, in file order."""
    if not content.strip():
        raise BrokenFileError("The file is empty")
    if len(content) > LARGEST_FILE_BYTES:
        raise BrokenFileError(
            f"The file has {len(content):,} bytes; {LARGEST_FILE_BYTES:,} are the most"
        )
    for start, name in PACKED.items():
        if content.startswith(start):
            raise BrokenFileError(f"The file is {name}, not JSON; unpack it first")
    return _entries(_load(_decode(content)))


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenFileError(
            f"The file is not UTF-8: byte {error.start + 1}, line {line}"
        ) from None


def _load(document: str) -> Any:
    try:
        return json.loads(document, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise BrokenFileError(_broken_at(document, error.pos, error.msg)) from None
    except _ConstantError:
        name, position = next(_bare_names(document))
        raise BrokenFileError(_broken_at(document, position, f"{name} is no number")) from None
    except RecursionError:
        raise BrokenFileError("The file is nested too deeply to be a FHIR bundle") from None
    except ValueError:
        # Python refuses to read an integer of more than 4,300 digits, and says not where.
        raise BrokenFileError("The file holds a number of thousands of digits") from None


class _ConstantError(Exception):
    """NaN or Infinity stands where JSON wants a number."""


def _refuse_constant(name: str) -> None:
    raise _ConstantError(name)


def _object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BrokenFileError(f"The file says {twice[:40]!r} twice of one thing")
    return found


def _bare_names(document: str) -> Iterator[tuple[str, int]]:
    for token in _TOKEN.finditer(document):
        if token.group() in _NAMES:
            yield token.group(), token.start()


def _broken_at(document: str, position: int, what: str) -> str:
    line = document.count("\n", 0, position) + 1
    column = position - document.rfind("\n", 0, position)
    byte = len(document[:position].encode("utf-8", "surrogatepass")) + 1
    ended = "ends too early" if not document[position:].strip() else "breaks"
    whole = _resources_before(document, position)
    return (
        f"The file {ended}, after {whole} whole resources; export it again"
        f" (line {line}, column {column}, byte {byte}: {what})"
    )


def _resources_before(document: str, position: int) -> int:
    """How many entries of the bundle are whole before this place."""
    depth = whole = 0
    is_entries, before = False, ""
    for token in _TOKEN.finditer(document, 0, position):
        mark = token.group()
        if mark in ("{", "["):
            depth += 1
            if depth == ENTRIES_DEPTH:
                is_entries = before == '"entry"'
        elif mark in ("}", "]"):
            depth -= 1
            whole += is_entries and mark == "}" and depth == ENTRIES_DEPTH
        before = mark
    return whole


def _entries(bundle: Any) -> list[Entry]:
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise BrokenFileError("The file is JSON, but no FHIR Bundle")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise BrokenFileError("The bundle's entry is no list")
    if len(entries) > MOST_ENTRIES:
        raise BrokenFileError(f"The bundle has {len(entries):,} entries; {MOST_ENTRIES:,} at most")
    return [_entry(place, entry) for place, entry in enumerate(entries)]


def _entry(place: int, entry: Any) -> Entry:
    wrapped = entry if isinstance(entry, dict) else {}
    resource = wrapped.get("resource")
    resource = resource if isinstance(resource, dict) else {}
    full_url = _short(wrapped.get("fullUrl"))
    return Entry(
        place=place,
        kind=_short(resource.get("resourceType")),
        id=_short(resource.get("id")) or full_url.removeprefix("urn:uuid:"),
        full_url=full_url,
        resource=resource,
    )


def _short(value: object) -> str:
    """A name of at most 200 plain characters; anything else counts as absent."""
    is_name = isinstance(value, str) and len(value) <= 200 and value.isprintable()  # noqa: PLR2004  said above
    return str(value) if is_name else ""
