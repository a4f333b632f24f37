"""A backup is whole, and a restore gives back all of it or nothing."""

import random
import threading
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import connections, transaction

from serein.server.accounts.models import Clinic, User
from serein.server.audit import actions as audit
from serein.server.audit import queries as audit_queries
from serein.server.patients.models import FactRow, Patient
from serein.server.transfer.backup import LEFT_OUT, make_backup, tables
from serein.server.transfer.restore import RestoreError, restore_backup

NOW = datetime(2025, 10, 14, 14, 12, 41, 123456, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filled():
    """One clinic with a patient, a few facts and audit lines."""
    clinic = Clinic.objects.create(name="Main St")
    user = User.objects.create(username="alvarez")
    patient = Patient.objects.create(
        clinic=clinic, family_name="Nowak", given_name="R.", born_on="1978-03-01", created_at=NOW
    )
    for number, value in enumerate([128, 36.6, True, "none", {"drug": "sertraline"}, 'a "b"\n']):
        FactRow.objects.create(
            clinic=clinic,
            patient=patient,
            code=f"code-{number}",
            value=value,
            effective_at=NOW,
            recorded_at=NOW,
            source="test",
        )
    with transaction.atomic():
        audit.record(clinic=clinic, by=user, verb="test.made", subject=patient, now=NOW)
    return clinic


def empty_database():
    """Take every row out, as a new data folder has none."""
    with transaction.atomic():
        for model in tables():
            model._base_manager.all()._raw_delete("default")


def everything():
    return {
        model._meta.label_lower: list(model._base_manager.order_by("pk").values_list())
        for model in tables()
    }


def test_a_restored_database_equals_the_one_backed_up_row_for_row(filled, tmp_path):
    before = everything()
    made = make_backup(tmp_path / "serein.backup", now=NOW)
    empty_database()

    restored = restore_backup(tmp_path / "serein.backup", now=NOW)

    assert everything() == before
    assert restored == {**made, "lost": [], "is_newest": False}
    assert restored["counts"]["patients.factrow"] == 6
    assert audit_queries.verify().head == made["head"]


def test_an_encrypted_backup_opens_only_with_its_passphrase(filled, tmp_path):
    file = tmp_path / "serein.backup"
    make_backup(file, now=NOW, passphrase="a long sentence nobody says")
    empty_database()

    assert b"Nowak" not in file.read_bytes()
    with pytest.raises(RestoreError, match="encrypted"):
        restore_backup(file, now=NOW)
    with pytest.raises(RestoreError, match="does not open"):
        restore_backup(file, passphrase="another", now=NOW)
    assert not Patient.objects.exists()
    restore_backup(file, passphrase="a long sentence nobody says", now=NOW)
    assert Patient.objects.get().family_name == "Nowak"


@pytest.mark.parametrize("seed", range(20))
def test_a_backup_with_one_flipped_bit_is_refused_and_nothing_is_written(filled, tmp_path, seed):
    file = tmp_path / "serein.backup"
    make_backup(file, now=NOW)
    empty_database()
    damaged = bytearray(file.read_bytes())
    chance = random.Random(seed)  # noqa: S311  damage needs no secret
    damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    file.write_bytes(damaged)

    with pytest.raises(RestoreError):
        restore_backup(file, now=NOW)

    assert not any(model._base_manager.exists() for model in tables())


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.999])
def test_a_truncated_backup_is_refused(filled, tmp_path, share):
    file = tmp_path / "serein.backup"
    make_backup(file, now=NOW)
    empty_database()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(RestoreError):
        restore_backup(file, now=NOW)


def test_a_restore_into_a_database_in_use_is_refused(filled, tmp_path):
    make_backup(tmp_path / "serein.backup", now=NOW)

    with pytest.raises(RestoreError, match="in use"):
        restore_backup(tmp_path / "serein.backup", now=NOW)


def test_a_backup_taken_while_people_write_is_of_one_moment(filled, tmp_path):
    """Each act writes a fact and an audit line; a copy of one moment has as many of both."""
    patient = Patient.objects.get()
    facts_before = FactRow.objects.count()
    lines_before = audit_queries.verify().lines
    stop = threading.Event()
    written = threading.Event()

    def write():
        count = 0
        while not stop.is_set():
            with transaction.atomic():
                FactRow.objects.create(
                    clinic=filled,
                    patient=patient,
                    code="heart-rate",
                    value=70,
                    effective_at=NOW,
                    recorded_at=NOW,
                    source="test",
                )
                audit.record(clinic=filled, by=None, verb="test.wrote", subject=None, now=NOW)
            count += 1
            if count > 3:
                written.set()
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    written.wait(20)
    try:
        copies = [make_backup(tmp_path / f"{n}.backup", now=NOW)["counts"] for n in range(5)]
    finally:
        stop.set()
        writer.join()

    for counts in copies:
        acts = counts["patients.factrow"] - facts_before
        assert acts > 0
        assert counts["audit.event"] - lines_before == acts


def test_every_table_is_in_the_backup_or_named_as_left_out():
    held = {model._meta.label_lower for model in tables()}

    assert held | LEFT_OUT == {model._meta.label_lower for model in apps.get_models()}
