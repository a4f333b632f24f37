"""What the protocols beside the first one ask: by age, weight and route, and for which reason."""

from datetime import timedelta

import pytest

from serein.clinical import library
from serein.clinical.dosing import allowed_doses, devices_for
from serein.clinical.errors import InputError
from serein.clinical.history import history
from serein.clinical.monitoring import read_session
from tests.clinical.chart import (
    ANSWERS,
    at,
    fact,
    facts,
    fired,
    gate,
    go_ahead,
    leaving,
    order,
    seated,
    vitals,
    without,
)

LIBRARY = library.load()
WEIGHED = [each for each in LIBRARY.shelf.of_kind("protocol") if each.limits]
ON_SITE = {"site.airway-clinician": True, "site.acls-clinician": True, "mania.current": False}
GONE_ON = {"continuation.reason": "Half better"}


def read(protocol_id, told, time):
    protocol = LIBRARY.protocol(protocol_id)
    return read_session(protocol, told, now=at(time), dictionary=LIBRARY.dictionary)


def days_earlier(told, days):
    """The same fact so many days before the session, of no visit."""
    then = told.effective_at - timedelta(days=days)
    return told.__class__(told.id, told.code, told.value, then, then, by="case")


def ordered(dose_mg, *, route="iv", **more):
    return order(dose_mg, product="ketamine", route=route, **more)


def here(dose_mg, *, weight=70, route="iv", number=3):
    """A patient of this weight with everything in order and this order."""
    visit = fact("session", {"number": number, "product": "ketamine"}, "08:15")
    said = {**without_spray(), **ON_SITE, "weight": weight}
    return [visit, *facts("08:16", said), *vitals("08:20"), ordered(dose_mg, route=route)]


def without_spray():
    return {
        code: value for code, value in ANSWERS.items() if not code.startswith(("rems", "nasal"))
    }


def closed(reading):
    return {each.id for each in reading.gates if not each.is_met}


def pump(step, time, **more):
    return fact("infusion", {"step": step, **more}, time)


RUNNING = pump("start", "08:33", rate_ml_per_h=52.5, mg_per_ml=1)

PREPARED = {
    "preparation": {
        "weight_kg": 70,
        "lot": "K100",
        "vial_mg_per_ml": 50,
        "dose_mg": 35,
        "diluent_ml": 100,
        "minutes": 40,
        "ml_per_h": 151.05,
    },
    "preparation.check": {"weight_kg": 70, "lot": "K100", "ml_per_h": 151},
}


@pytest.mark.parametrize(("born", "doses"), [("1960-10-15", [56]), ("1960-10-14", [28])])
def test_the_65th_birthday_decides_the_first_dose_in_the_eu(born, doses):
    told = [fact("birth-date", born, "08:00"), seated(1)]
    protocol = LIBRARY.protocol("esketamine-trd-eu")
    moment = read("esketamine-trd-eu", told, "08:30").moment
    assert allowed_doses(protocol, 1, moment=moment) == doses


def test_while_the_age_is_unknown_nobody_can_say_which_dose_is_allowed():
    protocol = LIBRARY.protocol("esketamine-trd-eu")
    assert allowed_doses(protocol, 1, moment=history([], now=at("08:30"))) == []
    found = gate(read("esketamine-trd-eu", [seated(1), order(28)], "08:30"), "order-dose")
    assert (found.verdict.value, found.judgement.missing) == ("unknown", ("birth-date",))


@pytest.mark.parametrize("protocol_id", ["esketamine-mdsi-us", "esketamine-emergency-eu"])
@pytest.mark.parametrize(("days", "verdict"), [(59, "met"), (61, "unknown")])
def test_a_reason_for_the_lower_dose_lasts_for_the_course_and_no_longer(protocol_id, days, verdict):
    reason = days_earlier(fact("tolerability.reason", "Vomited", "08:00"), days)
    born = fact("birth-date", "1980-05-01", "08:00")
    reading = read(protocol_id, [seated(), order(56), reason, born], "08:30")
    assert gate(reading, "dose-reason").verdict.value == verdict
    full = read(protocol_id, [seated(), order(84)], "08:30")
    assert gate(full, "dose-reason").is_met


