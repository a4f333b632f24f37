"""A set of readings or answers with a wrong time is moved whole, and judged anew."""

from datetime import timedelta

import pytest

from serein.clinical.errors import InputError
from serein.clinical.facts import Chart
from serein.server import clock
from serein.server.alerts.models import Alert
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.paper.record import record_content
from serein.server.treatment.paper.told import told_of_visits
from serein.server.treatment.queries import known, reading
from serein.server.treatment.session.correcting import answered
from serein.server.treatment.tasks import sweep_overdue
from tests.server.treatment.day import ANSWERS, CALM
from tests.server.treatment.screens import draw_pages
from tests.server.treatment.test_order import shut

WHY = "read from the wrong clock"


def newest(day, code="bp.systolic"):
    return reading(day.session, now=day.now).latest[code]


def move(day, at, *, code="bp.systolic", **words):
    return day.act(actions.correct_time, wrong=newest(day, code).id, at=at, reason=WHY, **words)


def clock_of(day, at):
    return f"{at.astimezone(day.session.clinic.zone):%H:%M}"


def test_the_whole_set_stands_at_the_right_time_beside_the_wrong_one(day):
    day.later(20)
    day.act(actions.record_vitals, values=CALM)
    right_at = day.now - timedelta(minutes=12)

    move(day, right_at)

    standing = [one for one in Chart.of(known(day.session)).facts if one.code in CALM]
    assert {one.code: one.value for one in standing} == CALM
    assert {one.effective_at for one in standing} == {right_at}
    rows = FactRow.objects.filter(code="bp.systolic")
    assert rows.count() == 2
    assert rows.get(replaces__isnull=False).reason == WHY


def test_answers_given_together_move_together_and_what_belongs_to_the_patient_stays_theirs(day):
    day.later(20)
    day.act(actions.record_checks, answers=ANSWERS)
    right_at = day.now - timedelta(minutes=9)

    move(day, right_at, code="fasting.food")

    moved = FactRow.objects.filter(replaces__isnull=False)
    assert set(moved.values_list("code", flat=True)) == set(ANSWERS)
    assert set(moved.values_list("effective_at", flat=True)) == {right_at}
    assert moved.get(code="rems.enrolled").encounter is None
    assert moved.get(code="fasting.food").encounter == day.session.id


def test_what_is_due_goes_by_the_right_time(day):
    day.dose()
    day.later(50)
    sweep_overdue(now=day.now)
    missed = Alert.objects.get(rule="forty-minute-overdue")
    day.act(actions.record_vitals, values=CALM)

    move(day, day.now - timedelta(minutes=18))

    missed.refresh_from_db()
    assert missed.resolved_at is not None
    assert "Taken at" in missed.resolution


def test_moved_out_of_its_window_the_check_was_missed(day):
    day.dose()
    day.later(35)
    day.act(actions.record_vitals, values=CALM)
    day.later(20)
    assert not Alert.objects.exists()

    move(day, day.now)

    assert Alert.objects.get().rule == "forty-minute-overdue"


@pytest.mark.usefixtures("server_clock")
def test_the_call_that_it_raised_stays_one_call_and_says_the_right_time(day):
    day.dose()
    day.later(20)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})
    [call] = Alert.objects.all()
    right_at = day.now - timedelta(minutes=12)
    move(day, right_at)

    assert [one.pk for one in Alert.objects.all()] == [call.pk]
    card = draw_pages(day).split(f'id="alert-{call.id}"')[1].split("</li>")[0]
    assert card.count(f"The time was corrected to {clock_of(day, right_at)}") == 1
    assert f'· <span class="num">{clock_of(day, right_at)}, entered' in card
    assert told_of_visits([call], prescribers=())[0].corrected == [
        f"The time was corrected to {clock_of(day, right_at)} at {clock_of(day, day.now)} "
        "by Rosa Alvarez"
    ]


