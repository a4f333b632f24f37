"""A typed trial: what cannot be is said, what is doubtful is asked about, the rest passes."""

from datetime import date

import pytest

from serein.clinical import library
from serein.clinical.trial_doubts import doubts
from tests.clinical.test_trials import planted

TODAY = date(2026, 3, 1)
SERTRALINE = {"drug": "sertraline", "dose_mg_per_day": 100, "weeks": 8}


@pytest.fixture
def said(shelf):
    def doubted(trial, *others):
        found = doubts(
            {"drug": "sertraline", **trial},
            others=others,
            drugs=shelf.shelf.item("antidepressants", "antidepressants"),
            outcomes={"none": "no improvement", "remission": "well again"},
            born_on=date(1980, 5, 5),
            today=TODAY,
        )
        return [(one.kind, one.sentence) for one in found]

    return doubted


@pytest.mark.parametrize(
    ("trial", "sentence"),
    [
        ({"ended_on": "2026-03-02"}, "ended on 2 Mar 2026: that day has not come yet"),
        ({"started_on": "2026-03-02"}, "begun on 2 Mar 2026: that day has not come yet"),
        ({"started_on": "1980-05-04"}, "before the birth date"),
        (
            {"started_on": "2025-02-01", "ended_on": "2025-01-31"},
            "ended on 31 Jan 2025, before it began on 1 Feb 2025",
        ),
        (
            {"ended_on": "2025-02-01", "is_ongoing": True},
            "ended on 1 Feb 2025 and is said to be still taken",
        ),
        ({"outcome": "not-tolerated", "is_ongoing": True}, "said to be still taken"),
        ({"augmentation_of": "lithium", "augmentation": False}, "said to be no augmentation"),
        ({"augmentation_of": "Sertraline"}, "cannot be added to itself"),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_wrong(said, trial, sentence):
    [(kind, told)] = said(trial)

    assert kind == "impossible"
    assert sentence in told


@pytest.mark.parametrize(
    ("trial", "sentence"),
    [
        (
            {"started_on": "2025-01-01", "ended_on": "2025-01-29", "weeks": 6},
            "6 weeks do not fit between 1 Jan 2025 and 29 Jan 2025 (4 weeks)",
        ),
        ({"started_on": "2026-02-15", "weeks": 8}, "between 15 Feb 2026 and 1 Mar 2026"),
        (
            {"outcome": "none", "improvement_percent": 60},
            "“no improvement” means 0 to 24.9 % better, and 60 % was typed",
        ),
        ({"outcome": "remission", "improvement_percent": 10}, "“well again” means 49.9"),
        ({"dose_mg_per_day": 5000}, "5000 mg of sertraline a day is far above what is given"),
        ({"drug": "aripiprazole", "dose_mg_per_day": 50}, "50 mg of aripiprazole a day"),
        ({"drug": "setraline"}, "“setraline” is not in the list of antidepressants; the nearest"),
        ({"drug": "setraline"}, "it knows: sertraline"),
        ({"augmentation_of": "lithum"}, "“lithum” is not in the list"),
        ({"drug": "xyzzy"}, "it knows nothing like it"),
    ],
)
def test_what_is_doubtful_is_asked_about(said, trial, sentence):
    [(kind, told)] = said(trial)

    assert kind == "unlikely"
    assert sentence in told


@pytest.mark.parametrize(
    "trial",
    [
        {},
        {"started_on": "2025-01-01", "ended_on": "2025-02-01", "weeks": 5},
        {"started_on": "2025-01-01", "ended_on": "2025-01-01"},
        {"outcome": "none", "improvement_percent": 15},
        {"outcome": "partial", "improvement_percent": 30},
        {"outcome": "response", "improvement_percent": 60},
        {"outcome": "response-then-loss", "improvement_percent": 0},
        {"is_ongoing": True, "outcome": "none"},
        {"augmentation_of": "lithium", "augmentation": True},
        {"dose_mg_per_day": 200},
        {"drug": "Abilify", "dose_mg_per_day": 30},
        {"drug": "lithium", "dose_mg_per_day": 1200},
    ],
)
def test_a_sound_trial_passes(said, trial):
    assert said(trial) == []


@pytest.mark.parametrize("known", [{"drug": "Zoloft"}, SERTRALINE])
def test_the_same_drug_without_anything_that_sets_it_apart_is_asked_about(said, known):
    [(kind, told)] = said(SERTRALINE, known)

    assert kind == "unlikely"
    assert "sertraline, 100 mg a day, 8 weeks" in told


@pytest.mark.parametrize(
    "other",
    [
        {"drug": "bupropion"},
        {"drug": "a drug nobody lists"},
        {**SERTRALINE, "dose_mg_per_day": 200},
        {**SERTRALINE, "weeks": 6},
    ],
)
def test_another_drug_dose_or_length_is_another_trial(said, other):
    assert said(SERTRALINE, other) == []


def test_one_of_two_alike_is_enough_to_ask(said):
    assert len(said(SERTRALINE, SERTRALINE, SERTRALINE)) == 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("is_asked_about = true", "is_asked_about = false", "5000 mg is asked about"),
        ("is_asked_about = false", "is_asked_about = true", "200 mg is not asked about"),
    ],
)
def test_a_case_says_whether_its_dose_is_asked_about(tmp_path, old, new, reason):
    planted(tmp_path, "antidepressants", (old, new))
    told = [each.reason for report in library.check(tmp_path) for each in report.problems]
    assert reason in told
