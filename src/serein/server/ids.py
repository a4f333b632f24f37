"""Identifiers made by whoever creates a row: the tablet, the importer, the server."""

import uuid

import uuid_utils


def new_id() -> uuid.UUID:
    """A new UUIDv7: unique, and sorted by the time it was made."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)
