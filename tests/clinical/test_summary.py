"""The monitoring form's answers come from what was recorded, and from nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from serein.clinical.summary import FIVE_CLASSES, summarize
from tests.clinical.chart import (
    at,
    device,
    dosed,
    fact,
    facts,
    go_ahead,
    leaving,
    order,
    ready,
    seated,
    vitals,
    without,
)


@pytest.fixture
def sum_up(read):
    return lambda told, time: summarize(read(told, time))


def ended(time, ending="released"):
    return fact("session.ended", {"ending": ending}, time)


def a_day():
    """08:33 first device; drowsy and away at 08:55, better at 09:40; left at 10:40."""
    return [
        *dosed(),
        *vitals("08:55", 142, 88),
        *facts("08:55", {"sedation": 4, "dissociation": "mild", "breathing": "normal"}),
        *vitals("09:12", 138, 86),
        *facts("09:12", {"sedation": 3, "dissociation": "moderate"}),
        *vitals("09:40"),
        *facts("09:40", {"sedation": 5, "dissociation": "none", "ready-to-leave": True}),
        *facts("10:00", {"ready-to-leave": True}),
        *leaving(),
        ended("10:40"),
    ]


def test_an_ordinary_day_answers_every_question(sum_up):
    found = sum_up(a_day(), "11:30")

    assert (found.number, found.ending, found.given_mg, found.lots) == (5, "released", 56, ("A1",))
    assert found.monitored_min == 127
    assert found.ready_after_min == 67
    assert found.is_acceptable_before is True
    assert found.medicines_changed is False
    assert found.classes == dict.fromkeys(FIVE_CLASSES, False)
    assert found.danger_signs == ()


def test_pressure_is_told_before_at_forty_minutes_and_at_the_end(sum_up):
    found = sum_up(a_day(), "11:30")

    told = [found.pressure_before, found.pressure_at_check, found.pressure_at_end]
    assert [(one.systolic_mmhg, one.minute) for one in told] == [(128, -13), (138, 39), (128, 103)]


def test_a_reading_of_the_very_minute_of_the_dose_is_from_before_it(sum_up):
    told = [*ready(), *vitals("08:26", 135), *vitals("08:33", 131), device(1, "08:33")]
    told += [fact("sedation", 4, "08:33"), fact("sedation", 5, "08:40")]
    found = sum_up(told, "08:50")

    assert (found.pressure_before.systolic_mmhg, found.pressure_before.minute) == (131, 0)
    assert found.pressure_at_end is None
    assert found.sedation.seen is False


def test_minutes_are_whole_ones_and_before_the_dose_counted_backwards(sum_up):
    told = [*without(ready(), "bp.systolic", "bp.diastolic"), *vitals("08:20:30")]
    found = sum_up([*told, device(1, "08:33")], "09:00:50")

    assert found.pressure_before.minute == -13
    assert found.monitored_min == 27


@pytest.mark.parametrize(
    ("minutes", "told_minute"),
    [
        ([29], None),
        ([30], 30),
        ([32, 41, 49], 41),
        ([50, 60], 50),
        ([51, 70], None),
    ],
)
def test_of_the_forty_minute_pressure_the_nearest_in_its_window_is_told_else_none(
    sum_up, minutes, told_minute
):
    times = [(at("08:33") + timedelta(minutes=minute)).strftime("%H:%M") for minute in minutes]
    told = [*ready(), device(1, "08:33"), *(one for time in times for one in vitals(time))]
    found = sum_up(told, "10:00").pressure_at_check

    assert (found.minute if found else None) == told_minute


def test_the_last_minute_of_the_window_is_in_it(read):
    """With a window of 20 to 50 minutes around 40, 50 is nearer than 25."""
    told = [*ready(), device(1, "08:33"), *vitals("08:58"), *vitals("09:23")]
    reading = read(told, "09:30")
    checks = tuple(
        replace(check, opens_min=20) if check.id == "forty-minute" else check
        for check in reading.protocol.checks
    )
    found = summarize(replace(reading, protocol=replace(reading.protocol, checks=checks)))

    assert found.pressure_at_check is not None
    assert found.pressure_at_check.minute == 50


def test_half_a_reading_hides_no_whole_one_after_it(sum_up):
    told = [*dosed(), fact("bp.systolic", 150, "08:45"), *vitals("09:13")]

    assert sum_up(told, "09:20").pressure_at_check.minute == 40


def test_what_was_said_last_is_told(sum_up):
    told = [*dosed(), fact("medicines.changed", True, "08:30")]
    told += [ended("10:30", "stopped"), ended("10:40")]
    found = sum_up(told, "11:00")

    assert (found.medicines_changed, found.ending) == (True, "released")


def test_ready_to_leave_counts_from_the_dose_on_and_needs_one(sum_up):
    early = fact("ready-to-leave", True, "08:20")

    assert sum_up([*ready(), early], "08:30").ready_after_min is None
    assert sum_up([*dosed(), early], "09:00").ready_after_min is None
    assert sum_up([*dosed(), fact("ready-to-leave", True, "08:33")], "09:00").ready_after_min == 0


def test_vital_signs_are_acceptable_whatever_else_is_open(sum_up):
    told = [*without(ready(), "consent.seen"), device(1, "08:33")]

    assert sum_up(told, "08:40").is_acceptable_before is True


def test_a_vital_sign_not_taken_is_open_and_one_out_of_order_beside_it_is_not(sum_up):
    unmeasured = [*without(ready(), "spo2"), device(1, "08:33")]
    high = [*without(ready(), "spo2", "bp.systolic"), fact("bp.systolic", 152, "08:20")]

    assert sum_up(unmeasured, "08:40").is_acceptable_before is None
    assert sum_up([*high, device(1, "08:33")], "08:40").is_acceptable_before is False


def test_sedation_and_dissociation_have_an_onset_a_worst_and_an_end(sum_up):
    found = sum_up(a_day(), "11:30")

    assert (found.sedation.onset_min, found.sedation.resolved_min) == (22, 67)
    assert (found.sedation.worst, found.dissociation.worst) == (3, "moderate")
    assert found.respiratory_depression.seen is False
    assert (found.sedation.looked_min, found.respiratory_depression.looked_min) == (103, 103)


def test_what_nobody_looked_at_is_unknown_and_not_absent(sum_up):
    found = sum_up([seated()], "08:30")

    assert found.sedation.seen is None
    assert found.monitored_min is None
    assert found.ready_after_min is None
    assert found.is_acceptable_before is None
    assert found.pressure_before is None
    assert found.pressure_at_check is None
    assert found.pressure_at_end is None
    assert found.classes["medicine.opioid"] is None
    assert found.ending is None


def test_a_sedation_of_before_the_dose_is_no_episode(sum_up):
    told = [*dosed(), fact("sedation", 4, "08:20")]

    assert sum_up(told, "09:00").sedation.seen is None


def test_an_episode_that_lasts_has_no_end(sum_up):
    told = [*dosed(), fact("sedation", 5, "08:40"), fact("sedation", 2, "08:50")]

    found = sum_up(told, "09:00").sedation
    assert (found.seen, found.resolved_at, found.resolved_min) == (True, None, None)


def test_a_calm_reading_of_the_same_moment_ends_no_episode(sum_up):
    told = [*dosed(), fact("sedation", 4, "08:50"), fact("sedation", 5, "08:50")]

    assert sum_up(told, "09:00").sedation.resolved_at is None
    assert sum_up([*told, fact("sedation", 5, "08:51")], "09:00").sedation.resolved_min == 18


def test_two_spells_run_from_the_first_onset_to_the_last_end(sum_up):
    times = {"08:40": 4, "08:50": 5, "09:00": 4, "09:10": 5}
    told = [*dosed(), *(fact("sedation", value, time) for time, value in times.items())]

    found = sum_up(told, "09:30").sedation
    assert (found.onset_min, found.resolved_min) == (7, 37)


@pytest.mark.parametrize(
    ("code", "value"), [("breathing", "slow-or-shallow"), ("respiration", 8), ("spo2", 90)]
)
def test_breathing_out_of_order_is_told_with_its_reading(sum_up, code, value):
    told = [*dosed(), *vitals("08:50"), fact(code, value, "08:50"), *vitals("09:10")]

    found = sum_up(told, "09:30").respiratory_depression
    assert (found.seen, found.onset_min, found.resolved_min) == (True, 17, 37)
    assert [(one.code, one.value) for one in found.evidence] == [(code, value)]


def test_an_episode_of_breathing_begins_with_whatever_was_seen_first(sum_up):
    told = [*dosed(), fact("spo2", 90, "08:45"), fact("breathing", "slow-or-shallow", "08:55")]
    found = sum_up(told, "09:00").respiratory_depression

    assert (found.onset_min, [one.code for one in found.evidence]) == (12, ["spo2", "breathing"])


def test_one_set_out_of_order_is_told_by_its_first_sign(sum_up):
    told = [*dosed(), fact("respiration", 8, "08:50"), fact("breathing", "needs-help", "08:50")]

    assert [one.code for one in sum_up(told, "09:00").respiratory_depression.evidence] == [
        "breathing"
    ]


def test_a_saturation_at_the_limit_is_not_below_it(sum_up):
    for spo2, seen in ((92, False), (91, True)):
        told = [*dosed(), fact("spo2", spo2, "08:50")]
        assert sum_up(told, "09:00").respiratory_depression.seen is seen


def test_a_high_baseline_the_prescriber_accepted_is_acceptable(sum_up):
    high = [*without(ready(), "bp.systolic"), fact("bp.systolic", 152, "08:20")]
    decided = [*high, go_ahead("baseline-pressure", "08:25"), device(1, "08:33")]

    found = sum_up(decided, "08:40")
    assert (found.is_acceptable_before, found.is_accepted_by_decision) == (True, True)
    assert found.out_before == (at("08:20"),)
    assert sum_up(dosed(), "08:40").is_accepted_by_decision is False
    assert sum_up([*high, device(1, "08:33")], "08:40").is_acceptable_before is False


def test_vitals_never_taken_before_leaving_are_unknown(sum_up):
    assert sum_up([*dosed(), ended("10:50")], "11:00").is_acceptable_at_end is None


def test_a_pressure_after_the_time_of_its_check_is_told_apart_and_is_no_check(sum_up):
    told = [*dosed(), *vitals("08:50"), *vitals("09:35"), *vitals("09:50")]
    found = sum_up(told, "09:55")

    assert (found.check_min, found.pressure_at_check) == ((30, 50), None)
    assert found.pressure_after_check.minute == 62
    assert sum_up(told[:-10], "09:55").pressure_after_check is None


@pytest.mark.parametrize("time", ["08:25", "08:33"])
def test_every_set_up_to_the_first_device_that_is_out_of_limits_is_told(sum_up, time):
    high = [*without(ready(), "bp.systolic"), fact("bp.systolic", 152, "08:20")]
    waited = [*high, *vitals(time), device(1, "08:33"), *vitals("08:50", 170)]

    found = sum_up(waited, "09:00")
    assert (found.is_acceptable_before, found.out_before) == (True, (at("08:20"),))
    assert sum_up([*high, *vitals("08:30", 160)], "08:31").out_before == (at("08:20"), at("08:30"))
    assert sum_up(dosed(), "09:00").out_before == ()


def test_a_set_that_lacks_a_number_is_not_out_of_limits(sum_up):
    told = [*without(ready(), "spo2"), device(1, "08:33")]

    assert sum_up(told, "08:40").out_before == ()


def test_half_a_cuff_reading_is_no_pressure(sum_up):
    told = [*dosed(), fact("bp.systolic", 150, "09:13")]

    assert sum_up(told, "09:20").pressure_at_check is None


def test_a_protocol_without_a_timed_pressure_check_has_no_such_reading(read):
    reading = read([*dosed(), *vitals("09:13")], "09:20")
    bare = replace(reading, protocol=replace(reading.protocol, checks=()))

    found = summarize(bare)
    assert (found.check_min, found.pressure_at_check, found.pressure_after_check) == (None,) * 3


def test_a_protocol_without_rules_on_vital_signs_cannot_say_whether_they_were_acceptable(read):
    reading = read(dosed(), "09:20")
    bare = replace(reading, protocol=replace(reading.protocol, gates=()), gates=[])

    assert summarize(bare).is_acceptable_before is None


def test_a_lot_is_told_once_and_only_when_something_was_given(sum_up):
    told = [
        *ready(dose_mg=84),
        device(1, "08:33", lot="A1"),
        device(2, "08:38", lot="F0", outcome="failed"),
        order(28, "08:39", replaces_device=2),
        device(2, "08:44", step=3, lot="A1"),
        device(3, "08:49", step=4, lot="B2", outcome="partly"),
    ]

    found = sum_up(told, "09:00")
    assert (found.lots, found.given_mg, found.partly_given) == (("A1", "B2"), 56, 1)


def test_danger_signs_are_listed_in_the_order_they_were_seen(sum_up):
    told = [
        *dosed(),
        fact("danger.confusion", True, "09:00"),
        fact("danger.chest-pain", True, "08:50"),
        fact("danger.seizure", False, "08:51"),
    ]

    signs = sum_up(told, "09:10").danger_signs
    assert [one.code for one in signs] == ["danger.chest-pain", "danger.confusion"]
    assert signs[0].effective_at == at("08:50")
