"""What was recorded wrongly is taken back beside itself: a device, the end of a visit."""

from datetime import timedelta

import pytest

from serein.clinical.errors import InputError
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.courses.actions import adopt_content, end_course
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.errors import TakenError
from serein.server.treatment.models import Chair, Dose, Session
from serein.server.treatment.paper.record import record_content
from serein.server.treatment.queries import reading
from tests.server.treatment.day import CALM, new_course, new_patient, sit_down


def correct(day, dose, **words):
    asked = {
        "wrong": dose.id,
        "outcome": dose.outcome,
        "lot": dose.lot,
        "reason": "slip of the hand",
    }
    return day.act(actions.correct_dose, **{**asked, **words})


@pytest.fixture
def dose(day):
    day.check()
    day.order()
    return day.device(1)


def test_a_device_that_never_was_is_open_again_and_its_record_stays(day, dose):
    correct(day, dose, outcome="never", lot="")

    now = reading(day.session, now=day.now)
    assert (now.stage, now.first_dose_at, now.given_mg) == ("before-dose", None, 0)
    assert now.next_device is not None
    assert (now.next_device.number, now.next_device.is_ready) == (1, True)
    assert Dose.objects.get(pk=dose.id).outcome == "given"


def test_after_a_correction_the_next_device_takes_the_next_step(day, dose):
    correct(day, dose, outcome="never", lot="")
    day.later(6)
    assert day.device(2).device == 1
    day.later(6)
    assert day.device(3).device == 2
    assert reading(day.session, now=day.now).given_mg == 56


def test_a_later_time_moves_the_two_hours(day, dose):
    day.later(5)
    second = day.device(2)
    day.later(8)
    right = correct(day, second, at=second.given_at + timedelta(minutes=3))

    now = reading(day.session, now=day.now)
    assert now.last_dose_at == right.given_at
    assert now.release.earliest_at == right.given_at + timedelta(minutes=120)


def test_the_prescriber_hears_of_a_corrected_device(day, dose):
    correct(day, dose, lot="C7")

    alert = Alert.objects.get(rule="dose-corrected.1")
    assert alert.for_role == "prescriber"
    assert "slip of the hand" in alert.text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({}, "Nothing is different"),
        ({"reason": " "}, "Say what was recorded wrongly"),
        ({"outcome": "lost"}, "Say what really became of"),
        ({"lot": " "}, "Enter the lot number"),
        ({"wrong": new_id()}, "not of this session"),
        ({"lot": "x" * 41}, "41 letters long"),
    ],
)
def test_a_correction_that_says_nothing_or_too_little_is_refused(day, dose, words, sentence):
    with pytest.raises(InputError, match=sentence):
        correct(day, dose, **words)
    assert Dose.objects.count() == 1


def test_of_two_corrections_the_second_is_sent_to_the_first(day, dose):
    correct(day, dose, lot="C7")
    with pytest.raises(TakenError, match="correct the newer record"):
        correct(day, dose, lot="C8")


def test_a_correction_is_corrected_in_its_turn(day, dose):
    first = correct(day, dose, lot="C7")
    second = correct(day, first, outcome="partly", lot="C7")

    assert second.replaces == first
    assert reading(day.session, now=day.now).partly_given == 1


def test_a_correction_sent_again_with_something_else_is_refused(day, dose):
    entry = new_id()
    correct(day, dose, id=entry, lot="C7")
    with pytest.raises(InputError, match="sent before"):
        correct(day, dose, id=entry, outcome="failed", lot="C7")


def test_a_device_of_another_session_is_not_corrected_here(day, dose, clinic, alvarez, lind, now):
    other = sit_down(
        Chair.objects.create(clinic=clinic, number=9),
        new_course(new_patient(clinic, now=now, name="Bello"), by=lind, now=now),
        nurse=alvarez,
        prescriber=lind,
        now=now,
    )
    with pytest.raises(InputError, match="not of this session"):
        correct(other, dose, lot="C7")


@pytest.fixture
def released(day):
    day.dose()
    day.watch()
    day.release()
    return day


def reopen(day, **words):
    return day.act(actions.reopen_session, **{"reason": "the wrong tile", **words})


def test_a_session_released_by_mistake_is_watched_again(released):
    reopen(released)

    session = Session.objects.get(pk=released.session.pk)
    now = reading(session, now=released.now)
    assert (session.ended_at, session.ending, session.chair.cleaning_since) == (None, "", None)
    assert now.stage == "observing"
    assert [one.id for one in now.release.blockers] == ["transport"], "the escort is seen anew"
    assert Alert.objects.filter(rule="session-reopened", for_role="prescriber").exists()


