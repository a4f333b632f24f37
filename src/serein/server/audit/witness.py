"""The heads of the chains, written outside the database.

Whoever can change the database can also compute its chain anew; the file named by
SEREIN_AUDIT_HEAD, on a disk or machine of its own, keeps what the heads were.
One line per audit line: time, chain, number of lines, head; parted by blanks. After a restore a
line of the same kind that ends in "restored" says from where a chain goes on; what the file knew
beyond it stays there to be read. A line that ends in "backup" and a checksum is the one in which
that backup told of itself. "# house" and the chain of a clinic say whose the file is.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from serein.server.audit.lines import HOUSE

LINE = re.compile(r"(\S+) (\S+) (\d{1,18}) ([0-9a-f]{64})(?:( restored)| backup ([0-9a-f]{64}))?\n")
WHOSE = re.compile(r"# house (\S+)\n")
log = structlog.get_logger("serein.audit")
# Why the last head was not written; empty when it was, or when none had to be.
_trouble = ""
# Files of which this process knows that they say whose they are.
_said_whose: set[Path] = set()


class Head(NamedTuple):
    """How long a chain was, and its last digest, at one moment."""

    chain: str
    lines: int
    head: str
    at: str = ""
    is_restore: bool = False
    backup: str = ""


def file() -> Path | None:
    """Where the heads are kept, when the setting names a place."""
    return Path(settings.SEREIN_AUDIT_HEAD) if settings.SEREIN_AUDIT_HEAD else None


def house() -> str:
    """The chain of a clinic of the house that the file belongs to; empty when it does not say."""
    path = file()
    if path is None or not path.is_file():
        return ""
    with path.open(errors="replace") as lines:
        return next((found[1] for text in lines if (found := WHOSE.fullmatch(text))), "")


def append(
    chain: str, lines: int, head: str, *, at: datetime, is_restore: bool = False, backup: str = ""
) -> None:
    """Add one head, in a single write, so that two processes never mix their lines.

    What it tells of is committed already: a head that cannot be written is told, never raised.
    """
    global _trouble  # noqa: PLW0603  how the one file of this process stands
    if not (path := file()):
        return
    mark = " restored" if is_restore else f" backup {backup}" if backup else ""
    text = f"{at.astimezone(UTC).isoformat()} {chain} {lines} {head}{mark}\n"
    try:
        _write(path, _whose(path, chain) + text)
        _trouble = ""
    except OSError as reason:
        _trouble = reason.strerror or str(reason)
        log.error("audit.head_not_written", chain=chain, line=lines, reason=_trouble)


def _whose(path: Path, chain: str) -> str:
    """The line that says whose the file is, where it does not say it yet."""
    if chain == HOUSE or path in _said_whose:
        return ""
    known = house()
    _said_whose.add(path)
    return "" if known else f"# house {chain}\n"


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def trouble() -> str:
    """Why this process could not write the last head; empty when all is well."""
    return _trouble


def obstacle() -> str:
    """Why no head could be written now; empty when one could. Makes no file."""
    if not (path := file()):
        return ""
    try:
        if path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
            return ""
    except OSError as reason:
        return reason.strerror or str(reason)
    if not path.parent.is_dir():
        return _("there is no folder %s") % path.parent
    can_be_made = os.access(path.parent, os.W_OK | os.X_OK)
    return "" if can_be_made else _("no file can be made in %s") % path.parent


def heads() -> Iterator[Head]:
    """Every head in the file, oldest first; a line torn by a power cut is passed over."""
    path = file()
    if path is None or not path.exists():
        return
    with path.open(errors="replace") as lines:
        for text in lines:
            if found := LINE.fullmatch(text):
                at, chain, count, head, mark, backup = found.groups()
                yield Head(chain, int(count), head, at, is_restore=bool(mark), backup=backup or "")
