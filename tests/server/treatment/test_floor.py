"""The floor is read in the same number of statements however many chairs are taken."""

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from serein.server.ids import new_id
from serein.server.treatment import actions, queries
from serein.server.treatment.models import Chair
from tests.server.treatment.day import adopt, new_course, new_patient, sit_down

MOST_STATEMENTS = 8


@pytest.fixture
def fill(clinic, alvarez, lind, now):
    adopt(clinic, by=lind, now=now)

    def seat(number):
        patient = new_patient(clinic, now=now, name=f"Nowak {number}")
        course = new_course(patient, by=lind, now=now)
        chair = Chair.objects.create(clinic=clinic, number=number)
        return sit_down(chair, course, nurse=alvarez, prescriber=lind, now=now)

    return seat


def statements(clinic, user, now):
    with CaptureQueriesContext(connection) as captured:
        tiles = queries.floor(user, clinic, now=now)
    return len(captured), tiles


def test_thirty_chairs_cost_what_one_costs(clinic, alvarez, fill, now):
    fill(1).dose()
    few, _ = statements(clinic, alvarez, now)
    for number in range(2, 31):
        fill(number).check()

    many, tiles = statements(clinic, alvarez, now)

    assert few == many <= MOST_STATEMENTS
    assert [tile.chair.number for tile in tiles] == list(range(1, 31))
    assert {len(tile.facts) > 20 for tile in tiles} == {True}


def test_each_chair_shows_its_own_patient_facts_and_alerts(clinic, alvarez, fill, now):
    calm, hurting = fill(1), fill(2)
    hurting.act(actions.record_danger_sign, code="danger.chest-pain")
    calm.check()
    Chair.objects.create(clinic=clinic, number=3)

    first, second, empty = queries.floor(alvarez, clinic, now=now)

    assert (first.session, second.session, empty.session) == (calm.session, hurting.session, None)
    assert first.alerts == []
    assert [alert.rule for alert in second.alerts] == ["danger-chest-pain"]
    # Birth date and sex belong to the person, not to a visit.
    assert {fact.encounter for fact in second.facts} - {None} == {hurting.session.id}


def test_owen_sees_no_chair_and_no_session_of_ours(day, clinic, other_clinic, owen, now):
    assert queries.floor(owen, clinic, now=now) == []
    assert queries.floor(owen, other_clinic, now=now) == []
    for where in (clinic, other_clinic):
        with pytest.raises(Http404):
            queries.session(owen, where, day.session.id)
        with pytest.raises(Http404):
            queries.chair(owen, where, day.session.chair.id)


def test_a_session_nobody_has_is_not_found(clinic, alvarez):
    with pytest.raises(Http404):
        queries.session(alvarez, clinic, new_id())
