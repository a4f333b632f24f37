"""One line per act, in the transaction of the act."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from serein.server.accounts.models import Clinic, User
from serein.server.actions import action
from serein.server.audit import queries, witness
from serein.server.audit.actions import record
from serein.server.audit.models import Chain, Event


def test_each_line_names_who_what_where_and_follows_the_one_before(
    clinic: Clinic, alvarez: User, now: datetime
) -> None:
    first = record(clinic=clinic, by=alvarez, verb="a.b", subject=alvarez, now=now)
    second = record(clinic=clinic, by=None, verb="a.c", subject=None, now=now, details={"n": 1})

    assert (first.chain, first.line, first.by_id, first.by_name) == (
        str(clinic.pk), 1, alvarez.pk, "Rosa Alvarez",
    )  # fmt: skip
    assert (first.subject, first.subject_id) == ("accounts.user", alvarez.pk)
    assert (second.line, second.previous, second.details) == (2, first.hash, {"n": 1})


def test_clinics_and_the_house_have_chains_of_their_own(
    clinic: Clinic, other_clinic: Clinic, now: datetime
) -> None:
    for where in (clinic, other_clinic, None):
        record(clinic=where, by=None, verb="a.b", subject=None, now=now)

    assert set(Chain.objects.values_list("name", "lines")) == {
        (str(clinic.pk), 1),
        (str(other_clinic.pk), 1),
        ("house", 1),
    }


def test_a_line_costs_three_statements(
    clinic: Clinic, alvarez: User, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record(clinic=clinic, by=alvarez, verb="a.b", subject=alvarez, now=now)

    with django_assert_num_queries(3):
        record(clinic=clinic, by=alvarez, verb="a.b", subject=alvarez, now=now)


def test_fractions_and_times_in_details_survive_the_database(
    clinic: Clinic, alvarez: User, now: datetime
) -> None:
    details = {"mg": 1e16, "at": now, "who": alvarez.pk, "codes": {"b", "a"}, "none": None}
    record(clinic=clinic, by=alvarez, verb="a.b", subject=alvarez, now=now, details=details)

    assert Event.objects.get().details["codes"] == ["a", "b"]
    assert queries.verify().intact


def test_an_act_whose_line_cannot_be_written_does_not_happen(clinic: Clinic, now: datetime) -> None:
    @action
    def rename_unlogged() -> None:
        Clinic.objects.filter(pk=clinic.pk).update(name="Renamed")
        record(clinic=clinic, by=None, verb=None, subject=None, now=now)  # type: ignore[arg-type]  # the fault

    with pytest.raises(IntegrityError), transaction.atomic():
        rename_unlogged()

    assert not Clinic.objects.filter(name="Renamed").exists()
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_line_outside_a_transaction_is_refused(now: datetime) -> None:
    with pytest.raises(AssertionError, match="transaction of its act"):
        record(clinic=None, by=None, verb="a.b", subject=None, now=now)


def test_the_head_is_written_outside_only_after_the_commit(
    clinic: Clinic,
    now: datetime,
    tmp_path: Path,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.SEREIN_AUDIT_HEAD = str(tmp_path / "heads")

    with django_capture_on_commit_callbacks() as callbacks:
        event = record(clinic=clinic, by=None, verb="a.b", subject=None, now=now)
    assert not list(witness.heads())

    for callback in callbacks:
        callback()
    at = now.astimezone(UTC).isoformat()
    assert list(witness.heads()) == [witness.Head(str(clinic.pk), 1, event.hash, at)]


def test_times_are_digested_in_utc(clinic: Clinic, now: datetime) -> None:
    elsewhere = now.astimezone(clinic.zone)
    record(clinic=clinic, by=None, verb="a.b", subject=None, now=elsewhere)

    assert Event.objects.get().at == now.astimezone(UTC)
    assert queries.verify().intact


def test_a_clinic_reads_its_own_lines_only_and_newest_first(
    clinic: Clinic, other_clinic: Clinic, alvarez: User, now: datetime
) -> None:
    patient = UUID(int=7)
    for minute in range(3):
        record(
            clinic=clinic, by=alvarez, verb="a.b", subject=None, now=now + timedelta(minutes=minute)
        )
    record(clinic=other_clinic, by=None, verb="a.b", subject=None, now=now)

    assert [event.line for event in queries.events(clinic)] == [3, 2, 1]
    assert not queries.events(clinic, patient=patient).exists()
    assert not queries.events(clinic, verb="z").exists()
