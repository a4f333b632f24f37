"""What is asked, measured and seen is stored as it was said; nothing typed is lost unseen."""

from datetime import timedelta

import pytest

from serein.clinical.errors import ImplausibleValueError, InputError
from serein.server.alerts.models import Alert
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.errors import ConfirmError
from serein.server.treatment.queries import reading
from tests.server.treatment.day import ANSWERS, CALM


def test_a_set_is_one_panel_with_the_time_it_was_taken_and_the_time_it_was_entered(day):
    taken_at = day.now
    day.later(12)
    day.act(actions.record_vitals, values=CALM, at=taken_at, reason="tablet was flat")

    rows = FactRow.objects.filter(code__in=CALM)
    assert rows.count() == len(CALM)
    assert len({row.panel for row in rows}) == 1
    assert {(row.effective_at, row.recorded_at) for row in rows} == {(taken_at, day.now)}
    assert {row.reason for row in rows} == {"tablet was flat"}


def test_an_entry_of_the_past_says_why(day):
    day.later(6)

    with pytest.raises(InputError, match="Say why this is entered later"):
        day.act(actions.record_vitals, values=CALM, at=day.now - timedelta(minutes=6))


@pytest.mark.parametrize(
    ("minutes", "sentence"), [(1, "not come yet"), (-121, "enter a time of this visit")]
)
def test_a_time_outside_the_visit_is_refused(day, minutes, sentence):
    with pytest.raises(InputError, match=sentence):
        day.act(
            actions.record_vitals,
            values=CALM,
            at=day.now + timedelta(minutes=minutes),
            reason="on paper",
        )


@pytest.mark.parametrize(
    "code", ["consent.seen", "site.certified", "decision.pressure", "acknowledged.patient", "note"]
)
def test_a_set_of_readings_carries_readings_only(day, code):
    with pytest.raises(InputError, match="no place in this form"):
        day.act(actions.record_vitals, values={**CALM, code: True})

    assert not FactRow.objects.filter(code="bp.systolic").exists()


@pytest.mark.parametrize("code", ["bp.systolic", "decision.baseline-pressure", "order"])
def test_the_questions_before_the_dose_carry_their_answers_only(day, code):
    with pytest.raises(InputError, match="no place in this form"):
        day.act(actions.record_checks, answers={code: True})


def test_a_danger_sign_is_one_of_the_list(day):
    with pytest.raises(InputError, match="no place"):
        day.act(actions.record_danger_sign, code="consent.seen")


@pytest.mark.parametrize("action", [actions.record_checks, actions.record_vitals])
def test_an_empty_form_is_said_to_be_empty(day, action):
    asked = "answers" if action is actions.record_checks else "values"

    with pytest.raises(InputError, match="Nothing was entered"):
        day.act(action, **{asked: {}})


def test_an_answer_of_the_wrong_kind_is_refused_and_nothing_of_the_form_is_stored(day):
    with pytest.raises(ImplausibleValueError):
        day.act(actions.record_checks, answers={**ANSWERS, "fasting.food": "perhaps"})

    assert not FactRow.objects.filter(code="fasting.fluids").exists()


def test_an_impossible_pair_cannot_be_confirmed(day):
    with pytest.raises(ConfirmError, match="80/120 mmHg cannot be") as refusal:
        day.act(
            actions.record_vitals,
            values={"bp.systolic": 80, "bp.diastolic": 120},
            is_confirmed=True,
        )

    assert not refusal.value.may_be_confirmed


def test_an_unlikely_value_is_asked_about_once(day):
    with pytest.raises(ConfirmError, match="unusual") as question:
        day.act(actions.record_vitals, values={"heart-rate": 30})

    assert question.value.may_be_confirmed
    day.act(actions.record_vitals, values={"heart-rate": 30}, is_confirmed=True)
    assert reading(day.session, now=day.now).latest["heart-rate"].value == 30


def test_a_form_sent_again_with_other_words_is_refused_and_says_so(day):
    entry = new_id()
    day.act(actions.record_vitals, values={"heart-rate": 76}, id=entry)

    with pytest.raises(InputError, match="saved before with something else in Oxygen"):
        day.act(actions.record_vitals, values={"heart-rate": 76, "spo2": 98}, id=entry)
    with pytest.raises(InputError, match="saved before with something else in Heart rate"):
        day.act(actions.record_vitals, values={"heart-rate": 78}, id=entry)


