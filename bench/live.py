"""A change on one tablet to the other tablets' screens, with fifty listening, and the memory."""

import http.client
import json
import queue
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from bench._clinic import DATABASES, Clinic, Tablet, clinic, one_set
from bench._figures import Figure, at_95, median, shown, tell

LISTENERS = 50
CHANGES = 60
LIMIT_MS = 500.0
LIMIT_MIB = 250.0
WITHIN_S = 10.0


@dataclass
class Screen:
    """A tablet that listens, and fetches the tile of a chair that changed as its page does."""

    tablet: Tablet
    told: "queue.Queue[tuple[str, int, float]]"
    versions: dict[str, int] = field(default_factory=dict)

    def listen(self) -> None:
        """Follow the feed until the server ends it."""
        feed = http.client.HTTPConnection("127.0.0.1", self.tablet.server.port, timeout=60)
        feed.request("GET", "/floor/live", headers={"Cookie": f"sessionid={self.tablet.cookie}"})
        answer = feed.getresponse()
        assert answer.status == HTTPStatus.OK, answer.status
        event = ""
        for line in answer:
            word = line.decode().strip()
            if word.startswith("event: "):
                event = word.removeprefix("event: ")
            elif word.startswith("data: ") and event == "chairs":
                self._show(json.loads(word.removeprefix("data: "))["chairs"])

    def _show(self, chairs: dict[str, int]) -> None:
        for chair, version in chairs.items():
            if self.versions.get(chair, version) != version:
                self.tablet.get(f"/floor/chairs/{chair}/")
                self.told.put((chair, version, time.perf_counter()))
            self.versions[chair] = version


def main() -> int:
    """Measure on both databases; 1 when a limit does not hold."""
    return tell(figure for database in DATABASES for figure in _measure(database))


def _measure(database: str) -> Iterator[Figure]:
    with clinic(database, tablets=LISTENERS + 1) as here:
        told: queue.Queue[tuple[str, int, float]] = queue.Queue()
        screens = [Screen(here.tablet(number), told) for number in range(1, LISTENERS + 1)]
        for screen in screens:
            threading.Thread(target=_quietly, args=(screen,), daemon=True).start()
        _wait(lambda: all(screen.versions for screen in screens))
        late = _change(here, told)
        yield Figure(
            what=f"a change to the other screens, {LISTENERS} listening, p95, on {database}",
            value=at_95(late),
            unit="ms",
            limit=LIMIT_MS,
            note=f"p50 {shown(median(late))} ms; from the tap to the tile fetched;"
            f" {len(late):,} arrivals; both ends on the same cores",
        )
        yield Figure(
            what=f"memory of the serving process, {LISTENERS} listening, on {database}",
            value=_memory_mib(here.pid),
            unit="MiB",
            limit=LIMIT_MIB,
            note="resident",
        )


def _quietly(screen: Screen) -> None:
    try:
        screen.listen()
    except (OSError, http.client.HTTPException):
        return  # the server of this run has stopped


def _change(here: Clinic, told: "queue.Queue[tuple[str, int, float]]") -> list[float]:
    """Milliseconds from each tap to each screen."""
    tablet = here.tablet(0)
    late: list[float] = []
    for _ in range(CHANGES):
        session, patient, _chair = random.choice(here.sessions)  # noqa: S311  no secret
        begun = time.perf_counter()
        tablet.post(*one_set(session, patient))
        for _screen in range(LISTENERS):
            _, _, at = told.get(timeout=WITHIN_S)
            late.append((at - begun) * 1000)
        time.sleep(random.uniform(0.05, 0.3))  # noqa: S311  no secret
    return late


def _wait(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < until, "the screens were not told within ten seconds"
        time.sleep(0.05)


def _memory_mib(pid: int) -> float:
    """Resident memory, as Linux counts it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
