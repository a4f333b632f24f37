"""A visit knows of the patient's other visits: none lies over another, none doses behind one."""

from datetime import timedelta

import pytest

from serein.clinical.errors import InputError
from serein.server.alerts.models import Alert
from serein.server.treatment import actions
from serein.server.treatment.errors import GateError
from serein.server.treatment.models import Chair, Session
from serein.server.treatment.queries import reading
from tests.server.treatment.day import Day, sit_down
from tests.server.treatment.screens import print_papers

PAPER = {"is_already_given": True, "reason": "found on paper"}


@pytest.fixture
def other_chair(clinic):
    return Chair.objects.create(clinic=clinic, number=2)


@pytest.fixture
def again(day, other_chair):
    """The same patient in another chair, now or at another time."""

    def seat(**words) -> Day:
        asked = {"now": day.now, "nurse": day.nurse, "prescriber": day.prescriber, **words}
        return sit_down(other_chair, day.session.course, reason="entered late", **asked)

    return seat


@pytest.fixture
def released(day):
    day.dose()
    day.watch()
    day.release()
    day.later(20)
    return day


@pytest.fixture
def behind(released, again):
    """The released patient seated once more, with a time before the visit that was released."""
    second = again(at=released.session.seated_at - timedelta(minutes=10))
    second.check()
    second.order()
    return second


def rules(day):
    return set(Alert.objects.filter(encounter=day.session.pk).values_list("rule", flat=True))


def test_a_visit_behind_a_later_one_gives_no_next_device(behind):
    with pytest.raises(GateError, match="has sat down again since, at 14 Oct 2025"):
        behind.device(1)


def test_a_device_given_once_a_later_visit_had_begun_is_stored_as_outside_the_gates(
    behind, server_clock
):
    dose = behind.device(1, **PAPER)

    assert dose.outside_gate == ["later-visit"]
    assert "dose-outside-gate" in rules(behind)
    print_papers(behind)


def test_two_visits_with_a_dose_never_share_a_number(released, behind):
    behind.device(1, **PAPER)

    later = Session.objects.get(pk=released.session.pk)
    assert (behind.session.number, later.number) == (5, 6)
    assert later.last_dose_at is None, "what was given after it is no earlier dose of it"
    assert "renumbered" in rules(released)


def test_a_dose_found_in_a_visit_of_paper_lies_before_the_visit_that_followed(released, behind):
    given_at = behind.session.seated_at + timedelta(minutes=2)

    behind.device(1, at=given_at, **PAPER)

    later = Session.objects.get(pk=released.session.pk)
    assert (later.last_dose_at, later.days_since_last_dose) == (given_at, 0)


@pytest.mark.parametrize("minutes", [0, 1, 60])
def test_nobody_sits_down_within_another_visit_of_theirs(released, again, minutes):
    at = released.session.seated_at + timedelta(minutes=minutes)

    with pytest.raises(InputError, match="another visit, from 14 Oct 2025"):
        again(at=at)

    assert Session.objects.count() == 1


def test_a_patient_sits_down_when_the_visit_before_has_just_ended(released, again):
    ended_at = Session.objects.get().ended_at

    assert again(at=ended_at).session.days_since_last_dose == 0


def test_nobody_sits_down_before_the_course_began(chair, course, alvarez, lind, now):
    words = {"nurse": alvarez, "prescriber": lind, "now": now, "reason": "on paper"}

    with pytest.raises(InputError, match=r"The course began on \d+ Oct 2025"):
        sit_down(chair, course, at=now - timedelta(days=1), **words)


@pytest.mark.parametrize("on", ["0001-01-01", "1900-01-01", "9999-12-31"])
@pytest.mark.usefixtures("server_clock")
def test_a_day_that_cannot_be_meant_is_asked_for_again(chair, course, alvarez, signed_in, on):
    typed = {
        "entry": "01890a5d-ac96-774b-bcce-b302099a8057",
        "course": course.pk,
        "identifiers": ["name", "document"],
        "at": "23:59",
        "on": on,
        "reason": "late",
    }

    answer = signed_in(alvarez).post(f"/seat/{chair.pk}/", typed)

    assert answer.status_code == 400
    assert not Session.objects.exists()


@pytest.fixture
def undosed_by_mistake(day, again):
    """Ended as without a dose although one was given; the patient sits in the next visit."""
    given_at = day.now
    day.later(1)
    day.act(actions.end_session, kind="not-dosed", reason="ill")
    day.later(1)
    second = again(now=day.now)
    second.check()
    second.order()
    return day, second, given_at


def test_a_dose_found_in_an_earlier_visit_shows_on_the_tile_of_the_open_one(undosed_by_mistake):
    day, second, given_at = undosed_by_mistake
    version = Chair.objects.get(number=2).version

    day.device(1, at=given_at, **PAPER)

    session = Session.objects.get(pk=second.session.pk)
    assert session.number == 6
    assert Chair.objects.get(number=2).version == version + 1
    shut = [gate.id for gate in reading(session, now=second.now).open_gates]
    assert shut == ["first-today"]
    assert "renumbered" in rules(second)
    assert "renumbered" not in rules(day)


def test_a_visit_counted_anew_twice_says_the_number_that_holds(undosed_by_mistake):
    day, second, given_at = undosed_by_mistake
    dose = day.device(1, at=given_at, **PAPER)

    day.act(actions.correct_dose, wrong=dose.id, outcome="never", lot="", reason="other patient's")

    [told] = Alert.objects.filter(rule="renumbered", resolved_at=None)
    assert told.encounter == second.session.id
    assert "session 5" in told.text
