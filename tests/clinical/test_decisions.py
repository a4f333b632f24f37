"""Decision points judged by the scores: rule 26, no gain after four infusions, none after six."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from serein.clinical import library
from serein.clinical.decisions import IMPROVEMENT, decided, improvement
from serein.clinical.facts import Fact
from serein.clinical.protocol_tables import DecisionTable

LIBRARY = library.load()
INFUSION = LIBRARY.protocol("ketamine-iv")
FIRST = date(2026, 1, 5)
SIX = (0, 3, 7, 10, 14, 17)


def total(value, day, code="madrs.total"):
    at = datetime(2026, 1, 5, 13, tzinfo=UTC) + timedelta(days=day)
    return Fact(uuid4(), code, value, at, at)


def decisions(*facts, days=SIX, at=20, protocol=INFUSION):
    now = datetime(2026, 1, 5, 20, tzinfo=UTC) + timedelta(days=at)
    given_on = [FIRST + timedelta(days=day) for day in days]
    found = decided(protocol, facts, given_on=given_on, now=now, on=LIBRARY.shelf)
    return {one.point.id: one.judgement for one in found}


@pytest.mark.parametrize(("newest", "verdict"), [(36, "met"), (19, "met"), (18, "unmet")])
def test_without_a_response_after_six_infusions_the_rule_to_stop_is_met(newest, verdict):
    before, after = total(36, 0), total(newest, 19)
    found = decisions(before, after)["stop-at-six"]
    assert (found.verdict, found.evidence) == (verdict, (before, after))


@pytest.mark.parametrize(("newest", "verdict"), [(36, "met"), (27, "unmet")])
def test_no_gain_after_the_fourth_asks_for_a_review_by_the_score_of_then(newest, verdict):
    facts = (total(36, -1), total(newest, 11), total(5, 19))
    assert decisions(*facts)["review-at-four"].verdict == verdict
    assert decisions(*facts)["stop-at-six"].verdict == "unmet"


def test_without_a_score_since_the_session_nobody_can_say_and_the_scale_is_named():
    found = decisions(total(36, -1), total(30, 11))["stop-at-six"]
    assert (found.verdict, found.missing) == ("unknown", ("madrs.total",))
    assert decisions()["stop-at-six"].missing == ("madrs.total",)
    before_the_sixth = decisions(total(36, -1), total(36, 15))["stop-at-six"]
    assert before_the_sixth.verdict == "unknown"


def test_a_score_that_still_asks_about_the_days_before_the_course_decides_nothing():
    """The MADRS asks about a week: six days after the first infusion it is no change score."""
    daily = (0, 1, 2, 3)
    early = decisions(total(36, -1), total(36, 6), days=daily, at=6)["review-at-four"]
    late = decisions(total(36, -1), total(36, 7), days=daily, at=7)["review-at-four"]
    assert (early.verdict, late.verdict) == ("unknown", "met")


def test_where_the_first_scale_cannot_tell_the_next_one_of_the_protocol_does():
    facts = (total(36, -1), total(20, -1, "phq-9.total"), total(20, 19, "phq-9.total"))
    found = decisions(*facts)["stop-at-six"]
    assert (found.verdict, found.evidence[0].code) == ("met", "phq-9.total")


def test_a_point_that_was_not_reached_is_not_judged_and_one_for_a_person_has_no_answer():
    found = decisions(total(36, -1), total(36, 11), days=SIX[:4], at=11)
    assert "stop-at-six" not in found
    assert found["review-at-four"].verdict == "met"
    assert found["dose-at-four"] is None


def test_the_score_of_the_first_day_is_the_one_before_the_course_and_no_later_one():
    first, second, newest = total(36, 0), total(20, 2), total(19, 19)
    assert decisions(first, second, newest)["stop-at-six"].evidence == (first, newest)


def test_an_improvement_is_as_old_as_its_newest_score():
    facts = (total(36, -1), total(36, 19))
    start = datetime(2026, 1, 5, 14, tzinfo=UTC)
    visit = Fact(uuid4(), "session", {"number": 1, "product": INFUSION.product}, start, start)
    now = start + timedelta(days=20)
    found = improvement(INFUSION, [visit, *facts], since=start, now=now, on=LIBRARY.shelf)
    assert (found.value, found.at) == (0, facts[1].effective_at)


def test_the_visits_on_record_count_as_the_days_of_the_history_do():
    at = datetime(2026, 1, 5, 14, tzinfo=UTC)
    visit = Fact(uuid4(), "session", {"number": 1, "product": INFUSION.product}, at, at)
    after = total(10, 0.2)
    found = decisions(visit, total(36, -1), after, total(36, 19))["stop-at-six"]
    assert after not in found.evidence


@pytest.mark.parametrize("route", ["im", "sc", "oral", "nasal", "sublingual"])
def test_every_racemic_route_is_judged_after_six_by_a_number_of_the_clinics_own(route):
    protocol = LIBRARY.protocol(f"ketamine-{route}")
    found = decisions(total(36, -1), total(36, 19), protocol=protocol)["stop-at-six"]
    (point,) = [one for one in protocol.decisions if one.id == "stop-at-six"]
    assert point.when_marks is not None
    assert (found.verdict, point.when_marks.policy) == ("met", True)


def test_a_point_by_weeks_cannot_be_judged_by_scores():
    judged = {"when": {"fact": IMPROVEMENT, "below": 50}, "policy": True}
    row = {"id": "x", "text": "X", "policy": True, "after_week": 4, "judged": judged}
    with pytest.raises(ValueError, match="give after_session"):
        DecisionTable.model_validate(row)
