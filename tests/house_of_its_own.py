"""A data folder and database of their own, beside the one of the test run, for real servers."""

import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tests.databases import new_database

WITHIN_S = 60
ROOT = Path(__file__).parent.parent
PREFACE = "import django; django.setup()\n"


@dataclass(frozen=True)
class House:
    """A folder, a database, and the environment in which commands find both."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def serein(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run one serein command."""
        return self._run("-m", "serein.cli", *words, environment=environment)

    def python(self, script: str, **environment: str) -> str:
        """What a script prints that runs in this house, in a process of its own."""
        told = self._run("-c", PREFACE + script, environment=environment)
        assert told.returncode == 0, told.stderr
        return told.stdout.strip()

    def _run(self, *words: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words],
            env={**os.environ, **self.environment, **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN_S,
        )


def new_house(folder: Path, **environment: str) -> House:
    """An empty house on the kind of database that the test run was asked for."""
    return _house(folder, environment)


@dataclass
class SetUp:
    """Gives houses as they are after `serein init --defaults`.

    Each is a copy of one that was set up once for these settings: most tests begin there, and to
    set a house up takes the machine three seconds.
    """

    folder: Path
    patterns: dict[tuple[tuple[str, str], ...], House] = field(default_factory=dict)

    def __call__(self, folder: Path, *, heads: Path | None = None, **environment: str) -> House:
        """A house of its own in that folder, with its file of heads where it is wanted.

        Raises:
            AssertionError: `serein init` failed under these settings.
        """
        settings = tuple(sorted({**environment, "heads": str(heads is not None)}.items()))
        if settings not in self.patterns:
            self.patterns[settings] = self._set_up(environment, has_heads=heads is not None)
        pattern = self.patterns[settings]
        if heads is not None:
            shutil.copy2(pattern.environment["SEREIN_AUDIT_HEAD"], heads)
            environment["SEREIN_AUDIT_HEAD"] = str(heads)
        return copy_of(pattern, folder, **environment)

    def _set_up(self, environment: dict[str, str], *, has_heads: bool) -> House:
        place = self.folder / uuid.uuid4().hex[:12]
        place.mkdir()
        outside = {"SEREIN_AUDIT_HEAD": str(place / "heads")} if has_heads else {}
        house = new_house(place / "data", **environment, **outside)
        told = house.serein("init", "--defaults")
        assert told.returncode == 0, told.stderr
        return house


def copy_of(pattern: House, folder: Path, **environment: str) -> House:
    """A house like that one, in a folder and a database of its own; nobody serves the pattern."""
    shutil.copytree(pattern.folder, folder)
    return _house(folder, environment, like=pattern.environment.get("DATABASE_URL"))


def _house(folder: Path, environment: dict[str, str], *, like: str | None = None) -> House:
    kept = {"SEREIN_DATA": str(folder), **environment}
    if url := os.environ.get("DATABASE_URL"):
        kept["DATABASE_URL"] = new_database(url, f"house_{uuid.uuid4().hex[:12]}", like=like)
    return House(folder, kept)
