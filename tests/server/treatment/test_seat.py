"""A patient is seated once, in one free chair, for the next session of an adopted protocol."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.server.audit.models import Event
from serein.server.courses.actions import NotAdoptedError, end_course
from serein.server.courses.models import Adoption
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.errors import TakenError
from serein.server.treatment.models import Chair, Session
from serein.server.treatment.queries import reading
from tests.server.treatment.day import new_course, new_patient, sit_down


@pytest.fixture
def second_chair(clinic):
    return Chair.objects.create(clinic=clinic, number=2)


@pytest.fixture
def seat(alvarez, lind, now):
    def sit(chair, course, **words):
        asked = {"nurse": alvarez, "prescriber": lind, "now": now, **words}
        return sit_down(chair, course, **asked)

    return sit


def test_the_next_session_counts_those_given_before_and_elsewhere(day):
    assert day.session.number == 5


def test_what_was_compared_and_the_call_device_are_facts_of_the_session(day):
    found = FactRow.objects.filter(encounter=day.session.id)

    assert {row.code: row.value for row in found} == {
        "check.identity": True,
        "check.call-device": True,
    }
    assert {row.reason for row in found} == {"birth date, name"}


def test_a_call_device_that_did_not_work_keeps_the_gate_shut(chair, course, seat):
    day = seat(chair, course, is_call_device_shown=False)

    shut = {gate.id for gate in reading(day.session, now=day.now).open_gates}
    assert "call-device" in shut
    assert "identity" not in shut


@pytest.mark.parametrize("identifiers", [[], ["name"], ["name", "name"], ["name", " "]])
def test_fewer_than_two_identifiers_seat_nobody(chair, course, seat, identifiers):
    with pytest.raises(InputError, match="two identifiers"):
        seat(chair, course, identifiers=identifiers)

    assert not Session.objects.exists()


def test_a_chair_that_is_taken_names_who_sits_there(day, clinic, lind, seat, now):
    other = new_course(new_patient(clinic, now=now, name="Bello"), by=lind, now=now)

    with pytest.raises(TakenError, match="Rita Nowak sits in Chair 1"):
        seat(day.session.chair, other)


def test_a_patient_sits_in_one_chair_only(day, second_chair, seat):
    with pytest.raises(TakenError, match="already sits in Chair 1"):
        seat(second_chair, day.session.course)


def test_a_blocked_chair_says_why(chair, course, seat, alvarez, now):
    actions.block_chair(chair, by=alvarez, now=now, reason="pump recall")

    with pytest.raises(TakenError, match="blocked: pump recall"):
        seat(chair, course)


def test_a_chair_is_cleaned_before_the_next_patient(day, seat):
    day.act(actions.end_session, kind="not-dosed", reason="ill")
    with pytest.raises(TakenError, match="cleaned"):
        seat(day.session.chair, day.session.course)
    actions.finish_cleaning(day.session.chair, by=day.nurse, now=day.now)

    assert seat(day.session.chair, day.session.course).session.number == 5


def test_a_visit_without_a_dose_gives_its_number_back_and_another_keeps_it(day, seat):
    day.dose()
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")
    actions.finish_cleaning(day.session.chair, by=day.nurse, now=day.now)

    again = seat(day.session.chair, day.session.course, now=day.now)

    assert again.session.number == 6


def test_a_protocol_nobody_has_adopted_seats_nobody(chair, course, seat):
    Adoption.objects.all().delete()

    with pytest.raises(NotAdoptedError, match="not adopted here"):
        seat(chair, course)


def test_an_adopted_file_that_was_changed_afterwards_is_not_adopted(chair, course, seat):
    Adoption.objects.update(sha256="0" * 64)

    with pytest.raises(NotAdoptedError):
        seat(chair, course)


def test_a_course_that_has_ended_seats_nobody(chair, course, seat, lind, now):
    end_course(course, by=lind, now=now, reason="remission")
    course.refresh_from_db()

    with pytest.raises(InputError, match="no open course"):
        seat(chair, course)


def test_the_dead_are_not_seated(day, seat):
    day.act(actions.end_session, kind="death", told="Dr Lind", state="dead")
    actions.finish_cleaning(day.session.chair, by=day.nurse, now=day.now)

    with pytest.raises(InputError, match="recorded as dead"):
        seat(day.session.chair, day.session.course)


def test_the_same_request_seats_once(chair, course, seat):
    entry = new_id()

    assert seat(chair, course, id=entry).session == seat(chair, course, id=entry).session
    assert Event.objects.filter(verb="treatment.seat").count() == 1


def test_an_id_that_seated_somebody_else_is_refused(day, second_chair, clinic, lind, seat, now):
    other = new_course(new_patient(clinic, now=now, name="Bello"), by=lind, now=now)

    with pytest.raises(InputError, match="sent before"):
        seat(second_chair, other, id=day.session.id)


def test_a_seating_entered_later_keeps_its_own_time_and_says_why(chair, course, seat, now):
    earlier = now - timedelta(minutes=40)
    with pytest.raises(InputError, match="Say why"):
        seat(chair, course, at=earlier)

    assert seat(chair, course, at=earlier, reason="on paper").session.seated_at == earlier


def test_nobody_sits_down_in_the_future(chair, course, seat, now):
    with pytest.raises(InputError, match="not come yet"):
        seat(chair, course, at=now + timedelta(seconds=1))


def test_owen_seats_nobody_here(chair, course, owen, seat):
    lines = Event.objects.count()

    with pytest.raises(PermissionDenied):
        seat(chair, course, nurse=owen)

    assert Event.objects.count() == lines


def test_nobody_is_seated_in_another_clinics_chair(other_clinic, course, owen, seat, now):
    theirs = Chair.objects.create(clinic=other_clinic, number=1)

    with pytest.raises(InputError, match="no open course for this patient here"):
        seat(theirs, course, nurse=owen)
