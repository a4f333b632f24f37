"""Which test runs which line, and how long each takes: one run, kept until a test changes."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest

from tests.mutation.ground import ROOT, Ground
from tests.mutation.operators import fingerprint

QUIET = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "--durations=0")
SEEDED = ("--hypothesis-seed=0",)


@dataclass
class Touched:
    """Seconds by test, tests by module and line, and the lines that building content runs."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    built: dict[str, list[int]] = field(default_factory=dict)

    def tests(self, module: str, line: int) -> list[str]:
        """The tests that run this line, the quick ones first."""
        found = self.lines.get(module, {}).get(line, [])
        return sorted(found, key=lambda name: self.seconds[name])

    def any_of(self, module: str) -> list[str]:
        """The tests that run any line of this module, the quick ones first."""
        named = {name for tests in self.lines.get(module, {}).values() for name in tests}
        return sorted(named, key=lambda name: self.seconds[name])


class _Watch:
    """Notes the time of each test and leaves out those that fail on the unchanged rules."""

    def __init__(self, coverage_run: coverage.Coverage) -> None:
        self.coverage = coverage_run
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(f"setup|{item.nodeid}")
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(f"call|{item.nodeid}")
        begun = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.process_time() - begun

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)


def touched(ground: Ground) -> Touched:
    """The map of this ground, made in a process of its own when no fitting one is kept."""
    kept = ground.kept / f"lines-{asked(ground)}.json"
    if not kept.exists():
        ground.kept.mkdir(parents=True, exist_ok=True)
        child = os.fork()
        if not child:
            _measure(ground, kept)
        _, status = os.waitpid(child, 0)
        assert status == 0, "the tests could not be run once with their lines noted"
    told = json.loads(kept.read_text(encoding="utf-8"))
    lines = {
        module: {int(line): names for line, names in of.items()}
        for module, of in told["lines"].items()
    }
    return Touched(told["seconds"], lines, told["built"])


def asked(ground: Ground) -> str:
    """What sources, tests and content are now: a survivor of other ones is asked again."""
    files = [*ground.source.rglob("*.py")]
    for name in ground.tests:
        place = ROOT / name
        files += place.rglob("*.py") if place.is_dir() else [place] * place.exists()
    if ground.loads_content:
        files += (ground.source.parent / "content").rglob("*.toml")
    return fingerprint(*files)


def _measure(ground: Ground, kept: Path) -> None:
    out = os.open(kept.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    run = coverage.Coverage(data_file=None, branch=False, source=[str(ground.source)])
    run.set_option("run:core", "ctrace")
    watch = _Watch(run)
    run.start()
    pytest.main([*QUIET, *SEEDED, *ground.tests], plugins=[watch])
    run.switch_context("load|")
    ground.load()
    run.stop()
    told = Touched({name: watch.seconds[name] for name in watch.seconds.keys() - watch.failed})
    measured = run.get_data()
    for path in measured.measured_files():
        _note(told, measured, path)
    kept.write_text(json.dumps({"seconds": told.seconds, "lines": told.lines, "built": told.built}))
    os._exit(0)


def _note(told: Touched, measured: coverage.CoverageData, path: str) -> None:
    module = Path(path).stem
    told.lines[module] = {}
    told.built[module] = []
    for line, contexts in measured.contexts_by_lineno(path).items():
        parts = [context.partition("|") for context in contexts]
        names = {name for when, _, name in parts if when == "call" and name in told.seconds}
        told.lines[module][line] = sorted(names)
        if any(when in ("load", "setup", "") for when, _, _ in parts):
            told.built[module].append(line)
