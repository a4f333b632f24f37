"""A setting, a place or an answer that cannot be right gets a sentence, never a traceback."""

import os
import subprocess
import sys

import pytest

from tests.house_of_its_own import new_house
from tests.server.test_checks import refusals

PRODUCTION = {"SEREIN_MODE": "production", "SEREIN_CLOCK": "live"}
URL = "postgresql://serein:hidden@127.0.0.1:many/serein"


@pytest.fixture
def house(tmp_path):
    """An empty house."""
    return new_house(tmp_path / "data", **PRODUCTION)


@pytest.fixture(scope="module")
def set_up(set_up_house, tmp_path_factory):
    """A house that is set up; these tests change nothing in it."""
    return set_up_house(tmp_path_factory.mktemp("house") / "data", **PRODUCTION)


def said(told, *, code=1):
    assert told.returncode == code, told.stderr
    assert "Traceback" not in told.stderr
    return told.stdout + told.stderr


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SEREIN_THREADS", "abc"),
        ("SEREIN_THREADS", "0"),
        ("SEREIN_IDLE_MIN", "x"),
        ("SEREIN_IDLE_MIN", "-5"),
        ("DATABASE_URL", URL),
        ("DATABASE_URL", "postgresql://serein:hidden@[::1/serein"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(house, setting, value):
    sentence = said(house.serein("check", **{setting: value}))

    assert setting in sentence
    assert "hidden" not in sentence


def test_a_data_folder_in_an_impossible_place_is_named(house, tmp_path):
    file = tmp_path / "file"
    file.write_text("")

    sentence = said(house.serein("init", "--defaults", "--data", str(file / "below")))

    assert str(file) in sentence


def test_a_backup_onto_a_folder_is_bad_usage(set_up):
    assert "is a directory" in said(set_up.serein("backup", "."), code=2)


def test_a_passphrase_that_nobody_can_type_is_asked_for_by_its_variable(set_up, tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "serein.cli", "backup", str(tmp_path / "copy"), "--encrypt"],
        env={**os.environ, **set_up.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "SEREIN_BACKUP_PASSPHRASE" in said(told, code=2)


def test_a_missing_file_to_import_is_bad_input(set_up):
    assert "missing.json" in said(set_up.serein("import", "missing.json"), code=2)


@pytest.mark.parametrize("broken", [True, False])
def test_content_that_cannot_be_used_refuses_the_start_and_names_the_file(set_up, tmp_path, broken):
    folder = tmp_path / "content"
    if broken:
        (folder / "protocols").mkdir(parents=True)
        (folder / "protocols" / "ours.v1.toml").write_text('id = "ours"\nversion = 1\n')
    own = {"SEREIN_CONTENT": str(folder)}

    assert refusals(set_up, **own) == ["content"]
    sentence = said(set_up.serein("check", **own))
    assert ("ours.v1.toml" if broken else str(folder)) in sentence


def test_a_place_for_the_heads_that_cannot_be_written_refuses_the_start(set_up, tmp_path):
    place = {"SEREIN_AUDIT_HEAD": str(tmp_path / "gone" / "heads")}

    assert refusals(set_up, **place) == ["audit-head-unwritable"]
    assert "audit-head-unwritable" in said(set_up.serein("check", **place))


def test_init_asks_again_for_an_answer_that_is_impossible(house):
    answers = "Main St\nNowhere/Land\nAmerica/New_York\n-3\n0\n3\nines\nask\n+1 555 0100\n\n"
    told = subprocess.run(
        [sys.executable, "-m", "serein.cli", "init"],
        env={**os.environ, **house.environment},
        input=answers,
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    assert "there is no time zone 'Nowhere/Land'" in told.stdout + told.stderr
    assert "'-3' is no number of chairs" in told.stdout + told.stderr
    assert "with 3 chairs" in told.stdout
    assert "“ask” is no telephone number" in told.stdout + told.stderr
    kept = "print([(one.phone_day, one.phone_night) for one in Clinic.objects.all()])"
    clinic = "from serein.server.accounts.models import Clinic\n"
    assert house.python(clinic + kept) == "[('+1 555 0100', '')]"
