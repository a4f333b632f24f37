"""Where the answer to a trial comes from, and how far that is confirmed."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from serein.clinical import library
from serein.clinical.facts import Fact
from serein.clinical.trial_tables import RuleSet
from serein.clinical.trials import failed, rules_named, weigh

LIBRARY = library.load()
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ATRQ = rules_named(LIBRARY.shelf, "atrq")
GOOD = {"drug": "sertraline", "dose_mg_per_day": 100, "weeks": 12, "outcome": "none"}


def trial(*, days=0, **parts):
    at = NOW - timedelta(days=days)
    return Fact(uuid4(), "trial", {**GOOD, **parts}, at, at)


def with_weeks(**marks):
    """The rules of the ATRQ whose question about weeks is marked otherwise."""
    (way,) = ATRQ.rules.way
    weeks = way.weeks.model_copy(update=marks)
    way = way.model_copy(update={"weeks": weeks})
    return RuleSet(ATRQ.rules.model_copy(update={"way": [way]}), ATRQ.drugs)


def only(rules, fact):
    (one,) = weigh(rules, [fact], now=NOW)
    return one


def test_a_count_is_as_old_as_the_newest_trial_it_rests_on():
    facts = [trial(days=3), trial(drug="citalopram", days=10)]

    assert failed(ATRQ, facts, now=NOW).at == NOW - timedelta(days=3)


def test_a_counted_trial_names_the_first_source_of_its_rules():
    assert only(ATRQ, trial()).source.title == ATRQ.rules.source[0].title
    assert len(ATRQ.rules.source) > 1


def test_a_trial_not_counted_names_the_source_of_the_first_reason_it_gives():
    """Outside the episode (as recalled) and too short (by the worked example)."""
    one = only(ATRQ, trial(episode="earlier", weeks=1))

    assert one.reason.startswith("Outside the current episode; too short")
    assert "as recalled" in one.source.title


def test_an_answer_is_confirmed_only_when_every_question_behind_it_is():
    """Of the questions on a counted trial, that about weeks alone was compared with its source."""
    assert with_weeks(checked=True).rules.way[0].weeks.checked
    assert not only(with_weeks(checked=True), trial()).checked


def test_an_answer_rests_on_a_choice_of_our_own_as_soon_as_one_question_does():
    assert not only(with_weeks(policy=False), trial()).policy
    assert only(with_weeks(policy=True), trial()).policy
