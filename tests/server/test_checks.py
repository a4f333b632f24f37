"""A server that could lose or show what it must not does not start, and says why."""

import json
import os
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from psycopg import sql

from serein.server import checks, durability
from serein.server.accounts.models import User
from tests.databases import postgresql
from tests.house_of_its_own import new_house

WEAKENED_SETTINGS = "tests.server.weakened"
ON_SQLITE = "DATABASE_URL" not in os.environ
sqlite_only = pytest.mark.skipif(not ON_SQLITE, reason="a setting of SQLite")
postgresql_only = pytest.mark.skipif(ON_SQLITE, reason="a setting of PostgreSQL")

ONE_CLINIC = """
from serein.server.accounts.models import Clinic
Clinic.objects.create(name="Main St", is_invented={is_invented})
"""


@pytest.fixture
def house(set_up_house, tmp_path):
    """A house that is set up, in production."""
    return set_up_house(tmp_path / "data", SEREIN_MODE="production", SEREIN_CLOCK="live")


def refusals(house, **environment):
    """The ids of what refuses the start, as `serein serve` names them."""
    told = house.serein("serve", "--port", "1", **environment)
    assert told.returncode == 1, told.stdout + told.stderr
    lines = told.stderr.splitlines()
    return [line.split()[1].rstrip(":") for line in lines if line.startswith("error ")]


@sqlite_only
@pytest.mark.parametrize(
    ("weakened", "named"),
    [
        ("PRAGMA journal_mode=DELETE", "database-journal-mode"),
        ("PRAGMA journal_mode=TRUNCATE", "database-journal-mode"),
        ("PRAGMA synchronous=NORMAL", "database-synchronous"),
        ("PRAGMA synchronous=OFF", "database-synchronous"),
        ("PRAGMA mmap_size=268435456", "database-mmap-size"),
        ("PRAGMA foreign_keys=OFF", "database-foreign-keys"),
    ],
)
def test_sqlite_with_a_weakened_setting_is_refused_by_name(house, weakened, named):
    environment = {"DJANGO_SETTINGS_MODULE": WEAKENED_SETTINGS, "SEREIN_WEAKENED": weakened}

    assert refusals(house, **environment) == [named]


@postgresql_only
@pytest.mark.parametrize("weakened", ["off", "local", "remote_write"])
def test_postgresql_that_answers_before_the_disk_is_refused_by_name(house, weakened):
    url = house.environment["DATABASE_URL"]
    name = sql.Identifier(url.rpartition("/")[2])
    with psycopg.connect(url, autocommit=True) as connection:
        alter = sql.SQL("ALTER DATABASE {} SET synchronous_commit = {}")
        connection.execute(alter.format(name, sql.Literal(weakened)))

    assert refusals(house) == ["database-synchronous-commit"]


@postgresql_only
@pytest.mark.parametrize(
    ("weakened", "named"),
    [("fsync", "database-fsync"), ("full_page_writes", "database-full-page-writes")],
)
def test_a_postgresql_server_with_a_weakened_setting_is_refused_by_name(house, weakened, named):
    with postgresql(settings={weakened: "off"}) as url:
        environment = {"DATABASE_URL": url}
        told = house.serein("init", "--defaults", **environment)
        assert told.returncode == 0, told.stderr

        assert refusals(house, **environment) == [named]


@postgresql_only
def test_an_older_postgresql_than_fifteen_is_refused():
    version = next(one for one in durability.POSTGRES if one.id == "database-version")

    assert not version.holds("140011")
    assert version.holds("150000")


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SEREIN_CLOCK": "test"}, "clock-settable"),
        ({"SEREIN_SECRET_KEY": "short"}, "secret-key"),
        ({"SEREIN_SECRET_KEY": "demo-only-" * 6}, "secret-key"),
        ({"SEREIN_HOSTS": "*"}, "hosts-any"),
        ({"SEREIN_MODE": "prodution"}, "mode-unknown"),
        ({"DJANGO_SETTINGS_MODULE": WEAKENED_SETTINGS, "SEREIN_WEAKENED": "DEBUG"}, "debug"),
    ],
)
def test_production_with_an_unsafe_setting_is_refused_by_name(house, environment, named):
    assert refusals(house, **environment) == [named]


def test_production_without_a_secret_key_is_refused_and_makes_nothing(tmp_path):
    folder = tmp_path / "nowhere"
    house = new_house(folder, SEREIN_MODE="production", SEREIN_CLOCK="live")

    assert refusals(house) == ["secret-key"]
    assert not folder.exists()


def test_production_on_the_invented_clinic_is_refused(house):
    house.python(ONE_CLINIC.format(is_invented=True))

    assert refusals(house) == ["invented-clinic"]


def test_tables_of_a_newer_version_are_refused(house):
    house.python(
        "from django.db import connection\n"
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "recorder = MigrationRecorder(connection)\n"
        "recorder.ensure_schema()\n"
        "recorder.record_applied('treatment', '9999_from_the_future')\n"
    )

    assert refusals(house) == ["schema-newer"]


