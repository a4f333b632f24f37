"""What a tile, the strip and the page put first, and what they leave out."""

import pytest

from serein.server.alerts.models import Alert
from serein.server.alerts.queries import most_urgent_first
from serein.server.patients.models import FactRow
from serein.server.treatment import actions, queries
from serein.server.treatment.floor import board
from serein.server.treatment.floor.acts import TONES
from serein.server.treatment.floor.strip import STRIP_LENGTH, Next, pressing, strip
from serein.server.treatment.models import Chair
from serein.server.treatment.queries import Tile
from serein.server.treatment.session.steps import parts, steps
from serein.server.treatment.templatetags.findings import found
from tests.server.treatment.day import CALM, WELL, new_course, new_patient, sit_down

HIGH = {**CALM, "bp.systolic": 162, "bp.diastolic": 97}


@pytest.fixture
def tile(day, clinic, alvarez):
    def of(number=1):
        tiles = queries.floor(alvarez, clinic, now=day.now)
        return next(one for one in tiles if one.chair.number == number)

    return of


@pytest.fixture
def face(tile):
    return lambda: board.face(tile(), observations=queries.observations())


def next_of(tile: Tile) -> Next:
    """What this chair adds to the strip."""
    found = pressing(tile)
    assert found is not None
    return found


def test_what_calls_now_stands_before_what_is_older(day, face):
    day.dose()
    day.act(actions.record_vitals, values=HIGH)
    day.later(1)
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    day.later(1)
    day.act(actions.record_danger_sign, code="danger.seizure")

    shown = face()

    assert [alert.rule for alert in shown.alerts] == ["danger-seizure", "danger-chest-pain"]
    assert shown.more_alerts == 1


def test_of_two_that_call_now_the_unseen_one_is_first(day, now):
    seen = Alert(urgency="now", raised_at=now, acknowledged_at=now)
    unseen = Alert(urgency="now", raised_at=now)
    later = Alert(urgency="follow-up", raised_at=now)

    assert most_urgent_first([later, seen, unseen]) == [unseen, seen, later]


def test_an_unseen_call_is_the_main_act_and_the_first_of_the_strip(day, tile, face):
    day.dose()
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    raised_at = day.now
    day.later(3)

    act = face().act
    first = next_of(tile())

    assert (act.words, act.anchor, act.tone) == ("Call prescriber", "alerts", "act")
    assert (first.state, first.text, first.counts_to) == ("alert", "Chest pain", raised_at)
    for alert in Alert.objects.all():
        actions.acknowledge_alert(alert, by=day.nurse, now=day.now)
    assert face().act.words != "Call prescriber"
    assert next_of(tile()).state != "alert"


def test_a_check_that_was_missed_is_made_by_the_nurse_and_calls_nobody(day, tile, face):
    day.dose()
    day.later(55)
    actions.raise_overdue(day.session, now=day.now)

    assert next_of(tile()).state == "alert"
    assert (face().act.words, face().act.anchor, face().act.tone) == (
        "BP 40-min",
        "vitals",
        "act",
    )


def test_a_reading_that_a_missed_check_counts_from_is_not_out_of_limits(day, face):
    day.dose()
    day.later(55)
    [late] = actions.raise_overdue(day.session, now=day.now)
    upper = FactRow.objects.get(code="bp.systolic")
    late.evidence = [{"id": str(upper.id)}]
    late.save()

    assert not any(value.is_out for value in face().values)


def test_a_pressure_out_of_limits_is_measured_again_in_five_minutes(day, face):
    day.dose()
    day.act(actions.record_vitals, values=HIGH)
    day.later(1)

    act = face().act

    assert (act.words, act.anchor, act.tone) == ("Recheck in", "vitals", "wait")
    assert (act.until - day.now).total_seconds() == 4 * 60


def test_the_main_button_presses_as_the_strip_does_and_never_less_while_nothing_is_done(
    day, tile, face
):
    day.dose()
    day.act(actions.record_vitals, values=HIGH)

    seen = []
    for _minute in range(30):
        day.later(1)
        shown, first = face(), next_of(tile())
        assert first.state in TONES
        assert shown.act.tone == TONES[first.state]
        assert shown.tone == "act", "the reading out of limits stays red on the tile"
        seen.append(shown.act.tone)

    assert list(dict.fromkeys(seen)) == ["wait", "care", "act"]


def test_a_tile_is_never_calmer_than_its_button(day, face):
    day.dose()
    tones = []
    for _minute in range(60):
        day.later(1)
        shown = face()
        tones.append((shown.act.tone, shown.tone))

    assert list(dict.fromkeys(tones)) == [("wait", ""), ("care", "care"), ("act", "act")]


def test_a_good_reading_after_a_bad_one_is_not_red(day, face):
    day.dose()
    day.act(actions.record_vitals, values=HIGH)
    assert face().values[0].is_out

    day.later(4)
    day.act(actions.record_vitals, values=CALM)
    assert not face().values[0].is_out


def test_a_second_bad_reading_is_red_though_its_alert_was_open_before(day, face):
    day.dose()
    day.act(actions.record_vitals, values=HIGH)
    day.later(4)
    day.act(actions.record_vitals, values={**HIGH, "bp.systolic": 165})

    assert face().values[0].is_out


def test_who_may_go_but_for_the_escort_is_let_go(day, tile, face):
    day.dose()
    day.watch()

    act = face().act

    assert (act.words, act.tone) == ("Release", "main")
    assert [step.anchor for step in steps(tile()) if step.state == "now"] == ["release"]


def test_a_session_that_has_ended_has_no_next_act_and_says_when_it_was_measured(day):
    day.dose()
    day.watch()
    day.release()
    day.session.refresh_from_db()
    reading = queries.reading(day.session, now=day.now)
    known = queries.known(day.session)

    shown = board.face(
        queries.Tile(day.session.chair, day.session, known, reading),
        observations=queries.observations(),
    )

    assert shown.act is None
    assert all(value.is_past and not value.is_stale for value in shown.values)


