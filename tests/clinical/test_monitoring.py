from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from serein.clinical.criteria import MET, UNKNOWN, UNMET
from serein.clinical.due import windows
from serein.clinical.monitoring import caught_up, read_session
from tests.clinical.chart import (
    at,
    corrected,
    device,
    dosed,
    fact,
    fired,
    gate,
    go_ahead,
    leaving,
    ready,
    seated,
    vitals,
    without,
)


def due(reading, item):
    return next((each for each in reading.due if each.id == item), None)


def test_a_session_is_timed_from_the_first_try_given_or_not(read):
    assert read(ready(), "08:30").begun_at == at("08:15")
    told = [*ready(), device(1, "08:33", outcome="failed")]
    assert (read(told, "08:40").stage, read(told, "08:40").begun_at) == ("dosing", at("08:33"))
    told.append(device(2, "08:38"))
    assert read(told, "08:40").begun_at == at("08:33")


def test_no_facts_at_all_is_no_session_and_nothing_in_it_is_well(read):
    reading = read([], "10:00")
    assert (reading.stage, reading.number, reading.seated_at) == ("before-dose", None, None)
    counted = ("no-danger-sign", "well-between-devices")
    assert all(each.verdict is not MET for each in reading.gates if each.id not in counted)
    assert reading.due == []
    assert reading.alerts == []
    assert not reading.release.may_release
    assert reading.release.earliest_at is None
    assert reading.next_change_at is None
    assert not reading.next_device.is_ready


def test_a_visit_ends_undosed_only_while_it_runs_and_nothing_reached_the_patient(read):
    assert read(ready(), "08:30").may_end_undosed
    assert not read([*ready(), device(1, "08:33")], "08:34").may_end_undosed
    ended = fact("session.ended", {"ending": "not-dosed"}, "08:31")
    assert not read([*ready(), ended], "08:34").may_end_undosed


def test_chair_one_from_the_first_device_to_the_door(read):
    told = [*ready(), device(1, "08:33")]

    reading = read(told, "08:33")
    assert (reading.stage, reading.given_mg, reading.devices_needed) == ("dosing", 28, 2)
    assert (reading.next_device.number, reading.next_device.is_ready) == (2, False)
    assert reading.next_device.ready_at == at("08:38")
    assert "rest" in reading.next_device.reason
    assert reading.next_change_at == at("08:38")
    assert read(told, "08:38").next_device.is_ready

    told.append(device(2, "08:38"))
    reading = read(told, "09:03")
    assert (reading.stage, reading.given_mg, reading.next_device) == ("observing", 56, None)
    forty = due(reading, "forty-minute")
    assert (forty.due_at, forty.overdue_at, forty.state) == (at("09:13"), at("09:23"), "later")
    assert due(read(told, "09:13"), "forty-minute").state == "due"
    assert due(read(told, "09:22"), "forty-minute").state == "due"
    late = read(told, "09:23")
    assert late.due[0].id == "forty-minute"
    assert late.due[0].state == "overdue"
    assert "forty-minute-overdue" in fired(late)

    told += [*vitals("09:24"), fact("sedation", 5, "09:24")]
    reading = read(told, "09:24")
    assert all(item.state == "later" for item in reading.due)
    assert fired(reading) == {"forty-minute-overdue"}, "a late reading is not the one at 40 minutes"

    told += leaving("10:16")
    reading = read(told, "10:20")
    (blocker,) = reading.release.blockers
    assert blocker.id == "time"
    assert blocker.why == "Observed: 102 min (needed: at least 120 min)."
    assert not reading.release.may_release
    assert reading.release.earliest_at == at("10:38")

    reading = read(told, "10:39")
    assert reading.release.may_release
    assert reading.release.blockers == []
    assert reading.minutes_since_first == 126
    assert reading.minutes_since_last == 121


def test_the_window_of_a_check_stays_on_the_chart_after_the_check_was_made(read, protocol):
    before = read(ready(), "08:33")
    assert windows(protocol, before.moment) == []

    made = read([*ready(), device(1, "08:33"), *vitals("09:14")], "09:20")
    [forty] = windows(protocol, made.moment)
    assert (forty.id, forty.begins_at, forty.ends_at) == ("forty-minute", at("09:03"), at("09:23"))
    assert due(made, "forty-minute") is None


