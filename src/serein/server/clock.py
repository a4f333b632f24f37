"""The server's clock: live, or in test and demo mode one that can be set and advanced.

Nothing but the edge of the process reads it: middleware puts `request.now`, commands pass `now`.
"""

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

_lock = threading.Lock()


@dataclass(frozen=True)
class Setting:
    """How far the clock stands from the machine's, and whether it stands still."""

    offset_s: float = 0.0
    frozen_at: datetime | None = None


def is_settable() -> bool:
    """Whether this process lets people set the clock: test and demo mode only."""
    return bool(settings.SEREIN_CLOCK == "test")


def now() -> datetime:
    """The server's time, in UTC."""
    machine = datetime.now(UTC)
    if not is_settable():
        return machine
    setting = _read()
    return setting.frozen_at or machine + timedelta(seconds=setting.offset_s)


def set_to(at: datetime, *, frozen: bool = False) -> None:
    """Set the clock; it goes on from there unless frozen."""
    assert is_settable(), "the clock of a live server cannot be set"
    offset_s = (at - datetime.now(UTC)).total_seconds()
    _write(Setting(offset_s=offset_s, frozen_at=at if frozen else None))


def advance(by: timedelta) -> None:
    """Move the clock forward, frozen or not."""
    frozen = _read().frozen_at is not None
    set_to(now() + by, frozen=frozen)


def stamp() -> int:
    """A number that differs after somebody has set the clock."""
    if not is_settable():
        return 0
    try:
        return _path().stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _path() -> Path:
    return Path(settings.SEREIN_DATA) / "clock.json"


_cached: tuple[int, Setting] | None = None


def _read() -> Setting:
    global _cached  # noqa: PLW0603  one small file, read at each request, parsed when it changed
    try:
        changed = _path().stat().st_mtime_ns
    except FileNotFoundError:
        return Setting()
    if _cached is None or _cached[0] != changed:
        stored = json.loads(_path().read_text())
        frozen_at = stored["frozen_at"] and datetime.fromisoformat(stored["frozen_at"])
        _cached = (changed, Setting(stored["offset_s"], frozen_at))
    return _cached[1]


def _write(setting: Setting) -> None:
    frozen_at = setting.frozen_at and setting.frozen_at.isoformat()
    with _lock:
        draft = _path().with_suffix(".new")
        draft.write_text(json.dumps({"offset_s": setting.offset_s, "frozen_at": frozen_at}))
        draft.replace(_path())
