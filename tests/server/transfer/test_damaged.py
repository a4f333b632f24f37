"""A backup that was changed and sealed again is refused in a sentence, and nothing is written."""

import hashlib
import io
import json
import random
import zipfile

import pytest

from serein.server.accounts.models import User
from serein.server.transfer.backup import FORMAT, make_backup
from serein.server.transfer.restore import RestoreError, restore_backup
from tests import cast
from tests.server.transfer.test_backup import empty_database

TABLE = "accounts.user"
FILE = f"tables/{TABLE}.jsonl"
MANIFEST = "manifest.json"

pytestmark = pytest.mark.django_db(transaction=True)


class Copy:
    """A backup whose parts can be exchanged; it is sealed again as if it had been made so."""

    def __init__(self, file):
        cast.open_clinic("Main St", cast.MAIN_ST)
        self.file = file
        make_backup(file, now=cast.NOW)
        empty_database()
        self.payload = file.read_bytes().split(b"\n", 2)[2]
        with zipfile.ZipFile(io.BytesIO(self.payload)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.manifest = json.loads(self.parts[MANIFEST])

    def seal(self, payload=None, **head):
        kept = self.payload if payload is None else payload
        seal = {"sha256": hashlib.sha256(kept).hexdigest(), "length": len(kept), "key": None}
        self.file.write_bytes(FORMAT + json.dumps({**seal, **head}).encode() + b"\n" + kept)

    def pack(self, manifest, **parts):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in {**self.parts, MANIFEST: manifest, **parts}.items():
                archive.writestr(name, content)
        self.seal(packed.getvalue())

    def refuse(self):
        with pytest.raises(RestoreError):
            restore_backup(self.file, now=cast.NOW)
        assert not User.objects.exists()


@pytest.fixture
def copy(transactional_db, tmp_path):
    return Copy(tmp_path / "copy")


@pytest.mark.parametrize(
    "changed",
    [{"counts": {}}, {"counts": []}, {"schema": []}, {"schema": None}, {"sha256": []}, {"x": 1}],
    ids=str,
)
def test_a_changed_table_of_contents_is_refused(copy, changed):
    copy.pack(json.dumps({**copy.manifest, **changed}))
    copy.refuse()


@pytest.mark.parametrize("manifest", [b"[]", b"\xff", b"[" * 100_000])
def test_a_table_of_contents_that_is_none_is_refused(copy, manifest):
    copy.pack(manifest)
    copy.refuse()


@pytest.mark.parametrize(
    "head",
    [{"length": float("inf")}, {"length": -1}, {"key": 5}, {"key": ""}, {"key": "AAAA"}],
    ids=str,
)
def test_a_changed_seal_is_refused(copy, head):
    copy.seal(**head)
    copy.refuse()


@pytest.mark.parametrize(
    "rows",
    [b'{"a": 1}', b"[1]", b'"abc"', b"null", b"5", b"\xff\xfe", b"[" * 100_000 + b"]" * 100_000],
    ids=lambda rows: str(rows[:8]),
)
def test_rows_of_another_shape_are_refused(copy, rows):
    told = {"sha256": hashlib.sha256(rows).hexdigest(), "counts": 1}
    changed = {name: {**copy.manifest[name], TABLE: value} for name, value in told.items()}
    copy.pack(json.dumps({**copy.manifest, **changed}), **{FILE: rows})
    copy.refuse()


def test_a_flipped_byte_under_a_new_seal_is_refused_or_changes_nothing(copy):
    chance = random.Random(20251014)  # noqa: S311  the same places at every run
    people = len(cast.MAIN_ST)
    size = len(copy.payload)
    contents = range(size - 4096, size)  # where the archive says what lies where
    for place in [*chance.sample(range(size), 40), *chance.sample(contents, 40)]:
        changed = bytearray(copy.payload)
        changed[place] ^= 0x55
        copy.seal(bytes(changed))
        try:
            restore_backup(copy.file, now=cast.NOW)
        except RestoreError:
            assert not User.objects.exists()
        else:
            assert User.objects.count() == people
            empty_database()