def test_a_chair_is_once_in_the_strip_with_how_much_more_is_due_there(day, tile):
    day.dose()
    day.later(36)

    entry = next_of(tile())

    assert (entry.state, entry.text) == ("due", "BP 40-min, SpO2, respiration, sedation")
    assert entry.more == 0

    day.act(actions.record_danger_sign, code="danger.chest-pain")

    entry = next_of(tile())

    assert (entry.state, entry.text, entry.more) == ("alert", "Chest pain", 2)


def test_the_strip_holds_four_and_names_the_chairs_of_the_rest(day, clinic, alvarez, lind):
    for number in range(2, 8):
        chair = Chair.objects.create(clinic=clinic, number=number)
        course = new_course(
            new_patient(clinic, now=day.now, name=f"N {number}"), by=lind, now=day.now
        )
        sit_down(chair, course, nurse=alvarez, prescriber=lind, now=day.now)
    day.later(1)
    floor = queries.floor(alvarez, clinic, now=day.now)

    shown = strip(pressing(tile) for tile in floor)

    assert len(shown.entries) == STRIP_LENGTH == 4
    unseen = {one.chair.label for one in floor} - {one.chair for one in shown.entries}
    assert set(shown.others) == unseen


def test_a_step_is_done_only_when_nothing_of_it_waits_for_a_decision(day, tile):
    day.check(**{"suicidal-thoughts": True})
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 148, "bp.diastolic": 94})

    shown = {step.anchor: step for step in steps(tile())}

    assert shown["checks"].state == "now"
    assert shown["vitals"].state == "later"


def test_no_step_counts_what_is_left_once_the_visit_is_over(day, tile):
    day.dose()
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="well")

    reading = queries.reading(day.session, now=day.now)
    ended = Tile(day.session.chair, day.session, [], reading)

    assert [step.note for step in steps(ended) if "left" in step.note] == []
    assert [part.note for part in parts(ended) if "open" in part.note] == []


def test_the_line_runs_around_the_baseline_and_the_bar_marks_the_check(day, face):
    day.dose()
    day.later(20)
    day.act(actions.record_vitals, values=WELL)

    shown = face()

    assert shown.spark.base_y == shown.spark.points[0].y == 22
    assert shown.spark.points[1].y > 22
    assert shown.marks == [29]


def test_a_finding_says_what_was_found_in_words(day, tile):
    day.dose()
    day.later(10)
    day.act(actions.record_vitals, values={**HIGH, "sedation": 4, "dissociation": "moderate"})
    blockers = {one.id: found(one) for one in tile().reading.release.blockers}

    assert blockers["sedation"] == "slow to name"
    assert blockers["dissociation"] == "moderate"
    assert blockers["pressure"] == "162/97"


def test_the_navigation_counts_what_is_open(day, server_clock, signed_in, alvarez):
    tablet = signed_in(alvarez)
    assert "data-alert-count hidden" in tablet.get("/alerts/").content.decode()

    day.act(actions.record_danger_sign, code="danger.chest-pain")
    assert "data-alert-count>1<" in tablet.get("/alerts/").content.decode()
    lost = tablet.get("/nothing/here/")
    assert lost.status_code == 404
    assert "data-alert-count>1<" in lost.content.decode(), "a wrong address hides no alert"


def test_a_seat_page_without_anybody_to_seat_is_one_sentence(day, server_clock, signed_in, alvarez):
    free = Chair.objects.create(clinic=day.session.clinic, number=9)

    page = signed_in(alvarez).get(f"/seat/{free.id}/").content.decode()

    assert "Nobody with an open course is waiting" in page
    assert 'name="identifiers"' not in page


def test_a_pressure_that_waits_for_the_prescriber_says_so_on_button_tile_and_strip(day, tile, face):
    day.check()
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 152, "bp.diastolic": 94})
    taken_at = day.now

    shown, first = face(), next_of(tile())

    assert (shown.act.words, shown.act.anchor, shown.act.tone) == (
        "Prescriber decides",
        "checks",
        "care",
    )
    assert (first.text, first.state, first.counts_to) == ("Prescriber decides", "due", taken_at)
    assert shown.tone == "care"
    assert shown.values[0].is_out

    day.act(actions.decide, by=day.prescriber, rule="baseline-pressure", reason="Usual")

    assert face().act.words == "Order needed"
    assert pressing(tile()) is None


def test_a_pressure_beyond_the_limit_stays_marked_whatever_was_said_of_its_call(day, face):
    day.dose()
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185, "bp.diastolic": 112})
    for alert in Alert.objects.all():
        actions.resolve_alert(alert, by=day.prescriber, now=day.now, resolution="Labetalol")

    assert face().values[0].is_out
    day.later(5)
    day.act(actions.record_vitals, values=CALM)
    assert not face().values[0].is_out


def test_what_was_looked_at_long_ago_says_when_and_that_it_is_old(day, face):
    day.dose()
    day.act(actions.record_vitals, values=WELL)
    assert "Alert" in [chip.words for chip in face().chips]

    taken = f"{day.now.astimezone(day.session.clinic.zone):%H:%M}"
    day.later(50)

    words = [chip.words for chip in face().chips]
    assert f"Alert {taken}, stale" in words
    assert f"Dissociation none {taken}, stale" in words


def test_the_tile_says_what_was_given_of_what_was_ordered(day, face):
    day.check()
    day.order(56)
    day.device(1)
    assert face().what.endswith(" 56 mg")
    day.act(actions.stop_treatment)

    assert face().what.endswith(" 28 of 56 mg")
