"""Scores agree with the printed scoring of the PHQ-9; observations are picked in words."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.errors import InputError
from serein.clinical.instruments import (
    Instrument,
    Observations,
    failing_cases,
    failing_observations,
    score,
)

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


def test_bands_with_a_gap_and_numbers_without_ground_are_refused():
    gap = PHQ9.model_dump()
    gap["band"][0]["high"] = 3
    with pytest.raises(ValidationError, match="the total 4 lies in 0 bands"):
        Instrument(**gap)
    bare = PHQ9.model_dump()
    bare["band"][0]["source"] = None
    with pytest.raises(ValidationError, match="names no source"):
        Instrument(**bare)


def test_sedation_is_a_word_and_never_a_bare_number():
    assert [SEEN.word("sedation", step) for step in range(5, -1, -1)] == [
        "alert",
        "slow to name",
        "loud voice only",
        "shaking only",
        "pain only",
        "none",
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
