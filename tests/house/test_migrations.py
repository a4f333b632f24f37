"""The tables are what the models say, in one line of history that only goes forward."""

import pytest
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tests.house.tree import PACKAGE

OURS = sorted(path.parent.name for path in (PACKAGE / "server").glob("*/models.py"))
pytestmark = pytest.mark.skipif(
    not list((PACKAGE / "server").glob("*/migrations/0001_*.py")),
    reason="the first tables are not written down yet",
)


@pytest.fixture
def loader():
    return MigrationLoader(None, ignore_no_migrations=True)


@pytest.fixture(autouse=True)
def real_migrations(settings):
    """The suite makes tables from models; here the migrations themselves are meant."""
    settings.MIGRATION_MODULES = {}


def test_no_model_has_changed_without_its_migration(loader):
    wanted = ProjectState.from_apps(apps)
    changes = MigrationAutodetector(loader.project_state(), wanted).changes(loader.graph)
    assert {app: len(found) for app, found in changes.items() if app in OURS} == {}


@pytest.mark.parametrize("app", OURS)
def test_the_history_of_an_app_is_one_line(loader, app):
    assert len(loader.graph.leaf_nodes(app)) == 1
    names = sorted(name for label, name in loader.disk_migrations if label == app)
    assert [int(name.partition("_")[0]) for name in names] == list(range(1, len(names) + 1))