def test_chair_three_high_pressure_asks_for_a_recheck_in_five_minutes(read):
    told = [*without(dosed(), "bp.systolic", "bp.diastolic"), *vitals("08:20", 138, 86)]
    told += [*vitals("09:13", 140, 88), *vitals("09:41", 162, 97)]
    reading = read(told, "09:41")
    assert fired(reading) == {"pressure-high"}
    hit = reading.alerts[0]
    assert (hit.id, hit.for_role, hit.urgency) == ("pressure-high", "prescriber", "soon")
    assert [each.value for each in hit.evidence] == [162]
    assert "162" in hit.why
    assert due(reading, "pressure-recheck").due_at == at("09:46")
    assert reading.baseline["bp.systolic"].value == 138
    assert reading.latest["bp.systolic"].value == 162
    calmer = read([*told, *vitals("09:46", 148, 90)], "09:46")
    assert due(calmer, "pressure-recheck") is None
    assert fired(calmer) == set()


def test_a_gate_says_why_and_names_its_source(read):
    reading = read([*ready(), *vitals("08:22", 152, 94)], "08:30")
    finding = gate(reading, "baseline-pressure")
    assert finding.verdict is UNMET
    assert finding.why.startswith("Systolic blood pressure: 152 mmHg (needed: at most 140 mmHg).")
    assert finding.source.title.startswith("Spravato prescribing information")
    assert not finding.checked
    assert finding.waiver == "prescriber"
    assert [each.value for each in finding.evidence] == [152, 94]
    assert "Blood pressure not above 140/90" in reading.next_device.reason


def test_the_prescribers_word_stands_beside_the_reading_it_decides_on(read):
    told = [*ready(), *vitals("08:22", 152, 94), go_ahead("baseline-pressure", "08:25")]
    finding = gate(read(told, "08:30"), "baseline-pressure")
    assert finding.verdict is MET
    assert finding.missing == []
    assert finding.why.endswith("Decided by alvarez: Known and stable")
    assert finding.decision in finding.evidence


@pytest.mark.parametrize(
    "word",
    [
        go_ahead("baseline-pressure", "08:25", by_role="nurse"),
        go_ahead("baseline-pressure", "08:25", reason=" "),
        go_ahead("baseline-pressure", "08:25", decision="hold"),
        go_ahead("baseline-pressure", "08:21"),
        fact("decision.baseline-pressure", "go", "08:25"),
    ],
)
def test_any_other_word_decides_nothing(read, word):
    told = [*ready(), *vitals("08:22", 152, 94), word]
    assert gate(read(told, "08:30"), "baseline-pressure").verdict is UNMET


def test_a_reading_corrected_after_the_decision_needs_a_new_one(read):
    high = fact("bp.systolic", 152, "08:22")
    told = [*ready(), high, go_ahead("baseline-pressure", "08:25")]
    assert gate(read(told, "08:30"), "baseline-pressure").verdict is MET
    told.append(corrected(high, 172, "08:28"))
    assert gate(read(told, "08:30"), "baseline-pressure").verdict is UNMET


def test_gates_stay_as_they_stood_at_the_first_device(read):
    told = [*ready(), device(1, "08:33")]
    later = [*told, *vitals("08:36", 171, 99), fact("site.prescriber-present", False, "08:36")]
    reading = read(later, "08:38")
    assert reading.open_gates == []
    assert reading.next_device.is_ready
    assert "dose-outside-gate" not in fired(reading)


def test_with_two_devices_the_gates_stand_as_at_the_first(read):
    told = [*ready(), device(1, "08:33"), fact("consent.seen", False, "08:36"), device(2, "08:38")]
    reading = read(told, "08:40")
    assert gate(reading, "consent").verdict is MET
    shut = reading.moment.derived["gates.not-open-at-dose"]
    assert (shut.value, [each.value["number"] for each in shut.evidence]) == (0, [1])


def test_the_baseline_is_the_last_reading_up_to_the_first_device(read):
    told = [*ready(), *vitals("08:27", 133), *vitals("08:33", 135), device(1, "08:33")]
    told += vitals("08:36", 150)
    assert read(told, "08:40").baseline["bp.systolic"].value == 135


def test_a_danger_sign_holds_the_next_device_until_the_prescriber_decides(read):
    told = [*ready(), device(1, "08:33"), fact("danger.chest-pain", True, "08:36")]
    reading = read(told, "08:40")
    assert not reading.next_device.is_ready
    assert "danger sign" in reading.next_device.reason
    assert reading.alerts[0].rule == "danger-chest-pain"
    told.append(go_ahead("no-danger-sign", "08:41"))
    assert read(told, "08:42").next_device.is_ready


