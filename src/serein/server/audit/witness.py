"""The heads of the chains, written outside the database.

Whoever can change the database can also compute its chain anew; the file named by
SEREIN_AUDIT_HEAD, on a disk or machine of its own, keeps what the heads were.
One line per audit line: time, chain, number of lines, head; parted by blanks.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

LINE = re.compile(r"\S+ (\S+) (\d{1,18}) ([0-9a-f]{64})\n")


class Head(NamedTuple):
    """How long a chain was, and its last digest, at one moment."""

    chain: str
    lines: int
    head: str


def file() -> Path | None:
    """Where the heads are kept, when the setting names a place."""
    return Path(settings.SEREIN_AUDIT_HEAD) if settings.SEREIN_AUDIT_HEAD else None


def append(chain: str, lines: int, head: str, *, at: datetime) -> None:
    """Add one head, in a single write, so that two processes never mix their lines."""
    if not (path := file()):
        return
    text = f"{at.astimezone(UTC).isoformat()} {chain} {lines} {head}\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def heads() -> Iterator[Head]:
    """Every head in the file, oldest first; a line torn by a power cut is passed over."""
    path = file()
    if path is None or not path.exists():
        return
    with path.open(errors="replace") as lines:
        for text in lines:
            if found := LINE.fullmatch(text):
                yield Head(found[1], int(found[2]), found[3])
