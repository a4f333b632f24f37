"""Run every bench and write `results.md`: what was measured, beside which ceiling, on what."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench._figures import KEEP_IN, Figure, shown
from tests.suite import LONGEST_MIN, WHOLE_RUN

HERE = Path(__file__).parent
ORDER = ("vitals", "floor", "live", "start", "bundles", "library")
HEAD = """# What Serein costs

Written by `make bench` on {day}: {machine}, Python {python}. Nothing else ran. Each figure stands
beside a ceiling measured in the same run; read ratios, the milliseconds are this machine's own.

| figure | measured | ceiling | ratio | limit | |
|---|---|---|---|---|---|
"""


def main() -> int:
    """Run the benches one after the other; 1 when a limit does not hold or one of them broke."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "figures"
        ends = [_run(name, kept) for name in ORDER]
        lines = kept.read_text(encoding="utf-8").splitlines()
        figures = [*(Figure(**json.loads(line)) for line in lines), *suite(WHOLE_RUN)]
    head = HEAD.format(
        day=f"{datetime.now(UTC):%Y-%m-%d}", machine=_machine(), python=platform.python_version()
    )
    rows = "".join(_row(figure) for figure in figures)
    (HERE / "results.md").write_text(head + rows + "\n" + "".join(map(_note, figures)))
    return max(ends)


def suite(kept: Path) -> list[Figure]:
    """The last whole run of the tests on this machine, as `run.py test` kept it; none, no row."""
    if not kept.exists():
        sys.stdout.write("No row for the suite: no whole run on this machine yet (run.py test)\n")
        return []
    told = json.loads(kept.read_text(encoding="utf-8"))
    note = f"the whole suite, on {told['on']}"
    return [Figure("run.py test", told["minutes"], "min", LONGEST_MIN, note=note)]


def _run(name: str, kept: Path) -> int:
    told = {**os.environ, KEEP_IN: str(kept)}
    return subprocess.run(
        [sys.executable, "-m", f"bench.{name}"], cwd=HERE.parent, env=told, check=False
    ).returncode


def _row(figure: Figure) -> str:
    ceiling = f"{shown(figure.ceiling)} {figure.unit}" if figure.ceiling is not None else ""
    ratio = f"{figure.compared:.2f}" if figure.ceiling is not None else ""
    limit = f"{shown(figure.limit)}" + ("" if figure.ceiling is not None else f" {figure.unit}")
    return (
        f"| {figure.what} | {shown(figure.value)} {figure.unit} | {ceiling} | {ratio} | {limit}"
        f" | {'✓' if figure.is_within else '▲'} |\n"
    )


def _note(figure: Figure) -> str:
    against = f"against {figure.ceiling_what}; " if figure.ceiling_what else ""
    return f"- {figure.what}: {against}{figure.note}\n" if against or figure.note else ""


def _machine() -> str:
    cores = os.cpu_count()
    return f"{cores} cores, {platform.system()} {platform.machine()}, {_model()}"


def _model() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unnamed processor"


if __name__ == "__main__":
    sys.exit(main())
