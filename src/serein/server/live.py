"""Who hears of a change, and how: one hub in each serving process, woken by commits anywhere.

The feed carries ids, versions and the server's time; what changed is fetched by the page's own
door. A feed that cannot see the database falls silent, so that the screens grey themselves.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection, connections

from serein.server import clock
from serein.server.watch import Watch, notify

BEAT_S = 5.0
SETTLE_S = 1.0
# A tablet this far behind has stopped reading; it is cut, and reconnects to the whole picture.
QUEUE_LIMIT = 32

Versions = Mapping[UUID, int]
log = structlog.get_logger("serein.live")


@dataclass(eq=False)
class Listener:
    """One open feed: whose session, at which clinic, and the events waiting to be sent."""

    session_key: str
    clinic_id: UUID
    waiting: asyncio.Queue[str | None] = field(
        default_factory=lambda: asyncio.Queue(maxsize=QUEUE_LIMIT)
    )
    is_new: bool = True

    def put(self, event: str | None) -> None:
        """Queue one event; None ends the feed, as does a queue that nobody empties."""
        if event is None or self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            event = None
        self.waiting.put_nowait(event)


@dataclass(frozen=True)
class Sight:
    """What one look at the database found."""

    now: datetime
    versions: Mapping[UUID, Versions]
    news: frozenset[UUID]
    admitted: frozenset[Listener]


class Hub:
    """The listeners of this process, and the one thread that looks at the database for them.

    Args:
        admit: Which of these listeners may still hear; called before every event.
        read_versions: Chair versions of these clinics, one query for all.
        watch: Tells that another process has committed.
    """

    def __init__(
        self,
        *,
        admit: Callable[[Collection[Listener]], frozenset[Listener]],
        read_versions: Callable[[Collection[UUID]], Mapping[UUID, Versions]],
        watch: Watch,
    ) -> None:
        """Made inside the running loop, which it wakes from other threads."""
        self._admit = admit
        self._read_versions = read_versions
        self._watch = watch
        self._listeners: set[Listener] = set()
        self._last: dict[UUID, Versions] = {}
        self._named: set[UUID] = set()
        self._told: set[UUID] = set()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live")
        self._beat_at = time.monotonic()
        self._clock_stamp = clock.stamp()
        self._is_closed = False

    def add(self, listener: Listener) -> None:
        """Let a listener hear from now on, beginning with how things are."""
        self._listeners.add(listener)
        if self._is_closed:
            listener.put(None)
        self._wake.set()

    def drop(self, listener: Listener) -> None:
        """Forget a listener that has gone."""
        self._listeners.discard(listener)

    def announce(self, clinic_id: UUID, *, is_ours: bool) -> None:
        """A clinic's floor has changed; ours is also told to other processes. Any thread."""

        def note() -> None:
            self._named.add(clinic_id)
            if is_ours:
                self._told.add(clinic_id)
            self._wake.set()

        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(note)

    def close(self) -> None:
        """End every feed, so that the server can stop. Any thread."""

        def end() -> None:
            self._is_closed = True
            self._wake.set()
            for listener in self._listeners:
                listener.put(None)

        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(end)

    async def run(self) -> None:
        """Look, tell, wait; until closed."""
        while not self._is_closed:
            self._wake.clear()
            try:
                await self._turn()
            except Exception as reason:  # noqa: BLE001  the edge: the hub outlives a lost database
                log.warning("live.blind", reason=type(reason).__name__)
                await asyncio.get_running_loop().run_in_executor(
                    self._thread, connections.close_all
                )
                await asyncio.sleep(SETTLE_S)
            await self._pause()
        await asyncio.get_running_loop().run_in_executor(self._thread, connections.close_all)
        self._thread.shutdown(wait=False)

    async def _pause(self) -> None:
        to_beat_s = self._beat_at + BEAT_S - time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, min(self._watch.interval_s, to_beat_s))):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _turn(self) -> None:
        named, self._named = self._named, set()
        told, self._told = self._told, set()
        is_beat = self._is_beat_due()
        listeners = frozenset(self._listeners)
        fresh = frozenset(one for one in listeners if one.is_new)
        sight = await self._loop.run_in_executor(
            self._thread, self._look, listeners, fresh, named, told, is_beat
        )
        if sight is not None:
            self._spread(sight, listeners, fresh, is_beat=is_beat)

    def _is_beat_due(self) -> bool:
        """Whether five seconds have passed or somebody has set the clock."""
        stamp = clock.stamp()
        is_due = stamp != self._clock_stamp or time.monotonic() >= self._beat_at + BEAT_S
        if is_due:
            self._beat_at = time.monotonic()
            self._clock_stamp = stamp
        return is_due

    def _look(
        self,
        listeners: frozenset[Listener],
        fresh: frozenset[Listener],
        named: set[UUID],
        told: set[UUID],
        is_beat: bool,  # noqa: FBT001  run_in_executor passes by position
    ) -> Sight | None:
        """In the hub's thread: one query for the versions, and who may still hear of them."""
        if told:
            self._watch.tell(told)
        here = {one.clinic_id for one in listeners}
        changed = here if self._watch.has_changed() else here & named
        wanted = changed | {one.clinic_id for one in fresh}
        versions = self._read_versions(wanted) if wanted else {}  # every clinic asked for is there
        news = {clinic for clinic, seen in versions.items() if self._last.get(clinic) != seen}
        self._last = {clinic: seen for clinic, seen in self._last.items() if clinic in here}
        self._last.update(versions)
        hearing = (
            listeners if is_beat else fresh | {one for one in listeners if one.clinic_id in news}
        )
        if not hearing:
            return None
        return Sight(
            now=clock.now(),
            versions=versions,
            news=frozenset(news),
            admitted=self._admit(hearing) | (listeners - hearing),
        )

    def _spread(
        self,
        sight: Sight,
        listeners: frozenset[Listener],
        fresh: frozenset[Listener],
        *,
        is_beat: bool,
    ) -> None:
        events = {clinic: chairs_event(sight.now, seen) for clinic, seen in sight.versions.items()}
        beat = sse("beat", {"now": sight.now.isoformat()})
        for one in listeners:
            if one not in sight.admitted:
                one.put(None)
            elif one in fresh or one.clinic_id in sight.news:
                one.put(events[one.clinic_id])
            elif is_beat:
                one.put(beat)
            one.is_new = one.is_new and one not in fresh


def chairs_event(now: datetime, versions: Versions) -> str:
    """The versions of every chair of one clinic."""
    chairs = {str(chair): version for chair, version in versions.items()}
    return sse("chairs", {"now": now.isoformat(), "chairs": chairs})


def sse(event: str, content: Mapping[str, object]) -> str:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(content, separators=(',', ':'))}\n\n"


_hub: Hub | None = None
_hub_lock = threading.Lock()


def open_hub(hub: Hub | None) -> None:
    """Make this the hub of the process; None when it stops."""
    global _hub  # noqa: PLW0603  one hub in a process, like its one event loop
    with _hub_lock:
        _hub = hub


def close_hub() -> None:
    """End the feeds of this process."""
    if _hub is not None:
        _hub.close()


def heard(clinic_id: UUID) -> None:
    """Another process says that the floor of a clinic has changed."""
    if _hub is not None:
        _hub.announce(clinic_id, is_ours=False)


def announce(clinic_id: UUID) -> None:
    """Say, after a commit, that the floor of a clinic has changed."""
    if _hub is not None:
        _hub.announce(clinic_id, is_ours=True)
    elif connection.vendor == "postgresql":
        # A command that writes has no hub; SQLite's readers see its commit by themselves.
        notify([clinic_id])
