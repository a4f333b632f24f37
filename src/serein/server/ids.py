"""Identifiers made by whoever creates a row: the tablet, the importer, the server."""

import hashlib
import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import uuid_utils

_told: ContextVar[Iterator[uuid.UUID] | None] = ContextVar("told", default=None)


def new_id() -> uuid.UUID:
    """A new UUIDv7: unique, and sorted by the time it was made."""
    told = _told.get()
    return next(told) if told else uuid.UUID(bytes=uuid_utils.uuid7().bytes)


@contextmanager
def ids_from(seed: str) -> Iterator[None]:
    """Make ids from a word instead of from chance: the demo has the same rows at every start."""
    token = _told.set(_row_of_ids(seed))
    try:
        yield
    finally:
        _told.reset(token)


def _row_of_ids(seed: str) -> Iterator[uuid.UUID]:
    """UUIDs of version 7 whose time is their place in the row."""
    for place in itertools.count(1):
        digest = bytearray(place.to_bytes(6) + hashlib.sha256(f"{seed} {place}".encode()).digest())
        digest[6] = 0x70 | digest[6] & 0x0F
        digest[8] = 0x80 | digest[8] & 0x3F
        yield uuid.UUID(bytes=bytes(digest[:16]))
