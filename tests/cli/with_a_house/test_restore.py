"""After a fire: the last copy comes back beside heads that know more, or nothing comes back."""

import json
import os
import stat

import pytest

from tests.house_of_its_own import new_house

PRODUCTION = {"SEREIN_MODE": "production", "SEREIN_CLOCK": "live"}
ACT = """
from django.db import transaction
from serein.server import clock
from serein.server.accounts.models import Clinic
from serein.server.audit import actions as audit
for _ in range({times}):
    with transaction.atomic():
        audit.record(
            clinic=Clinic.objects.get(), by=None, verb="test.acted", subject=None, now=clock.now()
        )
"""
HAS_TABLES = """
from django.db import connection
print(bool(connection.introspection.table_names()))
"""


@pytest.fixture
def heads(tmp_path):
    """The file of heads on the other disk."""
    return tmp_path / "heads"


@pytest.fixture
def house(set_up_house, tmp_path, heads):
    """A house that is set up, its heads kept outside."""
    return set_up_house(tmp_path / "data", heads=heads, **PRODUCTION)


@pytest.fixture
def other(tmp_path, heads):
    """The house after the fire: empty, and with the same file of heads."""
    return new_house(tmp_path / "other", SEREIN_AUDIT_HEAD=str(heads), **PRODUCTION)


def backed_up(house, file):
    told = house.serein("backup", str(file), "--no-verify", "--json")
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_a_copy_comes_back_beside_heads_that_know_later_lines_and_says_which(
    house, other, tmp_path
):
    copy = tmp_path / "copy"
    made = backed_up(house, copy)
    house.python(ACT.format(times=3))

    told = other.serein("restore", str(copy), "--json")

    assert told.returncode == 0, told.stderr
    restored = json.loads(told.stdout)
    assert restored["head"] == made["head"]
    assert [one["lost"] for one in restored["lost"]] == [3]
    first = made["counts"]["audit.event"] + 1
    assert f"lines {first} to {first + 2} of the log of The clinic" in told.stderr


def test_the_newest_copy_lacks_but_the_line_that_tells_it_was_tried_and_says_so_calmly(
    house, other, tmp_path
):
    copy = tmp_path / "copy"
    assert house.serein("backup", str(copy)).returncode == 0

    told = other.serein("restore", str(copy), "--json")
    verified = other.serein("audit", "verify")

    answer = json.loads(told.stdout)
    assert (answer["lost"], answer["is_newest"]) == ([], True)
    assert "Nothing came after this copy but the line" in told.stderr
    assert "Came after this copy" not in told.stderr
    assert verified.returncode == 0, verified.stdout
    assert "the one line after it told that this backup had been tried" in verified.stderr


def test_an_older_copy_still_says_what_came_after_it(house, other, tmp_path):
    older = tmp_path / "older"
    for copy in (older, tmp_path / "newer"):
        assert house.serein("backup", str(copy)).returncode == 0

    answer = json.loads(other.serein("restore", str(older), "--json").stdout)

    assert [one["lost"] for one in answer["lost"]] == [2]
    assert answer["is_newest"] is False


def test_two_houses_with_one_file_of_heads_are_told_apart(house, other, tmp_path, heads):
    made = other.serein("init", "--defaults")
    apart = new_house(tmp_path / "third", SEREIN_AUDIT_HEAD=str(tmp_path / "own"), **PRODUCTION)
    assert apart.serein("init", "--defaults").returncode == 0
    copy = tmp_path / "copy"
    backed_up(apart, copy)

    assert made.returncode == 1
    assert "audit-head-other: The file of SEREIN_AUDIT_HEAD belongs to another" in made.stderr
    served = apart.serein("serve", "--port", "1", SEREIN_AUDIT_HEAD=str(heads))
    assert "audit-head-other" in served.stderr
    restored = other.serein("restore", str(copy))
    assert restored.returncode == 1
    assert "belongs to another house" in restored.stderr
    assert "audit-head-other" not in house.serein("check").stdout


def test_a_person_reads_that_the_file_is_back_whole_and_not_that_nothing_is_missing(
    house, other, tmp_path
):
    copy = tmp_path / "copy"
    rows = sum(backed_up(house, copy)["counts"].values())
    house.python(ACT.format(times=1))

    told = other.serein("restore", str(copy))

    assert "Came after this copy and is not in it" in told.stderr
    assert told.stdout == f"{copy}: all {rows} rows of the file are back.\n"


def test_a_restored_log_goes_on_intact_and_tells_of_its_restore(house, other, tmp_path):
    copy = tmp_path / "copy"
    backed_up(house, copy)
    house.python(ACT.format(times=3))
    assert other.serein("restore", str(copy)).returncode == 0

    other.python(ACT.format(times=5))
    told = other.serein("audit", "verify", "--json")

    assert told.returncode == 0, told.stdout
    verdict = json.loads(told.stdout)
    assert verdict["intact"]
    assert [one["lost"] for one in verdict["restored"]] == [3]
    assert "only in the file of heads" in told.stderr


def test_a_log_cut_after_its_restore_is_still_found(house, other, tmp_path):
    copy = tmp_path / "copy"
    backed_up(house, copy)
    house.python(ACT.format(times=3))
    assert other.serein("restore", str(copy)).returncode == 0
    other.python(ACT.format(times=2))
    other.python(
        "from serein.server.audit.models import Chain, Event\n"
        "last = Event.objects.exclude(chain='house').order_by('line').last()\n"
        "Chain.objects.filter(name=last.chain).update(lines=last.line - 1, head=last.previous)\n"
        "last.delete()"
    )

    told = other.serein("audit", "verify", "--json")

    assert told.returncode == 1
    assert json.loads(told.stdout)["first_broken"]["fault"] == "truncated"


