from collections.abc import Sequence

import pytest

from serein.clinical.criteria import Moment
from serein.clinical.dosing import (
    Dosing,
    NextDevice,
    allowed_doses,
    devices_for,
    devices_of,
    dosing,
    failed_numbers,
    next_device,
    not_ordered,
    open_numbers,
    paper_doses,
    replaceable_numbers,
    shortest_rest_min,
    stands,
)
from serein.clinical.errors import InputError
from serein.clinical.facts import Chart, Fact
from tests.clinical.chart import (
    at,
    blocker_ids,
    device,
    dosed,
    fact,
    fired,
    leaving,
    order,
    ready,
    vitals,
    without,
)


@pytest.mark.parametrize(("dose_mg", "devices"), [(28, 1), (56, 2), (84, 3)])
def test_devices_are_the_dose_by_28(protocol, dose_mg, devices):
    assert devices_for(protocol, dose_mg) == devices


@pytest.mark.parametrize("dose_mg", [0, -28, 50])
def test_a_dose_that_devices_cannot_make_is_refused(protocol, dose_mg):
    with pytest.raises(InputError, match="cannot be made of 28 mg devices"):
        devices_for(protocol, dose_mg)


NOTHING_KNOWN = Moment(at("08:00"), {})


def test_the_first_session_takes_56_mg_only(protocol):
    doses = {n: allowed_doses(protocol, n, moment=NOTHING_KNOWN) for n in (0, 1, 2, 40)}
    assert doses == {0: [], 1: [56], 2: [56, 84], 40: [56, 84]}


def test_induction_takes_the_23_devices_that_a_payer_counts(protocol):
    """QualChoice BI734 limits induction to 23: two for day 1, three for each of seven more."""
    doses = [max(allowed_doses(protocol, number, moment=NOTHING_KNOWN)) for number in range(1, 9)]
    assert sum(devices_for(protocol, dose_mg) for dose_mg in doses) == 23


def test_three_devices_each_wait_for_the_rest(read):
    told = [*ready(dose_mg=84), device(1, "08:33"), device(2, "08:38")]
    reading = read(told, "08:40")
    assert (reading.next_device.number, reading.next_device.is_ready) == (3, False)
    assert read(told, "08:43").next_device.is_ready
    done = read([*told, device(3, "08:43")], "08:44")
    assert (done.given_mg, done.next_device) == (84, None)


def test_a_later_order_stands_in_place_of_the_earlier(read):
    reading = read([*ready(), order(84, "08:28")], "08:30")
    assert (reading.ordered_mg, reading.devices_needed) == (84, 3)


def test_a_paper_may_say_any_whole_devices_up_to_one_above_the_most(protocol, shelf):
    assert paper_doses(protocol, allowed=[56]) == [28, 84, 112]
    assert paper_doses(shelf.protocol("ketamine-iv"), allowed=[]) == []


def test_an_order_without_its_parts_opens_nothing(read):
    told = [*without(ready(), "order"), fact("order", {"signed": True}, "08:25")]
    reading = read(told, "08:30")
    assert (reading.ordered_mg, reading.devices_needed) == (0, 0)
    assert "order-product" in {gate.id for gate in reading.open_gates}
    assert "order-dose" in {gate.id for gate in reading.open_gates}


def test_a_visit_without_a_number_allows_no_dose(read):
    unnumbered = fact("session", {"product": "esketamine-nasal"}, "08:15")
    reading = read([*without(ready(), "session"), unnumbered], "08:30")
    gate = next(each for each in reading.gates if each.id == "order-dose")
    assert gate.missing == ["session"]
    odd = fact("session", "fifth", "08:15")
    assert read([*without(ready(), "session"), odd], "08:30").number is None


def test_a_reading_that_is_no_number_gives_no_rise(read):
    told = [
        *ready(),
        device(1, "08:33"),
        fact("bp.systolic", "high", "09:14"),
    ]
    assert "bp.systolic.rise" in read(told, "09:15").moment.derived
    assert read(told, "09:15").moment.derived["bp.systolic.rise"].value is None


def test_a_failed_device_waits_for_an_order_and_a_replacement_opens_it_again(read):
    told = [*ready(), device(1, "08:33"), device(2, "08:38", outcome="failed")]
    reading = read(told, "08:44")
    assert (reading.next_device.number, reading.next_device.needs_order) == (2, True)
    assert reading.stage == "observing"
    unsigned = order(28, "08:44", replaces_device=2, signed=False)
    assert read([*told, unsigned], "08:44").next_device.needs_order
    spoken = order(28, "08:44", replaces_device=2, signed=False, telephone=True, read_back=True)
    assert read([*told, spoken], "08:44").next_device.is_ready
    assert "order-unsigned" in fired(read([*told, spoken], "08:44"))
    told.append(order(28, "08:44", replaces_device=2))
    reading = read(told, "08:44")
    assert reading.stage == "dosing"
    assert reading.next_device.is_ready
    assert reading.ordered_mg == 56
    told.append(device(2, "08:45", step=3))
    reading = read(told, "08:46")
    assert (reading.stage, reading.given_mg, reading.next_device) == ("observing", 56, None)
    assert reading.alerts == []


