"""What is planned by age or weight, and proposed after sessions that were given or missed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from serein.clinical import library
from serein.clinical.facts import Fact
from serein.clinical.history import history
from serein.clinical.schedule import plan, propose

LIBRARY = library.load()
SPRAY, OLDER = LIBRARY.protocol("esketamine-trd-us"), LIBRARY.protocol("esketamine-trd-eu")
INFUSION = LIBRARY.protocol("ketamine-iv")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = NOW.date()


def known(*, told_days_ago=0, **values):
    codes = {code.replace("_", "-"): value for code, value in values.items()}
    at = NOW - timedelta(days=told_days_ago)
    told = [Fact(uuid4(), code, value, at, at) for code, value in codes.items()]
    return history(told, now=NOW)


def proposal(protocol, *days_ago, sessions=4, **values):
    given_on = [TODAY - timedelta(days=days) for days in days_ago]
    moment = known(**values)
    return propose(protocol, given_on=given_on, today=TODAY, sessions=sessions, moment=moment)


def gaps(found):
    return [(later.on - earlier.on).days for earlier, later in pairwise(found.sessions)]


WEEKLY = (72, 68, 65, 61, 58, 54, 51, 47, 40)  # eight in induction, and the ninth
EIGHT_WEEKS = (*(days + 30 for days in WEEKLY), 63, 56, 49)  # and the weekly ones that follow


def test_from_65_years_on_the_plan_starts_at_28_mg():
    older = plan(
        OLDER, start_on=TODAY, sessions=2, dose_mg=84, moment=known(birth_date="1958-05-01")
    )
    younger = plan(OLDER, start_on=TODAY, sessions=2, moment=known(birth_date="1980-05-01"))
    assert [(one.dose_mg, one.devices) for one in older] == [(28, 1), (84, 3)]
    assert [one.dose_mg for one in younger] == [56, 56]


def test_while_the_age_is_not_known_no_dose_is_planned():
    planned = plan(OLDER, start_on=TODAY, sessions=2, dose_mg=56)
    assert {(one.dose_mg, one.mg_per_kg, one.devices) for one in planned} == {(None, None, None)}


def test_an_infusion_is_planned_by_weight_and_in_no_device():
    (first, *_) = plan(INFUSION, start_on=TODAY, sessions=2, moment=known(weight=70))
    assert (first.dose_mg, first.mg_per_kg, first.devices) == (35, 0.5, None)
    (wanted,) = plan(INFUSION, start_on=TODAY, sessions=1, dose_mg=40, moment=known(weight=70))
    assert wanted.dose_mg == 40


def test_of_a_usual_range_by_weight_the_lower_end_is_planned():
    injection = LIBRARY.protocol("ketamine-im")
    (first,) = plan(injection, start_on=TODAY, sessions=1, moment=known(weight=70))
    assert injection.doses[0].usual_mg_per_kg == (0.5, 1.0)
    assert (first.dose_mg, first.mg_per_kg) == (35, 0.5)


def test_without_a_weight_the_infusion_keeps_its_rate_alone():
    (first,) = plan(INFUSION, start_on=TODAY, sessions=1, dose_mg=40)
    assert (first.dose_mg, first.mg_per_kg) == (None, 0.5)


def test_a_course_that_was_never_begun_begins_today():
    found = proposal(SPRAY)
    assert (found.sessions[0].on, found.sessions[0].n) == (TODAY, 1)
    assert (found.missed, found.reason, found.marks) == ([], "", None)


def test_in_time_the_next_session_follows_in_the_rhythm_and_nothing_is_missed():
    found = proposal(SPRAY, 7, 3)
    assert (found.missed, found.reason, found.marks) == ([], "", None)
    assert (found.sessions[0].n, found.sessions[0].on) == (3, TODAY)
    assert gaps(found) == [4, 3, 4], "twice a week, as the plan has it"


def test_the_next_session_is_a_week_after_the_last_given_in_whatever_order_they_are_told():
    days_ago = [days - 38 for days in WEEKLY]
    for told in (days_ago, days_ago[::-1], [*days_ago[4:], *days_ago[:4]]):
        found = proposal(SPRAY, *told)
        assert (found.sessions[0].n, found.sessions[0].on) == (10, TODAY + timedelta(days=5))


def test_a_weekly_session_is_missed_once_half_a_week_went_by_after_its_day():
    """Its day was seven days after the last one; three days on it may still be given as that."""
    for last, missed in ((10, []), (11, [4]), (25, [18, 11, 4])):
        days_ago = [days - 40 + last for days in WEEKLY]
        found = proposal(SPRAY, *days_ago, worse_since_last=False)
        assert found.missed == [TODAY - timedelta(days=days) for days in missed]


def test_a_session_a_day_late_is_not_missed_yet():
    assert proposal(SPRAY, 7, 5).missed == []


def test_missed_and_no_worse_the_rhythm_stays():
    found = proposal(SPRAY, *WEEKLY, worse_since_last=False)
    assert found.missed[0] == TODAY - timedelta(days=33)
    assert found.reason == SPRAY.missed.keep
    assert found.marks == SPRAY.missed.marks
    assert (found.sessions[0].n, found.sessions[0].on) == (10, TODAY)
    assert gaps(found) == [7, 7, 14]


def test_missed_and_worse_one_step_back_across_the_phase_before():
    found = proposal(SPRAY, *WEEKLY, worse_since_last=True)
    assert found.reason == SPRAY.missed.back
    assert gaps(found)[:2] == [4, 3], "twice a week, as in induction, while weekly sessions last"
    assert gaps(found)[2] == 14, "then the rhythm of the next phase"


def test_in_maintenance_the_step_back_is_the_quicker_choice_of_its_own_phase():
    found = proposal(SPRAY, *EIGHT_WEEKS, worse_since_last=True)
    assert found.sessions[0].phase == "maintenance"
    assert gaps(found) == [7, 7, 7]


# Twelve in eight weeks, then weekly in maintenance, the last of them 22 days ago.
WEEKLY_MAINTENANCE = (*(days + 7 for days in EIGHT_WEEKS), 43, 36, 29, 22)


def test_who_came_weekly_in_maintenance_and_is_no_worse_goes_on_weekly():
    found = proposal(SPRAY, *WEEKLY_MAINTENANCE, worse_since_last=False)
    assert found.missed == [TODAY - timedelta(days=days) for days in (15, 8)]
    assert (found.reason, found.sessions[0].on) == (SPRAY.missed.keep, TODAY)
    assert gaps(found) == [7, 7, 7]


def test_who_came_weekly_in_maintenance_and_is_worse_comes_twice_a_week():
    found = proposal(SPRAY, *WEEKLY_MAINTENANCE, worse_since_last=True)
    assert found.reason == SPRAY.missed.back
    assert gaps(found) == [4, 3, 4]


def test_one_late_session_does_not_change_the_rhythm_that_is_kept():
    late = (*(days + 7 for days in EIGHT_WEEKS), 43, 36, 29, 15)
    assert gaps(proposal(SPRAY, *late, worse_since_last=False)) == [7, 7, 7]
    fortnightly = (*(days + 40 for days in EIGHT_WEEKS), 71, 57, 43, 29)
    assert gaps(proposal(SPRAY, *fortnightly, worse_since_last=False)) == [14, 14, 14]


@pytest.mark.parametrize(("days_ago", "gap"), [(22, 7), (21, 4)])
def test_worse_is_what_was_told_since_the_last_session_and_not_before_it(days_ago, gap):
    moment = known(worse_since_last=True, told_days_ago=days_ago)
    given_on = [TODAY - timedelta(days=days) for days in WEEKLY_MAINTENANCE]
    found = propose(SPRAY, given_on=given_on, today=TODAY, sessions=2, moment=moment)
    assert gaps(found) == [gap]
    assert found.reason.startswith("Whether the patient is worse is not known") is (days_ago == 22)


def test_the_window_and_the_week_of_a_proposal_follow_the_rhythm_it_has():
    one, *_ = proposal(SPRAY, *WEEKLY_MAINTENANCE, worse_since_last=False).sessions
    assert (one.latest - one.on).days == 2
    assert one.week == (WEEKLY_MAINTENANCE[0]) // 7 + 1


def test_of_several_quicker_rhythms_the_step_back_is_to_the_next_one():
    """Monthly in maintenance: worse means every two weeks, not weekly at once."""
    injection = LIBRARY.protocol("ketamine-im")
    days_ago = range(600, 100, -28)
    assert injection.phases[-1].sessions_per_week == (0.25, 0.5, 1.0)
    found = proposal(injection, *days_ago, worse_since_last=True)
    assert gaps(found) == [14, 14, 14]


def test_the_step_back_to_the_phase_before_is_to_its_slower_rhythm():
    """Induction by infusion is two or three times a week; weekly sessions step back to two."""
    days_ago = (60, 57, 53, 50, 46, 43, 36)
    found = proposal(INFUSION, *days_ago, worse_since_last=True)
    assert INFUSION.phases[0].sessions_per_week == (2.0, 3.0)
    assert gaps(found)[:2] == [4, 3]


def test_without_a_quicker_choice_the_step_back_is_to_the_phase_before_and_not_the_first():
    slow = replace(SPRAY.phases[-1], sessions_per_week=(0.5,))
    of = replace(SPRAY, phases=(*SPRAY.phases[:-1], slow))
    assert gaps(proposal(of, *EIGHT_WEEKS, worse_since_last=True)) == [7, 7, 7]


def test_the_quickest_rhythm_has_no_step_back():
    found = proposal(SPRAY, 30, 26, worse_since_last=True)
    assert found.reason == SPRAY.missed.back
    assert gaps(found) == [4, 3, 4]


def test_missed_and_nobody_knows_whether_worse_keeps_the_rhythm_and_asks():
    found = proposal(SPRAY, *WEEKLY)
    assert found.reason.startswith("Whether the patient is worse is not known: ask.")
    assert gaps(found) == gaps(proposal(SPRAY, *WEEKLY, worse_since_last=False))


@pytest.mark.parametrize("protocol", LIBRARY.shelf.of_kind("protocol"), ids=lambda each: each.id)
def test_no_protocol_proposes_a_day_that_is_past(protocol):
    found = proposal(protocol, 400, 300, worse_since_last=True, sessions=15)
    days = [one.on for one in found.sessions]
    assert days[0] == TODAY
    assert days == sorted(set(days))
    assert [one.n for one in found.sessions] == list(range(3, 18))
    assert all(isinstance(day, date) for day in found.missed)
