"""Where the time of a set cannot be corrected to, and of which values it is not corrected here."""

from datetime import timedelta

import pytest

from serein.clinical.criteria import Verdict
from serein.clinical.errors import InputError
from serein.server.eligibility.actions import record_history
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.models import Chair
from serein.server.treatment.queries import known, reading
from serein.server.treatment.session.correcting import answered, retiming
from tests.server.treatment.day import CALM, sit_down
from tests.server.treatment.test_retime import WHY, clock_of, move, newest
from tests.server.treatment.weighed import weighed_day


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

    told = f"“Systolic blood pressure: 178 mmHg” was measured at {clock_of(day, bad_at)}.*anew"
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

    answered_at = clock_of(day, newest(day, "fasting.food").effective_at)
    told = f"“Nothing eaten for 2 hours: no” was answered at {answered_at}.*anew"
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


def refused(day, wrong):
    """That the time of this one is not corrected here, and that the page offers no form for it."""
    with pytest.raises(InputError, match="not of this session, its time is not corrected"):
        day.act(actions.correct_time, wrong=wrong, at=day.now, reason=WHY)
    assert not FactRow.objects.filter(replaces__isnull=False).exists()
    facts = known(day.session)
    assert retiming(day.session, str(wrong), None, known=facts) is None
    assert wrong not in {one.fact.id for one in answered(day.session, facts)}


def test_a_note_a_device_and_what_nobody_entered_have_no_time_to_correct_here(day):
    day.dose()
    day.act(actions.add_note, text="sleeps")
    note = FactRow.objects.get(code="note")
    device = next(one for one in known(day.session) if one.code == "device")
    for wrong in (note.id, device.id, new_id()):
        refused(day, wrong)


@pytest.fixture
def second_visit(day, chair, alvarez, lind):
    """The patient in the chair again, four days after a visit that ended well."""
    day.dose()
    day.watch()
    day.release()
    actions.finish_cleaning(day.session.chair, by=alvarez, now=day.now)
    now = day.now + timedelta(days=4)
    again = Chair.objects.get(pk=chair.pk)
    return sit_down(again, day.session.course, nurse=alvarez, prescriber=lind, now=now)


@pytest.mark.parametrize("code", ["bp.systolic", "fasting.food", "rems.enrolled"])
def test_a_value_of_another_visit_is_not_moved_into_this_one(second_visit, code):
    second_visit.later(5)
    refused(second_visit, FactRow.objects.filter(code=code).latest("effective_at").id)


def test_what_was_said_in_a_later_visit_is_not_moved_into_one_that_has_ended(day, second_visit):
    second_visit.later(5)
    second_visit.act(actions.record_checks, answers={"rems.enrolled": False})
    said = FactRow.objects.filter(code="rems.enrolled").latest("effective_at")
    day.session.refresh_from_db()

    refused(day, said.id)

    second_visit.later(5)
    second_visit.act(actions.correct_time, wrong=said.id, at=second_visit.now, reason=WHY)
    assert newest(second_visit, "rems.enrolled").effective_at == second_visit.now


@pytest.mark.parametrize("days_ago", [20, 0])
def test_what_the_chart_says_of_the_patient_is_not_moved_into_the_visit(
    patient, chair, alvarez, lind, now, days_ago
):
    drip = weighed_day(patient, chair, nurse=alvarez, prescriber=lind, now=now, route="iv")
    drip.later(5)
    asked_at = drip.now - timedelta(days=days_ago)
    record_history(patient, by=lind, now=asked_at, id=new_id(), values={"mania.current": False})
    drip.later(5)

    refused(drip, FactRow.objects.get(code="mania.current").id)