def test_what_the_ending_wrote_stays_struck_in_the_chart(released):
    reopen(released)
    ended = FactRow.objects.get(code="session.ended")
    assert ended.replaced_by.code == "session.reopened"
    assert ended.replaced_by.value == "the wrong tile"


def test_a_session_opened_again_is_ended_again_rightly(released):
    reopen(released)
    released.later(1)
    released.release()

    session = Session.objects.get(pk=released.session.pk)
    assert (session.ending, session.ended_at) == ("released", released.now)


def test_it_takes_a_reason(released):
    with pytest.raises(InputError, match="ended by mistake"):
        reopen(released, reason=" ")


def test_a_chair_that_somebody_else_sits_in_is_not_taken_back(released, clinic, alvarez, lind, now):
    actions.finish_cleaning(released.session.chair, by=alvarez, now=released.now)
    course = new_course(new_patient(clinic, now=now, name="Bello"), by=lind, now=now)
    chair = Chair.objects.get(pk=released.session.chair_id)
    sit_down(chair, course, nurse=alvarez, prescriber=lind, now=released.now)

    with pytest.raises(TakenError, match="Somebody else sits in chair 1"):
        reopen(released)


def test_after_a_later_session_the_earlier_one_stays_ended(released, clinic, alvarez, lind):
    released.later(3 * 24 * 60)
    chair = Chair.objects.create(clinic=clinic, number=2)
    sit_down(chair, released.session.course, nurse=alvarez, prescriber=lind, now=released.now)

    with pytest.raises(TakenError, match="later session"):
        reopen(released)


def test_an_open_session_has_nothing_to_take_back(day):
    day.check()
    assert reopen(day).ended_at is None
    assert not Alert.objects.filter(rule="session-reopened").exists()


def refuse_to_reopen(day, sentence):
    with pytest.raises(InputError, match=sentence):
        reopen(day)
    assert Session.objects.get(pk=day.session.pk).ending == "released"


def test_the_visit_of_somebody_who_died_after_it_does_not_go_on(released):
    released.later(30)
    released.act(actions.end_session, kind="death", told="Dr Lind", state="collapsed outside")
    refuse_to_reopen(released, "recorded as dead")

    wrong = FactRow.objects.get(code="after-end.death")
    released.act(actions.correct_reading, wrong=wrong.pk, value=False, reason="another patient")
    assert reopen(released).ended_at is None


def test_a_death_recorded_as_the_end_by_mistake_is_taken_back(day):
    day.dose()
    day.act(actions.end_session, kind="death", told="Dr Lind", state="the wrong tile")
    assert reopen(day).ended_at is None


def test_a_visit_does_not_go_on_once_its_course_has_ended(released, lind):
    end_course(released.session.course, by=lind, now=released.now, reason="remission")
    refuse_to_reopen(released, "The course ended on 14 Oct 2025")


def test_a_visit_does_not_go_on_in_a_blocked_chair(released, alvarez):
    chair = released.session.chair
    actions.finish_cleaning(chair, by=alvarez, now=released.now)
    actions.block_chair(chair, by=alvarez, now=released.now, reason="pump recall")
    refuse_to_reopen(released, "blocked: pump recall")


@pytest.mark.parametrize("hours", [13, 30 * 24])
def test_a_visit_that_ended_long_ago_does_not_go_on(released, hours):
    released.later(hours * 60)
    refuse_to_reopen(released, "more than 12 hours ago")


def test_a_visit_does_not_go_on_while_the_patient_sits_elsewhere_on_another_course(
    released, clinic, alvarez, lind
):
    other = "esketamine-mdsi-us"
    adopt_content(clinic, by=lind, now=released.now, content_id=other, version=1)
    patient = released.session.patient
    course = new_course(patient, by=lind, now=released.now, protocol_id=other, is_confirmed=True)
    released.later(30)
    chair = Chair.objects.create(clinic=clinic, number=2)
    sit_down(chair, course, nurse=alvarez, prescriber=lind, now=released.now)

    refuse_to_reopen(released, "A later session has begun")


