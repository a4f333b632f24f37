"""Numbers count visits in which something reached the patient; a dose found late counts anew."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.clinical.summary import summarize
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.errors import GateError, SessionEndedError
from serein.server.treatment.models import Chair, Session
from serein.server.treatment.queries import reading
from tests.server.treatment.day import CALM, Day, sit_down
from tests.server.treatment.screens import draw_pages

LATE = {"is_already_given": True, "reason": "found on paper"}


@pytest.fixture
def again(day):
    """The same patient in the chair once more, so many hours later."""

    def seat(hours: float) -> Day:
        Chair.objects.update(cleaning_since=None)
        now = day.now + timedelta(hours=hours)
        chair = Chair.objects.get(pk=day.session.chair_id)
        people = {"nurse": day.nurse, "prescriber": day.prescriber}
        return sit_down(chair, day.session.course, now=now, **people)

    return seat


def end(day, kind, **words):
    asked = {"told": "Dr Lind", "state": "awake", "reason": "as seen", **words}
    return day.act(actions.end_session, kind=kind, **asked)


def duties(day):
    return set(Alert.objects.filter(encounter=day.session.pk).values_list("rule", flat=True))


@pytest.mark.parametrize("kind", ["not-dosed", "against-advice", "transfer"])
def test_a_visit_without_a_dose_uses_up_no_number_however_it_ended(day, again, kind):
    end(day, kind)

    assert again(72).session.number == day.session.number


@pytest.mark.parametrize("outcome", ["failed", "refused"])
def test_a_device_of_which_nothing_reached_the_patient_uses_up_no_number(day, again, outcome):
    day.check()
    day.order()
    day.device(1, outcome=outcome)
    end(day, "against-advice")

    assert again(72).session.number == 5


def test_a_first_dose_of_84_mg_stays_out_of_reach_after_a_visit_without_one(day, again):
    course = day.session.course
    type(course).objects.filter(pk=course.pk).update(earlier_sessions=0)
    course.refresh_from_db()
    Session.objects.filter(pk=day.session.pk).update(number=1)
    end(day, "against-advice")

    with pytest.raises(InputError, match="84 mg is not a dose of session 1"):
        again(72).order(84)


@pytest.mark.parametrize(
    ("kind", "of_a_dose"),
    [
        ("against-advice", {"call-tonight", "monitoring-form"}),
        ("transfer", {"monitoring-form"}),
        ("death", {"monitoring-form"}),
    ],
)
def test_what_follows_a_dose_follows_only_where_there_was_one(day, again, kind, of_a_dose):
    end(day, kind)
    named = {f"{kind}.{one}" for one in of_a_dose}
    assert not named & duties(day)
    assert f"{kind}.prescriber-told" in duties(day)


def test_a_dose_found_after_an_end_without_one_asks_how_it_ended_and_counts_anew(day, again):
    given_at = day.now
    day.later(10)
    end(day, "not-dosed")
    next_visit = again(72)
    assert next_visit.session.number == 5
    day.later(60)

    day.device(1, at=given_at, **LATE)

    assert {"dose-after-end", "ending-contradicted"} <= duties(day)
    later = Session.objects.get(pk=next_visit.session.pk)
    assert (later.number, later.last_dose_at) == (6, given_at)


@pytest.fixture
def contradicted(day, server_clock):
    given_at = day.now
    day.later(10)
    end(day, "not-dosed")
    day.later(60)
    day.device(1, at=given_at, **LATE)
    day.session.refresh_from_db()
    return day


def test_an_end_that_a_dose_overturned_gives_way_to_how_it_really_ended(contradicted):
    day = contradicted
    assert "It ended otherwise" in draw_pages(day)
    ended_at = day.session.ended_at
    lines = Event.objects.count()

    ended = end(day, "against-advice")

    assert (ended.ending, ended.ended_at) == ("against-advice", ended_at)
    assert Event.objects.count() == lines + 1
    assert FactRow.objects.filter(code="session.ended").count() == 2
    assert summarize(reading(ended, now=day.now)).ending == "against-advice"
    assert {"against-advice.call-tonight", "against-advice.monitoring-form"} <= duties(day)
    assert not Alert.objects.filter(rule="ending-contradicted", resolved_at=None).exists()
    day.session.refresh_from_db()
    assert "It ended otherwise" not in draw_pages(day)


def test_an_end_set_right_is_not_set_right_twice(contradicted):
    end(contradicted, "against-advice")

    with pytest.raises(SessionEndedError):
        end(contradicted, "not-dosed")


def test_owen_sets_no_end_right(contradicted, owen):
    with pytest.raises(PermissionDenied):
        end(contradicted, "transfer", by=owen)
    assert Session.objects.get().ending == "not-dosed"


def test_a_cleaned_chair_stays_clean_when_an_end_is_set_right(contradicted):
    Chair.objects.update(cleaning_since=None)
    end(contradicted, "transfer")

    assert Chair.objects.get().cleaning_since is None


def test_a_device_that_never_was_gives_its_visit_s_number_back(day, again):
    day.check()
    day.order()
    dose = day.device(1)
    end(day, "against-advice")
    later = again(72)
    assert later.session.number == 6

    day.act(actions.correct_dose, wrong=dose.id, outcome="never", lot="", reason="other patient's")

    assert Session.objects.get(pk=later.session.pk).number == 5


def test_a_second_dose_on_one_day_waits_for_the_prescriber(day, again):
    day.dose()
    end(day, "against-advice")
    second = again(3)
    second.check()
    second.order()
    cautions = {hit.id for hit in reading(second.session, now=second.now).cautions}
    assert "sooner-than-rhythm" in cautions
    with pytest.raises(GateError) as refusal:
        second.device(1)
    assert [one.id for one in refusal.value.standing] == ["first-today"]
    second.act(
        actions.decide, by=second.prescriber, rule="first-today", reason="a quarter was given"
    )

    assert second.device(1).outside_gate == []


def test_days_are_those_of_the_clinics_calendar(day, again):
    day.dose()
    end(day, "against-advice")

    late, next_day = again(13.5), None  # a quarter to midnight at Main St
    assert late.session.days_since_last_dose == 0
    late.act(actions.end_session, kind="not-dosed", reason="asleep")
    next_day = again(14)
    assert next_day.session.days_since_last_dose == 1
    assert "first-today" not in {
        gate.id for gate in reading(next_day.session, now=next_day.now).open_gates
    }


@pytest.mark.parametrize(
    "found", [{"bp.systolic": 210, "bp.diastolic": 118}, {"spo2": 85}, {"sedation": 2}]
)
def test_a_reading_that_calls_the_prescriber_holds_the_second_device(day, found):
    day.check()
    day.order()
    day.device(1)
    day.later(5)
    day.act(actions.record_vitals, values={**CALM, **found}, is_confirmed=True)
    with pytest.raises(GateError) as refusal:
        day.device(2)
    assert [one.id for one in refusal.value.standing] == ["well-between-devices"]
    with pytest.raises(PermissionDenied):
        day.act(actions.decide, rule="well-between-devices", reason="looks well")
    day.act(
        actions.decide, by=day.prescriber, rule="well-between-devices", reason="seen, cuff slipped"
    )

    assert day.device(2).outside_gate == []


def test_loss_of_consciousness_opens_a_review_of_a_serious_event(day):
    day.dose()
    day.act(actions.record_vitals, values={**CALM, "sedation": 0})

    review = Alert.objects.get(rule="consciousness-review")
    assert (review.for_role, review.resolved_at) == ("prescriber", None)


def released(day):
    day.dose()
    day.watch()
    day.release()
    return day.session.doses.get(step=2)


def test_a_device_moved_so_that_the_stay_was_too_short_tells_the_prescriber(day):
    second = released(day)
    words = {"wrong": second.id, "outcome": "given", "lot": "B12", "reason": "watch was slow"}
    day.act(actions.correct_dose, at=second.given_at + timedelta(minutes=9), **words)

    alert = Alert.objects.get(rule="released-early")
    assert (alert.for_role, alert.urgency) == ("prescriber", "now")
    assert "111 minutes after the last dose, not 120" in alert.text


def test_a_device_moved_within_a_long_enough_stay_tells_of_no_short_one(day):
    second = released(day)
    words = {"wrong": second.id, "outcome": "given", "lot": "B12", "reason": "watch was fast"}
    day.act(actions.correct_dose, at=second.given_at - timedelta(minutes=1), **words)

    assert not Alert.objects.filter(rule="released-early").exists()


def test_a_device_moved_into_the_rest_is_marked_anew(day):
    day.check()
    day.order()
    day.device(1)
    day.later(5)
    second = day.device(2)
    day.later(5)
    words = {"wrong": second.id, "outcome": "given", "lot": "B12", "reason": "watch was fast"}

    moved = day.act(actions.correct_dose, at=second.given_at - timedelta(minutes=3), **words)
    back = day.act(actions.correct_dose, **{**words, "wrong": moved.id}, at=second.given_at)

    assert (second.outside_gate, moved.outside_gate, back.outside_gate) == ([], ["rest"], [])


def test_a_corrected_lot_leaves_the_marks_as_they_were(day):
    dose = day.device(1, is_already_given=True, reason="power cut")
    words = {"wrong": dose.id, "outcome": "given", "reason": "typed wrongly"}

    assert day.act(actions.correct_dose, lot="C7", **words).outside_gate == dose.outside_gate != []
