"""A restore that was not rehearsed is not a backup: the copy is restored to try it."""

import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from serein.server.actions import action
from serein.server.audit import actions as audit
from serein.server.transfer.restore import RestoreError

# The scratch house has nothing of this one: no database, no heads outside, no setting.
OURS = ("DATABASE_", "SEREIN_")


def rehearse(file: Path, *, passphrase: str) -> None:
    """Restore into a scratch folder, as after a fire.

    A process of its own does it, which knows of this house nothing but the file.

    Raises:
        RestoreError: It does not come back whole.
    """
    with tempfile.TemporaryDirectory(prefix="serein-rehearsal-") as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        scratch = {"SEREIN_DATA": folder, "SEREIN_BACKUP_PASSPHRASE": passphrase}
        told = subprocess.run(  # noqa: S603  our own command, with a file we have just written
            [sys.executable, "-m", "serein.cli", "restore", str(file), "--json"],
            env={**kept, **scratch},
            capture_output=True,
            text=True,
            check=False,
        )
    if told.returncode:
        raise RestoreError(
            f"the new copy cannot be restored, so it was not kept: {told.stderr.strip()}"
        )


@action
def record_rehearsal(made: dict[str, Any], *, now: datetime) -> None:
    """Log that the backup was restored and compared."""
    audit.record(
        clinic=None,
        by=None,
        verb="transfer.verify_backup",
        subject=None,
        now=now,
        details={"sha256": made["sha256"], "rows": sum(made["counts"].values())},
        backup=made["sha256"],
    )
