import pytest

from serein.clinical import library
from serein.clinical.rates import Rates

COUNTED = """
kind = "rates"
id = "mine"
version = 1
title = "Mine"
effective = 2026-01-01
jurisdiction = "any"
source = [{ id = "paper", title = "Paper", read = 2026-01-01 }]

[[trial]]
id = "one"
title = "One"
drug = "esketamine"
arm = { name = "drug", n = 346, source = "paper" }
versus = { name = "placebo", n = 222, source = "paper" }
rate = [
  { reaction = "nausea", title = "Nausea", source = "paper", count = 98, percent = 28, \
versus_count = 1, versus_percent = 0.5 },
  { reaction = "sedation", title = "Sedation", percent = 48, up_to = 61, source = "paper" },
]

[[case]]
name = "nausea comes more often"
trial = "one"
reaction = "nausea"
difference = 27.5
"""


@pytest.fixture
def check(tmp_path):
    def problems(*changes: tuple[str, str]) -> list[str]:
        text = COUNTED
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        (tmp_path / "mine.v1.toml").write_text(text)
        (report,) = library.check(tmp_path)
        return [each.reason for each in report.problems]

    return problems


def test_a_file_of_rates_may_be_the_clinics_own(check):
    assert check() == []


def test_every_printed_count_of_the_short_trials_gives_its_printed_percentage(shelf):
    rates: Rates = shelf.shelf.item("rates", "side-effects")
    (short,) = (each for each in rates.trial if each.id == "trd-short-term")
    assert len(short.rate) == 28
    assert all(each.count is not None and each.versus_count is not None for each in short.rate)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("count = 98, percent = 28", "count = 89, percent = 28", "nausea: 89 of 346 is not 28 %"),
        ("versus_percent = 0.5", "versus_percent = 0.6", "nausea: 1 of 222 is not 0.6 %"),
        (", versus_percent = 0.5", "", "a count needs its percentage"),
        (", n = 346, source", ", source", "a count needs its percentage, its arm"),
        (
            'versus = { name = "placebo", n = 222, source = "paper" }\n',
            "",
            "compared with an arm that the trial has not",
        ),
        ("up_to = 61", "up_to = 48", "a range rises; 48.0 to 48.0 does not"),
        ("up_to = 61", "versus_up_to = 61", "a range rises; None to 61.0 does not"),
        ("percent = 48", "percent = 148", "should be less than or equal to 100"),
        ('reaction = "sedation"', 'reaction = "nausea"', "'nausea' stands here twice"),
        ("difference = 27.5", "difference = 27.4", "differs by 27.5, not 27.4"),
        ("difference = 27.5", "", "differs by 27.5, not None"),
        ('trial = "one"', 'trial = "two"', "no rate is called 'two nausea'"),
    ],
)
def test_what_is_wrong_with_a_rate_is_said(check, old, new, reason):
    (found,) = check((old, new))
    assert reason in found


@pytest.mark.parametrize(
    ("n", "count", "percent", "is_printed"),
    [
        (346, 98, "28", True),
        (346, 98, "28.3", True),
        (346, 98, "28.32", True),
        (346, 98, "28.33", False),
        (346, 98, "29", False),  # 0.7 away
        (346, 98, "30", False),  # a nought at the end says no less
        (200, 57, "28", True),  # 28.5, a half either way
        (200, 57, "29", True),
        (100000, 28350, "28.3", True),
        (100000, 28353, "28.3", False),
    ],
)
def test_a_count_gives_its_percentage_to_the_printed_decimals(check, n, count, percent, is_printed):
    found = check(
        ("n = 346", f"n = {n}"),
        ("count = 98, percent = 28,", f"count = {count}, percent = {percent},"),
        ("difference = 27.5", f"difference = {round(float(percent) - 0.5, 1)}"),
    )
    assert ([each for each in found if "is not" in each] == []) is is_printed


def test_a_case_is_compared_to_one_decimal(check):
    uncounted = ("count = 98, percent = 28, versus_count = 1, versus_percent = 0.5", "")
    assert uncounted[0] in COUNTED
    plain = (uncounted[0], "percent = 12.34, versus_percent = 2.1")
    assert check(plain, ("difference = 27.5", "difference = 10.2")) == []


def test_a_count_compared_with_an_arm_that_is_not_there_is_refused(check):
    (found,) = check(
        ('versus = { name = "placebo", n = 222, source = "paper" }\n', ""),
        (", versus_percent = 0.5", ""),
    )
    assert "a count needs its percentage" in found


def test_the_same_trial_twice_is_refused(check):
    again = COUNTED[COUNTED.index("[[trial]]") : COUNTED.index("[[case]]")]
    (found,) = check(("[[case]]", again + "[[case]]"))
    assert "'one' stands here twice" in found


def test_a_range_or_a_lone_arm_has_no_difference(check):
    sedation = ('reaction = "nausea"\ndifference = 27.5', 'reaction = "sedation"')
    assert check(sedation) == []
    compared = ("up_to = 61", "up_to = 61, versus_percent = 9")
    assert check(sedation, compared) == []