END = {"kind": "against-advice", "told": "Dr Lind", "state": "awake"}
ENDS = {
    "release": lambda day, entry: day.release(id=entry),
    "another end": lambda day, entry: day.act(actions.end_session, id=entry, **END),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_end_that_was_taken_back_is_not_sent_again(day, end):
    day.dose()
    day.watch()
    entry = new_id()
    end(day, entry)
    reopen(day)
    day.later(1)

    with pytest.raises(InputError, match="taken back since"):
        end(day, entry)

    session = Session.objects.get()
    assert (session.ending, reading(session, now=day.now).stage) == ("", "observing")
    assert end(day, new_id()).ended_at == day.now


def test_a_death_that_was_taken_back_is_not_sent_again(released):
    words = {"id": new_id(), "kind": "death", "told": "Dr Lind", "state": "the family called"}
    released.act(actions.end_session, **words)
    wrong = FactRow.objects.get(code="after-end.death")
    released.act(actions.correct_reading, wrong=wrong.pk, value=False, reason="another patient")
    facts = FactRow.objects.count()

    with pytest.raises(InputError, match="taken back since"):
        released.act(actions.end_session, **words)

    assert FactRow.objects.count() == facts


WRONG_END = {"kind": "against-advice", "told": "Dr Lind", "state": "awake"}


def test_what_a_wrong_end_gave_to_do_is_withdrawn_with_the_reason_and_by_whom(day):
    day.dose()
    day.later(10)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})
    day.act(actions.end_session, **WRONG_END)
    duties = Alert.objects.filter(rule__startswith="against-advice.")
    opened = duties.count()
    assert opened > 0
    day.later(2)

    reopen(day)

    assert duties.count() == opened
    for duty in duties:
        assert duty.resolution == "Withdrawn, reopened by Rosa Alvarez: the wrong tile"
        assert (duty.resolved_by, duty.resolved_at) == (day.nurse, day.now)
    still_open = set(Alert.objects.filter(resolved_at=None).values_list("rule", flat=True))
    assert still_open == {"pressure-severe", "session-reopened"}
    record = record_content(day.session, by=day.nurse, now=day.now)
    assert "\n".join(record["events"]).count("Withdrawn, reopened by") == opened


def test_what_an_end_asked_for_before_it_was_set_right_is_withdrawn_too_and_the_log_says_what(day):
    day.check()
    day.order()
    day.act(actions.end_session, kind="not-dosed", reason="felt ill")
    assert Alert.objects.filter(rule="not-dosed.rebook", resolved_at=None).exists()
    day.later(5)
    at = day.session.seated_at
    day.device(1, is_already_given=True, at=at, reason="on paper")
    day.act(actions.end_session, **WRONG_END)
    assert not Alert.objects.filter(rule="not-dosed.rebook", resolved_at=None).exists()
    day.later(1)
    open_before = set(Alert.objects.filter(resolved_at=None).values_list("rule", flat=True))

    reopen(day)

    still_open = set(Alert.objects.filter(resolved_at=None).values_list("rule", flat=True))
    withdrawn = {rule for rule in open_before if rule.startswith(("not-dosed.", "against-advice."))}
    assert withdrawn | {"dose-after-end"} == open_before - still_open
    line = Event.objects.get(verb="treatment.reopen_session")
    assert line.details["withdrawn"] == sorted(open_before - still_open)


def test_a_transfer_on_the_way_home_is_no_end_and_keeps_its_duties(released):
    day = released
    day.act(actions.end_session, kind="transfer", told="Dr Lind", state="fell in the street")
    duties = Alert.objects.filter(rule__startswith="transfer.", resolved_at=None)
    before = duties.count()

    reopen(day)

    assert duties.count() == before > 0
    assert Event.objects.get(verb="treatment.reopen_session").details["withdrawn"] == []


def test_what_was_done_of_it_before_stays_as_it_was_done(day):
    day.dose()
    day.act(actions.end_session, **WRONG_END)
    duty = Alert.objects.filter(rule__startswith="against-advice.").earliest("raised_at")
    actions.resolve_alert(duty, by=day.prescriber, now=day.now, resolution="called them")

    reopen(day)

    duty.refresh_from_db()
    assert duty.resolution == "called them"


def test_who_really_leaves_after_that_opens_it_anew(day):
    day.dose()
    day.act(actions.end_session, **WRONG_END)
    reopen(day)
    day.later(5)

    day.act(actions.end_session, **WRONG_END)

    duties = Alert.objects.filter(rule__startswith="against-advice.")
    withdrawn = duties.exclude(resolved_at=None).count()
    assert duties.filter(resolved_at=None).count() == withdrawn > 0


def test_a_stay_that_was_too_short_by_a_wrong_release_is_withdrawn_too(released):
    day = released
    wrong = Dose.objects.latest("given_at")
    late_at = wrong.given_at + timedelta(minutes=30)
    day.act(
        actions.correct_dose,
        wrong=wrong.pk,
        outcome="given",
        lot=wrong.lot,
        at=late_at,
        reason="typed wrongly",
    )
    early = Alert.objects.get(rule="released-early")

    reopen(day)

    early.refresh_from_db()
    assert early.resolution.startswith("Withdrawn")
