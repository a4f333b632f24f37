"""A prescriber's word is on what is known; a corrected value stands beside the wrong one."""

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import ImplausibleValueError, InputError
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.errors import ConfirmError, GateError
from serein.server.treatment.queries import reading
from tests.server.treatment.day import CALM

HIGH = {**CALM, "bp.systolic": 152}


def decide(day, rule="baseline-pressure", **words):
    asked = {"by": day.prescriber, "reason": "usual for this patient", **words}
    return day.act(actions.decide, rule=rule, **asked)


def test_nobody_decides_on_what_was_not_looked_at(day):
    with pytest.raises(InputError, match="cannot be decided before it is known"):
        decide(day)


def test_nobody_decides_on_what_is_met(day):
    day.act(actions.record_vitals, values=CALM)

    with pytest.raises(InputError, match="nothing to decide"):
        decide(day)


@pytest.mark.parametrize("reason", ["", "  ", "ok"])
def test_a_decision_gives_its_reason_in_a_sentence(day, reason):
    day.act(actions.record_vitals, values=HIGH)

    with pytest.raises(InputError, match="reason in a sentence"):
        decide(day, reason=reason)


def test_a_go_ahead_covers_the_reading_it_was_given_for_and_no_later_one(day):
    day.check()
    day.order()
    day.later(1)
    day.act(actions.record_vitals, values=HIGH)
    decide(day)
    day.later(1)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 158})

    with pytest.raises(GateError, match="140/90"):
        day.device(1)


@pytest.mark.parametrize("rule", ["sedation", "order-signed", "consent", "transport-arranged"])
def test_some_rules_are_never_waived(day, rule):
    with pytest.raises(InputError, match="never waived"):
        decide(day, rule=rule)


def test_a_rule_the_protocol_does_not_have_is_refused(day):
    with pytest.raises(InputError, match="no rule 'moon-phase'"):
        decide(day, rule="moon-phase")


def test_a_gate_is_not_opened_behind_the_device_that_went_through_it(day):
    day.check(**{"fasting.food": False})
    day.order()
    day.device(1, is_already_given=True, reason="nobody looked")
    day.later(1)

    with pytest.raises(InputError, match="write what you decide into its alert"):
        decide(day, rule="food")


def test_a_word_given_before_the_dose_may_be_written_down_after_it(day):
    day.check(**{"fasting.food": False})
    day.order()
    decided_at = day.now
    day.later(6)

    decide(day, rule="food", at=decided_at, reason="a biscuit, told by phone")

    assert day.device(1).outside_gate == []


def test_a_nurse_decides_nothing(day):
    day.act(actions.record_vitals, values=HIGH)

    with pytest.raises(PermissionDenied):
        decide(day, by=day.nurse)


def newest(day, code):
    return reading(day.session, now=day.now).latest[code]


def correct(day, code, value, **words):
    asked = {"wrong": newest(day, code).id, "reason": "typed wrongly", **words}
    return day.act(actions.correct_reading, value=value, **asked)


def test_a_correction_keeps_the_old_value_its_time_and_its_panel(day):
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 182})
    wrong = newest(day, "bp.systolic")
    day.later(3)

    correct(day, "bp.systolic", 128)

    right = newest(day, "bp.systolic")
    assert (right.value, right.effective_at, right.panel) == (128, wrong.effective_at, wrong.panel)
    assert (right.recorded_at, right.replaces) == (day.now, wrong.id)
    assert FactRow.objects.get(pk=wrong.id).value == 182
    assert FactRow.objects.get(pk=right.id).reason == "typed wrongly"


def test_a_correction_to_a_value_that_alarms_raises_its_alert(day):
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 128})

    raised = correct(day, "bp.systolic", 188)

    assert "pressure-severe" in {one.rule for one in raised}


def test_a_corrected_number_must_fit_its_own_cuff_reading(day):
    day.act(actions.record_vitals, values=CALM)

    with pytest.raises(ConfirmError, match="cannot be a reading"):
        correct(day, "bp.systolic", 70)
    with pytest.raises(ImplausibleValueError):
        correct(day, "spo2", 120)
    with pytest.raises(ConfirmError, match="unusual"):
        correct(day, "heart-rate", 30)
    correct(day, "heart-rate", 30, is_confirmed=True)

    assert newest(day, "heart-rate").value == 30


def test_a_correction_says_why(day):
    day.act(actions.record_vitals, values=CALM)

    with pytest.raises(InputError, match="Say why"):
        correct(day, "spo2", 97, reason=" ")


def test_a_value_is_corrected_once_and_then_its_correction(day):
    day.act(actions.record_vitals, values=CALM)
    wrong = newest(day, "spo2").id
    correct(day, "spo2", 97)

    with pytest.raises(InputError, match="corrected already"):
        correct(day, "spo2", 96, wrong=wrong)
    correct(day, "spo2", 96)

    assert newest(day, "spo2").value == 96


def test_the_registrys_enrolment_is_corrected_like_any_answer(day):
    day.check()

    correct(day, "rems.enrolled", False)

    shut = {gate.id for gate in reading(day.session, now=day.now).open_gates}
    assert "enrolled" in shut


@pytest.mark.parametrize("what", ["an order", "a decision", "nothing"])
def test_what_is_no_typed_value_is_not_corrected_here(day, what):
    day.act(actions.record_vitals, values=HIGH)
    decide(day)
    wrong = {
        "an order": day.order().id,
        "a decision": newest(day, "decision.baseline-pressure").id,
        "nothing": new_id(),
    }[what]

    with pytest.raises(InputError, match="not of this session"):
        correct(day, "spo2", 97, wrong=wrong)


def test_consent_is_not_corrected_to_yes_while_the_patient_is_under_the_drug(day):
    day.check(**{"consent.seen": False})
    day.order()
    day.device(1, is_already_given=True, reason="overlooked")
    day.later(1)

    with pytest.raises(InputError, match="No consent"):
        correct(day, "consent.seen", True)