def test_a_copy_of_another_history_than_the_heads_is_refused(house, other, tmp_path, heads):
    copy = tmp_path / "copy"
    backed_up(house, copy)
    lines = heads.read_text().splitlines(keepends=True)
    time, chain, number, _head = lines[-1].split()
    heads.write_text(f"{time} {chain} {number} {'a' * 64}\n")

    told = other.serein("restore", str(copy))

    assert told.returncode == 1
    assert "tells of another history" in told.stderr
    assert "Break(" not in told.stderr


def test_a_new_file_of_heads_begins_with_the_restored_house(house, tmp_path):
    copy = tmp_path / "copy"
    backed_up(house, copy)
    house.python(ACT.format(times=2))
    fresh = {"SEREIN_AUDIT_HEAD": str(tmp_path / "new-heads")}
    other = new_house(tmp_path / "other", **PRODUCTION, **fresh)

    assert other.serein("restore", str(copy)).returncode == 0
    other.python(ACT.format(times=1))

    assert other.serein("audit", "verify").returncode == 0


def test_a_restore_into_a_house_in_use_is_refused_before_its_tables_are_touched(
    house, tmp_path, other
):
    copy = tmp_path / "copy"
    backed_up(house, copy)
    house.python(
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "MigrationRecorder.Migration.objects.filter(app='treatment').delete()"
    )

    told = house.serein("restore", str(copy))

    assert told.returncode == 1
    assert "in use" in told.stderr
    assert (
        house.python(
            "from django.db.migrations.recorder import MigrationRecorder\n"
            "print(MigrationRecorder.Migration.objects.filter(app='treatment').exists())"
        )
        == "False"
    )


def test_a_wrong_passphrase_makes_neither_folder_nor_tables(house, other, tmp_path):
    copy = tmp_path / "copy"
    right = {"SEREIN_BACKUP_PASSPHRASE": "four calm grey herons"}
    assert house.serein("backup", str(copy), "--encrypt", "--no-verify", **right).returncode == 0

    told = other.serein("restore", str(copy), SEREIN_BACKUP_PASSPHRASE="guessed")

    assert told.returncode == 1
    assert not other.folder.exists()
    if "DATABASE_URL" in other.environment:
        assert other.python(HAS_TABLES) == "False"


def test_a_copy_of_other_tables_is_refused_before_any_is_made(house, other, tmp_path):
    house.python(
        "from django.db import connection\n"
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "MigrationRecorder(connection).record_applied('treatment', '9999_from_the_future')\n"
    )
    copy = tmp_path / "copy"
    house.python(
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from serein.server.transfer.backup import make_backup\n"
        f"make_backup(Path({str(copy)!r}), now=datetime.now(UTC))\n"
    )

    told = other.serein("restore", str(copy))

    assert told.returncode == 1
    assert "with other tables (treatment)" in told.stderr
    assert not other.folder.exists()


def test_the_schema_of_this_version_is_the_one_its_tables_have(house):
    told = house.python(
        "from serein.server.transfer.backup import schema, schema_of_this_version\n"
        "print(schema() == schema_of_this_version())"
    )

    assert told == "True"


def test_init_of_a_house_in_use_is_refused_before_its_tables_are_touched(house):
    house.python(
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "MigrationRecorder.Migration.objects.filter(app='treatment').delete()"
    )

    told = house.serein("init", "--defaults")

    assert told.returncode == 1
    assert "set up already" in told.stderr
    assert "Traceback" not in told.stderr


def test_unsafe_settings_are_refused_before_a_house_is_made_or_restored(house, other, tmp_path):
    copy = tmp_path / "copy"
    backed_up(house, copy)

    for words in (["init", "--defaults"], ["restore", str(copy)]):
        told = other.serein(*words, SEREIN_HOSTS="*")
        assert told.returncode == 1
        assert "hosts-any" in told.stderr
    assert not other.folder.exists()


def test_a_copy_that_does_not_come_back_leaves_the_last_good_one(house, tmp_path):
    copy = tmp_path / "copy"
    assert house.serein("backup", str(copy)).returncode == 0
    good = copy.read_bytes()
    house.python(
        "from serein.server.audit.models import Event\n"
        "Event.objects.filter(line=2).update(verb='nothing.happened')"
    )

    told = house.serein("backup", str(copy))

    assert told.returncode == 1
    assert "so it was not kept" in told.stderr
    assert copy.read_bytes() == good
    assert [path.name for path in tmp_path.glob(".serein-backup-*")] == []


def test_a_backup_is_tried_whatever_the_settings_of_its_house_are(house, tmp_path):
    told = house.serein("backup", str(tmp_path / "copy"), SEREIN_HOSTS="*")

    assert told.returncode == 0, told.stderr


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")  # Windows has none
def test_the_restored_files_are_for_their_owner_alone_whatever_the_folder_is(house, tmp_path):
    if "DATABASE_URL" in house.environment:
        pytest.skip("only SQLite keeps its rows in the data folder")  # no file to look at
    copy = tmp_path / "copy"
    backed_up(house, copy)
    other = new_house(tmp_path / "other", **PRODUCTION)
    other.folder.mkdir(mode=0o755)

    assert other.serein("restore", str(copy)).returncode == 0

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in other.folder.iterdir()}
    assert {"serein.sqlite3", "secret-key"} <= set(modes)
    assert set(modes.values()) == {0o600}
