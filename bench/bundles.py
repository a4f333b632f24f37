"""Importing the twenty bundles by the command: time and memory of the whole process."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench._figures import Figure, tell
from serein.server.demo.bundles import bundles

LIMIT_S = 60.0
LIMIT_MIB = 500.0


def main() -> int:
    """Measure one import into an empty clinic; 1 when a limit does not hold."""
    return tell(_measure())


def _measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for title, content in bundles():
            files.append(folder / title)
            files[-1].write_bytes(content)
        home = {**os.environ, "SEREIN_DATA": str(folder / "clinic")}
        serein = [sys.executable, "-m", "serein.cli"]
        subprocess.run([*serein, "init", "--defaults"], env=home, check=True, capture_output=True)
        begun = time.perf_counter()
        subprocess.run([*serein, "import", *files], env=home, check=True, capture_output=True)
        spent_s = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = sum(len(content) for _, content in bundles()) / 2**20
    what = f"import of {len(files)} bundles"
    yield Figure(what, spent_s, "s", LIMIT_S, note=f"{size:.1f} MiB of FHIR R4, SQLite")
    yield Figure(f"{what}, memory", peak, "MiB", LIMIT_MIB, note="peak resident of the process")


if __name__ == "__main__":
    sys.exit(main())
