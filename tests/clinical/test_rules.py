"""A rule promises nothing that its file does not say; the newest word is the one that stands."""

from dataclasses import replace

import pytest

from serein.clinical.criteria import MET, UNMET, Judgement, Moment, Source
from serein.clinical.facts import Chart
from serein.clinical.rules import Fired, Rule, decided, gathered
from serein.clinical.vocabulary import Place, Term, criterion
from tests.clinical.chart import at, fact, go_ahead

WHEN = criterion(
    {"fact": "spo2", "at_least": 93},
    terms={"spo2": Term("SpO2", "%")},
    place=Place("some.v1.toml", "rule.x.when"),
)


def test_a_rule_is_unchecked_and_holds_nothing_until_its_file_says_so():
    rule = Rule("oxygen", "Enough oxygen", WHEN, Source("A label"))

    said = (rule.checked, rule.policy, rule.is_for_every_device, rule.is_holding_device)
    assert said == (False, False, False, False)


@pytest.mark.parametrize(
    ("words", "stands"),
    [(("go-ahead", "wait"), False), (("wait", "go-ahead"), True)],
)
def test_the_newest_word_of_the_prescriber_stands(words, stands):
    reading = fact("spo2", 91, "08:00")
    told = [go_ahead("oxygen", f"08:0{n}", decision=word) for n, word in enumerate(words, 1)]
    moment = Moment(at("08:10"), Chart.of([reading, *told]).by_code)

    found = decided("oxygen", Judgement(UNMET, (reading,), (), ()), moment)

    assert (found == told[-1]) is stands
    assert WHEN.judge(moment).verdict is not MET


def corrected(old, value, time, *, entered="08:30"):
    return replace(
        fact(old.code, value, time), recorded_at=at(entered), source="correction", replaces=old.id
    )


@pytest.mark.parametrize(
    ("readings", "stands"),
    [
        ([("08:00", 91)], True),
        ([("08:00", 91), ("08:01", 91)], True),
        ([("08:00", 91), ("07:50", 91), ("08:07", 91)], True),
        ([("08:00", 91), ("08:00", 90)], False),
        ([("08:00", 91), ("08:01", 91), ("08:01", 90)], False),
        ([("08:00", 91), ("08:00", 90), ("08:01", 91)], False),
        ([("08:06", 91), ("08:06", 90), ("08:04", 90)], False),
    ],
)
def test_a_go_ahead_covers_the_value_it_was_said_of_at_its_right_time_and_no_other(
    readings, stands
):
    (time, value), *later = readings
    known = [fact("spo2", value, time)]
    for time, value in later:
        known.append(corrected(known[-1], value, time))
    word = go_ahead("oxygen", "08:05")
    entered = {one.id: one for one in (*known, word)}
    moment = Moment(at("08:40"), Chart.of(entered.values()).by_code, entered=entered)

    found = decided("oxygen", Judgement(UNMET, (known[-1],), (), ()), moment)

    assert (found == word) is stands


def hit(rule, *evidence, urgency="soon", for_role="prescriber", is_apart=False):
    judgement = Judgement(MET, evidence, (), ())
    source = Source("a label", "section 5")
    return Fired(rule, rule, urgency, for_role, "", judgement, source, True, False, is_apart)


def calls(*hits):
    return [[one.rule for one in call] for call in gathered(hits)]


def test_what_one_reading_sets_off_is_one_call_with_the_gravest_reason_first():
    upper, lower = fact("bp.systolic", 185, "09:00"), fact("bp.diastolic", 112, "09:00")
    before = fact("bp.systolic", 120, "08:00")

    high, rise = hit("high", upper), hit("rise", before, upper)
    severe = hit("severe", lower, urgency="now")

    assert calls(high, rise, severe) == [["severe", "high", "rise"]]


def test_another_reading_and_another_person_are_other_calls():
    first, second = fact("bp.systolic", 165, "09:00"), fact("bp.systolic", 166, "09:05")
    entered_later = fact("bp.diastolic", 104, "09:00", recorded_at=at("09:30"))

    nurse = hit("nurse", first, for_role="nurse")
    assert calls(hit("a", first), hit("b", second), hit("c", entered_later), nurse) == [
        ["a"],
        ["b"],
        ["c"],
        ["nurse"],
    ]


def test_work_of_its_own_is_closed_by_itself():
    lost = fact("sedation", 0, "09:00")

    assert calls(
        hit("review", lost, is_apart=True),
        hit("urine", lost, urgency="follow-up"),
        hit("lost", lost, urgency="now"),
        hit("deep", lost, urgency="now"),
        hit("late"),
    ) == [["lost", "deep"], ["review"], ["late"], ["urine"]]
