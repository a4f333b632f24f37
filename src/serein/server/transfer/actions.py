"""Taking in patients from outside: one file, one transaction, one audit line."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from serein.fhir import bundle
from serein.fhir.reading import Reading, read
from serein.fhir.records import BrokenFileError
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import require
from serein.server.actions import action
from serein.server.audit import actions as audit
from serein.server.transfer.imports import Intake, measures, store
from serein.server.transfer.matching import MismatchError
from serein.server.transfer.reports import FileReport

LONGEST_NAME = 200
MOST_PEOPLE = 500


def import_bundle(
    content: bytes,
    *,
    name: str,
    by: User,
    clinic: Clinic,
    now: datetime,
    is_dry_run: bool = False,
) -> FileReport:
    """What became of the file; a broken one, or one of two people's numbers, changes nothing."""
    require(by, "patients.import", at=clinic)
    return _take_in(content, name=name, by=by, clinic=clinic, now=now, is_dry_run=is_dry_run)


def import_file(
    file: Path, *, clinic: Clinic, now: datetime, is_dry_run: bool = False
) -> FileReport:
    """The same from the command line, where whoever has the machine has the whole house."""
    report = FileReport(_shown(str(file)), is_dry_run=is_dry_run)
    try:
        if file.stat().st_size > bundle.LARGEST_FILE_BYTES:
            report.refuse(_("The file is too large; %(most)s MB are the most") % {"most": MOST_MB})
            return report
        content = file.read_bytes()
    except OSError as error:
        report.refuse(_("The file cannot be opened: %(why)s") % {"why": error.strerror or error})
        return report
    taken = _take_in(
        content, name=file.name, by=None, clinic=clinic, now=now, is_dry_run=is_dry_run
    )
    taken.file = _shown(str(file))
    return taken


def import_files(
    files: Iterable[Path], *, clinic: Clinic, now: datetime, is_dry_run: bool = False
) -> list[dict[str, Any]]:
    """Reports of several files, ready for JSON; one that is refused holds up no other."""
    return [
        asdict(import_file(file, clinic=clinic, now=now, is_dry_run=is_dry_run)) for file in files
    ]


MOST_MB = bundle.LARGEST_FILE_BYTES // 2**20


def _take_in(
    content: bytes,
    *,
    name: str,
    by: User | None,
    clinic: Clinic,
    now: datetime,
    is_dry_run: bool,
) -> FileReport:
    report = FileReport(_shown(name), is_dry_run=is_dry_run)
    try:
        # Read before the transaction: a long file must not hold back a nurse's reading.
        entries = bundle.parse(content)
        report.resources = len(entries)
        reading = read(entries, now=now, zone=clinic.zone, measures=measures())
        if len(reading.people) > MOST_PEOPLE:
            sentence = _("The file has more than %(most)s patients; split it")
            raise BrokenFileError(sentence % {"most": MOST_PEOPLE})
        intake = Intake(clinic, by, now, report.file, hashlib.sha256(content).hexdigest(), report)
        _store(reading, intake=intake)
    except (BrokenFileError, MismatchError) as error:
        report.refuse(str(error))
    return report


@action
def _store(reading: Reading, *, intake: Intake) -> None:
    if intake.by is not None:  # the command line has no person, only the machine's owner
        require(intake.by, "patients.import", at=intake.clinic)
    file = store(reading, intake=intake)
    if intake.report.is_dry_run:
        transaction.set_rollback(True)
        return
    charts = list(intake.charts.values())
    audit.record(
        clinic=intake.clinic,
        by=intake.by,
        verb="patients.import",
        subject=file,
        patient=charts[0] if len(charts) == 1 else None,
        now=intake.now,
        details={
            "sha256": intake.sha256,
            "resources": intake.report.resources,
            "stored": intake.report.stored,
            "unread": intake.report.unread,
            "added": intake.report.added,
            "patients": [chart.pk for chart in charts],
            "raised": intake.raised,
        },
    )


def _shown(name: str) -> str:
    """The file's name as it may be stored and shown."""
    words = "".join(letter if letter.isprintable() else "?" for letter in name)
    return words[-LONGEST_NAME:] or "?"
