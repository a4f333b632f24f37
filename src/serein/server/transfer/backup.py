"""A consistent, checksummed, optionally encrypted copy of everything, taken while the clinic works.

The file is two lines of text and a payload. The first line names the format; the second is JSON
with the payload's SHA-256 and length and, when encrypted, its key under the passphrase. The
payload is a zip: `manifest.json` and one JSON-lines file per table; encrypted, it is an age file.
"""

import base64
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import pyrage
from django.apps import apps
from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from serein import __version__
from serein.server.audit import queries as audit

FORMAT = b"serein-backup 1\n"
# Made anew by migrations, or worthless elsewhere: a session copied is a session stolen.
LEFT_OUT = frozenset({"contenttypes.contenttype", "auth.permission", "sessions.session"})


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, so that a restore can prove it has the same."""

    serein: str
    made_at: str
    database: str
    schema: dict[str, str]
    counts: dict[str, int]
    head: str
    sha256: dict[str, str]


def make_backup(
    file: Path,
    *,
    now: datetime,
    passphrase: str = "",
    rehearse: Callable[[Path], object] = lambda _draft: None,
) -> dict[str, Any]:
    """Write the backup beside its name and move it there whole.

    Args:
        file: Where it goes; the copy of before stays until the new one is moved into its place.
        now: When it is made.
        passphrase: Encrypts it when given.
        rehearse: Tries the new copy before it is moved; when it raises, nothing is replaced.

    Returns:
        `{"file", "sha256", "schema", "counts", "head"}`, as `serein backup --json` prints it.
    """
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".serein-backup-") as folder:
        payload = Path(folder) / ".payload"
        manifest = _write_payload(payload, now=now)
        key = _encrypt(payload, passphrase) if passphrase else None
        draft = Path(folder) / file.name
        digest = _seal(payload, draft, key=key)
        draft.chmod(0o600)
        rehearse(draft)
        draft.replace(file)
    return {
        "file": str(file),
        "sha256": digest,
        "schema": manifest.schema,
        "counts": manifest.counts,
        "head": manifest.head,
    }


def tables() -> list[type[Model]]:
    """Every table a backup holds, by its label."""
    models = [model for model in apps.get_models() if model._meta.managed]
    kept = [model for model in models if model._meta.label_lower not in LEFT_OUT]
    return sorted(kept, key=lambda model: model._meta.label_lower)


def schema() -> dict[str, str]:
    """The last migration applied of each app."""
    return _newest(MigrationRecorder(connection).applied_migrations())


def schema_of_this_version() -> dict[str, str]:
    """The same once this version has made its tables, wherever they are made."""
    written = MigrationLoader(None).disk_migrations
    replaced = (old for migration in written.values() for old in migration.replaces)
    return _newest([*written, *replaced])


def _newest(migrations: Iterable[tuple[str, str]]) -> dict[str, str]:
    newest: dict[str, str] = {}
    for app, name in migrations:
        newest[app] = max(newest.get(app, ""), name)
    return dict(sorted(newest.items()))


def _write_payload(payload: Path, *, now: datetime) -> Manifest:
    counts: dict[str, int] = {}
    digests: dict[str, str] = {}
    with _one_moment(), zipfile.ZipFile(payload, "w", zipfile.ZIP_DEFLATED) as archive:
        for model in tables():
            label = model._meta.label_lower
            with archive.open(f"tables/{label}.jsonl", "w", force_zip64=True) as out:
                counts[label], digests[label] = _write_rows(model, out)
        manifest = Manifest(
            serein=__version__,
            made_at=now.isoformat(),
            database=connection.vendor,
            schema=schema(),
            counts=counts,
            head=audit.verify(is_witnessed=False).head,
            sha256=digests,
        )
        archive.writestr("manifest.json", json.dumps(asdict(manifest), indent=1))
    return manifest


def _write_rows(model: type[Model], out: IO[bytes]) -> tuple[int, str]:
    names = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.order_by("pk").values_list(*names)
    digest = hashlib.sha256()
    count = 0
    for count, row in enumerate(rows.iterator(chunk_size=2000), start=1):  # noqa: B007  the last count is the answer
        line = json.dumps(row, default=_plain, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        out.write(line)
    return count, digest.hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"a backup cannot hold a {type(value).__name__}")


@contextmanager
def _one_moment() -> Iterator[None]:
    """Every read inside sees the database at one moment, and holds no writer back.

    SQLite: a deferred transaction over the write-ahead log. PostgreSQL: repeatable read.
    """
    assert not connection.in_atomic_block, "a backup sees only what is committed"
    here: Any = connections["default"]  # the stubs know no transaction_mode yet
    if here.vendor == "sqlite":
        here.ensure_connection()
        usual, here.transaction_mode = here.transaction_mode, "DEFERRED"
        try:
            with transaction.atomic():
                yield
        finally:
            here.transaction_mode = usual
    else:
        with transaction.atomic(), here.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def _encrypt(payload: Path, passphrase: str) -> str:
    """Encrypt in place for a new key; returns that key under the passphrase, base64."""
    identity = pyrage.x25519.Identity.generate()
    sealed = payload.with_suffix(".age")
    with payload.open("rb") as plain, sealed.open("wb") as out:
        pyrage.encrypt_io(plain, out, [identity.to_public()])
    sealed.replace(payload)
    key: bytes = pyrage.passphrase.encrypt(str(identity).encode(), passphrase)
    return base64.b64encode(key).decode()


def _seal(payload: Path, whole: Path, *, key: str | None) -> str:
    digest = digest_of(payload.open("rb"))
    head = {"sha256": digest, "length": payload.stat().st_size, "key": key}
    with whole.open("wb") as out, payload.open("rb") as source:
        out.write(FORMAT + json.dumps(head).encode() + b"\n")
        for block in blocks(source):
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return digest


def digest_of(source: IO[bytes]) -> str:
    """SHA-256 of the rest of a file, which is closed."""
    digest = hashlib.sha256()
    with source:
        for block in blocks(source):
            digest.update(block)
    return digest.hexdigest()


def blocks(source: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file, a megabyte at a time."""
    return iter(lambda: source.read(1 << 20), b"")
