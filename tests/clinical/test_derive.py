"""Values worked out of one session: what each says, since when, and the facts it rests on."""

from dataclasses import replace

import pytest

from serein.clinical import library
from serein.clinical.monitoring import read_session
from tests.clinical.chart import (
    at,
    corrected,
    device,
    dosed,
    fact,
    facts,
    order,
    ready,
    seated,
    vitals,
)

LIBRARY = library.load()
SPRAY, INFUSION = "esketamine-trd-us", "ketamine-iv"


def derived(code, told, time, protocol=SPRAY):
    reading = read_session(
        LIBRARY.protocol(protocol), told, now=at(time), dictionary=LIBRARY.dictionary
    )
    return reading.moment.derived[code]


def ordered(dose_mg, **more):
    return order(dose_mg, product="ketamine", route="iv", **more)


def test_whether_an_infusion_runs_rests_on_its_last_act():
    acts = [
        fact("infusion", {"step": "start", "rate_ml_per_h": 60, "mg_per_ml": 1}, "08:30"),
        fact("infusion", {"step": "pause"}, "08:40"),
        fact("infusion", {"step": "resume"}, "08:45"),
    ]
    found = derived("infusion.is-open", acts, "08:50", INFUSION)

    assert (found.value, found.evidence) == (True, (acts[-1],))


def test_a_second_seating_of_the_visit_says_which_session_it_is():
    told = [seated(5, "08:15"), seated(6, "08:25")]

    assert derived("session.number", told, "08:30").value == 6
    assert derived("session.number", told, "08:20").value == 5


def test_a_session_told_in_a_bare_word_has_no_number():
    told = [seated(5, "08:15"), fact("session", "yes", "08:25")]
    reading = read_session(
        LIBRARY.protocol(SPRAY), told, now=at("08:30"), dictionary=LIBRARY.dictionary
    )

    assert "session.number" not in reading.moment.derived


def test_a_dose_by_weight_is_told_to_three_decimals():
    told = [fact("weight", 75, "08:16"), ordered(25)]

    assert derived("order.mg-per-kg", told, "08:30", INFUSION).value == 0.333


def test_without_a_weight_the_dose_by_weight_is_unknown_and_names_it():
    order_only = ordered(35)
    found = derived("order.mg-per-kg", [order_only], "08:30", INFUSION)

    assert (found.value, found.missing, found.evidence) == (None, ("weight",), (order_only,))
    assert found.at == order_only.effective_at


def by_weight(dose_mg, mg_per_kg, **more):
    return ordered(dose_mg, mg_per_kg=mg_per_kg, weight_method="actual", **more)


def test_an_order_at_the_hard_limit_is_allowed_though_its_milligrams_are_rounded_up():
    told = [seated(3), fact("weight", 66.66, "08:16"), by_weight(66.7, 1.0, weight_kg=66.7)]

    assert derived("order.mg-per-kg", told, "08:30", INFUSION).value == 1.0
    found = derived("order.dose-is-allowed", told, "08:30", INFUSION)
    assert (found.value, found.evidence) == (True, (told[2], told[0], told[1]))


def test_by_another_weight_than_it_was_reckoned_from_the_order_is_reckoned_anew():
    wrong = fact("weight", 70, "08:16")
    told = [seated(3), wrong, by_weight(70, 1.0, weight_kg=70)]
    assert derived("order.dose-is-allowed", told, "08:30", INFUSION).value is True

    right = corrected(wrong, 50, "08:28")
    found = derived("order.dose-is-allowed", [*told, right], "08:30", INFUSION)

    assert (found.value, found.evidence[-1]) == (False, right)
    assert derived("order.mg-per-kg", [*told, right], "08:30", INFUSION).value == 1.4


@pytest.mark.parametrize(("dose_mg", "is_allowed"), [(100, None), (101, False)])
def test_without_a_weight_no_dose_is_allowed(dose_mg, is_allowed):
    found = derived("order.dose-is-allowed", [seated(3), ordered(dose_mg)], "08:30", INFUSION)

    assert (found.value, found.missing) == (is_allowed, ("weight",))


def test_an_allowed_dose_rests_on_the_order_and_the_session():
    told = [seated(2), order(56)]
    found = derived("order.dose-is-allowed", told, "08:30")

    assert (found.value, found.evidence[:2]) == (True, (told[1], told[0]))


