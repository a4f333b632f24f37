import math
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serein.clinical.criteria import (
    MET,
    UNKNOWN,
    UNMET,
    Derived,
    Finding,
    Moment,
    Range,
    Source,
    sentence,
    shown,
)
from serein.clinical.errors import ContentError
from serein.clinical.facts import Chart, Fact
from serein.clinical.vocabulary import Place, Term, criterion
from tests.clinical.chart import at, fact

TERMS = MappingProxyType(
    {
        "bp.systolic": Term("Systolic pressure", "mmHg"),
        "spo2": Term("SpO2", "%"),
        "pregnancy": Term("Pregnancy"),
        "consent.seen": Term("Consent seen"),
        "born": Term("Born"),
        "rise": Term("Rise"),
        "extra": Term(""),
    }
)
PLACE = Place("some.v1.toml", "gate.x.when")


def ask(table: object) -> Any:
    return criterion(table, terms=TERMS, place=PLACE)


def moment(*facts: Fact, now: str = "10:00", **events: str) -> Moment:
    by_code = Chart.of(facts).by_code
    names = {name.replace("_", "-"): at(time) for name, time in events.items()}
    return Moment(at(now), by_code, {}, names)


def verdict(table: object, *facts: Fact, **more: str) -> str:
    return str(ask(table).judge(moment(*facts, **more)).verdict)


@pytest.mark.parametrize(
    ("words", "value", "expected"),
    [
        ({"at_least": 140}, 140, MET),
        ({"at_least": 140}, 139, UNMET),
        ({"above": 140}, 140, UNMET),
        ({"above": 140}, 141, MET),
        ({"at_most": 140}, 140, MET),
        ({"at_most": 140}, 141, UNMET),
        ({"below": 140}, 140, UNMET),
        ({"below": 140}, 139.5, MET),
        ({"between": [90, 140]}, 90, MET),
        ({"between": [90, 140]}, 141, UNMET),
        ({"equals": 5}, 5, MET),
        ({"equals": True}, 1, UNMET),
        ({"equals": 1}, True, UNMET),
        ({"one_of": ["no", "not-applicable"]}, "no", MET),
        ({"one_of": ["no", "not-applicable"]}, "unknown", UNMET),
    ],
)
def test_each_word_compares_the_value(words, value, expected):
    assert (
        verdict({"fact": "bp.systolic", **words}, fact("bp.systolic", value, "09:00")) == expected
    )


@pytest.mark.parametrize("words", [{"at_least": 1}, {"between": [1, 2]}, {"equals": 1}])
def test_a_value_of_another_kind_is_unknown(words):
    odd = fact("bp.systolic", {"a": 1}, "09:00")
    found = ask({"fact": "bp.systolic", **words}).judge(moment(odd))
    assert found.verdict is UNKNOWN
    assert found.missing == ("bp.systolic",)


def test_dates_compare_by_day_and_words_that_are_no_date_are_unknown():
    table = {"fact": "born", "before": date(2000, 1, 1)}
    assert verdict(table, fact("born", "1999-12-31", "09:00")) == MET
    assert verdict(table, fact("born", "2000-01-01", "09:00")) == UNMET
    assert verdict(table, fact("born", "long ago", "09:00")) == UNKNOWN
    assert (
        verdict({"fact": "born", "after": at("08:00")}, fact("born", "2025-10-15", "09:00")) == MET
    )


def test_a_fact_never_recorded_is_unknown_and_named():
    found = ask({"fact": "spo2", "at_least": 92}).judge(moment())
    assert (found.verdict, found.missing, found.evidence) == (UNKNOWN, ("spo2",), ())


def test_the_newest_reading_decides():
    told = [fact("spo2", 98, "09:00"), fact("spo2", 88, "08:00")]
    assert verdict({"fact": "spo2", "at_least": 92}, *told) == MET


def test_within_counts_from_now_and_tells_when_it_expires():
    told = fact("spo2", 98, "09:45")
    table = {"fact": "spo2", "within": {"minutes": 15}, "at_least": 92}
    assert verdict(table, told, now="09:59") == MET
    assert verdict(table, told, now="10:00") == UNKNOWN
    when = moment(told, now="09:50")
    ask(table).judge(when)
    assert when.changes == [at("10:00")]


