"""What is enough of a dose or a level, and what became of it: while open, both are told."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from serein.clinical import library
from serein.clinical.facts import Fact
from serein.clinical.trials import rules_named, weigh

LIBRARY = library.load()
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ATRQ = rules_named(LIBRARY.shelf, "atrq")


def nortriptyline(**parts):
    """A trial of a drug that the strict column asks for at 75 mg a day or 50 to 150 ng/mL."""
    value = {"drug": "nortriptyline", "weeks": 8, "outcome": "none", **parts}
    (one,) = weigh(ATRQ, [Fact(uuid4(), "trial", value, NOW, NOW)], now=NOW)
    return one


def test_a_dose_too_low_beside_a_level_nobody_took_leaves_it_open_and_tells_both():
    one = nortriptyline(dose_mg_per_day=50)

    assert (one.counted, one.lacking) == (None, ("level_ng_per_ml",))
    assert "dose too low: 50 mg a day" in one.reason
    assert "the serum level is not recorded" in one.reason


@pytest.mark.parametrize(
    ("parts", "told", "untold"),
    [
        ({"dose_mg_per_day": 75}, "75 mg a day", "level"),
        ({"dose_mg_per_day": 50, "level_ng_per_ml": 80}, "level 80 ng/mL", "50 mg"),
    ],
)
def test_what_is_enough_decides_and_is_told_alone(parts, told, untold):
    one = nortriptyline(**parts)

    assert one.counted is True
    assert told in one.reason
    assert untold not in one.reason


def test_too_little_by_both_is_told_by_both():
    one = nortriptyline(dose_mg_per_day=50, level_ng_per_ml=40)

    assert one.counted is False
    assert "dose too low: 50 mg a day" in one.reason.casefold()
    assert "level outside: level 40 ng/mL" in one.reason


@pytest.mark.parametrize(
    ("outcome", "percent", "counted", "disagree"),
    [
        ("none", 90, False, True),
        ("minimal", 90, False, True),
        ("response", 5, False, True),
        ("remission", 5, False, True),
        ("none", 5, True, False),
        ("response", 90, False, False),
        ("partial", 30, True, False),
    ],
)
def test_a_trial_told_in_words_and_in_percent_that_disagree_is_no_failure_and_says_so(
    outcome, percent, counted, disagree
):
    one = nortriptyline(dose_mg_per_day=75, outcome=outcome, improvement_percent=percent)

    assert one.counted is counted
    said = f"told as {outcome} and as {percent} % better, which disagree"
    assert (said in one.reason.casefold()) is disagree
