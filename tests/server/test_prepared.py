"""A prepared statement says what its query set says, and is built once."""

import threading
from datetime import UTC, date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from serein.server.audit.models import Chain
from serein.server.ids import ids_from, new_id
from serein.server.patients.models import COLUMNS, FactRow, Patient
from serein.server.prepared import Insert, Select, Update

pytestmark = pytest.mark.django_db


def rows_of(patient, now, *, values):
    return [
        FactRow(
            id=new_id(),
            clinic=patient.clinic,
            patient=patient,
            code=f"code.{number}",
            value=value,
            effective_at=now,
            recorded_at=now + timedelta(minutes=number),
            source="test",
            encounter=patient.id,
        )
        for number, value in enumerate(values)
    ]


@pytest.fixture
def amira(clinic, now):
    return Patient.objects.create(
        clinic=clinic,
        family_name="Haddad",
        given_name="Amira",
        born_on=date(1980, 1, 2),
        created_at=now,
    )


@pytest.fixture
def rows(amira, now):
    made = rows_of(amira, now, values=[True, 3, 2.5, "words", {"text": "penicillin"}, {}])
    FactRow.objects.bulk_create(made)
    return made


def test_rows_come_as_the_query_set_gives_them(rows, amira):
    plain = FactRow.objects.filter(encounter=amira.id, code__startswith="code").order_by("code")
    asked = Select(lambda at: FactRow.objects.filter(encounter=at).order_by("code"))
    tuples = Select(
        lambda at: FactRow.objects.filter(encounter=at).order_by("code").values_list(*COLUMNS)
    )

    assert tuples(at=amira.id) == list(plain.values_list(*COLUMNS))
    assert asked(at=amira.id) == list(plain)
    assert [row.value for row in asked(at=amira.id)] == [row.value for row in rows]
    assert asked(at=amira.id)[0]._state.adding is False


def test_related_rows_come_in_the_same_statement(rows, amira, django_assert_num_queries):
    asked = Select(lambda at: FactRow.objects.filter(encounter=at).select_related("patient"))
    with django_assert_num_queries(1):
        assert {str(row.patient) for row in asked(at=amira.id)} == {str(amira)}


def test_every_kind_of_value_finds_its_row(rows, now):
    first = rows[0]
    asked = Select(
        lambda pk, code, at, recorded: FactRow.objects.filter(
            pk=pk, code=code, effective_at__lte=at, recorded_at__in=recorded
        )
    )
    given = {"pk": first.pk, "code": "code.0", "at": now, "recorded": [now]}

    assert asked(**given) == [first]
    assert asked(**{**given, "at": now - timedelta(microseconds=1)}) == []
    assert asked(**{**given, "code": "code.1"}) == []
    assert asked.first(**given) == first
    assert asked.first(**{**given, "pk": new_id()}) is None


def test_a_list_may_have_any_length_and_an_empty_one_finds_nothing(rows):
    asked = Select(lambda some: FactRow.objects.filter(pk__in=some))
    for length in (1, 3, 6, 2, 0):
        assert set(asked(some=[row.pk for row in rows[:length]])) == set(rows[:length])


def test_two_lists_of_one_length_are_not_taken_for_each_other(rows, amira):
    asked = Select(
        lambda people, codes: FactRow.objects.filter(patient__pk__in=people, code__in=codes)
    )
    assert len(asked(people=[amira.pk], codes=["code.1"])) == 1
    assert len(asked(codes=["code.1"], people=[amira.pk])) == 1


def test_it_is_built_once_for_each_length(rows):
    built = []

    def wanted(some):
        built.append(len(some))
        return FactRow.objects.filter(pk__in=some)

    asked = Select(wanted)
    for row in rows:
        assert asked(some=[row.pk]) == [row]
    asked(some=[rows[0].pk, rows[1].pk])

    assert built == [1, 2]


def test_what_can_be_changed_is_shared_by_no_two_rows(amira, now):
    FactRow.objects.bulk_create(rows_of(amira, now, values=[{"text": "a"}, {"text": "a"}]))
    asked = Select(lambda at: FactRow.objects.filter(encounter=at))
    one, other = asked(at=amira.id)
    one.value["text"] = "b"

    assert other.value == {"text": "a"}
    assert one.patient_id == other.patient_id == amira.id


def test_rows_share_their_times_to_the_microsecond_and_in_utc(amira, now):
    at = now.replace(microsecond=120_300)
    FactRow.objects.bulk_create(rows_of(amira, at, values=[1, 2]))
    asked = Select(lambda where: FactRow.objects.filter(encounter=where).order_by("code"))
    one, other = asked(where=amira.id)

    assert one.effective_at is other.effective_at
    assert one.effective_at == at
    assert [one.effective_at.tzinfo, other.recorded_at.tzinfo] == [UTC, UTC]
    assert other.recorded_at == at + timedelta(minutes=1)


def test_a_change_says_how_many_rows_it_met():
    Chain.objects.create(name="here", lines=2, head="0")
    more = Update(
        lambda name, head: (
            Chain.objects.filter(name=name),
            {"lines": F("lines") + 1, "head": head},
        )
    )

    assert more(name="here", head="1") == 1
    assert more(name="there", head="1") == 0
    assert more(name="here", head="2") == 1
    assert Chain.objects.values_list("lines", "head").get(name="here") == (4, "2")


def test_new_rows_are_counted_and_a_taken_key_leaves_the_old_one(amira, now):
    add = Insert(FactRow, leave_taken=True)
    first, second, third = rows_of(amira, now, values=[1, {"text": "\N{SNOWMAN}"}, None])
    third.value = "words"

    assert add([first, second]) == 2
    second.value = "another"
    assert add([second, third]) == 1
    assert add([]) == 0
    stored = FactRow.objects.filter(encounter=amira.id).order_by("code")
    assert [row.value for row in stored] == [1, {"text": "\N{SNOWMAN}"}, "words"]


def test_a_taken_key_is_refused_where_nothing_is_left(amira, now):
    add = Insert(FactRow)
    [row] = rows_of(amira, now, values=[1])
    add([row])
    with pytest.raises(IntegrityError), transaction.atomic():
        add([row])


@pytest.mark.django_db(transaction=True)
def test_threads_ask_it_each_on_their_own_connection(amira):
    asked = Select(lambda pk: Patient.objects.filter(pk=pk))
    asked(pk=amira.pk)
    found = []

    def ask():
        found.append(asked(pk=amira.pk))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [[amira]] * 4


def test_a_lock_is_asked_for_as_the_query_set_would(amira):
    asked = Select(lambda pk: Patient.objects.select_for_update(no_key=True).filter(pk=pk))
    with CaptureQueriesContext(connection) as log:
        assert asked(pk=amira.pk) == [amira]

    locks = "FOR NO KEY UPDATE" in log.captured_queries[-1]["sql"]
    assert locks == (connection.vendor == "postgresql")


def test_a_statement_that_is_built_takes_no_id():
    with ids_from("demo"):
        first = new_id()
    with ids_from("demo"):
        Insert(FactRow)([])
        assert new_id() == first
