"""A hub learns of commits in other processes: by SQLite's counter, by PostgreSQL's NOTIFY."""

import queue
import uuid

import pytest
from django.db import connection

from serein.server import watch
from serein.server.accounts.models import Clinic

ON_POSTGRESQL = connection.vendor == "postgresql"


@pytest.mark.skipif(ON_POSTGRESQL, reason="SQLite's counter")
@pytest.mark.django_db(transaction=True)
def test_a_commit_by_another_connection_is_a_change_once():
    watching = watch.SqliteWatch()
    assert watching.has_changed()
    assert not watching.has_changed()

    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("CREATE TABLE made_elsewhere (id INTEGER)")
        cursor.execute("DROP TABLE made_elsewhere")
    other.close()

    assert watching.has_changed()
    assert not watching.has_changed()


@pytest.mark.skipif(ON_POSTGRESQL, reason="SQLite's counter")
@pytest.mark.django_db(transaction=True)
def test_reading_changes_nothing():
    watching = watch.SqliteWatch()
    watching.has_changed()
    list(Clinic.objects.all())

    assert not watching.has_changed()


@pytest.mark.skipif(not ON_POSTGRESQL, reason="PostgreSQL's NOTIFY")
@pytest.mark.django_db(transaction=True)
def test_another_process_is_heard_by_name_and_ones_own_is_not(monkeypatch):
    heard: queue.Queue[uuid.UUID] = queue.Queue()
    listening = watch.PostgresWatch(heard=heard.put)
    theirs, ours = uuid.uuid4(), uuid.uuid4()
    try:
        own = watch.SENDER
        for _ in range(50):
            watch.notify([ours])
            monkeypatch.setattr(watch, "SENDER", "another")
            watch.notify([theirs])
            monkeypatch.setattr(watch, "SENDER", own)
            try:
                found = heard.get(timeout=0.2)
                break
            except queue.Empty:
                continue
    finally:
        listening.stop()
        listening._thread.join(5)

    assert found == theirs