@pytest.mark.parametrize("protocol_id", ["esketamine-mdsi-us", "esketamine-emergency-eu"])
def test_beyond_four_weeks_a_reason_is_written_and_no_word_stands_for_it(protocol_id):
    told = [seated(9), order(84), go_ahead("continuation-reason", "08:26")]
    assert not gate(read(protocol_id, told, "08:30"), "continuation-reason").is_met
    told += facts("08:27", GONE_ON)
    assert gate(read(protocol_id, told, "08:30"), "continuation-reason").is_met


@pytest.mark.parametrize("protocol", WEIGHED, ids=lambda each: each.id)
def test_nobody_overrides_the_hard_limit_of_a_dose_by_weight(protocol):
    too_much = int(protocol.limits.hard_mg_per_kg * 70) + 1
    told = here(too_much, route=protocol.route)
    told += [go_ahead("dose-hard-limit", "08:26"), go_ahead("dose-soft-limit", "08:26")]
    found = gate(read(protocol.id, told, "08:30"), "dose-hard-limit")
    assert (found.verdict.value, found.waiver, found.is_met) == ("unmet", "never", False)


@pytest.mark.parametrize("protocol", WEIGHED, ids=lambda each: each.id)
def test_a_hard_limit_in_mg_holds_whatever_the_weight(protocol):
    told = here(int(protocol.limits.hard_mg) + 1, weight=400, route=protocol.route)
    assert gate(read(protocol.id, told, "08:30"), "dose-hard-limit").verdict.value == "unmet"


@pytest.mark.parametrize("protocol", WEIGHED, ids=lambda each: each.id)
def test_above_the_soft_limit_a_prescriber_gives_the_reason_and_nobody_else(protocol):
    told = here(int(protocol.limits.soft_mg_per_kg * 70) + 1, route=protocol.route)
    nurse = go_ahead("dose-soft-limit", "08:26", by_role="nurse")
    wordless = go_ahead("dose-soft-limit", "08:26", reason=" ")
    for word in ([], [nurse], [wordless]):
        assert not gate(read(protocol.id, [*told, *word], "08:30"), "dose-soft-limit").is_met
    given = read(protocol.id, [*told, go_ahead("dose-soft-limit", "08:26")], "08:30")
    assert gate(given, "dose-soft-limit").is_met


@pytest.mark.parametrize("protocol", WEIGHED, ids=lambda each: each.id)
def test_a_weight_too_old_holds_the_dose_and_nobody_waives_it(protocol):
    days = protocol.limits.weight_days
    fresh = here(35, route=protocol.route)
    weighed = fact("weight", 70, "08:16")
    for age, verdict in ((days - 1, "met"), (days + 1, "unknown")):
        told = [*without(fresh, "weight"), days_earlier(weighed, age)]
        told.append(go_ahead("weight-recent", "08:26"))
        assert gate(read(protocol.id, told, "08:30"), "weight-recent").verdict.value == verdict


@pytest.mark.parametrize("protocol", WEIGHED, ids=lambda each: each.id)
def test_the_usual_dose_on_its_own_route_opens_every_gate_and_another_route_none(protocol):
    option = protocol.doses[0]
    usual = option.allowed_mg[0] if option.allowed_mg else int(option.usual_mg_per_kg[0] * 70)
    checked = facts("08:28", PREPARED) if protocol.infusion else []
    told = [*here(usual, route=protocol.route), *checked]
    assert closed(read(protocol.id, told, "08:30")) == set()
    other = "im" if protocol.route != "im" else "iv"
    told = [*here(usual, route=other), *checked]
    assert closed(read(protocol.id, told, "08:30")) == {"order-route"}


