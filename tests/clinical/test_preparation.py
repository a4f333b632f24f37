"""The second check: what two people entered apart from each other, and when it counts."""

import pytest

from serein.clinical import library
from serein.clinical.preparation import differences
from tests.clinical.chart import at, fact
from tests.clinical.test_other_protocols import PREPARED, here, pump, read

FIRST = PREPARED["preparation"]
SAME = PREPARED["preparation.check"]


def within():
    found = library.load().protocol("ketamine-iv").second_check
    assert found is not None
    return found


def checked(*, prepared_at="08:27", checked_at="08:28", prepared=FIRST, check=SAME):
    made = [fact("preparation", prepared, prepared_at)]
    return [*made, *([fact("preparation.check", check, checked_at)] if check else [])]


def verdict(*told):
    reading = read("ketamine-iv", [*here(35), *told], "08:30")
    return next(one for one in reading.gates if one.id == "second-check").verdict.value


def test_what_agrees_has_no_differences():
    assert differences(FIRST, SAME, within=within()) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"weight_kg": 700}, ["Weight: 70 kg prepared, 700 kg checked"]),
        ({"weight_kg": 70.6}, ["Weight: 70 kg prepared, 70.6 kg checked"]),
        ({"weight_kg": 69.4}, ["Weight: 70 kg prepared, 69.4 kg checked"]),
        ({"weight_kg": 70.5}, []),
        ({"lot": "K101"}, ["Lot: K100 prepared, K101 checked"]),
        ({"lot": " k 100 "}, []),
        ({"ml_per_h": 15.1}, ["Rate: 151.05 mL/h prepared, 15.1 mL/h checked"]),
        ({"ml_per_h": 152.5}, []),
        ({"ml_per_h": 152.6}, ["Rate: 151.05 mL/h prepared, 152.6 mL/h checked"]),
        ({"ml_per_h": 149.5}, ["Rate: 151.05 mL/h prepared, 149.5 mL/h checked"]),
    ],
)
def test_a_difference_is_told_to_both_with_both_values(changed, said):
    found = differences(FIRST, {**SAME, **changed}, within=within())
    assert [one.sentence for one in found] == said


def test_every_difference_is_told_at_once():
    found = differences(FIRST, {"weight_kg": 7, "lot": "x", "ml_per_h": 1}, within=within())
    assert [one.what for one in found] == ["Weight", "Lot", "Rate"]


def test_the_start_waits_until_somebody_has_prepared_and_somebody_has_checked():
    assert verdict() == "unknown"
    assert verdict(*checked(check=None)) == "unknown"
    assert verdict(*checked()) == "met"


def test_a_check_that_disagrees_holds_the_start_until_one_agrees():
    wrong = {**SAME, "weight_kg": 700}
    assert verdict(*checked(check=wrong)) == "unmet"
    assert verdict(*checked(check=wrong), fact("preparation.check", SAME, "08:29")) == "met"


def test_what_was_prepared_anew_is_checked_anew():
    again = fact("preparation", {**FIRST, "lot": "K200"}, "08:29")
    assert verdict(*checked(), again) == "unknown"


def test_a_preparation_of_an_earlier_order_is_void():
    assert verdict(*checked(prepared_at="08:24", checked_at="08:24")) == "unknown"
    assert verdict(*checked(prepared_at="08:25")) == "met", "made in the minute of its order"


def test_a_preparation_of_another_dose_than_ordered_is_void():
    assert verdict(*checked(prepared={**FIRST, "dose_mg": 350})) == "unknown"


def test_esketamine_has_no_second_check():
    assert library.load().protocol("esketamine-trd-us").second_check is None


def next_of(*told, protocol="ketamine-iv", now="08:30"):
    return read(protocol, told, now).next_dose


def test_before_an_order_the_next_dose_asks_for_one():
    told = [one for one in here(35) if one.code != "order"]
    waiting = next_of(*told)
    assert (waiting.mg, waiting.is_ready, waiting.needs_order) == (None, False, True)
    assert waiting.reason == "No dose is ordered yet."


def test_a_gate_that_is_shut_stands_before_it_by_name():
    waiting = next_of(*here(35))
    assert (waiting.mg, waiting.is_ready) == (35, False)
    assert waiting.reason == "A second person's own weight, lot and rate agree with the preparation"


def test_with_everything_open_it_may_be_given():
    ready = next_of(*here(35), *checked())
    assert (ready.mg, ready.is_ready, ready.reason) == (35, True, "")


def test_an_infusion_uses_its_order_up_and_a_new_order_opens_another():
    run = [*here(35), *checked(), pump("start", "08:33", rate_ml_per_h=151, mg_per_ml=0.35)]
    assert next_of(*run, now="08:40") is None, "while it runs nothing else is next"
    stopped = [*run, pump("stop", "08:50")]
    assert next_of(*stopped, now="08:55") is None
    second = fact(
        "order", {"product": "ketamine", "dose_mg": 10, "route": "iv", "signed": True}, "08:56"
    )
    assert next_of(*stopped, second, now="08:57").mg == 10


def test_what_was_given_is_taken_off_the_order_and_what_was_refused_is_not():
    told = here(35, route="im")
    first = fact("dose", {"number": 1, "outcome": "given", "mg": 20}, "08:33")
    refused = fact("dose", {"number": 2, "outcome": "refused", "mg": 0}, "08:40")
    assert next_of(*told, protocol="ketamine-im").mg == 35
    assert next_of(*told, first, refused, protocol="ketamine-im", now="08:41").mg == 15
    rest = fact("dose", {"number": 3, "outcome": "given", "mg": 15}, "08:42")
    assert next_of(*told, first, rest, protocol="ketamine-im", now="08:43") is None


def test_who_has_stopped_gets_no_next_dose():
    stopped = fact("patient-stopped", True, "08:29")
    assert next_of(*here(35, route="im"), stopped, protocol="ketamine-im") is None


def test_a_visit_for_devices_has_no_other_next_dose():
    told = [fact("session", {"number": 1, "product": "esketamine"}, "08:15")]
    assert next_of(*told, protocol="esketamine-trd-us") is None


def test_the_check_counts_at_the_moment_it_was_made():
    reading = read("ketamine-iv", [*here(35), *checked()], "08:30")
    derived = reading.moment.derived["preparation.is-checked"]
    assert (derived.value, derived.at) == (True, at("08:28"))
    assert [one.code for one in derived.evidence] == ["preparation", "preparation.check"]
