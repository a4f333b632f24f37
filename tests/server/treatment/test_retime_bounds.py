"""Where the time of a set cannot be corrected to, and of which values it is not corrected here."""

from datetime import timedelta

import pytest

from serein.clinical.criteria import Verdict
from serein.clinical.errors import InputError
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.queries import reading
from tests.server.treatment.day import CALM
from tests.server.treatment.test_retime import WHY, clock_of, move, newest


def stands(day):
    """What the gates and the release rules say, by their ids."""
    how = reading(day.session, now=day.now)
    return {one.id: one.verdict for one in (*how.gates, *how.release.findings)}


def test_a_good_set_is_not_moved_past_a_newer_bad_one_which_is_named_with_its_time(day):
    day.dose()
    day.watch()
    day.later(1)
    day.act(actions.record_vitals, values=CALM)
    calm = reading(day.session, now=day.now - timedelta(minutes=1)).latest["bp.systolic"]
    day.later(2)
    bad_at = day.now
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 178, "sedation": 3})
    day.later(3)
    held = stands(day)
    assert held["pressure"] is Verdict.UNMET

    told = f"“Systolic blood pressure 178 mmHg” was measured at {clock_of(day, bad_at)}.*anew"
    for at in (bad_at, day.now):
        with pytest.raises(InputError, match=told):
            day.act(actions.correct_time, wrong=calm.id, at=at, reason=WHY)

    assert stands(day) == held
    assert not FactRow.objects.filter(replaces__isnull=False).exists()


def test_a_bad_set_is_not_moved_before_an_older_good_one(day):
    day.dose()
    day.watch()
    good_at = day.now
    day.later(5)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 178})

    for at in (good_at, good_at - timedelta(minutes=1)):
        with pytest.raises(InputError, match=f"126 mmHg” was measured at {clock_of(day, good_at)}"):
            move(day, at)

    move(day, good_at + timedelta(minutes=1))
    assert stands(day)["pressure"] is Verdict.UNMET


def test_an_answer_is_not_moved_past_the_one_that_shut_the_gate(day):
    day.check()
    first = newest(day, "fasting.food")
    day.later(5)
    day.act(actions.record_checks, answers={"fasting.food": False})
    day.order()
    day.later(5)

    told = f"no” was answered at {clock_of(day, newest(day, 'fasting.food').effective_at)}.*anew"
    with pytest.raises(InputError, match=told):
        day.act(actions.correct_time, wrong=first.id, at=day.now, reason=WHY)

    assert stands(day)["food"] is Verdict.UNMET


def test_of_two_sets_of_one_minute_the_one_entered_first_is_not_moved_past_the_other(day):
    day.later(20)
    at = day.now - timedelta(minutes=9)
    day.act(actions.record_vitals, values=CALM, at=at, reason=WHY)
    first = newest(day)
    day.later(1)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 178}, at=at, reason=WHY)

    with pytest.raises(InputError, match="178 mmHg"):
        day.act(actions.correct_time, wrong=first.id, at=at + timedelta(minutes=2), reason=WHY)

    move(day, at + timedelta(minutes=2))
    assert newest(day).value == 178