def test_racemic_ketamine_is_no_order_of_an_esketamine_protocol():
    told = [seated(), *facts("08:16", ANSWERS), *vitals("08:20"), ordered(56, route="nasal")]
    reading = read("esketamine-trd-us", told, "08:30")
    assert closed(reading) == {"order-product"}
    assert not reading.next_device.is_ready


@pytest.mark.parametrize("pause", [[], [pump("pause", "08:50")]], ids=["running", "paused"])
def test_an_infusion_that_is_not_over_is_never_observed_time(pause):
    reading = read("ketamine-iv", [*here(35), RUNNING, *pause, *leaving()], "12:00")
    assert reading.stage == "dosing"
    assert reading.moment.derived["observed-min"].value is None
    assert reading.minutes_since_last is None
    assert not reading.release.may_release
    assert reading.release.earliest_at is None


def test_milligrams_of_an_infusion_come_from_the_pump_and_never_from_the_plan():
    told = [*here(35), RUNNING, pump("stop", "09:04")]
    assert read("ketamine-iv", told, "08:34").given_mg == pytest.approx(52.5 / 60, abs=0.01)
    assert read("ketamine-iv", told, "12:00").given_mg == pytest.approx(52.5 * 31 / 60, abs=0.01)


def test_the_end_of_the_bag_is_due_and_late_as_a_late_record_is():
    bag = pump("start", "08:33", rate_ml_per_h=52.5, mg_per_ml=1, dose_mg=35)
    for time, state in (("09:00", "later"), ("09:13", "due"), ("09:18", "overdue")):
        due = {one.id: one for one in read("ketamine-iv", [*here(35), bag], time).due}
        assert (due["infusion-end"].due_at, due["infusion-end"].state) == (at("09:13"), state)
    stopped = [*here(35), bag, pump("stop", "09:10")]
    assert "infusion-end" not in {one.id for one in read("ketamine-iv", stopped, "09:20").due}


def test_the_end_of_the_infusion_starts_the_clock():
    told = [*here(35), RUNNING, pump("stop", "09:13"), *leaving("11:00")]
    assert read("ketamine-iv", told, "11:12").release.earliest_at == at("11:13")
    assert not read("ketamine-iv", told, "11:12").release.may_release
    assert read("ketamine-iv", told, "11:13").release.may_release


def test_a_second_injection_starts_the_clock_again():
    first = fact(
        "dose", {"number": 1, "outcome": "given", "mg": 20, "product": "ketamine"}, "08:33"
    )
    second = fact(
        "dose", {"number": 2, "outcome": "partly", "mg": 15, "product": "ketamine"}, "08:50"
    )
    refused = fact("dose", {"number": 3, "outcome": "refused", "product": "ketamine"}, "09:00")
    reading = read("ketamine-im", [*here(35, route="im"), first, second, refused], "09:10")
    assert reading.release.earliest_at == at("10:50")
    assert reading.given_mg == 20 + 15, "of what was given in part, as much as was given"
    assert "dose-outside-gate" not in fired(reading)


def test_where_there_are_no_devices_none_is_counted_and_none_is_next():
    protocol = LIBRARY.protocol("ketamine-iv")
    with pytest.raises(InputError, match="is not given by devices; its dose is ordered in mg"):
        devices_for(protocol, 56)
    reading = read("ketamine-iv", here(35), "08:30")
    assert (reading.next_device, reading.devices_needed) == (None, 0)


def test_before_the_dose_the_latest_wait_says_when_it_may_be_given():
    told = [*here(35), fact("intake.food", True, "06:45"), fact("intake.fluids", True, "08:10")]
    assert read("ketamine-iv", told, "08:30").earliest_dose_at == at("08:45")
    assert read("ketamine-iv", here(35), "08:30").earliest_dose_at == at("08:30")


def test_the_end_of_a_wait_is_when_the_session_is_read_again():
    told = [*here(35), fact("intake.food", True, "06:45")]
    reading = read("ketamine-iv", told, "08:30")
    assert reading.next_change_at == reading.earliest_dose_at == at("08:45")


