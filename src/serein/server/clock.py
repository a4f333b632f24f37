"""The server's clock: live, or in test and demo mode one that can be set and advanced.

Nothing but the edge of the process reads it: middleware puts `request.now`, commands pass `now`.
"""

import json
import threading
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings

# What a test clock can be set to: years that every zone, page and database can write.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

log = structlog.get_logger("serein.clock")
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
    return _shown(_read(), machine=machine)


def can_show(at: datetime) -> bool:
    """Whether a clock that can be set may stand there."""
    return EARLIEST <= at < LATEST


def _shown(setting: Setting, *, machine: datetime) -> datetime:
    return setting.frozen_at or machine + timedelta(seconds=setting.offset_s)


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


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
        _cached = (changed, _parsed(_path().read_text(errors="replace")))
    return _cached[1]


def _parsed(text: str) -> Setting:
    """What the file says; the machine's time when it says nothing that a clock could show."""
    try:
        stored = json.loads(text)
        frozen_at = stored["frozen_at"] and datetime.fromisoformat(stored["frozen_at"])
        setting = Setting(float(stored["offset_s"]), frozen_at)
        if can_show(_shown(setting, machine=datetime.now(UTC))):
            return setting
    except (ValueError, KeyError, TypeError, OverflowError):
        pass
    log.warning("clock.garbled", file=_path().name)
    return Setting()


def _write(setting: Setting) -> None:
    frozen_at = setting.frozen_at and setting.frozen_at.isoformat()
    with _lock:
        draft = _path().with_suffix(".new")
        draft.write_text(json.dumps({"offset_s": setting.offset_s, "frozen_at": frozen_at}))
        draft.replace(_path())
