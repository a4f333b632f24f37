"""From nothing to a house, its backup and its restore, as a clinic's computer person does it."""

import json
import os
import sqlite3
import stat
import subprocess
import sys

import pytest

from tests.house_of_its_own import new_house

PRODUCTION = {"SEREIN_MODE": "production", "SEREIN_CLOCK": "live"}


@pytest.fixture
def house(tmp_path):
    """An empty house in production."""
    return new_house(tmp_path / "data", **PRODUCTION)


@pytest.fixture
def set_up(set_up_house, tmp_path):
    """A house that is set up."""
    return set_up_house(tmp_path / "data", **PRODUCTION)


def test_init_makes_one_site_four_chairs_and_an_owner_with_a_one_time_password(house):
    told = house.serein("init", "--defaults", "--json")
    document = json.loads(told.stdout)
    found = house.python(
        "from serein.server.accounts.models import User\n"
        "from serein.server.treatment.models import Chair\n"
        "owner = User.objects.get()\n"
        f"print(owner.check_password({document['one_time_password']!r}),"
        " owner.must_change_password, Chair.objects.count())"
    )

    assert document["chairs"] == 4
    assert found == "True True 4"


def test_init_takes_the_telephone_numbers_as_options_and_refuses_what_is_none(house):
    refused = house.serein("init", "--defaults", "--phone-day", "ask at the desk")
    day = "+1 555 0100"
    told = house.serein("init", "--defaults", "--phone-day", day, "--phone-night", "911", "--json")

    assert refused.returncode == 2
    assert "is no telephone number" in " ".join(refused.stderr.split())
    document = json.loads(told.stdout)
    assert (document["phone_day"], document["phone_night"]) == ("+1 555 0100", "911")


def test_a_sole_owner_who_is_locked_out_is_let_in_from_the_console(set_up):
    set_up.python(
        "from allauth.mfa.models import Authenticator\n"
        "from serein.server.accounts.models import User\n"
        "Authenticator.objects.create(user=User.objects.get(), type='totp', data={})"
    )
    stranger = set_up.serein("people", "reset", "olga", "--yes")
    unasked = subprocess.run(
        [sys.executable, "-m", "serein.cli", "people", "reset", "owner"],
        env={**os.environ, **set_up.environment},
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )
    told = set_up.serein("people", "reset", "Owner", "--yes", "--json")
    document = json.loads(told.stdout)

    assert stranger.returncode == 1
    assert "Nobody signs in as “olga”; there are owner." in stranger.stderr
    assert (unasked.returncode, unasked.stdout.strip()) == (1, "")
    assert unasked.stderr.endswith("Nothing was changed.\n")
    assert set(document) == {"username", "one_time_password"}
    found = set_up.python(
        "from allauth.mfa.models import Authenticator\n"
        "from serein.server.accounts.models import User\n"
        "from serein.server.audit.models import Event\n"
        "owner, line = User.objects.get(), Event.objects.order_by('line').last()\n"
        f"print(owner.check_password({document['one_time_password']!r}),"
        " owner.must_change_password, Authenticator.objects.count(), line.verb, line.details,"
        " Event.objects.filter(verb='accounts.reset_access').count())"
    )
    line = "accounts.reset_access {'is_at_the_console': True} 1"
    assert found == f"True True 0 {line}"


def test_the_data_folder_and_its_key_are_for_their_owner_alone(set_up):
    key = set_up.folder / "secret-key"

    assert stat.S_IMODE(set_up.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text().strip()) >= 64


def test_init_of_a_house_that_is_set_up_is_refused_and_changes_nothing(set_up):
    before = (set_up.folder / "secret-key").read_text()
    told = set_up.serein("init", "--defaults")

    assert told.returncode == 1
    assert "set up already" in told.stderr
    assert (set_up.folder / "secret-key").read_text() == before


def test_a_command_in_an_empty_folder_says_what_to_run_first(house):
    for words in (["audit", "verify"], ["backup", "copy"]):
        told = house.serein(*words)
        assert told.returncode == 1
        assert "serein init" in told.stderr
    assert not house.folder.exists()


def test_audit_verify_answers_in_the_shape_that_scripts_rely_on(set_up):
    told = set_up.serein("audit", "verify", "--json")
    document = json.loads(told.stdout)

    assert told.returncode == 0
    assert document["intact"] is True
    assert document["first_broken"] is None
    assert document["lines"] >= 2


def test_audit_verify_names_the_first_broken_place(set_up):
    set_up.python(
        "from serein.server.audit.models import Event\n"
        "Event.objects.filter(line=2).update(verb='nothing.happened')"
    )
    told = set_up.serein("audit", "verify", "--json")

    assert told.returncode == 1
    assert json.loads(told.stdout)["first_broken"]["line"] == 2


def test_a_backup_is_restored_into_an_empty_house_with_everything(set_up, tmp_path):
    copy = tmp_path / "copy"
    made = json.loads(set_up.serein("backup", str(copy), "--json").stdout)
    other = new_house(tmp_path / "other", **PRODUCTION)

    told = other.serein("restore", str(copy), "--json")
    document = json.loads(told.stdout)

    assert told.returncode == 0, told.stderr
    assert {name: document[name] for name in ("sha256", "counts", "head", "schema")} == {
        name: made[name] for name in ("sha256", "counts", "head", "schema")
    }
    assert (other.folder / "secret-key").exists()


def test_an_encrypted_backup_needs_its_passphrase(set_up, tmp_path):
    copy = tmp_path / "copy"
    passphrase = {"SEREIN_BACKUP_PASSPHRASE": "four calm grey herons"}
    assert set_up.serein("backup", str(copy), "--encrypt", **passphrase).returncode == 0

    wrong = new_house(tmp_path / "wrong", **PRODUCTION)
    told = wrong.serein("restore", str(copy), SEREIN_BACKUP_PASSPHRASE="guessed")
    right = new_house(tmp_path / "right", **PRODUCTION)

    assert told.returncode == 1
    assert "passphrase" in told.stderr
    assert right.serein("restore", str(copy), **passphrase).returncode == 0


def test_a_damaged_backup_is_refused_and_nothing_is_written(set_up, tmp_path):
    copy = tmp_path / "copy"
    set_up.serein("backup", str(copy), "--no-verify")
    damaged = bytearray(copy.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    copy.write_bytes(damaged)
    other = new_house(tmp_path / "other", **PRODUCTION)

    told = other.serein("restore", str(copy))

    assert told.returncode == 1
    assert "checksum differs" in told.stderr
    assert not other.folder.exists()


def test_a_backup_that_cannot_be_restored_is_not_called_verified(set_up, tmp_path):
    if "DATABASE_URL" in set_up.environment:
        pytest.skip("the row is damaged in SQLite's file")
    with sqlite3.connect(set_up.folder / "serein.sqlite3") as file:
        file.execute("UPDATE audit_event SET verb = 'nothing.happened' WHERE line = 2")
    file.close()

    told = set_up.serein("backup", str(tmp_path / "copy"))

    assert told.returncode == 1
    assert "cannot be restored" in told.stderr


def test_serve_says_when_the_port_is_taken(set_up):
    import socket  # noqa: PLC0415  this test alone

    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = set_up.serein("serve", "--port", str(taken.getsockname()[1]))

    assert told.returncode == 1
    assert "another program listens on port" in told.stderr