def test_a_dose_past_a_gate_fires_even_when_the_missing_answer_comes_later(read):
    told = [*without(ready(), "consent.seen"), device(1, "08:33")]
    reading = read(told, "08:34")
    assert "dose-outside-gate" in fired(reading)
    assert [each.code for each in reading.alerts[0].evidence] == ["device"]
    assert "dose-outside-gate" in fired(read([*told, fact("consent.seen", True, "08:40")], "08:41"))
    seen_then = fact("consent.seen", True, "08:16", recorded_at=at("08:40"))
    assert "dose-outside-gate" not in fired(read([*told, seen_then], "08:41"))


def test_a_dose_marked_outside_a_gate_by_its_record_fires_too(read):
    told = [*ready(), device(1, "08:33", outside_gate=["consent"])]
    assert "dose-outside-gate" in fired(read(told, "08:34"))


def test_last_visits_readings_open_nothing_today(read):
    earlier = uuid4()
    old = [
        replace(
            each, id=uuid4(), encounter=earlier, effective_at=each.effective_at - timedelta(days=3)
        )
        for each in [*dosed(), *leaving()]
    ]
    imported = fact("bp.systolic", 120, "08:00", encounter=None)
    reading = read([*old, imported, seated()], "08:30")
    assert gate(reading, "identity").verdict is UNKNOWN
    assert gate(reading, "baseline-vitals").verdict is UNKNOWN
    assert gate(reading, "enrolled").verdict is MET
    assert reading.given_mg == 0


def test_a_patient_seated_this_very_minute_is_of_todays_visit(read):
    earlier = uuid4()
    old = [replace(each, id=uuid4(), encounter=earlier) for each in dosed()]
    at_once = seated(6, "09:00")
    assert read([*old, at_once], "08:59").number == 5
    assert (read([*old, at_once], "09:00").number, read([*old, at_once], "09:00").given_mg) == (
        6,
        0,
    )


def test_without_visit_ids_the_seating_parts_today_from_before(read):
    today = [replace(each, encounter=None) for each in ready()]
    old = [
        replace(each, id=uuid4(), effective_at=each.effective_at - timedelta(days=3))
        for each in today
    ]
    assert read([*old, *today], "08:30").open_gates == []
    only_old = [*old, replace(seated(), encounter=None)]
    reading = read(only_old, "08:30")
    assert gate(reading, "consent").verdict is UNKNOWN
    assert gate(reading, "enrolled").verdict is MET


def test_facts_without_a_seating_are_read_as_one_visit(read):
    told = [replace(each, encounter=None) for each in without(ready(), "session")]
    reading = read(told, "08:30")
    assert gate(reading, "identity").verdict is MET
    assert gate(reading, "order-dose").verdict is UNKNOWN
    assert read(without(ready(), "session"), "08:30").ordered_mg == 56


def test_a_dictionary_is_not_needed_to_read_a_session(protocol):
    stranger = fact("rems.enrolled", False, "08:29", encounter=uuid4())
    told = [*ready(), stranger]
    reading = read_session(protocol, told, now=at("08:30"), dictionary=None)
    assert reading.open_gates == []


def test_a_code_nobody_knows_belongs_to_its_visit_alone(read):
    reading = read([*ready(), fact("made-up", 1, "08:29", encounter=uuid4())], "08:30")
    assert "made-up" not in reading.latest


def test_a_protocol_may_count_observation_from_the_first_device(shelf, protocol):
    earlier = replace(protocol, observe=replace(protocol.observe, anchor="first-dose"))
    told = [*dosed(), *leaving()]
    reading = read_session(earlier, told, now=at("10:33"), dictionary=shelf.dictionary)
    assert reading.release.earliest_at == at("10:33")
    assert reading.release.may_release


@pytest.mark.parametrize(
    ("taken", "rules"), [("09:14", ["forty-minute-overdue"]), ("09:22", ["forty-minute-overdue"])]
)
def test_a_missed_check_whose_own_reading_comes_late_was_made_in_time(read, taken, rules):
    told = [*ready(), device(1, "08:33"), device(2, "08:38")]
    was = read(told, "09:40")
    stands = read([*told, *vitals(taken)], "09:40")
    assert caught_up(was, stands, at=at(taken)) == rules


def test_a_reading_after_the_window_makes_up_for_no_missed_check(read):
    told = [*ready(), device(1, "08:33"), device(2, "08:38")]
    was, stands = read(told, "09:40"), read([*told, *vitals("09:35")], "09:40")
    assert caught_up(was, stands, at=at("09:35")) == []
