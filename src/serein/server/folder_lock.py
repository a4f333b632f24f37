"""One server for each SQLite folder: its process holds a lock that the system lets go of itself."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from serein.clinical.errors import SereinError

NAME = "serving.lock"
# Windows locks bytes, not files: one that is never written, so that who holds it can be read.
LOCKED_AT = 1 << 20


class FolderInUseError(SereinError):
    """Another server works on this data folder; two would not know of each other's writers."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder while serving from SQLite; on PostgreSQL several servers share the work.

    Killed at any point, the process takes its lock with it: what is left of the file says nothing.

    Raises:
        FolderInUseError: Another server holds it.
    """
    with _held(folder) if connection.vendor == "sqlite" else nullcontext():
        yield


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / NAME
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _lock(descriptor):
            raise FolderInUseError(_refusal(file))
        since = datetime.now(UTC).isoformat(timespec="seconds")
        os.truncate(descriptor, 0)
        os.write(descriptor, json.dumps({"pid": os.getpid(), "since": since}).encode())
        yield
    finally:
        os.close(descriptor)


def _refusal(file: Path) -> str:
    told = {"folder": str(file.parent), "pid": "?", "since": "?"}
    with suppress(OSError, ValueError, TypeError):
        told.update(json.loads(file.read_text()))
    return (
        _(
            "Another server works on %(folder)s: process %(pid)s, since %(since)s. Stop it first,"
            " or name another folder with --data; several servers need PostgreSQL (DATABASE_URL)."
        )
        % told
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, LOCKED_AT, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
