"""Two tablets at once: one dose, one visit, one alert, on either database; nothing deadlocks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from serein.clinical.errors import InputError
from serein.server.accounts.models import User
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.audit.queries import verify
from serein.server.courses.actions import end_course
from serein.server.errors import TakenError
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.models import Chair, Dose, Order, Session
from tests import cast
from tests.server.treatment.day import CALM, Day, adopt, new_course, new_patient, sit_down

pytestmark = pytest.mark.django_db(transaction=True)
Deed = Callable[[], Any]


class Floor:
    """A clinic with a chair for each patient who comes."""

    def __init__(self) -> None:
        """Open the clinic and adopt the protocol."""
        self.clinic = cast.open_clinic("Main St", cast.MAIN_ST)
        self.nurse = User.objects.get(username="alvarez")
        self.second_nurse = User.objects.get(username="osei")
        self.prescriber = User.objects.get(username="lind")
        adopt(self.clinic, by=self.prescriber, now=cast.NOW)

    def chair(self) -> Chair:
        """One more chair."""
        return Chair.objects.create(clinic=self.clinic, number=Chair.objects.count() + 1)

    def course(self) -> Any:
        """One more patient with a course."""
        patient = new_patient(self.clinic, now=cast.NOW)
        return new_course(patient, by=self.prescriber, now=cast.NOW)

    def seated(self) -> Day:
        """One more patient in one more chair."""
        return sit_down(
            self.chair(),
            self.course(),
            nurse=self.nurse,
            prescriber=self.prescriber,
            now=cast.NOW,
        )

    def ready(self) -> Day:
        """A patient before the first device, with every gate open."""
        day = self.seated()
        day.check()
        day.order()
        return day


@pytest.fixture
def floor(transactional_db):
    return Floor()


def at_once(*deeds: Deed) -> list[Any]:
    """What each deed gave back, or the refusal it met; all begin together."""
    barrier = Barrier(len(deeds))

    def run(deed: Deed) -> Any:
        try:
            barrier.wait()
            return deed()
        except InputError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as hands:
        return list(hands.map(run, deeds))


def refusals(answers: list[Any]) -> list[InputError]:
    return [answer for answer in answers if isinstance(answer, InputError)]


@pytest.fixture(params=[12, pytest.param(1000, marks=pytest.mark.long)], ids=str)
def rounds(request: pytest.FixtureRequest) -> range:
    """How often each race is run; more often when the long runs are asked for."""
    return range(request.param)


def test_two_nurses_give_the_same_device(floor, rounds):
    for _ in rounds:
        day = floor.ready()

        answers = at_once(
            partial(day.device, 1),
            partial(day.device, 1, by=floor.second_nurse),
        )

        assert Dose.objects.filter(session=day.session).count() == 1
        [refusal] = refusals(answers)
        assert "Device 1 is already recorded" in str(refusal)
    assert verify().intact


def test_one_request_arrives_twice_at_once(floor, rounds):
    for _ in rounds:
        day = floor.ready()
        lines = Event.objects.count()
        ids: list[UUID] = [new_id(), new_id()]

        given = at_once(*[partial(day.device, 1, id=ids[0])] * 2)
        stored = at_once(*[partial(day.act, actions.record_vitals, values=CALM, id=ids[1])] * 2)

        assert refusals([*given, *stored]) == []
        assert given[0] == given[1]
        assert Dose.objects.filter(session=day.session).count() == 1
        assert FactRow.objects.filter(panel=ids[1]).count() == len(CALM)
        assert Event.objects.count() == lines + 2


def test_two_patients_are_sent_to_the_same_chair(floor, rounds):
    for _ in rounds:
        chair = floor.chair()
        first, second = floor.course(), floor.course()

        answers = at_once(
            partial(seat, floor, chair, first),
            partial(seat, floor, chair, second),
        )

        assert Session.objects.filter(chair=chair, ended_at=None).count() == 1
        assert ["sits in" in str(one) for one in refusals(answers)] == [True]


def test_one_patient_is_sent_to_two_chairs(floor, rounds):
    for _ in rounds:
        course, first, second = floor.course(), floor.chair(), floor.chair()

        answers = at_once(
            partial(seat, floor, first, course),
            partial(seat, floor, second, course),
        )

        assert Session.objects.filter(course=course).count() == 1
        assert ["already sits" in str(one) for one in refusals(answers)] == [True]


def seat(floor: Floor, chair: Chair, course: Any) -> Day:
    return sit_down(chair, course, nurse=floor.nurse, prescriber=floor.prescriber, now=cast.NOW)


def test_two_tablets_see_the_same_crossing(floor, rounds):
    severe = {**CALM, "bp.systolic": 185}
    for _ in rounds:
        day = floor.seated()

        answers = at_once(
            partial(day.act, actions.record_vitals, values=severe),
            partial(day.act, actions.record_vitals, values=severe),
            partial(actions.raise_overdue, day.session, now=day.now),
        )

        assert refusals(answers) == []
        alerts = Alert.objects.filter(encounter=day.session.id, rule="pressure-severe")
        assert alerts.count() == 1


def test_a_visit_ends_while_somebody_gives_a_device(floor, rounds):
    for _ in rounds:
        day = floor.ready()

        answers = at_once(
            partial(day.device, 1),
            partial(day.act, actions.end_session, kind="not-dosed", reason="ill"),
        )

        # Whoever was first stands, and the other hears of it: never a dose in a visit without one.
        assert len(refusals(answers)) == 1
        session = Session.objects.get(pk=day.session.pk)
        assert (session.ending == "not-dosed") == (not session.doses.exists())


def test_one_order_is_signed_from_two_windows(floor, rounds):
    for _ in rounds:
        day = floor.seated()
        entry = new_id()

        answers = at_once(*[partial(day.order, id=entry)] * 2)

        assert answers[0] == answers[1]
        assert Order.objects.filter(session=day.session).count() == 1


def test_acts_that_lock_the_same_rows_in_turn_never_wait_for_each_other(floor, rounds):
    for _ in rounds:
        day = floor.ready()
        other = floor.seated()
        day.act(actions.end_session, kind="not-dosed", reason="ill")
        late: dict[str, Any] = {"at": day.now - timedelta(seconds=1), "reason": "on paper"}

        answers = at_once(
            partial(day.act, actions.record_vitals, values=CALM, **late),
            partial(actions.finish_cleaning, day.session.chair, by=day.nurse, now=day.now),
            partial(other.act, actions.record_vitals, values=CALM),
            partial(other.act, actions.end_session, kind="not-dosed", reason="ill"),
        )

        assert len(refusals(answers)) <= 1
    assert verify().intact


def test_an_alert_is_seen_while_a_reading_is_stored(floor, rounds):
    for _ in rounds:
        day = floor.ready()
        day.device(1)
        [crossing, *_] = day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})

        answers = at_once(
            partial(actions.acknowledge_alert, crossing, by=floor.prescriber, now=day.now),
            partial(day.act, actions.record_vitals, values=CALM, by=floor.second_nurse),
        )

        assert refusals(answers) == []
        assert Alert.objects.get(pk=crossing.pk).acknowledged_at is not None


def test_a_duty_is_closed_while_the_visit_ends_once_more(floor, rounds):
    transfer = {"kind": "transfer", "told": "", "state": ""}
    for _ in rounds:
        day = floor.ready()
        day.device(1)
        day.act(actions.end_session, **transfer)
        day.act(actions.reopen_session, reason="the wrong tile")
        duty = Alert.objects.get(encounter=day.session.id, rule="session-reopened")
        close = partial(actions.resolve_alert, duty, by=floor.prescriber, now=day.now)

        answers = at_once(
            partial(close, resolution="told"),
            partial(day.act, actions.end_session, by=floor.second_nurse, **transfer),
        )

        assert refusals(answers) == []
    assert verify().intact


def test_a_duty_is_answered_while_the_end_that_opened_it_is_taken_back(floor, rounds):
    for _ in rounds:
        day = floor.ready()
        day.device(1)
        day.act(actions.end_session, kind="transfer", told="", state="")
        duty = Alert.objects.get(encounter=day.session.id, rule="transfer.prescriber-told")
        close = partial(actions.resolve_alert, duty, by=floor.prescriber, now=day.now)

        answers = at_once(
            partial(close, resolution="told"),
            partial(day.act, actions.reopen_session, reason="the wrong tile"),
        )

        duty.refresh_from_db()
        assert Session.objects.get(pk=day.session.pk).ended_at is None
        late = [type(refused) for refused in refusals(answers)]
        assert late == ([] if duty.resolution == "told" else [TakenError])
    assert verify().intact


def test_a_dose_is_found_in_an_earlier_visit_while_the_open_one_goes_on(floor, rounds):
    for _ in rounds:
        earlier = floor.ready()
        given_at = earlier.now
        earlier.later(1)
        earlier.act(actions.end_session, kind="not-dosed", reason="ill")
        people = {"nurse": floor.nurse, "prescriber": floor.prescriber, "now": earlier.now}
        later = sit_down(floor.chair(), earlier.session.course, **people)
        found: dict[str, Any] = {"at": given_at, "is_already_given": True, "reason": "on paper"}

        answers = at_once(
            partial(earlier.device, 1, **found),
            partial(later.act, actions.record_vitals, values={**CALM, "bp.systolic": 185}),
            partial(actions.raise_overdue, later.session, now=later.now),
        )

        assert refusals(answers) == []
        assert Session.objects.get(pk=later.session.pk).number == earlier.session.number + 1
        assert Alert.objects.filter(encounter=later.session.id, rule="renumbered").count() == 1


@pytest.mark.parametrize("is_same_chair", [True, False], ids=["same chair", "another chair"])
def test_the_patient_sits_down_again_while_a_dose_is_found_in_the_earlier_visit(
    floor, rounds, is_same_chair
):
    for _ in rounds:
        earlier = floor.ready()
        given_at = earlier.now
        earlier.later(1)
        earlier.act(actions.end_session, kind="not-dosed", reason="ill")
        chair = earlier.session.chair if is_same_chair else floor.chair()
        if is_same_chair:
            actions.finish_cleaning(chair, by=floor.nurse, now=earlier.now)
        people = {"nurse": floor.nurse, "prescriber": floor.prescriber, "now": earlier.now}
        found: dict[str, Any] = {"at": given_at, "is_already_given": True, "reason": "on paper"}

        answers = at_once(
            partial(earlier.device, 1, **found),
            partial(sit_down, chair, earlier.session.course, **people),
        )

        assert refusals(answers) == []
        later = Session.objects.get(pk=answers[1].session.pk)
        assert (later.number, later.last_dose_at) == (earlier.session.number + 1, given_at)


def test_the_patient_sits_down_again_while_a_dose_of_the_earlier_visit_is_taken_back(floor, rounds):
    for _ in rounds:
        earlier = floor.ready()
        dose = earlier.device(1)
        earlier.act(actions.end_session, kind="against-advice", reason="went home")
        earlier.later(1)
        people = {"nurse": floor.nurse, "prescriber": floor.prescriber, "now": earlier.now}
        never = {"wrong": dose.pk, "outcome": "never", "lot": "", "reason": "wrong tile"}

        answers = at_once(
            partial(earlier.act, actions.correct_dose, **never),
            partial(sit_down, floor.chair(), earlier.session.course, **people),
        )

        assert refusals(answers) == []
        later = Session.objects.get(pk=answers[1].session.pk)
        assert (later.number, later.last_dose_at) == (earlier.session.number, None)


def test_a_course_ends_while_its_patient_sits_down(floor, rounds):
    for _ in rounds:
        course = floor.course()
        end = partial(end_course, course, by=floor.prescriber, now=cast.NOW, reason="moved away")

        answers = at_once(end, partial(seat, floor, floor.chair(), course))

        assert len(refusals(answers)) == 1
        course.refresh_from_db()
        assert (course.ended_on is None) == course.sessions.exists()