def test_within_may_count_from_an_event():
    table = {"fact": "spo2", "within": {"hours": 1, "of": "first-dose"}}
    told = fact("spo2", 98, "08:00")
    assert verdict(table, told) == UNKNOWN
    assert verdict(table, told, first_dose="08:50") == MET
    assert verdict(table, told, first_dose="09:01") == UNKNOWN


def test_before_and_after_an_event_choose_the_reading():
    told = [fact("spo2", 97, "08:00"), fact("spo2", 90, "09:00")]
    before = {"fact": "spo2", "before": "first-dose", "at_least": 95}
    after = {"fact": "spo2", "after": "first-dose", "at_least": 95}
    assert verdict(before, *told, first_dose="08:30") == MET
    assert verdict(before, *told) == UNMET
    assert verdict(after, *told, first_dose="08:30") == UNMET
    assert verdict(after, *told) == UNKNOWN
    assert verdict(after, *told, first_dose="09:30") == UNKNOWN


def test_a_derived_value_brings_the_facts_it_came_from():
    told = fact("bp.systolic", 150, "09:00")
    known = Moment(at("10:00"), {}, {"rise": Derived(22, at("09:00"), (told,))})
    found = ask({"fact": "rise", "above": 20}).judge(known)
    assert (found.verdict, found.evidence) == (MET, (told,))
    lost = Moment(at("10:00"), {}, {"rise": Derived(None, at("09:00"), (), ("bp.systolic",))})
    assert ask({"fact": "rise", "above": 20}).judge(lost).missing == ("bp.systolic",)
    stale = ask({"fact": "rise", "within": {"minutes": 5}, "above": 20}).judge(known)
    assert stale.verdict is UNKNOWN