def test_an_older_telephone_order_owes_its_signature_too(read):
    spoken = order(56, "08:20", signed=False, telephone=True, read_back=True)
    seen = read([*ready(), spoken, order(84, "08:22")], "08:30")

    assert "order-unsigned" in fired(seen)
    assert seen.moment.derived["order.awaits-signature"].evidence == (spoken,)


@pytest.mark.parametrize("outcome", ["failed", "partly"])
def test_a_failed_or_partly_given_device_may_be_replaced_once(read, outcome):
    def replaceable(told):
        return replaceable_numbers(dosing(*_known(read(told, "08:44"))))

    told = [*ready(), device(1, "08:33"), device(2, "08:38", outcome=outcome)]
    assert replaceable(told) == [2]
    assert replaceable([*told, fact("patient-stopped", True, "08:39")]) == []
    told.append(order(28, "08:41", replaces_device=2, signed=False))
    assert replaceable(told) == []


def _known(reading):
    return reading.protocol, reading.moment.by_code


def test_the_order_for_a_replacement_must_come_after_the_failure(read):
    told = [*ready(), order(28, "08:30", replaces_device=1), device(1, "08:33", outcome="failed")]
    reading = read(told, "08:40")
    assert reading.next_device.number == 2
    assert reading.may_end_undosed


def test_a_failed_device_given_again_without_an_order_is_told(read):
    told = [*ready(), device(1, "08:33", outcome="failed"), device(1, "08:39", step=2)]
    assert "dose-not-ordered" in fired(read(told, "08:40"))


def test_a_partly_given_device_counts_for_the_clock_and_not_for_the_milligrams(read):
    told = [*ready(), device(1, "08:33"), device(2, "08:38", outcome="partly")]
    reading = read(told, "08:50")
    assert (reading.given_mg, reading.partly_given, reading.stage) == (28, 1, "observing")
    assert reading.last_dose_at == at("08:38")
    assert reading.next_device is None


def test_a_refused_device_starts_no_rest_and_no_clock(read):
    told = [*ready(), device(1, "08:33", outcome="refused")]
    reading = read(told, "08:34")
    assert (reading.stage, reading.first_dose_at) == ("before-dose", None)
    assert reading.next_device.number == 2
    assert reading.next_device.is_ready


def test_the_patient_stops_and_observation_runs_from_the_last_device_given(read):
    told = [*ready(), device(1, "08:33"), fact("patient-stopped", True, "08:36")]
    reading = read(told, "08:40")
    assert (reading.stage, reading.is_stopped, reading.next_device) == ("observing", True, None)
    assert reading.release.earliest_at == at("10:33")
    assert "devices-settled" not in blocker_ids(reading)
    changed = [*told, fact("patient-stopped", False, "08:41")]
    assert read(changed, "08:42").next_device.number == 2


def test_a_patient_who_stops_before_any_device_may_end_undosed(read):
    reading = read([*ready(), fact("patient-stopped", True, "08:31")], "08:32")
    assert reading.may_end_undosed
    assert reading.next_device is None
    assert reading.stage == "before-dose"
    assert not reading.release.may_release
    failed = [
        *ready(),
        device(1, "08:33", outcome="failed"),
        fact("patient-stopped", True, "08:34"),
    ]
    assert read(failed, "08:35").next_device is None


def test_leaving_is_blocked_while_a_device_is_open(read):
    told = [*ready(), device(1, "08:33"), *leaving("10:30")]
    assert blocker_ids(read(told, "10:40")) == {"devices-settled"}


def test_a_device_nobody_ordered_is_kept_and_told(read):
    told = [*without(ready(), "order"), device(1, "08:33")]
    reading = read(told, "08:34")
    assert {"dose-not-ordered", "dose-outside-gate"} <= fired(reading)
    assert reading.stage == "observing"


def test_facts_arriving_in_any_order_tell_the_same_story(read):
    told = [*dosed(), *vitals("09:13"), *leaving()]
    forward, backward = read(told, "10:38"), read(told[::-1], "10:38")
    assert forward.due == backward.due
    assert forward.release.may_release
    assert backward.release.may_release
    assert [mark.number for mark in backward.devices] == [1, 2]


def test_a_failed_first_device_shuts_no_gate_for_good(read):
    told = [*without(ready(), "consent.seen"), device(1, "08:33", outcome="failed")]
    told.append(order(28, "08:36", replaces_device=1))
    assert not read(told, "08:40").next_device.is_ready
    told.append(fact("consent.seen", True, "08:40"))
    assert read(told, "08:40").next_device.is_ready
    assert fired(read(told, "08:40")) == set()


