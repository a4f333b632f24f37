"""Work that starts from the clock: each sweep at its pace, its last success for all to see.

A sweep may run in several processes at once and be killed at any point: each is an idempotent loop.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from django.db import close_old_connections, connections

from serein.server import clock

log = structlog.get_logger("serein.sweeps")


class Pass(Protocol):
    """One pass over everything a sweep looks at."""

    def __call__(self, *, now: datetime) -> object:
        """Do what is to be done at this moment; done twice, it does nothing more."""


@dataclass(frozen=True)
class Sweep:
    """What runs how often, and after how long without a success somebody must be told."""

    name: str
    run: Pass
    every_s: float
    deadline_s: float


@dataclass
class Standing:
    """How a sweep stands: when it last ended well, and whether that is too long ago."""

    deadline_s: float
    begun_at: float
    well_at: float | None = None
    well_on: datetime | None = None

    @property
    def is_late(self) -> bool:
        """Whether its deadline has passed since its last success, or since the start."""
        return time.monotonic() > (self.well_at or self.begun_at) + self.deadline_s


class Sweeper:
    """The thread that runs the sweeps of this process until it is stopped."""

    def __init__(self, sweeps: Iterable[Sweep], *, now: Callable[[], datetime] = clock.now) -> None:
        """Begin at once: no request has to come first."""
        self._sweeps = list(sweeps)
        self._now = now
        self._stopping = threading.Event()
        begun_at = time.monotonic()
        for sweep in self._sweeps:
            _standing[sweep.name] = Standing(sweep.deadline_s, begun_at)
        self._due = dict.fromkeys((sweep.name for sweep in self._sweeps), begun_at)
        self._thread = threading.Thread(target=self._run, name="sweeps", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the pass that is running, and forget how the sweeps stood."""
        self._stopping.set()
        self._thread.join()
        for sweep in self._sweeps:
            _standing.pop(sweep.name, None)

    def _run(self) -> None:
        while not self._stopping.is_set():
            for sweep in self._sweeps:
                if time.monotonic() >= self._due[sweep.name]:
                    self._pass(sweep)
                    self._due[sweep.name] = time.monotonic() + sweep.every_s
            self._stopping.wait(max(0.0, min(self._due.values()) - time.monotonic()))
        connections.close_all()

    def _pass(self, sweep: Sweep) -> None:
        try:
            close_old_connections()
            sweep.run(now=self._now())
        except Exception as reason:  # noqa: BLE001  the edge: the next pass may find the database again
            log.warning("sweep.failed", sweep=sweep.name, reason=type(reason).__name__)
            connections.close_all()
            return
        _standing[sweep.name].well_at = time.monotonic()
        _standing[sweep.name].well_on = clock.now()


_standing: dict[str, Standing] = {}


def standing() -> Mapping[str, Standing]:
    """How each sweep of this process stands; empty in a process that runs none."""
    return dict(_standing)


def late() -> list[str]:
    """The sweeps whose deadline has passed."""
    return [name for name, one in _standing.items() if one.is_late]
