"""Lines that could not be read: kept whole, beside the chart they speak of."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from serein.fhir.reading import Reading, Stored, Unread, title
from serein.server.patients.models import Patient
from serein.server.transfer.matching import made_id
from serein.server.transfer.models import ImportedFile, UnreadResource

ROWS_AT_ONCE = 200
LONGEST_CONTENT = 200_000
LONGEST_REASON = 300
LONGEST_KIND = 80


def keep_unread(reading: Reading, *, file: ImportedFile, charts: Mapping[int, Patient]) -> None:
    """Keep every unread entry; one that is kept already is not kept twice."""
    rows = [
        _row(unread, file=file, patient=charts.get(unread.of) if unread.of is not None else None)
        for unread in reading.unread
    ]
    UnreadResource.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)


def mark_read(patient: Patient, *, stored: Sequence[Stored], now: datetime) -> None:
    """Take entries that have become facts off the patient's list of unread lines."""
    waiting = UnreadResource.objects.filter(patient=patient, read_at__isnull=True)
    names = {(one.entry.kind, one.entry.id) for one in stored}
    read = [row.pk for row in waiting.only("kind", "resource_id") if _name(row) in names]
    UnreadResource.objects.filter(pk__in=read).update(read_at=now)


def _name(row: UnreadResource) -> tuple[str, str]:
    return row.kind, row.resource_id


def _row(unread: Unread, *, file: ImportedFile, patient: Patient | None) -> UnreadResource:
    entry = unread.entry
    # ASCII, so that no unpaired surrogate or NUL of a hostile file reaches the database.
    content = json.dumps(entry.resource)
    digest = hashlib.sha256(content.encode()).hexdigest()
    place = "" if patient else f"{file.pk} {entry.place}"
    owner = patient.pk if patient else ""
    return UnreadResource(
        id=made_id(file.clinic_id, owner, place, entry.reference, digest, "unread"),
        clinic_id=file.clinic_id,
        file=file,
        patient=patient,
        place=entry.place,
        kind=entry.kind[:LONGEST_KIND],
        resource_id=entry.id,
        title=title(entry),
        reason=_printable(unread.reason)[:LONGEST_REASON],
        content=content[:LONGEST_CONTENT],
    )


def _printable(words: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in words)