def test_an_answered_call_is_not_made_again_for_the_same_reading(day):
    day.dose()
    day.later(20)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})
    call = Alert.objects.get()
    actions.resolve_alert(call, by=day.prescriber, now=day.now, resolution="labetalol")

    assert move(day, day.now - timedelta(minutes=12)) == []

    assert not Alert.objects.filter(resolved_at=None).exists()


def earliest(day):
    """The earliest time that what was done before the seating may be entered with."""
    known_of = reading(day.session, now=day.now).protocol.record
    return day.session.seated_at - known_of.before_seating


def test_a_time_to_come_one_too_long_before_the_seating_and_the_same_one_are_refused(day):
    day.later(10)
    day.act(actions.record_vitals, values=CALM)
    before = earliest(day) - timedelta(minutes=1)
    for at, why in (
        (day.now + timedelta(minutes=1), "has not come yet"),
        (before, "The patient was seated at"),
        (day.now, "the time it has already"),
        (None, "Enter the time at which it really was"),
    ):
        with pytest.raises(InputError, match=why):
            move(day, at)
    assert not FactRow.objects.filter(replaces__isnull=False).exists()


@pytest.mark.parametrize("code", ["bp.systolic", "fasting.food"])
def test_what_was_entered_as_before_the_seating_is_set_right_there_too(day, code):
    day.later(5)
    right_at = earliest(day)
    day.act(actions.record_vitals, values=CALM)
    day.act(actions.record_checks, answers=ANSWERS)
    for at in (right_at, right_at + timedelta(minutes=2)):
        move(day, at, code=code)
        assert newest(day, code).effective_at == at
        offered = {len(one.titles) for one in answered(day.session, known(day.session))}
        assert len(ANSWERS) in offered


def test_a_consent_is_not_moved_behind_the_first_dose(day):
    day.dose()
    with pytest.raises(InputError, match="No consent is taken between"):
        move(day, day.now, code="consent.seen")


def test_sent_twice_it_moves_once_and_with_another_time_it_is_refused(day):
    day.later(20)
    day.act(actions.record_vitals, values=CALM)
    asked = {"wrong": newest(day).id, "id": new_id(), "reason": WHY}
    at = day.now - timedelta(minutes=9)
    for _time in range(2):
        day.act(actions.correct_time, at=at, **asked)
    assert FactRow.objects.filter(replaces__isnull=False).count() == len(CALM)

    with pytest.raises(InputError, match="sent before, for something else"):
        day.act(actions.correct_time, at=day.now, **asked)
    with pytest.raises(InputError, match="was corrected already"):
        day.act(actions.correct_time, at=day.now, **{**asked, "id": new_id()})


@pytest.mark.usefixtures("server_clock")
def test_page_and_record_show_both_times_in_one_line(day, signed_in):
    day.later(20)
    day.check()
    was_at, right_at = day.now, day.now - timedelta(minutes=12)
    page = signed_in(day.nurse)
    clock.set_to(day.now, frozen=True)
    at = f"/sessions/{day.session.id}/"
    asked = page.get(at, {"time": str(newest(day).id)}).content.decode()
    assert f"Correct the time {clock_of(day, was_at)}" in asked
    assert "Heart rate" in asked.split('id="correct"')[1].split("</form>")[0]

    words = {"entry": new_id(), "patient": day.session.patient_id, "wrong": newest(day).id}
    sent = {**words, "at": clock_of(day, right_at), "reason": WHY}
    assert page.post(f"{at}correct-time/", sent).status_code == 302

    shown = page.get(at).content.decode()
    line = f"Time of the set <s>{clock_of(day, was_at)}</s> → {clock_of(day, right_at)}"
    assert shown.count(line) == 1
    record = record_content(day.session, by=day.nurse, now=day.now)
    [struck] = record["corrected"]
    assert struck[1:] == [
        clock_of(day, was_at),
        f" → {clock_of(day, right_at)}; Rosa Alvarez {clock_of(day, was_at)} → "
        f"Rosa Alvarez {clock_of(day, was_at)}: {WHY}",
    ]
    assert record["readings"][0][0].startswith(clock_of(day, right_at))


