"""A device already given is stored as it was; one still to be given waits for everything."""

from datetime import timedelta

import pytest

from serein.clinical.errors import InputError
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.treatment import actions
from serein.server.treatment.errors import GateError, TakenError
from serein.server.treatment.models import Dose
from serein.server.treatment.queries import reading
from tests.server.treatment.day import ANSWERS, CALM


def test_each_gate_alone_holds_the_first_device(day):
    day.check()
    day.order()
    held = []
    for code, value in ANSWERS.items():
        if not isinstance(value, bool):
            continue
        day.act(actions.record_checks, answers={code: not value})
        found = reading(day.session, now=day.now)
        if found.open_gates:
            held.append(code)
            with pytest.raises(GateError) as refusal:
                day.device(1)
            assert [one.id for one in refusal.value.standing] == [
                one.id for one in found.open_gates
            ]
        day.later(0.1)
        day.act(actions.record_checks, answers={code: value})
        day.later(0.1)

    asked_only = {code for code in ANSWERS if code.startswith("medicine")} | {"urinary-symptoms"}
    texts = {"transport.escort", "pregnancy"}
    assert set(held) == set(ANSWERS) - asked_only - texts
    assert day.device(1).outside_gate == []


def test_a_device_waits_for_answers_nobody_has_given(day):
    day.act(actions.record_vitals, values=CALM)
    day.order()

    with pytest.raises(GateError) as refusal:
        day.device(1)

    assert "pregnancy" in {one.id for one in refusal.value.standing}


def test_a_baseline_older_than_an_hour_holds_the_device(day):
    day.check()
    day.order()
    day.later(61)

    with pytest.raises(GateError, match="within the last hour"):
        day.device(1)


def test_a_danger_sign_between_two_devices_holds_the_second(day):
    day.check()
    day.order()
    day.device(1)
    day.later(5)
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    with pytest.raises(GateError, match="danger sign"):
        day.device(2)
    day.act(
        actions.decide, by=day.prescriber, rule="no-danger-sign", reason="pulled muscle, examined"
    )

    assert day.device(2).outside_gate == []


def test_a_device_given_on_paper_names_every_gate_that_was_not_open(day):
    day.act(actions.record_vitals, values=CALM)

    dose = day.device(1, is_already_given=True, reason="power cut, given on paper")

    assert {"consent", "order-signed", "order"} <= set(dose.outside_gate)
    assert "baseline-vitals" not in dose.outside_gate
    assert dose.note == "power cut, given on paper"


def test_gates_are_those_of_the_moment_it_was_given(day):
    given_at = day.now
    day.later(20)
    day.check()
    day.order()

    late = day.device(1, at=given_at, is_already_given=True, reason="power cut")

    assert {"consent", "order"} <= set(late.outside_gate)
    assert (late.given_at, late.recorded_at) == (given_at, day.now)
    assert Event.objects.latest("line").details["late"] is True


def test_a_device_given_before_the_seating_was_entered_is_stored(day):
    dose = day.device(
        1, at=day.now - timedelta(minutes=30), is_already_given=True, reason="tablets were down"
    )

    assert dose.given_at < day.session.seated_at


def test_a_second_device_after_one_past_its_gates_is_marked_for_its_own_moment_only(day):
    day.check(**{"consent.seen": False})
    day.order()
    first = day.device(1, is_already_given=True, reason="consent was overlooked")
    day.later(5)

    second = day.device(2)

    assert first.outside_gate == ["consent"]
    assert second.outside_gate == []


def test_a_device_given_within_the_rest_is_marked_so(day):
    day.check()
    day.order()
    day.device(1)
    day.later(3)

    dose = day.device(2, is_already_given=True, reason="given too soon")

    assert dose.outside_gate == ["rest"]
    assert Alert.objects.get().rules == ["dose-outside-gate", "rest-too-short"]


def test_a_device_entered_late_never_opens_a_place_that_a_later_one_filled(day):
    day.check()
    day.order(56)
    day.later(10)
    day.device(1)
    earlier = day.now - timedelta(minutes=6)
    with pytest.raises(GateError, match="mark this one as already given"):
        day.device(2, at=earlier, reason="forgotten")
    late = day.device(2, at=earlier, is_already_given=True, reason="forgotten")
    day.later(10)

    assert late.device == 2
    with pytest.raises(GateError, match="No further device"):
        day.device(3)


def test_a_device_beyond_the_order_is_stored_and_told(day):
    day.dose(56)

    beyond = day.device(3, is_already_given=True, reason="the third was in the box")

    assert (beyond.device, beyond.outside_gate) == (3, ["order"])
    told = {rule for alert in Alert.objects.all() for rule in alert.rules}
    assert {"dose-not-ordered", "dose-outside-gate"} <= told


def test_a_device_given_after_the_patient_stopped_is_stored_and_told(day):
    day.check()
    day.order()
    day.act(actions.stop_treatment)
    day.later(1)

    dose = day.device(1, is_already_given=True, reason="it was in the nose already")

    assert "order" in dose.outside_gate


def test_a_device_recorded_after_the_end_is_stored_and_told(day):
    day.check()
    day.order()
    given_at = day.now
    day.later(10)
    day.act(actions.end_session, kind="not-dosed", reason="went home")

    dose = day.device(1, at=given_at, is_already_given=True, reason="found on paper")

    assert dose.outside_gate == []
    alert = Alert.objects.get(rule="dose-after-end")
    assert (alert.urgency, alert.for_role) == ("now", "prescriber")


def test_a_time_to_come_is_refused(day):
    with pytest.raises(InputError, match="not come yet"):
        day.device(1, at=day.now + timedelta(minutes=1), is_already_given=True, reason="paper")


def test_a_device_without_a_lot_is_asked_for_it(day):
    day.check()
    day.order()
    with pytest.raises(InputError, match="lot number"):
        day.device(1, lot=" ")

    assert day.device(1, outcome="refused", lot="").lot == ""


def test_a_refused_device_needs_no_open_gate_but_an_order(day):
    with pytest.raises(GateError, match="No device is ordered now"):
        day.device(1, outcome="refused", lot="")
    day.order()

    assert day.device(1, outcome="refused", lot="").outside_gate == []


def test_only_what_became_of_a_device_is_an_outcome(day):
    with pytest.raises(InputError, match="given, partly, failed or refused"):
        day.device(1, outcome="spilled")


def test_steps_are_taken_one_after_the_other(day):
    day.check()
    day.order()

    with pytest.raises(TakenError, match="look at the tile again"):
        day.device(2)


def test_the_same_form_with_another_outcome_is_told_what_was_stored(day):
    day.check()
    day.order()
    entry = new_id()
    day.device(1, id=entry)

    with pytest.raises(TakenError, match="Device 1 is already recorded: given"):
        day.device(1, outcome="failed", id=entry)


def test_the_observer_is_who_watched_and_may_watch(day, osei, bray):
    day.check()
    day.order()
    with pytest.raises(InputError, match="may not observe"):
        day.device(1, observer=bray)

    assert day.device(1, observer=osei).observer == osei


def test_a_partly_given_device_is_replaced_only_on_an_order(day):
    day.check()
    day.order()
    day.device(1, outcome="partly", reason="sneezed")
    day.later(5)
    day.device(2)
    day.later(5)
    with pytest.raises(GateError, match="No further device"):
        day.device(3)
    day.order(28, replaces_device=1)

    assert day.device(3).device == 1
    assert Dose.objects.count() == 3
    assert not Alert.objects.filter(rule="dose-not-ordered").exists()
