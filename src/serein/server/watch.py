"""How a hub learns that another process has committed: SQLite's counter, PostgreSQL's NOTIFY."""

import threading
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Protocol
from uuid import UUID

import psycopg
import structlog
from django.db import DEFAULT_DB_ALIAS, connection, connections

CHANNEL = "serein_floor"
SQLITE_LOOK_S = 0.1
# Only a net under NOTIFY: for a listening connection that died, or a pooler that forbids it.
POSTGRES_LOOK_S = 2.0
RECONNECT_S = 1.0

# Tells this process's own notifications from the others'.
SENDER = uuid.uuid4().hex
log = structlog.get_logger("serein.live")


class Watch(Protocol):
    """What tells a hub that some process has committed."""

    interval_s: float

    def has_changed(self) -> bool:
        """Whether anything was committed since the last call; called in the hub's thread."""

    def tell(self, clinic_ids: Iterable[UUID]) -> None:
        """Let other processes know; called in the hub's thread."""

    def stop(self) -> None:
        """Let go of what it holds."""


class SqliteWatch:
    """Reads `PRAGMA data_version`, which grows when another connection commits."""

    interval_s = SQLITE_LOOK_S

    def __init__(self) -> None:
        """Nothing seen yet, so the first look is a change."""
        self._seen = -1

    def has_changed(self) -> bool:
        """Whether any other connection has committed since the last call."""
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            (version,) = cursor.fetchone()
        before, self._seen = self._seen, version
        return bool(before != version)

    def tell(self, clinic_ids: Iterable[UUID]) -> None:
        """Nothing to do: other processes read the counter."""

    def stop(self) -> None:
        """Nothing is held."""


class PostgresWatch:
    """Listens for NOTIFY in a thread of its own; the poll is only a fallback."""

    interval_s = POSTGRES_LOOK_S

    def __init__(self, *, heard: Callable[[UUID], None]) -> None:
        """Begin to listen; `heard` is called in the listening thread."""
        self._heard = heard
        self._own = SENDER
        self._polled_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="live-listen", daemon=True)
        self._thread.start()

    def has_changed(self) -> bool:
        """Whether it is time to look without having been told."""
        if time.monotonic() < self._polled_at + POSTGRES_LOOK_S:
            return False
        self._polled_at = time.monotonic()
        return True

    def tell(self, clinic_ids: Iterable[UUID]) -> None:
        """Notify the other processes."""
        notify(clinic_ids)

    def stop(self) -> None:
        """End the listening thread within its next second."""
        self._stopping.set()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen_until_lost()
            except psycopg.Error as reason:
                log.warning("live.not_listening", reason=type(reason).__name__)
                self._stopping.wait(RECONNECT_S)

    def _listen_until_lost(self) -> None:
        wrapper = connections.create_connection(DEFAULT_DB_ALIAS)
        with psycopg.connect(**_parameters(wrapper.get_connection_params())) as listening:
            listening.execute(f"LISTEN {CHANNEL}")
            while not self._stopping.is_set():
                for note in listening.notifies(timeout=1.0):
                    sender, _, clinic_id = note.payload.partition(":")
                    if sender != self._own:
                        self._heard(UUID(clinic_id))


def notify(clinic_ids: Iterable[UUID]) -> None:
    """Tell every listening process that these floors have changed."""
    with connection.cursor() as cursor:
        for clinic_id in clinic_ids:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{SENDER}:{clinic_id}"])


def _parameters(django_parameters: dict[str, Any]) -> dict[str, Any]:
    """Django's connection parameters as plain psycopg takes them."""
    own = {"cursor_factory", "context", "prepare_threshold", "client_encoding"}
    kept = {name: value for name, value in django_parameters.items() if name not in own}
    return {**kept, "autocommit": True}