def test_a_database_that_does_not_answer_is_a_sentence_and_no_traceback(house):
    told = house.serein("serve", DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/nothing")

    assert told.returncode == 1
    assert told.stderr.startswith("error database-unreachable: ")
    assert "Connection refused" in told.stderr
    assert "Traceback" not in told.stderr


@postgresql_only
def test_a_wrong_password_a_refused_port_and_a_missing_database_are_told_apart(house):
    url = house.environment["DATABASE_URL"]
    parts = urlsplit(url)
    wrong = {
        "password authentication failed": url.replace(f":{parts.password}@", ":no-password@"),
        "Connection refused": url.replace(f":{parts.port}/", ":1/"),
        'database "nowhere" does not exist': f"{url.rpartition('/')[0]}/nowhere",
    }
    for named, other in wrong.items():
        said = house.serein("check", DATABASE_URL=other).stdout
        assert said.startswith("error database-unreachable: The database does not answer: ")
        assert named in said
        assert "no-password" not in said
        assert str(parts.password) not in said


def test_check_for_production_names_everything_that_is_unfinished(house):
    told = house.serein("check", "--production", "--json")
    found = json.loads(told.stdout)["findings"]
    kinds = {one["id"] for one in found}
    expected = {"second-factor", "backup-verified", "medical-director", "adoption", "audit-head"}
    expected.add("clinic-phones")

    assert told.returncode == 1
    assert kinds == expected | {"https"} | ({"database-sqlite"} if ON_SQLITE else set())
    assert all(sorted(one) == ["do", "id", "level", "text"] for one in found)
    assert {one["level"] for one in found} == {"error"}


def test_check_warns_of_the_unfinished_and_answers_zero_when_a_start_is_safe(house):
    told = house.serein("check", "--json")

    assert told.returncode == 0
    assert {one["level"] for one in json.loads(told.stdout)["findings"]} == {"warning"}


def test_a_verified_backup_settles_its_finding(house, tmp_path):
    told = house.serein("backup", str(tmp_path / "copy"), "--json")
    assert told.returncode == 0, told.stderr
    found = json.loads(house.serein("check", "--json").stdout)["findings"]

    assert "backup-verified" not in {one["id"] for one in found}


def test_a_backup_that_was_not_tried_does_not_settle_it(house, tmp_path):
    house.serein("backup", str(tmp_path / "copy"), "--no-verify")
    found = json.loads(house.serein("check", "--json").stdout)["findings"]

    assert "backup-verified" in {one["id"] for one in found}


def test_check_changes_nothing(tmp_path):
    folder = tmp_path / "nowhere"
    house = new_house(folder, SEREIN_MODE="production", SEREIN_CLOCK="live")

    assert house.serein("check").returncode == 1
    assert not folder.exists()


@pytest.mark.django_db
def test_a_start_that_is_no_demo_warns_on_every_page_until_it_is_finished(
    settings, monkeypatch, clinic, owner
):
    monkeypatch.setattr(checks, "_kept", None)
    settings.IS_DEMO = False
    request = RequestFactory().get("/")
    request.user = owner
    told = checks.unfinished(request)["warnings"]

    assert any("with a password alone" in sentence for sentence in told)
    assert any("No backup" in sentence for sentence in told)
    assert any("SQLite" in sentence for sentence in told) is ON_SQLITE


@pytest.mark.django_db
def test_the_owner_sees_on_a_reload_what_was_mended_a_moment_ago(
    settings, monkeypatch, clinic, owner
):
    monkeypatch.setattr(checks, "_kept", None)
    settings.IS_DEMO = False
    request = RequestFactory().get("/")
    request.user = owner
    checks.unfinished(request)

    User.objects.update(is_active=False)

    told = checks.unfinished(request)["warnings"]
    assert not any("with a password alone" in sentence for sentence in told)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["a stranger", "a nurse"])
def test_nobody_but_the_owner_is_told_what_an_unfinished_start_lacks(
    settings, monkeypatch, alvarez, who
):
    monkeypatch.setattr(checks, "_kept", None)
    settings.IS_DEMO = False
    request = RequestFactory().get("/")
    request.user = alvarez if who == "a nurse" else AnonymousUser()

    told = checks.unfinished(request)["warnings"]

    assert told == ["This server is not finished; the owner sees what is missing."]


@pytest.mark.django_db
def test_the_warnings_cost_a_page_no_question_to_the_database(
    settings, monkeypatch, clinic, django_assert_num_queries
):
    monkeypatch.setattr(checks, "_kept", None)
    settings.IS_DEMO = False
    first = checks.warnings()

    with django_assert_num_queries(0):
        assert checks.warnings() == first


def test_a_demo_warns_of_nothing():
    assert checks.warnings() == []
