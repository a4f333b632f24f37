"""What the words that answer about one patient share: files, times and evidence."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.clinical.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serein.clinical.facts import Fact
    from serein.clinical.library import Library

FactsFile = Annotated[
    Path, typer.Option("--facts", help="JSON file of facts.", exists=True, dir_okay=False)
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="ISO 8601 with offset; without it, now."),
]


def facts_of(file: Path, *, library: "Library") -> "list[Fact]":
    """The facts of a file, or a refusal that names the place."""
    from serein.clinical.fact_file import read_facts  # noqa: PLC0415  keeps `serein --help` quick

    return read_facts(parsed(file), dictionary=library.dictionary)


def parsed(file: Path) -> Any:
    """The JSON document of a file."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as wrong:
        raise InputError(f"{file.name} is no JSON: {wrong}") from wrong


def moment(at: str | None) -> datetime:
    """The time that was asked about; now when none was."""
    if at is None:
        return datetime.now(UTC)
    try:
        asked = datetime.fromisoformat(at)
    except ValueError:
        raise InputError(f"--at is an ISO 8601 time, not '{at}'") from None
    if asked.tzinfo is None:
        raise InputError(f"--at needs its offset, as in {at}-05:00")
    return asked


def day(word: str, *, option: str) -> date:
    """The day that was given to an option."""
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise InputError(f"{option} is a day such as 2026-01-05, not '{word}'") from None


def evidence(found: "Iterable[Fact]") -> list[dict[str, Any]]:
    """Facts as an answer shows them."""
    return [
        {"code": fact.code, "value": fact.value, "at": fact.effective_at.isoformat()}
        for fact in found
    ]
