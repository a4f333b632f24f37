"""What is recorded against a product stops each dose, by the criterion of its own set."""

from dataclasses import replace
from uuid import uuid4

import pytest

from serein.clinical import library
from serein.clinical.monitoring import read_session
from tests.clinical.chart import at, device, fact, fired, gate, ready, without
from tests.clinical.planting import planted, problems
from tests.clinical.test_other_protocols import LIBRARY, closed, here, read

US = "contraindications-esketamine-us"
RACEMIC = "contraindications-ketamine"


@pytest.mark.parametrize(
    ("code", "value", "criterion"),
    [
        ("history.aneurysm", True, "aneurysm"),
        ("hypersensitivity.ketamine", True, "hypersensitivity"),
        ("birth-date", "2009-06-01", "adult"),
        ("diagnosis", "bipolar-1", "unipolar"),
    ],
)
def test_one_thing_on_file_stops_the_dose_and_names_fact_and_source(code, value, criterion):
    told = [*ready(), fact(code, value, "08:00", encounter=None)]
    reading = read("esketamine-trd-us", told, "08:30")

    [finding] = reading.open_gates
    assert finding.id == f"{US}.{criterion}"
    assert finding.evidence[0].code == code
    assert finding.source.title.startswith(("Spravato", "Limits of use"))
    assert not reading.next_device.is_ready


def test_what_was_never_asked_stands_in_no_doses_way():
    assert read("esketamine-trd-us", ready(), "08:30").next_device.is_ready


def test_a_word_of_the_chart_lasts_and_one_of_an_earlier_visit_does_not():
    use = fact("substance-use.active", True, "07:00", encounter=None)
    word = {"decision": "go-ahead", "reason": "In treatment", "by_role": "prescriber"}
    chart = fact("decision.substance-use", {**word, "policy": US}, "07:30", encounter=None)
    earlier = fact(f"decision.{US}.substance-use", word, "07:30", encounter=uuid4())
    held = f"{US}.substance-use"

    assert held in closed(read("esketamine-trd-us", [*ready(), use, earlier], "08:30"))
    assert not closed(read("esketamine-trd-us", [*ready(), use, chart], "08:30"))
    again = replace(use, id=uuid4(), effective_at=at("08:00"), recorded_at=at("08:00"))
    assert held in closed(read("esketamine-trd-us", [*ready(), use, chart, again], "08:30"))


def test_a_word_on_a_criterion_answers_no_question_of_that_name_in_the_visit():
    asked = without(ready(), "pregnancy")
    word = {"decision": "go-ahead", "reason": "Weighed with her", "by_role": "prescriber"}
    chart = fact("decision.pregnancy", {**word, "policy": US}, "08:26")
    told = [*asked, fact("pregnancy", "yes", "08:16"), chart]

    assert "pregnancy" in closed(read("esketamine-trd-us", told, "08:30"))


def test_a_finding_between_two_devices_holds_the_second():
    told = [*ready(), device(1, "08:33"), fact("history.aneurysm", True, "08:36")]
    reading = read("esketamine-trd-us", told, "08:45")

    assert closed(reading) == {f"{US}.aneurysm"}
    assert not reading.next_device.is_ready
    assert "dose-outside-gate" not in fired(reading)


def test_a_device_given_past_a_contraindication_calls_somebody():
    told = [fact("history.aneurysm", True, "08:00"), *ready(), device(1, "08:33")]

    assert "dose-outside-gate" in fired(read("esketamine-trd-us", told, "08:34"))


def test_bipolar_without_a_word_of_a_stabiliser_waits_for_an_answer():
    told = [*here(35), fact("diagnosis", "bipolar-1", "08:00")]
    reading = read("ketamine-iv", told, "08:30")

    held = gate(reading, f"{RACEMIC}.stabiliser")
    assert (held.verdict, held.missing) == ("unknown", ["mood-stabiliser.is-therapeutic"])


def test_the_hash_that_is_adopted_covers_what_stands_against_the_product(folder):
    planted(folder, ('against = ["contraindications-esketamine-us.v1"', 'against = ["own.v1"'))
    (folder / "policies").mkdir()
    own = folder / "policies" / "own.v1.toml"
    text = (library.PACKAGED / "policies" / f"{US}.v1.toml").read_text().replace(US, "own", 1)
    cases = folder / "protocols" / "mine-day.v1.toml"
    cases.write_text(cases.read_text().replace(US, "own"))
    own.write_text(text)
    before = library.load(folder).file("mine").sha256
    own.write_text(text + "\n# a word more\n")

    assert library.load(folder).file("mine").sha256 != before


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("nothing.v1", "no policy is called 'nothing' version 1"),
        ("trd-label-us.v1", "trd-label-us.v1 speaks of outcomes or of trials"),
    ],
)
def test_a_set_that_no_treatment_day_can_judge_is_refused(folder, named, reason):
    planted(folder, (f'against = ["{US}.v1"', f'against = ["{named}"'))

    [found] = [one for one in problems(folder) if one[0] == "protocols/mine.v1.toml"]
    assert found[1] == "against"
    assert found[2].startswith(reason)


def test_what_the_visit_asked_and_holds_already_is_not_held_twice():
    told = [*without(here(35), "mania.current"), fact("mania.current", True, "08:16")]

    assert closed(read("ketamine-iv", told, "08:30")) - closed(
        read("ketamine-iv", here(35), "08:30")
    ) == {"mania"}


def test_what_surveillance_holds_is_held_once_beside_the_set_that_holds_it_too():
    told = [*ready(), fact("pregnancy.now", "yes", "08:00")]
    assert closed(read("esketamine-trd-us", told, "08:30")) == {f"{US}.pregnancy"}

    told = [*ready(), fact("pregnancy.test", "positive", "08:00")]
    reading = read("esketamine-trd-us", told, "08:30")
    [held] = reading.open_gates
    assert (held.id, held.waiver, held.text[:5]) == ("long-term.pregnant", "prescriber", "Held:")


def test_what_nobody_may_decide_is_never_hidden_behind_what_somebody_may():
    told = [*without(here(35), "mania.current"), fact("mania.current", True, "08:16")]
    of = LIBRARY.protocol("ketamine-iv")
    strict = [replace(each, waiver="never") for each in of.contraindications]
    reading = read_session(
        replace(of, contraindications=tuple(strict)),
        told,
        now=at("08:30"),
        dictionary=LIBRARY.dictionary,
    )

    assert {"mania", f"{RACEMIC}.mania"} <= closed(reading)


def test_what_of_a_chart_stands_against_a_dose_is_named_with_the_words_on_it():
    codes = LIBRARY.protocol("esketamine-trd-us").chart_codes
    assert {"history.aneurysm", "hypersensitivity.ketamine", "decision.aneurysm"} <= codes