@pytest.mark.usefixtures("server_clock")
def test_a_refused_time_keeps_what_was_typed(day, signed_in):
    day.later(20)
    day.act(actions.record_vitals, values=CALM)
    clock.set_to(day.now, frozen=True)
    words = {"entry": new_id(), "patient": day.session.patient_id, "wrong": newest(day).id}
    early = clock_of(day, earliest(day) - timedelta(minutes=5))
    at = f"/sessions/{day.session.id}/correct-time/"

    answer = signed_in(day.nurse).post(at, {**words, "at": early, "reason": WHY})

    assert answer.status_code == 400
    shown = answer.content.decode()
    assert "The patient was seated at" in shown
    form = shown.split('id="correct"')[1].split("</form>")[0]
    assert f'value="{early}"' in form
    assert WHY in form


def released(day):
    """A patient let go by the set of readings that was taken at the door."""
    day.dose()
    day.watch()
    day.release()
    day.later(3)
    return newest(day)


def test_a_set_that_turns_out_too_old_for_the_release_tells_the_prescriber_once(day):
    at_the_door = released(day).effective_at

    move(day, at_the_door - timedelta(minutes=70))
    move(day, at_the_door - timedelta(minutes=69))

    told = Alert.objects.get(rule="release-unfounded")
    assert (told.for_role, told.urgency) == ("prescriber", "now")
    assert told.text.startswith("By the corrected time, not all of it held when the patient left")
    assert told.text.endswith("No dissociation")


def test_a_set_taken_after_the_patient_had_left_tells_the_prescriber(day):
    day.dose()
    day.watch()
    day.release()
    day.later(10)

    move(day, day.now - timedelta(minutes=3))

    assert Alert.objects.filter(rule="release-unfounded").exists()


def test_a_time_by_which_the_release_still_holds_tells_nobody(day):
    move(day, released(day).effective_at - timedelta(minutes=4))
    assert not Alert.objects.exists()


def test_where_a_patient_left_otherwise_no_release_is_told_of(day):
    day.dose()
    day.watch()
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")
    before = Alert.objects.count()

    move(day, day.now - timedelta(minutes=70))

    assert Alert.objects.count() == before


def test_reopening_the_visit_withdraws_what_told_of_its_release(day):
    move(day, released(day).effective_at - timedelta(minutes=70))
    day.act(actions.reopen_session, reason="still in the chair")

    assert Alert.objects.get(rule="release-unfounded").resolved_at is not None


@pytest.mark.parametrize("minutes", [-1, 1, 3])
@pytest.mark.parametrize("is_dosed", [False, True])
def test_a_go_ahead_stays_when_the_time_alone_of_what_it_covers_is_corrected(
    day, minutes, is_dosed
):
    go_ahead(day)
    if is_dosed:
        day.device(1)
        day.later(10)

    move(day, newest(day).effective_at + timedelta(minutes=minutes))

    assert shut(day) == set()
    assert not Alert.objects.exists()


def test_a_value_that_is_corrected_after_a_go_ahead_asks_for_it_anew(day):
    go_ahead(day)
    move(day, newest(day).effective_at + timedelta(minutes=1))
    wrong = newest(day).id
    day.act(actions.correct_reading, wrong=wrong, value=155, reason="typed wrongly")

    assert shut(day) == {"baseline-pressure"}


def go_ahead(day):
    """A pressure above the limit on which the prescriber decided two minutes later."""
    day.later(5)
    day.act(actions.record_checks, answers=ANSWERS)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 152})
    day.later(2)
    word = "known hypertensive, took the tablets"
    day.act(actions.decide, by=day.prescriber, rule="baseline-pressure", reason=word)
    day.order()
    day.later(2)
