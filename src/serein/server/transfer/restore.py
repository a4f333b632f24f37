"""Bring a backup into an empty database, whole or not at all."""

import base64
import json
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyrage
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import Error, connection, transaction
from django.db.models import BinaryField, Field, ForeignKey, JSONField, Model

from serein.clinical.errors import SereinError
from serein.server import durability
from serein.server.audit import queries as audit
from serein.server.audit import witness
from serein.server.audit.actions import mark_restored
from serein.server.transfer.backup import (
    FORMAT,
    Manifest,
    blocks,
    digest_of,
    schema,
    schema_of_this_version,
    tables,
)

HEAD_LIMIT_BYTES = 1 << 20
BATCH = 2000
# Whatever reading a file that was changed on purpose, and sealed again, may break on.
DAMAGED = (
    *(ValidationError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError),
    *(RuntimeError, EOFError, zlib.error, struct.error, zipfile.BadZipFile),
)


class RestoreError(SereinError):
    """The backup is damaged, or this is no place to restore it; nothing was written."""


@dataclass(frozen=True)
class Sealed:
    """The two lines before the payload."""

    sha256: str
    length: int
    key: str | None


def restore_backup(
    file: Path,
    *,
    now: datetime,
    passphrase: str = "",
    make_tables: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Restore into an empty database and prove that everything is there.

    Args:
        file: What `serein backup` made.
        now: When it is restored; told to the file of heads when that knows later lines.
        passphrase: Opens an encrypted one.
        make_tables: Called once the file is open, fits this version, and nothing is in its way.

    Returns:
        `{"file", "sha256", "schema", "counts", "head", "lost", "is_newest"}`, as
        `serein restore --json` prints it; lost are the lines of the log that came after the
        backup, by the file of heads. The newest copy lacks but the one that tells of itself.

    Raises:
        RestoreError: Damaged file, wrong passphrase, other schema, or a database in use.
    """
    sealed = check_seal(file)
    with _payload(file, sealed, passphrase) as archive:
        manifest = _manifest(archive)
        _refuse_other_schema(manifest, here=schema_of_this_version())
        _refuse_full()
        make_tables()
        _refuse_other_schema(manifest, here=schema())
        try:
            with transaction.atomic():
                _refuse_full()
                for model in tables():
                    _load(model, archive, manifest)
                proved = _prove(manifest)
        except (Error, OSError, *DAMAGED) as reason:
            raise RestoreError(
                f"{file.name} cannot be read into this database ({reason}); use another copy"
            ) from reason
    beyond = proved.breaks
    ends = {one.chain: (one.line - 1, proved.chains[one.chain]) for one in beyond}
    lost = [one for one in beyond if (one.lost, one.backup) != (1, sealed.sha256)]
    mark_restored(ends, now=now)
    return {
        "file": str(file),
        "sha256": sealed.sha256,
        "schema": manifest.schema,
        "counts": manifest.counts,
        "head": manifest.head,
        "lost": [asdict(one) for one in lost],
        "is_newest": bool(beyond) and not lost,
    }


def check_seal(file: Path) -> Sealed:
    """The seal of an undamaged backup; reads the whole file.

    Raises:
        RestoreError: Not a backup, cut short, or changed since it was made.
    """
    try:
        source = file.open("rb")
    except OSError as reason:
        raise RestoreError(f"{file} cannot be opened: {reason.strerror}") from reason
    with source:
        sealed = _read_seal(source, file.name)
        held = file.stat().st_size - source.tell()
        if held != sealed.length:
            raise RestoreError(
                f"{file.name} holds {held} bytes where {sealed.length} were written; "
                "it was cut short or added to. Use another copy"
            )
        if digest_of(source) != sealed.sha256:
            raise RestoreError(
                f"{file.name} has changed since it was made: its checksum differs. Use another copy"
            )
    return sealed


def _read_seal(source: IO[bytes], name: str) -> Sealed:
    if source.readline(len(FORMAT) + 1) != FORMAT:
        raise RestoreError(f"{name} is not a Serein backup, or its beginning is damaged")
    try:
        head = json.loads(source.readline(HEAD_LIMIT_BYTES))
        return Sealed(str(head["sha256"]), int(head["length"]), head["key"])
    except DAMAGED as reason:
        raise RestoreError(f"{name}: the line with its checksum is damaged") from reason


@contextmanager
def _payload(file: Path, sealed: Sealed, passphrase: str) -> Iterator[zipfile.ZipFile]:
    with tempfile.TemporaryDirectory(prefix="serein-restore-") as folder:
        plain = Path(folder) / "payload"
        with file.open("rb") as source, plain.open("wb") as out:
            _read_seal(source, file.name)
            if sealed.key is None:
                for block in blocks(source):
                    out.write(block)
            else:
                _decrypt(source, out, key=sealed.key, passphrase=passphrase)
        try:
            archive = zipfile.ZipFile(plain)
        except DAMAGED as reason:
            raise RestoreError(f"{file.name}: the tables inside are damaged") from reason
        with archive:
            yield archive


def _decrypt(source: IO[bytes], out: IO[bytes], *, key: str, passphrase: str) -> None:
    if not passphrase:
        raise RestoreError("this backup is encrypted; give the passphrase it was made with")
    try:
        identity = pyrage.passphrase.decrypt(base64.b64decode(key), passphrase).decode()
        pyrage.decrypt_io(source, out, [pyrage.x25519.Identity.from_str(identity)])
    except (pyrage.DecryptError, pyrage.IdentityError, *DAMAGED) as reason:
        raise RestoreError("the passphrase does not open this backup") from reason


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        manifest = Manifest(**json.loads(archive.read("manifest.json")))
        for part in (manifest.schema, manifest.counts, manifest.sha256):
            part.keys()
    except (OSError, *DAMAGED) as reason:  # an offset that lies before the file's beginning
        raise RestoreError("the backup's table of contents is damaged") from reason
    return manifest


def _refuse_other_schema(manifest: Manifest, *, here: dict[str, str]) -> None:
    if manifest.schema == here:
        return
    apps = {app for app in {*here, *manifest.schema} if here.get(app) != manifest.schema.get(app)}
    raise RestoreError(
        f"the backup was made by Serein {manifest.serein} with other tables "
        f"({', '.join(sorted(apps))}); restore it with that version, then upgrade"
    )


def _refuse_full() -> None:
    """Refuse a database with any row in it, whatever version made its tables."""
    there = set(connection.introspection.table_names()) if durability.is_made() else set()
    for model in tables():
        if model._meta.db_table in there and model._base_manager.exists():
            raise RestoreError(
                f"this database is in use ({model._meta.verbose_name_plural} are there already); "
                "restore into an empty data folder or database"
            )


def _load(model: type[Model], archive: zipfile.ZipFile, manifest: Manifest) -> None:
    label = model._meta.label_lower
    name = f"tables/{label}.jsonl"
    if label not in manifest.sha256 or name not in archive.namelist():
        raise RestoreError(f"the backup has no table {label}")
    if digest_of(archive.open(name)) != manifest.sha256[label]:
        raise RestoreError(f"table {label} of the backup is damaged: its checksum differs")
    fields = model._meta.concrete_fields
    with archive.open(name) as lines:
        rows = (_row(model, fields, json.loads(line)) for line in lines)
        while batch := list(islice(rows, BATCH)):
            model._base_manager.bulk_create(batch)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)


def _row(model: type[Model], fields: Any, values: list[Any]) -> Model:
    pairs = zip(fields, values, strict=True)
    return model(**{field.attname: _value(field, value) for field, value in pairs})


def _value(field: "Field[Any, Any]", value: Any) -> Any:
    if value is None or isinstance(field, JSONField):
        return value
    if isinstance(field, BinaryField):
        return base64.b64decode(value)
    if isinstance(field, ForeignKey):
        return field.target_field.to_python(value)
    return field.to_python(value)


def _prove(manifest: Manifest) -> audit.Verdict:
    """The log as restored, all else proved; broken only where the file of heads goes further."""
    for model in tables():
        label = model._meta.label_lower
        held = model._base_manager.count()
        if held != manifest.counts[label]:
            raise RestoreError(
                f"{label}: {held} rows restored of {manifest.counts[label]}; nothing was kept"
            )
    verdict = audit.verify(is_witnessed=False)
    if not verdict.intact or verdict.head != manifest.head:
        why = verdict.first_broken or "its end is not the one that the backup names"
        raise RestoreError(f"the audit chain of the backup does not hold ({why}); nothing was kept")
    return _witnessed() if witness.file() else verdict


def _witnessed() -> audit.Verdict:
    """The log beside the file of heads, which may know later lines but no other ones."""
    verdict = audit.verify()
    if audit.are_heads_of_another(is_first=False):
        raise RestoreError(
            f"the file of heads {witness.file()} belongs to another house; name the one of this"
            " house, or a new file, in SEREIN_AUDIT_HEAD"
        )
    for one in verdict.breaks:
        if one.fault != "truncated":
            raise RestoreError(
                f"the file of heads {witness.file()} tells of another history ({one}). Compare the "
                "two; to restore this copy all the same, name a new file in SEREIN_AUDIT_HEAD"
            )
    return verdict
