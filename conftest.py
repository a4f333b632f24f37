"""Settings of every test run: test mode, a settable clock, a data folder and a database of its own.

All of it is decided before Django reads its settings, so that `--database` and the environment
of a developer's shell cannot meet. `tests/databases.py` starts PostgreSQL once per run; each
xdist worker makes its own database there.
"""

import contextlib
import os
import shutil
import tempfile
from typing import Any

import django
import hypothesis
import pytest

from tests.databases import postgresql

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
_open = contextlib.ExitStack()

# A busy machine is no wrong rule.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer --database and, knowing the answer, set Django up for the conftests below."""
    parser.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="run the server tests on a SQLite file (default) or on a real PostgreSQL",
    )
    config = pluginmanager.getplugin("pytestconfig")
    assert isinstance(config, pytest.Config)
    chosen = parser.parse_known_args(list(config.invocation_params.args))
    _set_environment(database=getattr(chosen, "database", "sqlite"))
    django.setup()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let each worker read its settings, and so its folder, only when its own is made."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure() -> None:
    """Stop what was started, remove what was made."""
    _open.close()


def _set_environment(*, database: str) -> None:
    folder = tempfile.mkdtemp(prefix="serein-test-")
    _open.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ["SEREIN_MODE"] = "test"
    os.environ["SEREIN_CLOCK"] = "test"
    os.environ["SEREIN_DATA"] = folder
    # Named here and not in pyproject.toml, whose setting is read before this has run.
    os.environ["DJANGO_SETTINGS_MODULE"] = "serein.server.settings"
    if IS_WORKER:
        return  # the database is the one the run's first process named
    os.environ.pop("DATABASE_URL", None)
    if database == "postgresql":
        os.environ["DATABASE_URL"] = _open.enter_context(postgresql())


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """One database for each worker; a file on SQLite, whose memory databases have no WAL."""
    from django.conf import settings  # noqa: PLC0415  not before the environment is set

    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    database: dict[str, Any] = settings.DATABASES["default"]
    on_sqlite = database["ENGINE"].endswith("sqlite3")
    folder = os.environ["SEREIN_DATA"] + "/" if on_sqlite else ""
    database.setdefault("TEST", {})["NAME"] = f"{folder}test_{worker}"
