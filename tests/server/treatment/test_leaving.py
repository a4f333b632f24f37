"""A patient leaves by release when nothing blocks it, and otherwise by what really happened."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.clinical.summary import summarize
from serein.server.alerts.models import Alert
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.actions.leaving import WayHome
from serein.server.treatment.errors import GateError, SessionEndedError
from serein.server.treatment.models import Session
from serein.server.treatment.paper.record import record_content
from serein.server.treatment.queries import reading
from tests.server.treatment.day import CALM, WELL
from tests.server.treatment.screens import draw_pages


def blockers(refusal):
    return {one.id for one in refusal.value.standing}


def test_the_two_hours_count_to_the_second_from_the_last_device(day):
    day.dose()
    day.later(115 - 1 / 60)
    day.act(actions.record_vitals, values=WELL)
    with pytest.raises(GateError) as refusal:
        day.release()
    assert blockers(refusal) == {"time"}
    day.later(1 / 60)

    assert day.release().ending == "released"


def test_a_refused_release_stores_nothing_of_its_form(day):
    day.dose()

    with pytest.raises(GateError):
        day.release()

    assert not FactRow.objects.filter(code__startswith="acknowledged").exists()


def test_without_a_dose_there_is_no_release(day):
    day.check()

    with pytest.raises(GateError) as refusal:
        day.release()

    assert "time" in blockers(refusal)


@pytest.mark.parametrize(
    ("code", "value", "rule"),
    [
        ("sedation", 4, "sedation"),
        ("dissociation", "mild", "dissociation"),
        ("respiration", 8, "respiration"),
        ("spo2", 92, "respiration"),
        ("bp.systolic", 165, "pressure"),
    ],
)
def test_each_reading_alone_holds_the_patient(day, code, value, rule):
    day.dose()
    day.watch()
    day.later(1)
    day.act(actions.record_vitals, values={**WELL, code: value})

    with pytest.raises(GateError) as refusal:
        day.release()

    assert blockers(refusal) == {rule}


def test_the_prescriber_may_pass_a_pressure_and_nothing_else(day):
    day.dose()
    day.watch()
    day.later(1)
    day.act(actions.record_vitals, values={**WELL, "bp.systolic": 165})
    for rule in ("time", "sedation", "dissociation", "respiration", "transport"):
        with pytest.raises(InputError, match="never waived"):
            day.act(actions.decide, by=day.prescriber, rule=rule, reason="because I say so")
    day.act(actions.decide, by=day.prescriber, rule="pressure", reason="always so, sees GP today")

    assert day.release().ending == "released"


def test_the_way_home_is_an_escort_or_another_safe_way_and_never_driving(day):
    day.dose()
    day.watch()
    alone = {"is_escort_seen": False, "is_acknowledged_by_escort": False}
    taxi: dict[str, Any] = {"way": "taxi", "detail": "City Cab", "is_not_driving": True}
    for missing in taxi:
        told = {key: value for key, value in taxi.items() if key != missing}
        with pytest.raises(GateError) as refusal:
            day.release(**alone, other_way=WayHome(**told))
        assert blockers(refusal) == {"transport"}

    assert day.release(**alone, other_way=WayHome(**taxi)).ending == "released"


@pytest.mark.parametrize("way", ["his car", "I'll drive", "bicycle", "driver: patient"])
def test_a_way_home_that_is_not_on_the_list_is_refused(day, way):
    day.dose()
    day.watch()

    with pytest.raises(InputError, match="Another safe way home is one of"):
        day.release(is_escort_seen=False, other_way=WayHome(way, way, is_not_driving=True))


def test_a_way_home_in_the_free_words_of_an_earlier_record_lets_nobody_go(day):
    day.dose()
    day.watch()
    FactRow.objects.create(
        clinic=day.session.clinic,
        patient=day.session.patient,
        code="transport.other",
        value="taxi",
        effective_at=day.now,
        recorded_at=day.now,
        source="session",
        encounter=day.session.id,
    )

    with pytest.raises(GateError) as refusal:
        day.release(is_escort_seen=False, is_acknowledged_by_escort=False)

    assert blockers(refusal) == {"transport"}


def test_the_instructions_are_acknowledged_by_patient_and_escort(day):
    day.dose()
    day.watch()
    with pytest.raises(InputError, match="with the patient"):
        day.release(is_acknowledged_by_patient=False)
    with pytest.raises(InputError, match="with the escort"):
        day.release(is_acknowledged_by_escort=False)
    day.release()

    said = FactRow.objects.filter(code__startswith="acknowledged")
    assert {row.code: row.value for row in said} == {
        "acknowledged.patient": True,
        "acknowledged.escort": True,
    }


def test_a_release_entered_later_is_judged_at_its_own_time(day):
    day.dose()
    day.watch()
    left_at = day.now
    day.later(40)
    with pytest.raises(GateError):
        day.release()

    released = day.release(at=left_at, reason="the tablet was flat")

    assert released.ended_at == left_at


SEEN_SINCE = {
    "a danger sign": (actions.record_danger_sign, {"code": "danger.seizure"}, "Seizure"),
    "deep sedation": (actions.record_vitals, {"values": {"sedation": 1}}, "edation"),
    "an oxygen saturation": (actions.record_vitals, {"values": {"spo2": 91}}, "xygen"),
}


@pytest.mark.parametrize(("act", "words", "name"), SEEN_SINCE.values(), ids=SEEN_SINCE)
def test_a_release_entered_later_passes_nothing_that_was_seen_since(day, act, words, name):
    day.dose()
    day.watch()
    left_at = day.now
    day.later(10)
    day.act(act, **words)
    seen_at = f"{day.now.astimezone(day.session.clinic.zone):%H:%M}"
    day.later(2)

    with pytest.raises(InputError, match=f"{name}.* was recorded at {seen_at}, later than this"):
        day.release(at=left_at, reason="forgot to enter it")

    gone = {"kind": "against-advice", "at": left_at, "reason": "forgot to enter it"}
    assert day.act(actions.end_session, **gone).ending == "against-advice"


def test_a_danger_sign_taken_back_holds_no_release(day):
    day.dose()
    day.watch()
    left_at = day.now
    day.later(10)
    day.act(actions.record_danger_sign, code="danger.seizure")
    wrong = FactRow.objects.get(code="danger.seizure")
    day.act(actions.correct_reading, wrong=wrong.pk, value=False, reason="another patient")

    assert day.release(at=left_at, reason="forgot to enter it").ended_at == left_at


def test_without_an_escort_nobody_of_them_understood_the_instructions(day):
    day.dose()
    day.watch()
    taxi = WayHome("taxi", "City Cab", is_not_driving=True)

    day.release(is_escort_seen=False, is_acknowledged_by_escort=True, other_way=taxi)

    assert FactRow.objects.get(code="acknowledged.escort").value is False


def test_two_releases_are_one(day):
    day.dose()
    day.watch()

    assert day.release() == day.release()


def test_a_released_patient_does_not_end_otherwise_as_well(day):
    day.dose()
    day.watch()
    day.release()

    with pytest.raises(SessionEndedError, match="Released"):
        day.act(actions.end_session, kind="against-advice")


@pytest.mark.parametrize("kind", ["against-advice", "transfer", "death"])
@pytest.mark.parametrize("stage", ["seated", "dosing", "observing"])
def test_nothing_blocks_the_other_ends(day, kind, stage):
    if stage != "seated":
        day.check()
        day.order()
        day.device(1)
    if stage == "observing":
        day.later(5)
        day.device(2)

    ended = day.act(actions.end_session, kind=kind)

    assert (ended.ending, ended.ended_at) == (kind, day.now)
    told = Alert.objects.filter(rule=f"{kind}.prescriber-told")
    assert [(one.for_role, one.urgency) for one in told] == [("prescriber", "now")]
    # Nobody was named as told: that is not refused, and not forgotten.
    assert Alert.objects.filter(rule=f"{kind}.nobody-told").exists()


def test_an_end_records_state_and_who_was_told_and_opens_what_follows(day):
    day.dose()
    day.act(actions.end_session, kind="transfer", told="Dr Lind by phone", state="drowsy, stable")

    fact = FactRow.objects.get(code="session.ended")
    assert fact.value == {
        "ending": "transfer",
        "told": "Dr Lind by phone",
        "state": "drowsy, stable",
        "reason": "",
    }
    follow_ups = {alert.rule for alert in Alert.objects.filter(rule__startswith="transfer.")}
    assert follow_ups == {
        "transfer.prescriber-told",
        "transfer.event-review",
        "transfer.hospital-call",
        "transfer.monitoring-form",
    }


def test_a_visit_in_which_a_device_was_given_is_not_ended_as_without_a_dose(day):
    day.check()
    day.order()
    day.device(1)

    with pytest.raises(InputError, match="A device was given"):
        day.act(actions.end_session, kind="not-dosed", reason="changed mind")


def test_a_visit_without_a_dose_says_why(day):
    day.check()
    with pytest.raises(InputError, match="why no dose was given"):
        day.act(actions.end_session, kind="not-dosed")
    assert day.act(actions.end_session, kind="not-dosed", state="fever").ending == "not-dosed"


def test_a_visit_in_which_the_only_device_failed_may_end_without_a_dose(day):
    day.check()
    day.order()
    day.device(1, outcome="failed", reason="broken")

    assert day.act(actions.end_session, kind="not-dosed", reason="no device left").ending


@pytest.mark.parametrize(
    ("minutes", "stored", "mark"),
    [
        (1, 0, "had not come"),
        (-9, -5, "before the last device"),
        (-60 * 24, -5, "before the last device"),
    ],
)
@pytest.mark.usefixtures("server_clock")
def test_an_end_at_a_time_that_cannot_be_is_stored_with_a_mark(day, minutes, stored, mark):
    day.dose()
    at = day.now + timedelta(minutes=minutes)

    ended = day.act(actions.end_session, kind="against-advice", at=at, reason="seen late")

    assert ended.ended_at == day.now + timedelta(minutes=stored)
    assert mark in draw_pages(day)
    assert any(mark in line for line in record_content(ended, by=day.nurse, now=day.now)["leaving"])


def test_an_end_long_before_the_seating_is_stored_with_the_seating_s_time(day):
    day.act(actions.end_session, kind="transfer", at=day.now - timedelta(hours=9), told="Dr Lind")

    assert Session.objects.get().ended_at == day.session.seated_at
    assert "stored with the time of seating" in str(FactRow.objects.get(code="session.ended").value)


def test_a_long_account_of_the_patient_s_state_blocks_no_end(day):
    ended = day.act(actions.end_session, kind="transfer", told="Dr Lind", state="pale " * 200)

    assert ended.ending == "transfer"
    assert len(FactRow.objects.get(code="session.ended").value["state"]) > 400


def test_an_unknown_end_is_refused(day):
    for kind in ("released", "vanished"):
        with pytest.raises(InputError, match="Say how"):
            day.act(actions.end_session, kind=kind)


def test_who_may_only_read_writes_no_end(day, pym):
    with pytest.raises(PermissionDenied):
        day.act(actions.end_session, by=pym, kind="death")


def test_the_summary_is_of_this_session_alone(day):
    day.dose()
    day.later(35)
    day.act(actions.record_vitals, values={**CALM, "sedation": 4})
    day.later(20)
    day.act(actions.mark_ready)
    day.later(60)
    day.act(actions.record_vitals, values=WELL)
    day.release()

    told = summarize(reading(Session.objects.get(), now=day.now))
    assert (told.number, told.given_mg, told.lots, told.monitored_min) == (5, 56, ("B12",), 125)
    assert (told.sedation.onset_min, told.sedation.resolved_min) == (45, 125)
    assert told.ready_after_min == 65


def test_a_reading_of_an_ended_session_stays_as_it_ended(day):
    day.dose()
    day.watch()
    day.release(id=new_id())
    day.later(600)

    found = reading(Session.objects.get(), now=day.now)
    assert (found.stage, found.minutes_since_first) == ("ended", 125)
