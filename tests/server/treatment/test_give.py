"""Devices are given one by one, once each, behind their gates; what happened is always stored."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.treatment import actions
from serein.server.treatment.errors import (
    ConfirmError,
    GateError,
    SessionEndedError,
    TakenError,
    WrongPatientError,
)
from serein.server.treatment.models import Chair, Dose, Session
from serein.server.treatment.queries import reading
from tests.server.treatment.day import CALM


def test_a_whole_day_runs_from_the_chair_to_the_door(day):
    day.dose()
    assert reading(day.session, now=day.now).stage == "observing"
    day.later(35)
    day.act(actions.record_vitals, values=CALM)
    day.later(74)
    day.act(actions.record_vitals, values=CALM)
    with pytest.raises(GateError, match="120"):
        release(day)
    day.later(6)

    ended = release(day)

    assert ended.ending == "released"
    assert Chair.objects.get().cleaning_since == day.now
    actions.finish_cleaning(Chair.objects.get(), by=day.nurse, now=day.now)
    assert Chair.objects.get().cleaning_since is None


def release(day):
    return day.act(
        actions.release_patient,
        is_escort_seen=True,
        is_acknowledged_by_patient=True,
        is_acknowledged_by_escort=True,
    )


def test_no_device_before_its_gates_are_open(day):
    with pytest.raises(GateError, match="must wait"):
        day.device(1)

    assert not Dose.objects.exists()


def test_the_second_device_waits_for_five_minutes(day):
    day.check()
    day.order()
    day.device(1)
    day.later(4.9)
    with pytest.raises(GateError, match="rest"):
        day.device(2)
    day.later(0.1)

    assert day.device(2).device == 2


def test_the_same_device_sent_twice_is_one_device(day):
    day.check()
    day.order()
    same = new_id()

    first = day.device(1, id=same)
    lines = Event.objects.count()

    assert day.device(1, id=same) == first
    assert Dose.objects.count() == 1
    assert Event.objects.count() == lines


def test_two_tablets_give_the_same_device_and_the_second_hears_who_was_first(day, osei):
    day.check()
    day.order()
    day.device(1)

    with pytest.raises(TakenError, match="Rosa Alvarez at 10:12"):
        day.device(1, by=osei)

    assert Dose.objects.count() == 1


def test_a_dose_given_past_its_gates_is_stored_marked_and_tells_the_prescriber(day):
    day.later(3)

    dose = day.device(1, is_already_given=True, reason="given on paper, tablet was flat")

    assert "order-signed" in dose.outside_gate
    assert Alert.objects.filter(rule="dose-outside-gate", for_role="prescriber").count() == 1


def test_a_dose_past_its_gates_needs_a_word_on_how_that_came(day):
    with pytest.raises(InputError, match="how it came"):
        day.device(1, is_already_given=True)


def test_a_failed_device_is_replaced_only_on_an_order(day):
    day.check()
    day.order()
    day.device(1, outcome="failed")
    day.later(6)
    day.device(2)
    day.later(6)
    with pytest.raises(GateError, match="replacement"):
        day.device(3)
    day.act(actions.sign_order, by=day.prescriber, dose_mg=28, replaces_device=1)

    assert day.device(3).device == 1


def test_the_first_session_takes_56_mg_only(day):
    Session.objects.filter(pk=day.session.pk).update(number=1)

    with pytest.raises(InputError, match="84 mg is not a dose of session 1"):
        day.order(84)


def test_a_telephone_order_is_read_back_and_owes_a_signature(day):
    with pytest.raises(InputError, match="Read the order back"):
        telephone(day, is_read_back=False)

    order = telephone(day, is_read_back=True)

    assert Alert.objects.filter(rule="order-unsigned").exists()
    signed = actions.cosign_order(
        day.session,
        patient_id=day.session.patient_id,
        by=day.prescriber,
        now=day.now,
        order_id=order.id,
    )
    assert signed.signed_at == day.now


def telephone(day, *, is_read_back):
    return day.act(
        actions.take_telephone_order,
        dose_mg=56,
        prescriber=day.prescriber,
        is_read_back=is_read_back,
    )


def test_a_high_baseline_needs_the_prescribers_decision_with_a_reason(day):
    day.check()
    day.order()
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 152})
    with pytest.raises(GateError, match="140/90"):
        day.device(1)
    with pytest.raises(PermissionDenied):
        day.act(actions.decide, rule="baseline-pressure", reason="known, usual for this patient")
    day.act(
        actions.decide,
        by=day.prescriber,
        rule="baseline-pressure",
        reason="known, usual for this patient",
    )

    assert day.device(1).device == 1


@pytest.mark.parametrize("rule", ["sedation", "dissociation", "respiration", "order-signed"])
def test_some_rules_are_never_waived(day, rule):
    with pytest.raises(InputError, match="never waived"):
        day.act(actions.decide, by=day.prescriber, rule=rule, reason="because I say so")


def test_a_form_of_another_patient_is_refused(day):
    with pytest.raises(WrongPatientError, match="another patient"):
        actions.record_vitals(
            day.session,
            patient_id=new_id(),
            by=day.nurse,
            now=day.now,
            id=new_id(),
            values=CALM,
        )


def test_impossible_readings_are_refused_and_unlikely_ones_asked_about(day):
    with pytest.raises(ConfirmError, match="80/120 mmHg cannot be a reading"):
        day.act(actions.record_vitals, values={"bp.systolic": 80, "bp.diastolic": 120})
    with pytest.raises(ConfirmError, match="unusual"):
        day.act(actions.record_vitals, values={"heart-rate": 30})

    day.act(actions.record_vitals, values={"heart-rate": 30}, is_confirmed=True)

    assert reading(day.session, now=day.now).latest["heart-rate"].value == 30


def test_a_danger_sign_calls_the_prescriber_whatever_the_numbers_say(day):
    raised = day.act(actions.record_danger_sign, code="danger.chest-pain")

    assert [(one.rule, one.urgency) for one in raised] == [("danger-chest-pain", "now")]


@pytest.mark.parametrize("kind", ["against-advice", "transfer", "death"])
def test_a_session_can_end_otherwise_at_any_minute(day, kind):
    day.check()
    day.order()
    day.device(1)

    ended = day.act(actions.end_session, kind=kind, told="Dr Lind", state="awake")

    assert ended.ending == kind
    assert Alert.objects.filter(rule=f"{kind}.prescriber-told", for_role="prescriber").exists()


def test_after_the_end_nothing_new_happens_but_the_late_record_is_stored(day):
    day.check()
    day.order()
    day.device(1)
    day.later(10)
    day.act(actions.end_session, kind="transfer", told="Dr Lind", state="drowsy")
    day.later(10)
    with pytest.raises(SessionEndedError):
        day.act(actions.record_checks, answers={"psychosis": False})

    day.act(
        actions.record_vitals,
        values=CALM,
        at=day.now - timedelta(minutes=15),
        reason="written on paper",
    )


def test_a_correction_stands_beside_the_old_value(day):
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 182})
    wrong = reading(day.session, now=day.now).latest["bp.systolic"]
    day.later(1)

    day.act(actions.correct_reading, wrong=wrong.id, value=128, reason="typed 182 for 128")

    assert reading(day.session, now=day.now).latest["bp.systolic"].value == 128


def test_owen_of_the_other_clinic_is_turned_away_and_leaves_no_trace(day, owen):
    lines = Event.objects.count()
    tried: list[tuple[Any, dict[str, Any]]] = [
        (actions.record_vitals, {"values": CALM}),
        (actions.record_device, {"step": 1, "outcome": "given", "lot": "B12"}),
        (actions.end_session, {"kind": "death"}),
        (actions.sign_order, {"dose_mg": 56}),
    ]
    for act, words in tried:
        with pytest.raises(PermissionDenied):
            day.act(act, by=owen, **words)

    assert Event.objects.count() == lines


def test_a_monitor_records_but_does_not_dose_or_release(day, morgan):
    day.act(actions.record_vitals, by=morgan, values=CALM)
    with pytest.raises(PermissionDenied):
        day.device(1, by=morgan)
    with pytest.raises(PermissionDenied):
        day.act(
            actions.release_patient,
            by=morgan,
            is_escort_seen=True,
            is_acknowledged_by_patient=True,
            is_acknowledged_by_escort=True,
        )


def test_one_act_leaves_one_audit_line(day):
    lines = Event.objects.count()
    day.act(actions.record_vitals, values=CALM)

    assert Event.objects.count() == lines + 1


def test_one_set_of_vitals_costs_few_statements(day, django_assert_max_num_queries):
    with django_assert_max_num_queries(13):
        day.act(actions.record_vitals, values=CALM)
