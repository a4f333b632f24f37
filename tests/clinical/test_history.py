from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from serein.clinical.facts import Fact
from serein.clinical.history import history
from serein.clinical.person import age_years, dose_weight

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def told(code, value, *, days_ago=0, visit=None):
    at = NOW - timedelta(days=days_ago)
    name = UUID(int=abs(hash((code, str(value), days_ago))) % 2**100)
    return Fact(name, code, value, at, at, encounter=visit)


def values(*facts):
    return {code: found.value for code, found in history(facts, now=NOW).derived.items()}


def test_nothing_recorded_leaves_every_value_unknown_and_names_what_is_missing():
    derived = history([], now=NOW).derived
    assert {found.value for found in derived.values()} == {None}
    assert derived["bmi"].missing == ("weight", "height")
    assert derived["weight.adjusted"].missing == ("weight", "height", "sex")
    assert derived["sessions.given"].missing == ("session",)


def test_a_person_is_worked_out_from_what_was_recorded():
    person = [told("birth-date", "1960-03-03"), told("sex", "male")]
    build = [told("height", 180), told("weight", 110)]
    found = values(*person, *build)
    assert found["age-years"] == 65
    assert round(found["bmi"], 1) == 34.0
    assert round(found["weight.ideal"], 1) == 75.0
    assert round(found["weight.adjusted"], 1) == 89.0


def test_without_a_sex_the_formula_knows_there_is_no_ideal_weight():
    found = values(told("height", 180), told("weight", 110), told("sex", "other"))
    assert (found["weight.ideal"], found["weight.adjusted"]) == (None, None)
    alone = values(told("height", 180), told("sex", "female"))
    assert (round(alone["weight.ideal"], 1), alone["weight.adjusted"]) == (70.5, None)


def test_a_birthday_on_a_leap_day_is_kept_on_the_first_of_march():
    born = date(2004, 2, 29)
    assert age_years(born, on=date(2025, 2, 28)) == 20
    assert age_years(born, on=date(2025, 3, 1)) == 21


def test_a_birth_date_told_with_an_hour_is_that_day():
    assert values(told("birth-date", "1960-03-03T00:00:00Z"))["age-years"] == 65


def test_the_dose_weight_follows_the_method_named():
    by_code = history(
        [told("height", 180), told("weight", 110), told("sex", "male")], now=NOW
    ).by_code
    weights = {
        method: dose_weight(by_code, method=method, now=NOW).value
        for method in ("actual", "ideal", "adjusted", "guessed")
    }
    assert weights["actual"] == 110
    assert round(weights["ideal"], 1) == 75.0
    assert round(weights["adjusted"], 1) == 89.0
    assert weights["guessed"] is None
    assert dose_weight({}, method="actual", now=NOW).missing == ("weight",)


def test_days_since_an_event_count_only_one_that_happened():
    assert (
        values(told("cardiovascular-event", value=False))["cardiovascular-event.days-ago"] is None
    )
    event = told("cardiovascular-event", value=True, days_ago=30)
    assert values(event)["cardiovascular-event.days-ago"] == 30


def test_a_later_no_takes_no_event_back_and_a_correction_does():
    event = told("cardiovascular-event", value=True, days_ago=30)
    later = told("cardiovascular-event", value=False, days_ago=2)
    ever, ago = "cardiovascular-event.ever", "cardiovascular-event.days-ago"
    found = values(event, later)
    assert (found[ever], found[ago]) == (True, 30)

    wrong = replace(later, effective_at=event.effective_at, replaces=event.id)
    found = values(event, wrong)
    assert (found[ever], found[ago]) == (False, None)
    assert values()[ever] is None


def test_of_two_events_the_newest_counts_and_is_the_evidence():
    old = told("cardiovascular-event", value=True, days_ago=300)
    new = told("cardiovascular-event", value=True, days_ago=30)
    found = history([new, old], now=NOW).derived["cardiovascular-event.days-ago"]
    assert (found.value, found.evidence) == (30, (new,))


def test_two_visits_of_a_day_are_two_and_without_visits_each_day_is_one():
    given = {"outcome": "given"}
    visits = [told("device", {**given, "number": n}, visit=UUID(int=n)) for n in (1, 2)]
    assert values(*visits)["sessions.given"] == 2
    days = [told("device", {**given, "number": n}, days_ago=n) for n in (1, 1, 8)]
    assert values(*days)["sessions.given"] == 2


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("device", {"outcome": "given"}),
        ("device", {"outcome": "partly"}),
        ("dose", {"outcome": "given", "mg": 30}),
        ("infusion", {"step": "start"}),
    ],
)
def test_a_session_counts_once_whatever_reached_the_patient(code, value):
    first, second = UUID(int=1), UUID(int=2)
    facts = [
        told(code, value, days_ago=7, visit=first),
        told(code, {**value, "number": 2}, days_ago=7, visit=first),
        told(code, value, visit=second),
    ]
    assert values(*facts)["sessions.given"] == 2


def test_a_visit_in_which_nothing_was_given_is_no_session_given():
    facts = [told("session", {"number": 1}), told("device", {"outcome": "failed"})]
    assert values(*facts, told("dose", "odd"))["sessions.given"] == 0