def test_a_dose_for_others_only_is_known_not_to_be_allowed():
    """The EU label starts at 28 mg from 65 years on; a protocol of that alone has none before."""
    whole = LIBRARY.protocol("esketamine-trd-eu")
    older = tuple(each for each in whole.doses if each.is_of(1) and each.allowed_mg == (28,))
    told = [seated(1), order(28), fact("birth-date", "1980-01-01", "08:00")]
    of = replace(whole, doses=older)
    moment = read_session(of, told, now=at("08:30"), dictionary=LIBRARY.dictionary).moment
    found = moment.derived["order.dose-is-allowed"]

    assert (len(older), found.value, found.missing) == (1, False, ())


def test_devices_given_are_as_of_the_last_one():
    told = [*ready(), device(1, "08:33"), device(2, "08:38")]

    assert derived("devices.given", told, "08:40").at == at("08:38")


def test_a_rise_without_a_reading_is_unknown_and_names_it():
    for told in ([*ready(), device(1, "08:33")], []):
        found = derived("bp.systolic.rise", told, "08:40")
        assert (found.value, found.missing) == (None, ("bp.systolic",))


def test_danger_signs_are_as_of_the_newest():
    told = [
        *dosed(),
        fact("danger.chest-pain", True, "08:50"),
        fact("danger.confusion", True, "08:45"),
    ]
    found = derived("danger-signs.recorded", told, "09:00")

    assert (found.value, found.at) == (2, at("08:50"))


@pytest.mark.parametrize(
    ("seen", "is_unresolved"),
    [
        ([], False),
        (["normal"], False),
        (["slow-or-shallow"], True),
        (["slow-or-shallow", "normal"], False),
        (["normal", "needs-help"], True),
        (["normal", "slow-or-shallow", "normal"], False),
    ],
)
def test_breathing_is_unresolved_while_it_was_last_seen_wanting(seen, is_unresolved):
    told = [fact("breathing", value, f"08:4{n}") for n, value in enumerate(seen)]
    found = derived("breathing.is-unresolved", [*dosed(), *told], "08:50")

    assert (found.value, found.evidence) == (is_unresolved, tuple(told[-1:]))


WAY_HOME = {"transport.no-driving": True, "transport.way": "taxi", "transport.way-detail": "Ana"}


def test_another_way_home_is_safe_by_what_was_last_picked_and_since_then():
    told = [*facts("08:16", WAY_HOME), fact("transport.way-detail", "Ana Ruiz", "09:50")]
    found = derived("transport.other-is-safe", told, "10:00")

    assert (found.value, found.at) == (True, at("09:50"))
    assert {each.value for each in found.evidence} == {True, "taxi", "Ana Ruiz"}
    told.append(fact("transport.way-detail", "", "09:55"))
    assert derived("transport.other-is-safe", told, "10:00").missing == ("transport.way-detail",)


def test_a_patient_who_will_drive_has_no_safe_way_home_whatever_else_was_picked():
    drives = fact("transport.no-driving", False, "10:05")
    found = derived("transport.other-is-safe", [*facts("08:16", WAY_HOME), drives], "10:10")

    assert (found.value, found.evidence, found.missing) == (False, (drives,), ())


HELD = "alerts.holding"


def test_what_was_measured_at_the_first_device_itself_is_baseline_and_holds_nothing():
    told = [*ready(), *vitals("08:33", 185, 115), device(1, "08:33")]

    assert derived(HELD, told, "08:40").value == 0
    later = [*told, *vitals("08:36", 185, 115)]
    assert derived(HELD, later, "08:40").value > 0


def test_before_the_first_device_any_reading_that_calls_the_prescriber_now_holds_it():
    told = [*ready(), fact("sedation", 1, "08:30")]
    held = derived(HELD, told, "08:31")

    assert (held.value, held.at) == (1, at("08:30"))
    assert derived(HELD, [*told, fact("sedation", 5, "08:32")], "08:33").value == 0
    assert derived(HELD, [*told, device(1, "08:33")], "08:34").value == 0


def test_a_hold_is_as_of_its_newest_reading():
    told = [
        *ready(),
        device(1, "08:33"),
        *facts("08:35", {"bp.systolic": 185}),
        fact("spo2", 88, "08:37"),
    ]
    holding = derived(HELD, told, "08:40")

    assert (holding.value, holding.at) == (2, at("08:37"))
