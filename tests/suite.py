"""`python3 run.py test [PART ...] [--full] [-k WORDS]`: every gate of the house, in one run.

Parts: lint content unit server postgres flows bench mutation. Without a part, all but the last two.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browsers import browser_path  # noqa: E402  found beside this file only after that line

# The last whole run that passed: minutes and day, for `bench` to put beside its limit.
WHOLE_RUN = ROOT / "build" / "suite.json"
LONGEST_MIN = 25
PYTHON = sys.executable
SUFFIX = ".exe" if sys.platform == "win32" else ""
ON_BOTH = ("tests/server", "tests/cli/with_a_house")
NOTHING_COLLECTED = 5
NO_BROWSER = (
    "NOT RUN: the flows in a real browser. There is no Chromium, Chrome or Edge on this machine;"
    " install one (Debian: apt install chromium) and run: python3 run.py test flows"
)


@dataclass
class Tally:
    """What one part of the suite, or all of it, came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count another part in."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.names += other.names


@dataclass(frozen=True)
class Asked:
    """What the person typed."""

    parts: tuple[str, ...]
    full: bool
    words: str
    rest: tuple[str, ...]


def lint(_asked: Asked) -> Tally:
    """Format, rules, types, and who imports whom."""
    tally = Tally()
    tally.add(tool("ruff", "format", "--check", "."))
    tally.add(tool("ruff", "check", "."))
    tally.add(tool("mypy"))
    tally.add(command("lint-imports", [Path(PYTHON).with_name(f"lint-imports{SUFFIX}")]))
    return tally


def content(_asked: Asked) -> Tally:
    """Every content file with its worked cases."""
    return command("content check", [PYTHON, "-m", "serein.cli", "content", "check"])


def unit(asked: Asked) -> Tally:
    """The rules, the house and the doctests; the clinical room on every branch."""
    tests = ["tests", "src/serein/clinical", "src/serein/fhir", "--doctest-modules"]
    left_out = ["--ignore=tests/server", "--ignore=tests/cli", "--ignore=tests/flows"]
    covered = ["--cov", "--cov-config=pyproject.toml", "--cov-report=term"]
    whole = not asked.words and not asked.rest
    return pytest(asked, *tests, *left_out, *(covered if whole else ()), workers=2)


def server(asked: Asked) -> Tally:
    """Every action and page, on SQLite, and the commands."""
    return pytest(asked, "tests/server", "tests/cli", workers=2)


def postgres(asked: Asked) -> Tally:
    """The same on a real PostgreSQL, but for the commands that open no database."""
    return pytest(asked, *ON_BOTH, "--database=postgresql", workers=2)


def flows(asked: Asked) -> Tally:
    """Whole days in a real browser: on SQLite, and one (or with --full all) on PostgreSQL."""
    if browser_path() is None:
        # Asked for by name it is a failure; in the whole run the last line says it.
        return Tally(failed=int("flows" in asked.parts), names=[NO_BROWSER])
    tally = pytest(asked, "tests/flows")
    tests = "tests/flows" if asked.full or asked.words else "tests/flows/test_s3_a_treatment_day.py"
    if (ROOT / tests).exists():
        tally.add(pytest(asked, tests, "--database=postgresql"))
    return tally


def bench(_asked: Asked) -> Tally:
    """Every figure with its ceiling, and the page of results."""
    return command("bench", [PYTHON, "-m", "bench"])


def mutation(_asked: Asked) -> Tally:
    """Every mutant of the clinical rules, but for answers of an earlier run that still hold."""
    return command("mutation", [PYTHON, "-m", "tests.mutation"])


PARTS: dict[str, Callable[[Asked], Tally]] = {
    "lint": lint,
    "content": content,
    "unit": unit,
    "server": server,
    "postgres": postgres,
    "flows": flows,
    "bench": bench,
    "mutation": mutation,
}
BY_NAME = ("bench", "mutation")
WITHOUT_WORDS = ("lint", "content", *BY_NAME)