def test_a_stop_that_was_taken_back_stops_nothing(read):
    told = [
        *ready(dose_mg=84),
        device(1, "08:33"),
        fact("patient-stopped", value=True, time="08:36"),
    ]
    assert read(told, "08:37").is_stopped
    assert not read([*told, fact("patient-stopped", value=False, time="08:38")], "08:39").is_stopped


def test_a_device_that_names_no_number_is_no_device_of_the_order(protocol):
    nameless = fact("device", {"outcome": "given"}, "08:33")
    assert [mark.number for mark in dosing(protocol, {"device": [nameless]}).marks] == [0]


def state(protocol, *told: Fact) -> Dosing:
    return dosing(protocol, Chart.of(told).by_code)


def upcoming(protocol, found: Dosing, now: str, **more: Sequence[str]) -> NextDevice:
    waiting = next_device(protocol, found, now=at(now), **more)
    assert waiting is not None
    return waiting


def test_doses_in_milligrams_are_added_to_the_devices_as_much_of_each_as_was_given(protocol):
    told = [
        device(1, "08:33"),
        fact("dose", {"outcome": "given", "mg": 35}, "08:40"),
        fact("dose", {"outcome": "given"}, "08:41"),
        fact("dose", {"outcome": "partly", "mg": 10}, "08:42"),
        fact("dose", {"outcome": "refused", "mg": 0}, "08:43"),
    ]

    assert state(protocol, *told).given_mg == 28 + 35 + 10


def test_a_protocol_without_devices_needs_none_and_says_so_when_asked(shelf):
    infused = shelf.protocol("ketamine-iv")

    assert state(infused, order(56)).devices_needed == 0
    with pytest.raises(InputError, match="is not given by devices"):
        devices_of(infused)


def test_a_patient_who_takes_back_the_stop_goes_on(protocol):
    told = [fact("patient-stopped", True, "08:40"), fact("patient-stopped", False, "08:41")]

    assert state(protocol, *told).stopped is None
    assert state(protocol, *told[:1]).stopped == told[0]


def test_of_two_stops_the_newest_is_the_one_that_is_told(protocol):
    told = [fact("patient-stopped", True, "08:40"), fact("patient-stopped", True, "08:42")]

    assert state(protocol, *told).stopped == told[1]


def test_a_device_without_a_number_is_none_of_those_ordered(protocol):
    mark = fact("device", {"outcome": "given"}, "08:33")

    found = state(protocol, order(56), mark)

    assert [(each.number, each.dose_mg) for each in found.marks] == [(0, 0)]
    assert [each.fact for each in not_ordered(found)] == [mark]


def test_an_order_of_the_same_minute_as_the_failure_replaces_the_device(protocol):
    failure = device(1, "08:33", outcome="failed")
    found = state(protocol, order(28), failure, order(28, "08:33", replaces_device=1))

    assert open_numbers(found) == [1]
    assert replaceable_numbers(found) == []


def test_an_order_in_place_of_another_device_replaces_nothing_of_this_one(protocol):
    failures = [device(1, "08:33", outcome="failed"), device(2, "08:38", outcome="failed")]
    found = state(protocol, order(56), *failures, order(28, "08:39", replaces_device=2))

    assert replaceable_numbers(found) == [1]


@pytest.mark.parametrize("said", [{"telephone": True}, {"read_back": True}])
def test_a_word_by_telephone_that_was_not_read_back_is_no_order(said):
    assert not stands(order(28, signed=False, **said))
    assert stands(order(28, signed=False, telephone=True, read_back=True))


def test_no_device_waits_for_a_replacement_once_the_patient_stopped(protocol):
    told = [order(56), device(1, "08:33", outcome="failed"), fact("patient-stopped", True, "08:35")]

    assert failed_numbers(state(protocol, *told)) == []


def test_the_first_of_several_devices_is_next(protocol):
    assert upcoming(protocol, state(protocol), "08:30").number == 1
    assert upcoming(protocol, state(protocol, order(84)), "08:30").number == 1


def test_the_first_of_two_failed_devices_is_named_and_not_ready(protocol):
    failures = [device(1, "08:33", outcome="failed"), device(2, "08:38", outcome="failed")]

    waiting = upcoming(protocol, state(protocol, order(56), *failures), "08:50")

    assert (waiting.number, waiting.is_ready, waiting.needs_order) == (1, False, True)
    assert waiting.reason.startswith("Device 1 failed")


def test_the_rest_is_told_before_the_gates_that_stand(protocol):
    found = state(protocol, order(56), device(1, "08:33"))

    waiting = upcoming(protocol, found, "08:35", standing=["First.", "Second."])

    assert waiting.reason == "5 minutes' rest after the last device. First. Second."


def test_the_shortest_rest_is_told_in_minutes(protocol):
    told = [device(1, "08:33"), device(2, "08:38"), device(3, "08:45")]

    assert shortest_rest_min(state(protocol, *told)) == 5
    assert shortest_rest_min(state(protocol, *told[:1])) is None