def test_after_the_dose_or_the_visit_no_time_stands_before_another():
    told = [*here(35), RUNNING]
    assert read("ketamine-iv", told, "08:40").earliest_dose_at is None
    ended = fact("session.ended", {"ending": "not-dosed"}, "08:31")
    assert read("ketamine-iv", [*here(35), ended], "08:40").earliest_dose_at is None


def test_between_two_devices_the_rest_says_it():
    device = {"number": 1, "step": 1, "product": "esketamine-nasal", "dose_mg": 28, "lot": "A"}
    told = [seated(), order(56), fact("device", {**device, "outcome": "given"}, "08:33")]
    assert read("esketamine-trd-us", told, "08:35").earliest_dose_at == at("08:38")


def test_the_call_device_of_racemic_ketamine_is_called_one():
    gates = LIBRARY.protocol("ketamine-im").gates
    texts = {each.id: each.text for each in gates}
    assert texts["call-device"] == "The call device was shown to work"


def test_after_the_third_infusion_three_without_gain_are_told_from_two():
    points = LIBRARY.protocol("ketamine-iv").decisions
    (third,) = (each for each in points if each.id == "three-without-gain")
    assert third.after_session == 3
    assert third.marks.checked
    assert third.marks.source.title == "When further infusions bring no more gain (2024)"
    assert "no more by the sixth" in third.text
    assert "two in a row without it patients still improved later" in third.text


@pytest.mark.parametrize("dose_mg", [30, 40])
def test_under_the_tongue_the_soft_limit_can_be_reached_by_a_dose_of_the_protocol(dose_mg):
    under = without(here(dose_mg, route="sublingual"), "site.acls-clinician")
    reading = read("ketamine-sublingual", under, "08:30")
    assert gate(reading, "order-dose").verdict == "met"
    assert gate(reading, "dose-soft-limit").verdict == "unmet"
    assert gate(reading, "dose-hard-limit").verdict == "met"
    first = [*under[1:], fact("session", {"number": 1, "product": "ketamine"}, "08:15")]
    assert gate(read("ketamine-sublingual", first, "08:30"), "order-dose").verdict == "unmet"


def test_how_long_a_dose_is_held_under_the_tongue_stands_on_the_protocol():
    warnings = {each.id: each.text for each in LIBRARY.protocol("ketamine-sublingual").warnings}
    assert "five minutes" in warnings["held"]


@pytest.mark.parametrize("protocol", WEIGHED, ids=lambda each: each.id)
def test_attention_deficit_is_not_followed_by_a_scale_of_depression_alone(protocol):
    [adhd] = [each for each in protocol.indications if each.id == "adhd"]
    assert adhd.scales == ("sds", "phq-9")


def test_what_is_over_the_order_is_counted_since_the_newest_one_and_calls_each_minute():
    given = {"number": 1, "outcome": "given", "mg": 35, "product": "ketamine"}
    first = fact("dose", given, "08:38")
    second = {**given, "number": 2, "mg": 40}
    told = [*here(35, route="im"), first, order_again(40), fact("dose", second, "09:00")]
    assert "dose-over-order" not in fired(read("ketamine-im", told, "09:01"))

    more = fact("dose", {**second, "number": 3, "mg": 10}, "09:02")
    assert "dose-over-order" in fired(read("ketamine-im", [*told, more], "09:03"))

    unordered = without([*here(35, route="im"), first], "order")
    assert "dose-over-order" in fired(read("ketamine-im", unordered, "08:39"))

    running = [*here(35), RUNNING]
    reading = read("ketamine-iv", running, "08:50")
    assert reading.next_change_at == at("08:51")
    assert "dose-over-order" not in fired(reading)
    assert "dose-over-order" in fired(read("ketamine-iv", running, "09:16"))


def order_again(dose_mg):
    return order(dose_mg, "08:55", product="ketamine", route="im")