A, B = {"fact": "spo2", "at_least": 92}, {"fact": "bp.systolic", "at_most": 140}
VALUES = {MET: (98, 120), UNMET: (80, 180), UNKNOWN: (None, None)}


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (MET, MET, MET, MET),
        (MET, UNMET, UNMET, MET),
        (MET, UNKNOWN, UNKNOWN, MET),
        (UNMET, UNMET, UNMET, UNMET),
        (UNMET, UNKNOWN, UNMET, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_all_any_and_not_keep_three_answers(one, other, both, either):
    told = [
        fact(code, value, "09:00")
        for code, value in (("spo2", VALUES[one][0]), ("bp.systolic", VALUES[other][1]))
        if value is not None
    ]
    opposite = {MET: UNMET, UNMET: MET, UNKNOWN: UNKNOWN}
    assert verdict({"all": [A, B]}, *told) == both
    assert verdict({"any": [A, B]}, *told) == either
    assert verdict({"not": {"all": [A, B]}}, *told) == opposite[both]


def test_the_evidence_is_what_decided():
    told = [fact("spo2", 80, "09:00"), fact("bp.systolic", 120, "09:00")]
    found = ask({"all": [A, B]}).judge(moment(*told))
    assert [each.code for each in found.evidence] == ["spo2"]
    assert ask({"all": [A, {"not": B}]}).codes() == {"spo2", "bp.systolic"}
    assert ask({"any": [A, B]}).codes() == {"spo2", "bp.systolic"}
    neither = ask({"any": [A, A, {"not": B}]}).judge(moment(*told))
    assert [each.code for each in neither.evidence] == ["spo2", "bp.systolic"]
    lost = ask({"all": [A, A, B]}).judge(moment())
    assert lost.missing == ("spo2", "bp.systolic")


@pytest.mark.parametrize(
    ("table", "key", "reason"),
    [
        ({}, "gate.x.when", "a criterion is a table"),
        ("spo2 > 5", "gate.x.when", "a criterion is a table"),
        ({"fact": "spo2", "atleast": 5}, "gate.x.when", "did you mean 'at_least'?"),
        ({"fact": "spo3", "at_least": 5}, "gate.x.when", "did you mean 'spo2'?"),
        ({"fact": "zzzzzz", "at_least": 5}, "gate.x.when", "unknown fact 'zzzzzz'"),
        ({"at_least": 5}, "gate.x.when", "no 'fact' is named"),
        ({"fact": "spo2"}, "gate.x.when", "nothing is compared"),
        ({"fact": "spo2", "at_least": 5, "below": 9}, "gate.x.when", "two comparisons"),
        ({"fact": "spo2", "at_least": "5"}, "gate.x.when", "takes a number"),
        ({"fact": "spo2", "at_least": True}, "gate.x.when", "takes a number"),
        ({"fact": "spo2", "between": [5]}, "gate.x.when", "two numbers"),
        ({"fact": "spo2", "between": [9, 5]}, "gate.x.when", "the lower first"),
        ({"fact": "spo2", "between": "x"}, "gate.x.when", "two numbers"),
        ({"fact": "spo2", "one_of": "x"}, "gate.x.when", "takes a list"),
        ({"fact": "spo2", "one_of": []}, "gate.x.when", "takes a list"),
        ({"fact": "spo2", "equals": [1]}, "gate.x.when", "takes one value"),
        ({"fact": "spo2", "before": "lunch"}, "gate.x.when", "a date or an event"),
        ({"fact": "spo2", "within": 5}, "gate.x.when.within", "takes a table"),
        ({"fact": "spo2", "within": {"weeks": 5}}, "gate.x.when.within", "takes one of minutes"),
        ({"fact": "spo2", "within": {"hours": 1, "days": 5}}, "gate.x.when.within", "takes one of"),
        ({"fact": "spo2", "within": {"hours": -1}}, "gate.x.when.within", "positive"),
        ({"fact": "spo2", "within": {"hours": 1, "of": "seat"}}, "gate.x.when.within", "seated"),
        ({"all": [A], "any": [B]}, "gate.x.when", "stands alone"),
        ({"all": []}, "gate.x.when.all", "needs a list"),
        ({"any": A}, "gate.x.when.any", "needs a list"),
        ({"any": [A, {"fact": "spo2"}]}, "gate.x.when.any.2", "nothing is compared"),
        ({"not": {"fact": "spo9", "above": 1}}, "gate.x.when.not", "did you mean 'spo2'?"),
    ],
)
def test_a_wrong_criterion_is_refused_with_file_key_and_reason(table, key, reason):
    with pytest.raises(ContentError) as caught:
        ask(table)
    assert caught.value.file == "some.v1.toml"
    assert caught.value.key == key
    assert reason in caught.value.reason


def test_why_says_what_was_found_and_what_was_asked():
    table = {"all": [B, {"fact": "spo2", "within": {"minutes": 30}, "at_least": 92}]}
    found = ask(table).judge(moment(fact("bp.systolic", 152, "09:00")))
    finding = Finding("x", "Pressure", found, Source("s"), checked=False, policy=True)
    assert finding.why == "Systolic pressure: 152 mmHg (needed: at most 140 mmHg)."
    lost = ask(table["all"][1]).judge(moment())
    assert [sentence(each) for each in lost.reasons] == ["SpO2: not recorded within 30 min of now."]
    after = ask({"fact": "spo2", "after": "last-dose", "before": "seated"}).judge(moment())
    assert sentence(after.reasons[0]) == "SpO2: not recorded before seated and after last dose."
    near = ask({"fact": "spo2", "within": {"hours": 1, "of": "seated"}}).judge(moment())
    assert "within 60 min of seated" in sentence(near.reasons[0])
    for span, said in (({"days": 2}, "2 days"), ({"hours": 24}, "1 day"), ({"hours": 36}, "2160")):
        old = ask({"fact": "spo2", "within": span}).judge(moment())
        assert f"within {said}" in sentence(old.reasons[0])


def test_a_value_is_shown_as_a_nurse_would_say_it():
    assert shown(True) == "yes"
    assert shown(False) == "no"
    assert shown(119.9, "min") == "119 min"
    assert shown(0.25) == "0.25"
    assert shown([10, 24], "/min") == "10, 24 /min"
    assert shown("") == "nothing"


CODES = ("spo2", "bp.systolic", "extra")
LEAVES = st.builds(
    lambda code, word, number: {"fact": code, word: number},
    st.sampled_from(CODES),
    st.sampled_from(["at_least", "above", "at_most", "below", "equals"]),
    st.integers(0, 9),
)
TABLES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(TABLES, st.dictionaries(st.sampled_from(CODES), st.integers(0, 9)), st.data())
def test_learning_a_fact_never_turns_an_answer_into_unknown(table, known, draws):
    asked = ask(table)
    told = [fact(code, value, "09:00") for code, value in known.items()]
    before = asked.judge(moment(*told))
    code = draws.draw(st.sampled_from(CODES))
    learned = fact(code, draws.draw(st.integers(0, 9)), "09:30")
    after = asked.judge(moment(*told, learned))
    if before.verdict is UNKNOWN:
        return
    if code not in known:
        assert after.verdict is before.verdict
    elif asked.codes() == {code}:
        assert after.verdict is not UNKNOWN


@settings(max_examples=200, deadline=None)
@given(TABLES, st.dictionaries(st.sampled_from(CODES), st.integers(0, 9)))
def test_an_unknown_answer_always_names_what_is_missing_and_a_known_one_its_evidence(table, known):
    told = [fact(code, value, "09:00") for code, value in known.items()]
    found = ask(table).judge(moment(*told))
    if found.verdict is UNKNOWN:
        assert set(found.missing)
        assert not set(found.missing) & set(known)
    else:
        assert found.evidence


@given(st.floats(min_value=0, max_value=1e4, allow_nan=False))
def test_minutes_are_never_rounded_up(minutes):
    said = float(shown(minutes))
    assert said <= minutes or math.isclose(said, minutes, abs_tol=0.005)


def test_an_event_far_away_admits_nothing():
    asked = ask({"fact": "spo2", "within": {"days": 1}})
    old = fact("spo2", 98, "09:00")
    now = Moment(old.effective_at + timedelta(days=2), {"spo2": [old]})
    assert asked.judge(now).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("words", "low", "high", "expected"),
    [
        ({"at_least": 2}, 2, 4, MET),
        ({"at_least": 2}, 1, 3, UNKNOWN),
        ({"at_least": 2}, 0, 1, UNMET),
        ({"equals": 2}, 1, 3, UNKNOWN),
        ({"equals": 2}, 2, 2, MET),
        ({"between": [2, 2]}, 3, 5, UNMET),
    ],
)
def test_a_count_with_bounds_passes_only_where_every_number_of_it_would(words, low, high, expected):
    counted = Derived(Range(low, high), at("09:00"), (), ("trial",))
    now = Moment(at("10:00"), {}, {"extra": counted})
    assert ask({"fact": "extra", **words}).judge(now).verdict == expected


