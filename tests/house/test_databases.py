"""The databases of the tests are real ones, with the durability a clinic has."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.databases import new_database, postgresql


def test_postgresql_starts_durable_and_is_gone_afterwards():
    with postgresql() as url, psycopg.connect(new_database(url, "second")) as server:
        settings = [
            server.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")
        ]
        superuser = server.execute("SELECT usesuper FROM pg_user WHERE usename = user").fetchone()
    assert settings == [("on",), ("on",)]
    assert superuser == (False,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


@pytest.fixture
def reachable_folder():
    """A temporary folder another user may enter, which tmp_path is not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield folder


@pytest.mark.skipif(sys.platform != "linux", reason="the parent's death is told on Linux only")
def test_postgresql_stops_when_the_tests_are_killed(reachable_folder):
    script = (
        "import os, signal\n"
        "from tests.databases import postgresql\n"
        "with postgresql() as url:\n"
        "    print(url, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": reachable_folder},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert is_gone_soon(killed.stdout.strip())


def is_gone_soon(url):
    for _ in range(100):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.django_db
def test_the_suite_runs_on_the_database_it_was_asked_for(request):
    asked = request.config.getoption("--database")
    assert connection.vendor == asked
    name = connection.settings_dict["NAME"]
    assert name.endswith(os.environ.get("PYTEST_XDIST_WORKER", "alone"))
    if asked == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
