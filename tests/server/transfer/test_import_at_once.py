"""A long file on its way in holds back no nurse, and is there whole or not at all."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction

from serein.server.accounts.models import User
from serein.server.actions import hold
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.patients.models import FactRow, Patient
from serein.server.transfer import imports, unread
from serein.server.transfer.actions import import_bundle
from serein.server.transfer.models import ImportedFile
from tests import cast
from tests.server.transfer.bundles import content, observation, person

pytestmark = pytest.mark.django_db(transaction=True)
RECENT = (cast.NOW - timedelta(days=1)).isoformat()


@pytest.fixture
def take(transactional_db):
    clinic = cast.open_clinic("Main St", cast.MAIN_ST)
    alvarez = User.objects.get(username="alvarez")

    def take_in(*resources):
        document = content(person(), *resources)
        return import_bundle(document, name="f", by=alvarez, clinic=clinic, now=cast.NOW)

    return take_in


@pytest.fixture
def thoughts():
    """An answer to item 9 that calls the prescriber."""
    return observation("o9", "44260-8", at=RECENT, valueInteger=2)


def device_tap(patient):
    """What the next device does first; it gives up rather than wait."""
    try:
        with transaction.atomic():
            connection.cursor().execute("SET LOCAL lock_timeout = '500ms'")
            hold(patient)
    finally:
        connection.close()


def test_a_nurse_records_a_device_while_the_file_of_that_patient_comes_in(
    take, thoughts, monkeypatch
):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time, and a file is written in seconds")
    take()
    patient, tapped = Patient.objects.get(), []

    def tap_meanwhile(*args, **words):
        tap = Thread(target=lambda: tapped.append(device_tap(patient)))
        tap.start()
        tap.join()
        return keep(*args, **words)

    keep = unread.keep_unread
    monkeypatch.setattr(imports, "keep_unread", tap_meanwhile)
    report = take(thoughts)

    assert tapped == [None]
    assert report.added == 1
    assert Alert.objects.get().patient == patient


def test_a_file_cut_off_before_its_end_leaves_nothing_and_comes_in_whole_the_next_time(
    take, thoughts, monkeypatch
):
    def cut_off(*_args, **_words):
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(imports, "raise_flags", cut_off)
        with pytest.raises(KeyboardInterrupt):
            take(thoughts)
    for model in (Patient, FactRow, ImportedFile, Alert, Event):
        assert not model.objects.exists()

    assert take(thoughts).added == 2
    assert (FactRow.objects.count(), Alert.objects.count()) == (1, 1)
    assert Event.objects.get(verb="patients.import").details["raised"] == ["phq-9.self-harm"]
