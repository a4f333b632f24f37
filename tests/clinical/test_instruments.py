"""Scores agree with the printed scoring of the PHQ-9; observations are picked in words."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.errors import InputError
from serein.clinical.instruments import Instrument
from serein.clinical.observations import Observations, failing_observations
from serein.clinical.scoring import failing_cases, score

LIBRARY = library.load()
PHQ9 = LIBRARY.instrument("phq-9")
SEEN = LIBRARY.observations("session-observations")
SHEETS = st.dictionaries(st.sampled_from([str(n) for n in range(1, 10)]), st.integers(0, 3))


@given(SHEETS, st.randoms())
def test_a_sum_ignores_the_order_of_the_answers(answers, chance: random.Random):
    shuffled = list(answers.items())
    chance.shuffle(shuffled)

    assert score(PHQ9, dict(shuffled)) == score(PHQ9, answers)


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9))
def test_a_complete_sheet_adds_up_and_lies_in_one_band(values):
    result = score(PHQ9, {str(n): value for n, value in enumerate(values, start=1)})

    assert (result.total, result.complete, result.missing) == (sum(values), True, [])
    assert result.band is not None
    assert bool(result.flags) == (values[8] > 0)


def test_an_answer_to_no_question_or_of_no_value_is_refused():
    with pytest.raises(InputError, match="no item 'joy'"):
        score(PHQ9, {"joy": 1})
    with pytest.raises(InputError, match="one of 0, 1, 2, 3, not 4"):
        score(PHQ9, {"1": 4})
    with pytest.raises(InputError, match="not True"):
        score(PHQ9, {"1": True})


def test_an_empty_sheet_has_no_total_and_not_a_low_one():
    result = score(PHQ9, {})

    assert (result.total, result.band, result.complete) == (None, None, False)


def test_a_reversed_item_counts_from_the_other_end():
    sheet = PHQ9.model_dump()
    sheet["item"][0]["is_reversed"] = True

    assert score(Instrument(**sheet), {str(n): 0 for n in range(1, 10)}).total == 3


def test_without_scaling_up_two_missing_answers_leave_the_plain_sum():
    sheet = PHQ9.model_dump()
    sheet["missing"]["prorate"] = False

    assert score(Instrument(**sheet), {str(n): 2 for n in range(1, 8)}).total == 14


def test_a_case_that_comes_out_otherwise_is_named():
    sheet = PHQ9.model_dump()
    sheet["case"][0]["total"] = 26

    [(name, how)] = failing_cases(Instrument(**sheet))
    assert name.startswith("every day")
    assert "27" in how


def test_a_case_names_wrong_subscales_and_wrong_counts_of_missing_answers():
    sheet = LIBRARY.instrument("cadss").model_dump()
    sheet["case"][0]["subscales"]["amnesia"] = 11
    sheet["case"][0]["missing"] = 2

    found = [how for _, how in failing_cases(Instrument(**sheet))]
    assert "'amnesia': 12" in found[0]
    assert found[1] == "misses 0 answers"


@pytest.mark.parametrize(
    ("scale", "case", "part", "wanted", "came"),
    [
        ("audit-c", 1, "thresholds", {"positive in men": True}, "{'positive in men': False}"),
        ("qids-sr16", 0, "equates", {"ham-d17": (13, 13)}, "{'ham-d17': (12, 12)}"),
    ],
)
def test_a_case_names_wrong_thresholds_and_conversions(scale, case, part, wanted, came):
    sheet = LIBRARY.instrument(scale).model_dump()
    sheet["case"][case][part] = wanted

    [(_, how)] = failing_cases(Instrument(**sheet))
    assert how == f"gives the {part} {came}"


def test_a_half_is_rounded_upwards_always():
    sheet = dict.fromkeys("123456789", 0) | {"1": 3, "2": 1}
    del sheet["9"]

    assert score(PHQ9, sheet).total == 5, "4 x 9/8 = 4.5"
    assert score(PHQ9, sheet | {"1": 3, "2": 3, "3": 3, "4": 3}).total == 14, "12 x 9/8 = 13.5"


def test_so_many_items_say_something_whatever_the_total():
    scale, name = LIBRARY.instrument("asex"), "dysfunction by three items"

    assert score(scale, {"1": 4, "2": 4, "3": 4}).thresholds[name] is True
    assert score(scale, {"1": 4, "2": 4, "3": 1}).thresholds[name] is None
    assert score(scale, {"1": 4, "2": 1, "3": 1, "4": 1}).thresholds[name] is False


def test_a_high_triage_is_acted_on_at_once_and_shows_the_crisis_line():
    screen = LIBRARY.instrument("c-ssrs-screen")

    for question in ("4", "5"):
        high = score(screen, {"1": 1, "2": 1, question: 1})
        assert (high.band, high.urgency, high.shows_crisis_line) == ("high", "now", True)
        assert "today" in high.action
    recent = score(screen, {"1": 0, "2": 0, "6": 1, "6-recent": 1})
    assert (recent.urgency, recent.shows_crisis_line) == ("now", True)
    none = score(screen, {"1": 0, "2": 0, "6": 0})
    assert (none.band, none.urgency, none.action, none.shows_crisis_line) == (
        "none",
        None,
        "",
        False,
    )


@pytest.mark.parametrize(
    ("scale", "item", "below", "at"),
    [("phq-9", 9, 0, 1), ("qids-sr16", 12, 1, 2), ("madrs", 10, 3, 4), ("bdi-ii", 9, 0, 1)],
)
def test_the_suicide_item_of_each_scale_asks_for_the_screener(scale, item, below, at):
    assert score(LIBRARY.instrument(scale), {str(item): below}).ask == []
    assert score(LIBRARY.instrument(scale), {str(item): at}).ask == ["c-ssrs-screen"]


def test_no_file_of_a_scale_calls_its_own_text_licensed():
    with pytest.raises(ValidationError, match="licensed text is a file apart"):
        Instrument(**{**PHQ9.model_dump(), "wording": "licensed"})


def test_a_triage_that_reaches_no_level_says_none():
    sheet = LIBRARY.instrument("c-ssrs-screen").model_dump()
    sheet["level"] = sheet["level"][:1]
    screen = Instrument(**{**sheet, "case": sheet["case"][:1]})

    assert score(screen, {"1": 0, "2": 0, "6": 0}).band is None


def test_bands_with_a_gap_and_numbers_without_ground_are_refused():
    gap = PHQ9.model_dump()
    gap["band"][0]["high"] = 3
    with pytest.raises(ValidationError, match="the total 4 lies in 0 bands"):
        Instrument(**gap)
    bare = PHQ9.model_dump()
    bare["band"][0]["source"] = None
    with pytest.raises(ValidationError, match="names no source"):
        Instrument(**bare)


def test_bands_that_leave_out_the_highest_total_are_refused():
    short = PHQ9.model_dump()
    short["band"][-1]["high"] = 26
    with pytest.raises(ValidationError, match="the total 27 lies in 0 bands"):
        Instrument(**short)


def test_the_reach_of_a_domain_is_from_the_lowest_to_the_highest_answer_that_may_count():
    """Of two questions on appetite one is answered: 0 to 3 here, or 1 to 4."""
    sheet = {**LIBRARY.instrument("qids-sr16").model_dump(), "band": []}
    less, more = sheet["item"][5], sheet["item"][6]
    less |= {"answer": [], "span": {"low": 0, "high": 3}}
    more |= {"answer": [], "span": {"low": 1, "high": 4}}
    scale = Instrument(**sheet)

    calm = {str(n): 0 for n in range(1, 17) if n not in (7, 9)}
    assert scale.reach == (0, 28)
    assert score(scale, calm).total == 0
    assert score(scale, {**{n: v for n, v in calm.items() if n != "6"}, "7": 4}).total == 4


def test_a_share_of_its_reach_counts_from_nought_unless_the_file_says_from_where():
    sheet = {**PHQ9.model_dump(), "band": []}
    sheet["shown"] = {"percent_of": 27, "policy": True}
    scale = Instrument(**sheet)

    assert (scale.reach, scale.told(0), scale.told(27)) == ((0, 100), 0, 100)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("item", [{"id": "a"}], "item a has no text"),
        ("item", [{"id": "a", "text": "?", "span": {"low": 3, "high": 3}}], "holds no two answers"),
        ("answer", [], "has no answers"),
        ("wording", "structure", "yet its wording is not ours"),
        ("skip", [{"item": "joy", "equals": 0, "skips": ["mood"]}], "there is no item 'joy'"),
        ("domain", [{"id": "d", "items": ["joy"]}], "there is no item 'joy'"),
        ("either", [["mood", "joy"]], "there is no item 'joy'"),
        ("subscale", [{"id": "s", "title": "S", "items": ["joy"]}], "there is no item 'joy'"),
    ],
)
def test_a_scale_that_does_not_hold_together_is_refused(key, value, words):
    with pytest.raises(ValidationError, match=words):
        Instrument(**{**PHQ9.model_dump(), key: value})


def test_the_screener_is_its_highest_yes_and_never_a_sum():
    screen = LIBRARY.instrument("c-ssrs-screen")
    every_yes = {item.id: 1 for item in screen.item}

    assert score(screen, every_yes).band == "high"
    assert score(screen, every_yes).total is None
    assert score(screen, {"1": 1, "2": 0, "6": 0}).band == "low"
    assert score(screen, {"1": 1}).band is None, "a higher level was not asked"


def test_a_skipped_question_is_not_missing_and_may_not_be_answered():
    screen = LIBRARY.instrument("c-ssrs-screen")

    assert score(screen, {"1": 0, "2": 0, "6": 0}).missing == []
    with pytest.raises(InputError, match=r"item 4 .* is not asked after item 2 was answered 0"):
        score(screen, {"1": 0, "2": 0, "4": 1, "6": 0})


def test_item_nine_asks_for_the_screener():
    assert score(PHQ9, {"9": 1}).ask == ["c-ssrs-screen"]
    assert score(PHQ9, {"9": 0}).ask == []


def test_only_the_highest_item_of_a_domain_counts_and_the_total_stands_for_another_scale():
    qids = LIBRARY.instrument("qids-sr16")
    calm = {str(n): 0 for n in range(1, 17) if n not in (7, 9)}

    both = score(qids, {**calm, "1": 2, "2": 3, "16": 1})
    assert both.total == 4
    assert both.equates == {"ham-d17": (5, 6)}
    half = {name: value for name, value in calm.items() if name != "3"}
    assert score(qids, half).total is None, "a domain with a question left out"
    assert score(qids, {**calm, "7": 2}).total == 2, "either appetite question, or both"


@given(st.dictionaries(st.sampled_from([str(n) for n in range(1, 17)]), st.integers(0, 3)))
def test_a_total_of_nine_domains_is_never_above_twenty_seven(answers):
    total = score(LIBRARY.instrument("qids-sr16"), answers).total
    assert total is None or 0 <= total <= 27


def test_thresholds_are_told_by_name_and_are_unknown_without_a_total():
    drink = LIBRARY.instrument("audit-c")

    assert score(drink, {"1": 1, "2": 1, "3": 1}).thresholds == {
        "positive in men": False,
        "positive in women": True,
    }
    assert set(score(drink, {"1": 1}).thresholds.values()) == {None}
    assert score(LIBRARY.instrument("moaa-s"), {"rating": 4}).thresholds["sedation"] is True


def test_a_subscale_with_an_answer_missing_has_no_sum():
    state = LIBRARY.instrument("cadss")
    sheet = {str(n): 1 for n in range(1, 24) if n != 22}

    assert score(state, sheet).subscales == {
        "depersonalisation": 7,
        "derealisation": 13,
        "amnesia": None,
    }


@pytest.mark.parametrize(
    "name", sorted({file.id for file in LIBRARY.files if file.kind == "instrument"})
)
def test_every_scale_is_known_to_the_dictionary_by_its_total_and_items(name):
    scale = LIBRARY.instrument(name)
    low, high = scale.reach

    entry = LIBRARY.dictionary.code(scale.fact)
    assert (entry.low, entry.high, entry.scope) == (low, high, "patient")
    for number, item in enumerate(scale.item, start=1):
        LIBRARY.dictionary.check(scale.item_fact(number), max(scale.values(item)))
    assert scale.wording == "embedded" or not any(item.text for item in scale.item)


def test_only_scales_that_are_free_to_show_carry_their_words():
    shown = {
        file.id
        for file in LIBRARY.files
        if file.kind == "instrument" and LIBRARY.instrument(file.id).wording == "embedded"
    }
    assert shown == {"phq-9", "phq-2", "gad-7"}


def test_sedation_is_a_word_and_never_a_bare_number():
    assert [SEEN.word("sedation", step) for step in range(5, -1, -1)] == [
        "alert",
        "slow to name",
        "loud voice only",
        "shaking only",
        "pain only",
        "no response",
    ]


def test_a_value_or_scale_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="no answer of sedation"):
        SEEN.word("sedation", 9)
    with pytest.raises(InputError, match="no scale 'joy'"):
        SEEN.scale_of("joy")


def test_an_observation_stored_otherwise_than_its_case_says_is_named():
    sheet = SEEN.model_dump()
    sheet["case"][0]["stored"] = 4

    assert failing_observations(Observations(**sheet)) == [("alert is stored as 5", "stores 5")]
