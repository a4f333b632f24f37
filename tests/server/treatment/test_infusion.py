"""An infusion: prepared, checked blind by another, run by segments, counted from the pump."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.course import course_of
from serein.clinical.errors import ImplausibleValueError, InputError
from serein.clinical.facts import Chart
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.supply.actions import close_lot
from serein.server.treatment import actions, queries
from serein.server.treatment.actions import count
from serein.server.treatment.errors import (
    ConfirmError,
    GateError,
    SessionEndedError,
    TakenError,
    WrongPatientError,
)
from serein.server.treatment.paper import chart
from tests.server.treatment.weighed import vial


def preparation():
    return FactRow.objects.filter(code="preparation").latest("recorded_at").value


def test_the_bag_is_worked_out_from_the_order_the_lot_and_the_volume(drip, lot):
    drip.weigh()
    drip.check()
    drip.order_by_weight()
    drip.prepare(lot)

    made = preparation()
    assert (made["dose_mg"], made["draw_ml"], made["ml_per_h"]) == (35, 0.7, 151.05)
    assert (made["weight_kg"], made["lot"], made["vial_mg_per_ml"]) == (70, "K100", 50)
    assert "35 mg / 50 mg/mL = 0.7 mL to draw" in made["formula"]


def test_nothing_is_prepared_without_a_signed_order(drip, lot):
    drip.weigh()
    with pytest.raises(InputError, match="no signed order"):
        drip.prepare(lot)


def test_a_vial_is_picked_from_the_shelf_of_its_own_product(drip, lot, clinic, pym, now):
    drip.weigh()
    drip.order_by_weight()
    strangers = [
        vial(clinic, by=pym, now=now, number="E1", product="esketamine"),
        vial(clinic, by=pym, now=now, number="T1", unit="tablet"),
        vial(clinic, by=pym, now=now, number="OLD", expires_on=now.date()),
    ]
    close_lot(lot, by=pym, now=now, reason="recalled")
    drip.later(24 * 60)
    for one in (lot, *strangers):
        with pytest.raises(InputError, match="Pick a vial from the shelf"):
            drip.prepare(one)


def test_a_duration_far_from_the_usual_is_asked_about(drip, lot):
    drip.weigh()
    drip.order_by_weight()
    with pytest.raises(ConfirmError, match="4 minutes is far from the usual 40"):
        drip.prepare(lot, minutes=4)
    drip.prepare(lot, minutes=4, is_confirmed=True)
    assert preparation()["minutes"] == 4


def test_nothing_is_mixed_of_nought(drip, lot):
    drip.weigh()
    drip.order_by_weight()
    with pytest.raises(ImplausibleValueError, match="0 is no volume in mL"):
        drip.prepare(lot, diluent_ml=0)


def test_the_pump_is_started_at_the_rate_that_was_checked(ready):
    with pytest.raises(GateError, match=r"The pump shows 15\.1 mL/h, and 151\.05 mL/h was checked"):
        ready.start(ml_per_h=15.1)
    ready.start(ml_per_h=151)


def test_milligrams_come_from_the_segments_and_never_from_the_plan(ready):
    ready.start(ml_per_h=151)
    ready.later(10)
    ready.pump("rate", "a little dizzy", ml_per_h=100)
    ready.later(21)
    ready.pump("stop", "nausea")
    ready.later(30)
    expected = (151 * 10 + 100 * 21) / 60 * 0.3476
    assert ready.given_mg() == pytest.approx(expected, abs=0.01)


def test_a_pause_lets_nothing_in_and_is_no_end(ready):
    ready.start()
    ready.later(10)
    ready.pump("pause", "the cuff slipped")
    ready.later(20)
    assert ready.given_mg() == pytest.approx(151 / 6 * 0.3476, abs=0.01)
    assert queries.reading(ready.session, now=ready.now).stage == "dosing"
    ready.pump("resume", "well again")
    ready.later(5)
    ready.pump("stop", "as planned")
    assert queries.reading(ready.session, now=ready.now).stage == "observing"


def test_the_timeline_draws_each_stretch_at_its_rate_and_nothing_while_paused(ready):
    ready.start(ml_per_h=151)
    ready.later(10)
    ready.pump("rate", "a little dizzy", ml_per_h=100)
    ready.later(5)
    ready.pump("pause", "the cuff slipped")
    ready.later(20)
    known = queries.known(ready.session)
    told = chart.story(
        ready.session, known, queries.read(ready.session, known, now=ready.now), alerts=()
    )

    lengths_min = [(run.ends_at - run.begins_at) / timedelta(minutes=1) for run in told.runs]
    assert lengths_min == [10, 5]
    assert [run.share for run in told.runs] == [1, pytest.approx(100 / 151)]
    assert told.runs[0].words.startswith("151 mL/h from ")


def test_the_two_hours_count_from_the_end_of_the_infusion(ready):
    ready.start()
    ready.later(31)
    ready.pump("stop", "nausea")
    seen = queries.reading(ready.session, now=ready.now)
    assert (seen.release.earliest_at - ready.now).total_seconds() == 120 * 60


def test_a_change_at_the_pump_says_why_and_what_stopped_is_stored_without(ready):
    ready.start()
    with pytest.raises(InputError, match="Say why"):
        ready.pump("rate", " ", ml_per_h=140)
    ready.pump("pause", "nausea")
    assert FactRow.objects.get(code="infusion", value__step="pause").reason == "nausea"
    ready.pump("resume", "better")
    ready.pump("stop", " ")
    assert FactRow.objects.get(code="infusion", value__step="stop").reason == ""


@pytest.mark.parametrize("step", ["rate", "pause", "resume", "stop"])
def test_what_was_not_started_is_not_changed(ready, step):
    with pytest.raises(InputError, match="was not started yet"):
        ready.pump(step, ml_per_h=10)


def test_two_hands_at_one_pump_start_it_once(ready, osei):
    ready.start()
    with pytest.raises(TakenError, match="The pump was started at 10:12 by Rosa Alvarez"):
        ready.start(by=osei)
    assert FactRow.objects.filter(code="infusion").count() == 1


def test_a_stopped_pump_is_not_stopped_again_nor_changed(ready):
    ready.start()
    ready.later(5)
    ready.pump("stop", "nausea")
    for step in ("rate", "pause", "resume", "stop"):
        with pytest.raises(TakenError, match="The pump was stopped"):
            ready.pump(step, ml_per_h=10)


def test_what_was_done_before_the_last_act_is_not_put_behind_it(ready):
    ready.start()
    began = ready.now
    ready.later(10)
    ready.pump("pause", "the cuff slipped")
    with pytest.raises(TakenError, match="The pump was last touched at 10:22"):
        ready.pump("stop", at=began, reason="late")


def test_an_act_sent_again_is_the_first_one(ready):
    entry = new_id()
    ready.start(id=entry)
    ready.later(1)
    ready.start(id=entry)
    stop = new_id()
    ready.pump("stop", "nausea", id=stop)
    ready.pump("stop", "nausea", id=stop)
    assert FactRow.objects.filter(code="infusion").count() == 2


def test_a_rate_of_ten_times_is_asked_about(ready):
    ready.start()
    ready.later(1)
    with pytest.raises(ConfirmError, match="1510 mL/h beside 151 mL/h is a large step"):
        ready.pump("rate", ml_per_h=1510)
    with pytest.raises(InputError, match="to let nothing run in, pause it"):
        ready.pump("rate", ml_per_h=0)
    ready.pump("rate", ml_per_h=1510, is_confirmed=True)


def test_what_ran_before_everything_was_open_is_stored_marked_and_told(drip, lot):
    drip.weigh()
    drip.order_by_weight()
    drip.prepare(lot)
    with pytest.raises(InputError, match="Say how it came to be started"):
        drip.start(is_already_running=True)
    drip.start(is_already_running=True, reason="started by the night team")
    began = FactRow.objects.get(code="infusion")
    assert "second-check" in began.value["outside_gate"]
    assert Alert.objects.filter(rule="dose-outside-gate", for_role="prescriber").exists()


def test_who_wants_no_more_is_started_nothing(ready):
    ready.act(actions.stop_treatment)
    with pytest.raises(GateError, match="Nothing of the order is left"):
        ready.start()


def test_nobody_leaves_while_it_runs_and_a_transfer_is_never_blocked(ready):
    ready.start()
    ready.later(200)
    with pytest.raises(GateError):
        ready.release()
    ready.act(actions.end_session, kind="transfer", told="Dr Lind", state="fell asleep")
    ready.session.refresh_from_db()
    assert ready.session.ending == "transfer"


def test_the_pump_that_was_stopped_before_the_end_is_still_recorded_after_it(ready):
    ready.start()
    ready.later(20)
    stopped_at = ready.now
    ready.later(1)
    ready.act(actions.end_session, kind="transfer", told="Dr Lind", state="fell asleep")
    ready.later(10)
    with pytest.raises(SessionEndedError):
        ready.pump("stop", "transfer")
    ready.pump("stop", "transfer", at=stopped_at, reason="nobody had a hand free")
    assert not queries.reading(ready.session, now=ready.now).infusion.is_open


def test_a_stop_that_is_told_late_gives_no_more_than_the_bag_held(ready):
    ready.start()
    ready.later(90)
    ready.pump("stop", "told late")
    stands = queries.reading(ready.session, now=ready.now)
    [giving] = course_of(Chart.of(queries.known(ready.session))).givings
    assert (stands.given_mg, giving.dose_mg) == (35, 35) == (stands.ordered_mg,) * 2


def test_a_start_entered_after_the_end_tells_the_prescriber_as_a_device_does(ready):
    began_at = ready.now
    ready.later(1)
    ready.act(actions.end_session, kind="transfer", told="Dr Lind", state="fell asleep")
    ready.later(10)
    ready.start(is_already_running=True, at=began_at, reason="nobody had a hand free")
    assert Alert.objects.filter(rule="dose-after-end", for_role="prescriber").exists()


def test_owen_and_the_monitor_touch_no_pump(ready, owen, morgan):
    for one in (owen, morgan):
        for act in (ready.start, lambda by: ready.pump("stop", by=by)):
            with pytest.raises(PermissionDenied):
                act(by=one)


def test_the_pharmacist_may_be_the_second_person(drip, lot, pym):
    drip.weigh()
    drip.order_by_weight()
    drip.prepare(lot)
    assert drip.second_check(pym) == []


def test_a_form_of_another_patient_is_refused(ready):
    with pytest.raises(WrongPatientError):
        ready.start(patient_id=new_id())


def test_each_act_leaves_one_line(ready):
    lines = Event.objects.count()
    ready.start()
    ready.later(1)
    ready.pump("stop", "nausea")
    said = list(Event.objects.order_by("-at", "-line").values_list("verb", flat=True)[:2])
    assert Event.objects.count() == lines + 2
    assert said == ["treatment.run_infusion"] * 2


def test_a_visit_by_infusion_counts_as_a_session_of_the_course(ready, chair, now):
    ready.start()
    ready.later(10)
    ready.pump("stop", "nausea")
    stopped_at = ready.now
    ready.later(1)
    course = ready.session.course
    assert ready.session.number == 3
    assert count.next_number(course, before=ready.now) == 4
    assert count.last_dose_at(ready.session.patient, before=ready.now) == stopped_at
