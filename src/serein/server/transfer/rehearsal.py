"""A restore that was not rehearsed is not a backup: the copy is restored to try it."""

import json
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

# The scratch house has neither this one's database nor its heads outside.
LEFT_OUT = ("DATABASE_URL", "SEREIN_AUDIT_HEAD")


def verify_backup(file: Path, *, passphrase: str, now: datetime) -> None:
    """Restore into a scratch folder, as after a fire, and log that everything came back.

    A process of its own does it, which knows of this house nothing but the file.

    Raises:
        RestoreError: It does not come back whole.
    """
    with tempfile.TemporaryDirectory(prefix="serein-rehearsal-") as folder:
        kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        scratch = {"SEREIN_DATA": folder, "SEREIN_BACKUP_PASSPHRASE": passphrase}
        told = subprocess.run(  # noqa: S603  our own command, with a file we have just written
            [sys.executable, "-m", "serein.cli", "restore", str(file), "--json"],
            env={**kept, **scratch},
            capture_output=True,
            text=True,
            check=False,
        )
    if told.returncode:
        raise RestoreError(f"the copy was written but cannot be restored: {told.stderr.strip()}")
    _record(json.loads(told.stdout), now=now)


@action
def _record(found: dict[str, Any], *, now: datetime) -> None:
    audit.record(
        clinic=None,
        by=None,
        verb="transfer.verify_backup",
        subject=None,
        now=now,
        details={"sha256": found["sha256"], "rows": sum(found["counts"].values())},
    )
