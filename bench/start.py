"""The demo, from the command to the first page: the first time, and with its data there."""

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from bench._figures import Figure, tell
from tests.serving import free_port

ROOT = Path(__file__).parent.parent
FIRST_S, LATER_S = 30.0, 6.0
STOPS_WITHIN_S = 20


def main() -> int:
    """Measure both starts; 1 when a limit does not hold."""
    return tell(_measure())


def _measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        for what, limit in (("the first time", FIRST_S), ("with its data there", LATER_S)):
            yield Figure(
                what=f"run.py demo to its first page, {what}",
                value=_start(Path(folder) / "demo"),
                unit="s",
                limit=limit,
                note="everything installed",
            )


def _start(folder: Path) -> float:
    port = free_port()
    words = ["demo", "--no-open", "--data", str(folder), "--port", str(port)]
    begun = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, ROOT / "run.py", *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            assert child.poll() is None, "the demo ended before its first page"
            time.sleep(0.02)
        return time.perf_counter() - begun
    finally:
        child.terminate()
        child.wait(STOPS_WITHIN_S)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/account/login/", timeout=2) as page:
            return bool(page.status == HTTPStatus.OK)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