def tool(name: str, *words: str) -> Tally:
    """One tool of the environment; it passes or fails as a whole."""
    return command(" ".join([name, *words]), [PYTHON, "-m", name, *words])


def command(name: str, words: Sequence[str | Path]) -> Tally:
    """One command that passes or fails as a whole."""
    heading(name)
    if subprocess.run(words, cwd=ROOT, check=False).returncode:
        return Tally(failed=1, names=[f"FAILED {name}"])
    return Tally(passed=1)


def pytest(asked: Asked, *words: str, workers: int = 0) -> Tally:
    """One run of pytest, counted by its own report."""
    heading(f"pytest {' '.join(words)}")
    chosen = ["-k", asked.words] if asked.words else []
    spread = ["-n", str(workers)] if workers and not asked.words else []
    marks = [] if asked.full else ["-m", "not long"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        given = [*words, *spread, *marks, *chosen, *asked.rest, f"--junitxml={report}", "-q"]
        code = subprocess.run([PYTHON, "-m", "pytest", *given], cwd=ROOT, check=False).returncode
        tally = counted(report)
    if code not in (0, NOTHING_COLLECTED) and not tally.failed:
        tally.failed += 1
        tally.names.append(f"FAILED pytest {' '.join(words)} (exit code {code})")
    return tally


def counted(report: Path) -> Tally:
    """What the report of one pytest run says."""
    tally = Tally()
    if not report.exists():
        return tally
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314  written by our own pytest
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        tally.add(Tally(int(suite.get("tests", 0)) - failed - skipped, failed, skipped))
        tally.names += [
            f"FAILED {case.get('classname')}::{case.get('name')}"
            for case in suite.iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None
        ]
    return tally


def heading(text: str) -> None:
    """Show where the run is."""
    sys.stdout.write(f"\n--- {text}\n")
    sys.stdout.flush()


def asked_for(words: Sequence[str]) -> Asked:
    """Read the command line; what it does not know goes to pytest."""
    parser = argparse.ArgumentParser(prog="run.py test", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART")
    parser.add_argument("--full", action="store_true", help="add the long, exhaustive runs")
    parser.add_argument("-k", dest="words", default="", help="only tests whose names match")
    known, rest = parser.parse_known_args(words)
    return Asked(tuple(known.parts), known.full, known.words, tuple(rest))


def keep_time(spent_s: float, *, kept: Path) -> None:
    """Say how long the whole suite took, and keep it where `bench` finds it."""
    minutes = round(spent_s / 60, 1)
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps({"minutes": minutes, "on": f"{datetime.now(UTC):%Y-%m-%d}"}))
    sys.stdout.write(f"The whole suite took {minutes} minutes; the limit is {LONGEST_MIN}.\n")


def main(words: Sequence[str]) -> int:
    """Run what was asked for and say what it came to; 0 when nothing failed."""
    asked = asked_for(words)
    parts = asked.parts or tuple(
        name
        for name in PARTS
        if name not in BY_NAME and not (asked.words and name in WITHOUT_WORDS)
    )
    begun = time.monotonic()
    tally = Tally()
    for name in parts:
        tally.add(PARTS[name](asked))
    if not tally.passed + tally.failed and asked.words:
        tally.add(Tally(failed=1, names=[f"FAILED no test matches -k {asked.words!r}"]))
    sys.stdout.write("\n" + "".join(f"{name}\n" for name in tally.names))
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    spent_s = time.monotonic() - begun
    is_whole = asked == Asked((), full=False, words="", rest=())
    if is_whole and not tally.failed and not tally.names:
        keep_time(spent_s, kept=WHOLE_RUN)
    sys.stdout.write(
        f"===== {tally.passed} passed, {tally.failed} failed{skipped} in {spent_s:.1f}s =====\n"
    )
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
