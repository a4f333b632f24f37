"""Whom to call in a crisis, by country."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from serein.clinical.content_file import Draft
from serein.clinical.criteria import Source
from serein.clinical.dated import newest, said
from serein.clinical.errors import InputError
from serein.clinical.shelf import Shelf
from serein.clinical.tables import ContentTable, Marked, Table, Words

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class CrisisLine(Marked):
    """A number, how it is reached, and what it is for."""

    id: Words
    number: Words
    reach: Annotated[tuple[Literal["call", "text", "chat"], ...], Field(min_length=1)]
    text: Words
    is_emergency: bool = False


class CrisisNote(Marked):
    """What must be known about the lines of a country."""

    text: Words


class Country(Table):
    """The lines of a country; the first is the one to show first.

    `members` are the countries of a union that are answered by its lines.
    """

    id: CountryCode
    title: Words
    also: tuple[str, ...] = ()
    members: tuple[CountryCode, ...] = ()
    line: Annotated[list[CrisisLine], Field(min_length=1)]
    note: tuple[CrisisNote, ...] = ()


class CrisisCase(Table):
    """A worked example: a country as it is asked for, and its numbers in order."""

    name: Words
    country: Words
    numbers: list[str]


class CrisisFile(ContentTable):
    """Crisis lines by country."""

    country: Annotated[list[Country], Field(min_length=1)]
    case: Annotated[list[CrisisCase], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Number:
    """One line to call, with its ground."""

    id: str
    number: str
    reach: tuple[str, ...]
    text: str
    is_emergency: bool
    source: Source
    checked: bool
    policy: bool


@dataclass(frozen=True, slots=True)
class Help:
    """The lines of one country, the first to show first, and what must be known about them."""

    country: str
    title: str
    lines: tuple[Number, ...]
    notes: tuple[str, ...]


def help_in(files: Iterable[CrisisFile], country: str) -> Help:
    """The crisis lines of a country.

    Raises:
        InputError: None is held for it. No other country is proposed: a near name is a far country.
    """
    held = [(file, each) for file in newest(files) for each in file.country]
    asked = country.upper()
    found = [
        (file, each)
        for file, each in held
        if asked in (each.id, *each.members, *map(str.upper, each.also))
    ]
    # A country's own entry stands before the one of the union it belongs to.
    found.sort(key=lambda one: asked in one[1].members)
    if not found:
        codes = ", ".join(sorted({each.id for _, each in held}))
        raise InputError(f"no crisis line is held for '{country}'; those held are of {codes}")
    lines = [_number(file, line) for file, each in found for line in each.line]
    notes = [said(note.text, note) for _, each in found for note in each.note]
    _, first = found[0]
    return Help(first.id, first.title, tuple(lines), tuple(notes))


def _number(file: CrisisFile, line: CrisisLine) -> Number:
    source = file.source_of(line)
    return Number(
        line.id,
        line.number,
        line.reach,
        line.text,
        line.is_emergency,
        source,
        line.checked,
        line.policy,
    )


def crisis_lines(draft: Draft, _on: Shelf) -> tuple[CrisisFile, list[tuple[str, str]]]:
    """The crisis lines of a file, with its worked cases run."""
    built = CrisisFile.of(draft.raw)
    return built, [
        (case.name, reason) for case in built.case for reason in _differences(built, case)
    ]


def _differences(file: CrisisFile, case: CrisisCase) -> Iterator[str]:
    try:
        numbers = [line.number for line in help_in([file], case.country).lines]
    except InputError as refusal:
        yield str(refusal)
        return
    if numbers != case.numbers:
        yield f"gives {numbers}"