def test_a_count_with_bounds_is_shown_with_both():
    assert (shown(Range(1, 3)), shown(Range(2, 2), "trials")) == ("1 to 3", "2 trials")


def test_a_reading_that_only_had_to_be_there_is_asked_for_in_plain_words():
    asked = criterion({"fact": "spo2", "within": {"minutes": 30}}, terms=TERMS, place=PLACE)
    (reason,) = asked.judge(Moment(at("09:00"), {"spo2": [fact("spo2", 97, "08:50")]})).reasons
    assert sentence(reason) == "SpO2: 97 % (needed: recorded)."


def test_a_value_that_is_picked_in_words_is_told_in_words():
    words = {"5": "alert", "4": "slow to name", "3": "loud voice only"}
    terms = {"sedation": Term("Sedation", "", words)}
    drowsy = criterion({"fact": "sedation", "one_of": [5, 4]}, terms=terms, place=PLACE)
    told = fact("sedation", 3, "09:30")
    judgement = drowsy.judge(moment(told))
    assert [sentence(each) for each in judgement.reasons] == [
        "Sedation: loud voice only (needed: alert or slow to name)."
    ]


HIGH = {"fact": "bp.systolic", "at_least": 140}


@pytest.mark.parametrize(
    ("recent", "time", "counts"),
    [
        ({"before": "first-dose"}, "09:30", True),
        ({"before": "first-dose"}, "09:31", False),
        ({"after": "first-dose"}, "09:30", True),
        ({"after": "first-dose"}, "09:29", False),
        ({"within": {"minutes": 10, "of": "first-dose"}}, "09:20", True),
        ({"within": {"minutes": 10, "of": "first-dose"}}, "09:40", True),
        ({"within": {"minutes": 10, "of": "first-dose"}}, "09:19", False),
    ],
)
def test_a_reading_at_the_very_minute_of_a_limit_still_counts(recent, time, counts):
    found = verdict({**HIGH, **recent}, fact("bp.systolic", 150, time), first_dose="09:30")

    assert found == (MET if counts else UNKNOWN)


@pytest.mark.parametrize(
    ("value", "words"), [(1.0, "1"), (1.5, "1"), (2.9, "2"), (0.1234, "0.12"), (0.5, "0.5")]
)
def test_a_number_is_told_in_whole_units_from_one_on_and_to_the_hundredth_below(value, words):
    assert shown(value) == words
