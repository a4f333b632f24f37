"""What the words that answer about one patient share: files, times and evidence."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serein.cli.answers import say
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


def facts_of(file: Path, *, library: "Library", now: datetime) -> "list[Fact]":
    """The facts of a file, or a refusal that names the place; says which are not true yet."""
    from serein.clinical.fact_file import read_facts  # noqa: PLC0415  keeps `serein --help` quick

    facts = read_facts(parsed(file), dictionary=library.dictionary)
    later = [f"fact {n} ({fact.code})" for n, fact in enumerate(facts) if fact.effective_at > now]
    if later:
        asked = now.astimezone(UTC)
        say(f"Dated after {asked:%Y-%m-%d %H:%M} UTC, so not counted: {', '.join(later)}.")
    return facts


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


def told(fact: "Fact") -> str:
    """A fact as a person reads it: code, value with its unit, and the day it was true."""
    value = fact.value
    if isinstance(value, Mapping):
        words = ", ".join(f"{part} {_plain(each)}" for part, each in value.items())
    else:
        words = _plain(value)
    unit = f" {fact.unit}" if fact.unit else ""
    return f"{fact.code}: {words}{unit} ({fact.effective_at:%Y-%m-%d})"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
