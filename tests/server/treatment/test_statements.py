"""How many statements a whole request takes, sign-in and log included, whoever sits there."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from serein.server.treatment.floor import tiles
from serein.server.treatment.models import Chair
from tests.server.treatment.day import CALM, adopt, new_course, new_patient, sit_down

MOST = 15
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def seat(clinic, alvarez, lind, now):
    adopt(clinic, by=lind, now=now)

    def seat(number):
        patient = new_patient(clinic, now=now, name=f"Nowak {number}")
        chair = Chair.objects.create(clinic=clinic, number=number)
        course = new_course(patient, by=lind, now=now)
        day = sit_down(chair, course, nurse=alvarez, prescriber=lind, now=now)
        day.dose()
        return day

    return seat


@pytest.fixture(autouse=True)
def drawn_before(server_clock):
    """Nothing is left of what another test has drawn."""
    tiles.forget()


def statements(ask):
    with CaptureQueriesContext(connection) as captured:
        answer = ask()
    assert answer.status_code in (200, 302), answer.content
    return sum(not one["sql"].startswith(FRAME) for one in captured.captured_queries)


def test_a_set_of_vitals_takes_fifteen_statements_at_most(seat, signed_in, alvarez):
    day, tablet = seat(1), signed_in(alvarez)

    def record():
        typed = {**CALM, "entry": uuid.uuid4(), "patient": day.session.patient_id}
        return tablet.post(f"/sessions/{day.session.id}/vitals/", typed)

    record()
    assert statements(record) <= MOST


def test_the_floor_takes_as_many_statements_for_thirty_chairs_as_for_one(seat, signed_in, alvarez):
    seat(1)
    tablet = signed_in(alvarez)
    tablet.get("/floor/")  # the first page of a sign-in notes when it was
    tiles.forget()
    one = statements(lambda: tablet.get("/floor/"))
    for number in range(2, 31):
        seat(number)
    tiles.forget()

    thirty = statements(lambda: tablet.get("/floor/"))
    assert one == thirty <= MOST


def test_a_floor_drawn_before_reads_no_facts(seat, signed_in, alvarez):
    seat(1)
    tablet = signed_in(alvarez)
    tablet.get("/floor/")
    tiles.forget()
    first = statements(lambda: tablet.get("/floor/"))

    assert statements(lambda: tablet.get("/floor/")) == first - 3


def test_one_tile_and_the_strip_take_fifteen_statements_at_most(seat, signed_in, alvarez):
    day, tablet = seat(1), signed_in(alvarez)

    assert statements(lambda: tablet.get(f"/floor/chairs/{day.session.chair_id}/")) <= MOST
    tiles.forget()
    assert statements(lambda: tablet.get("/floor/strip/")) <= MOST
