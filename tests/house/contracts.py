"""One forbidden import for each import contract, and the tree it is planted in."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Violation:
    """A line added to a module (made when it is missing) that must break a contract."""

    contract: str
    module: str
    line: str


VIOLATIONS = (
    Violation("rooms", "clinical/facts.py", "import serein.server"),
    Violation("rooms", "clinical/facts.py", "import serein.fhir"),
    Violation("rooms", "fhir/records.py", "import serein.cli"),
    Violation("rooms", "server/ids.py", "import serein.cli"),
    Violation("rooms", "gossip/__init__.py", ""),
    Violation("pure", "clinical/facts.py", "import django"),
    Violation("pure", "clinical/rules.py", "import sqlite3"),
    Violation("pure", "clinical/rules.py", "import time"),
    Violation("pure", "fhir/bundle.py", "import urllib.request"),
    Violation("content", "server/ids.py", "import serein.content"),
    Violation("content", "clinical/facts.py", "import serein.content"),
    Violation("apps", "server/patients/models.py", "import serein.server.alerts.models"),
    Violation("apps", "server/treatment/models.py", "import serein.server.settings"),
    Violation("apps", "server/audit/models.py", "import serein.server.accounts.models"),
    Violation("apps", "server/ids.py", "import serein.server.audit.models"),
    Violation("apps", "server/gossip/__init__.py", ""),
    Violation("apps", "server/gossip.py", ""),
    Violation("inside", "server/accounts/models.py", "import serein.server.accounts.queries"),
    Violation("inside", "server/accounts/queries.py", "import serein.server.accounts.actions"),
    Violation("inside", "server/accounts/actions.py", "import serein.server.accounts.views"),
    Violation("inside", "server/accounts/views.py", "import serein.server.accounts.urls"),
    Violation("inside", "server/accounts/forms.py", "import serein.server.accounts.views"),
    Violation("inside", "server/accounts/tasks.py", "import serein.server.accounts.forms"),
    Violation("inside", "server/accounts/log.py", "import serein.server.accounts.views"),
    Violation("inside", "server/transfer/backup.py", "import serein.server.transfer.restore"),
    Violation("inside", "server/accounts/gossip.py", ""),
    Violation("screens", "server/treatment/queries.py", "import serein.server.treatment.floor"),
    Violation("screens", "server/treatment/floor/board.py", "import serein.server.treatment.paper"),
    Violation(
        "screens", "server/treatment/paper/chart.py", "import serein.server.treatment.session"
    ),
    Violation("screens", "server/treatment/gossip.py", ""),
)


class Copy:
    """The package and its contracts in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Copy the modules; templates and data have no imports."""
        self.folder = folder
        source = REPOSITORY / "src" / "serein"
        for module in source.rglob("*.py"):
            place = folder / "serein" / module.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(module, place)
        shutil.copyfile(REPOSITORY / "pyproject.toml", folder / "pyproject.toml")

    def lint(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """The answer of lint-imports about the copy."""
        program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
        return subprocess.run(
            [sys.executable, "-c", program, "--no-cache", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def lint_with(self, violation: Violation) -> "subprocess.CompletedProcess[str]":
        """The answer about one contract with the violation in; the copy is as before afterwards."""
        module = self.folder / "serein" / violation.module
        existed = module.exists()
        before = module.read_text() if existed else ""
        makes_folder = not module.parent.exists()
        module.parent.mkdir(exist_ok=True)
        module.write_text(f"{before}\n{violation.line}\n")
        try:
            return self.lint("--contract", violation.contract)
        finally:
            if existed:
                module.write_text(before)
            elif makes_folder:
                shutil.rmtree(module.parent)
            else:
                module.unlink()