def test_what_belongs_to_the_patient_outlives_the_visit_and_the_rest_does_not(day):
    day.check()
    day.act(actions.end_session, kind="not-dosed", reason="ill")

    standing = FactRow.objects.filter(patient=day.session.patient, encounter=None)
    assert {row.code for row in standing} == {"rems.enrolled"}


def test_nothing_measured_is_carried_over_from_an_earlier_visit(day):
    day.check()
    day.act(actions.end_session, kind="not-dosed", reason="ill")
    actions.finish_cleaning(day.session.chair, by=day.nurse, now=day.now)
    next_visit = actions.seat_patient(
        day.session.chair,
        course=day.session.course,
        by=day.nurse,
        now=day.now,
        id=new_id(),
        identifiers=["name", "birth date"],
        is_call_device_shown=True,
    )

    found = reading(next_visit, now=day.now)
    assert "bp.systolic" not in found.latest
    assert {gate.id for gate in found.gates if gate.is_met} == {
        "identity",
        "call-device",
        "enrolled",
        "benefit-judged",
        "no-danger-sign",
        "well-between-devices",
        "first-today",
    }


def test_no_consent_is_taken_between_the_first_dose_and_release(day):
    day.check()
    day.order()
    day.device(1)

    with pytest.raises(InputError, match="No consent is taken"):
        day.act(actions.record_checks, answers={"consent.seen": True})


def test_a_consent_seen_before_the_dose_is_recorded_late_with_its_time(day):
    seen_at = day.now
    day.later(10)
    day.device(1, is_already_given=True, reason="on paper")
    day.later(10)

    day.act(actions.record_checks, answers={"consent.seen": True}, at=seen_at, reason="on paper")

    assert FactRow.objects.filter(code="consent.seen").count() == 1


def test_another_safe_way_home_told_before_the_dose_opens_its_gate(day):
    day.check(**{"transport.arranged": False})
    told = {"transport.way": "taxi", "transport.way-detail": "City Cab, sister waits at home"}
    day.act(actions.record_checks, answers={**told, "transport.no-driving": True})

    shut = {gate.id for gate in reading(day.session, now=day.now).open_gates}
    assert "transport-arranged" not in shut


def test_driving_is_no_other_safe_way_home(day):
    day.check(**{"transport.arranged": False})
    told = {"transport.way": "driven", "transport.way-detail": "himself"}
    day.act(actions.record_checks, answers={**told, "transport.no-driving": False})

    shut = {gate.id for gate in reading(day.session, now=day.now).open_gates}
    assert "transport-arranged" in shut


def test_a_text_that_cannot_be_kept_is_refused_before_it_is_stored(day):
    with pytest.raises(InputError, match="letters long"):
        day.act(actions.add_note, text="x" * 2001)
    with pytest.raises(InputError, match="cannot be stored"):
        day.act(actions.add_note, text="a\x00b")
    with pytest.raises(InputError, match="empty"):
        day.act(actions.add_note, text="  ")


def test_a_crossing_that_lasts_is_one_open_alert(day):
    for _ in range(3):
        day.later(5)
        day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})

    severe = Alert.objects.filter(rule="pressure-severe")
    assert [(one.urgency, one.for_role) for one in severe] == [("now", "prescriber")]


def test_a_crossing_that_arrives_late_still_reaches_somebody(day):
    measured_at = day.now
    day.later(10)
    day.act(actions.record_vitals, values=CALM)

    raised = day.act(
        actions.record_vitals,
        values={**CALM, "spo2": 88},
        at=measured_at,
        reason="written on paper",
    )

    assert [one.rule for one in raised] == ["oxygen-low"]


def test_a_stopped_treatment_gives_no_further_device_and_goes_on_being_watched(day):
    day.check()
    day.order()
    day.device(1)
    day.act(actions.stop_treatment)

    found = reading(day.session, now=day.now)
    assert (found.is_stopped, found.next_device, found.stage) == (True, None, "observing")


def test_one_set_of_vitals_costs_ten_statements(day, django_assert_max_num_queries):
    # Two more mark the transaction inside the test's own, one reads the person's roles,
    # which a page has read before.
    with django_assert_max_num_queries(13):
        day.act(actions.record_vitals, values=CALM)
