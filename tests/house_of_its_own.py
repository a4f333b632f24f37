"""A data folder and database of their own, beside the one of the test run, for real servers."""

import os
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
    kept = {"SEREIN_DATA": str(folder), **environment}
    if url := os.environ.get("DATABASE_URL"):
        kept["DATABASE_URL"] = new_database(url, f"house_{uuid.uuid4().hex[:12]}")
    return House(folder, kept)
