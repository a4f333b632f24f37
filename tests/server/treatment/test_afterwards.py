"""What happens once the patient has left is stored and told, and undoes no true release."""

import re

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.clinical.summary import summarize
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.models import Session
from serein.server.treatment.paper.record import record_content
from serein.server.treatment.queries import reading
from tests.server.treatment.day import CALM, WELL, new_course, new_patient, sit_down
from tests.server.treatment.screens import draw_pages, print_papers

pytestmark = pytest.mark.usefixtures("server_clock")


@pytest.fixture
def gone(day):
    """A patient who was released ten minutes ago."""
    day.dose()
    day.watch()
    day.release()
    day.session.refresh_from_db()
    day.later(10)
    return day


def rules(day):
    return set(Alert.objects.filter(encounter=day.session.pk).values_list("rule", flat=True))


def test_a_danger_sign_after_release_calls_the_prescriber_and_leaves_the_release(gone):
    ended_at = gone.session.ended_at
    before = reading(gone.session, now=gone.now)
    earlier = rules(gone)

    raised = gone.act(actions.record_danger_sign, code="danger.seizure")

    assert raised
    assert rules(gone) > earlier
    session = Session.objects.get()
    assert (session.ending, session.ended_at) == ("released", ended_at)
    after = reading(gone.session, now=gone.now)
    assert (after.latest, after.release, after.at) == (before.latest, before.release, before.at)
    assert Event.objects.latest("line").details["after_end"] is True


def names_911(page):
    """Whether the number stands there as a word, and not in somebody's id."""
    return re.search(r"\b911\b", page) is not None


def test_the_page_of_who_has_left_tells_what_was_and_calls_nobody_for_it(day):
    day.dose()
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    assert names_911(draw_pages(day).split('id="now"')[0])
    day.later(1)
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")

    page = draw_pages(day)
    assert "it was in the visit; what was done is still to be said" in page
    assert not names_911(page.split('id="danger"')[0])
    card = page.split('id="alerts"')[1].split('id="now"')[0]
    chest = next(part for part in card.split('<li class="alarm"') if "Chest pain" in part)
    assert "○ owed" in chest
    assert "What it asked for then: Call the prescriber now" in chest.split("<details")[1]
    assert not names_911(chest.split("<details")[0])
    assert "Still owed for this visit" in card
    assert "one tap raises an alert" not in page


def test_what_is_seen_after_the_end_calls_as_it_did(gone):
    gone.act(actions.record_danger_sign, code="danger.chest-pain")

    page = draw_pages(gone)

    assert names_911(page.split('id="now"')[0].split('id="danger"')[0])
    assert "it was in the visit" not in page


def test_readings_after_release_are_those_of_no_form(gone):
    before = summarize(reading(gone.session, now=gone.now))

    raised = gone.act(
        actions.record_vitals, values={**WELL, "bp.systolic": 195, "bp.diastolic": 100}
    )

    assert "pressure-severe" in {alert.rule for alert in raised}
    assert summarize(reading(gone.session, now=gone.now)) == before


def test_a_crossing_after_release_dealt_with_is_opened_anew_by_a_newer_one(gone):
    [first, *_] = gone.act(
        actions.record_vitals, values={**WELL, "bp.systolic": 195, "bp.diastolic": 100}
    )
    actions.resolve_alert(first, by=gone.prescriber, now=gone.now, resolution="lay down")
    gone.later(1)

    again = gone.act(
        actions.record_vitals, values={**WELL, "bp.systolic": 198, "bp.diastolic": 101}
    )

    assert first.rule in {alert.rule for alert in again}


def test_a_calm_reading_after_release_raises_nothing(gone):
    assert gone.act(actions.record_vitals, values=WELL) == []
    assert gone.act(actions.add_note, text="Called from the taxi, well") == []


@pytest.mark.parametrize("kind", ["transfer", "death"])
def test_a_transfer_or_death_after_release_stands_beside_it_with_its_duties(gone, kind):
    ended_at = gone.session.ended_at
    lines = Event.objects.count()

    session = gone.act(actions.end_session, kind=kind, told="Dr Lind", state="fell in the lobby")

    assert (session.ending, session.ended_at) == ("released", ended_at)
    assert f"{kind}.prescriber-told" in rules(gone)
    assert FactRow.objects.filter(code=f"after-end.{kind}", value=True).count() == 1
    assert Event.objects.count() == lines + 1
    notes = set(FactRow.objects.filter(code="note").values_list("value", flat=True))
    assert any("fell in the lobby" in note for note in notes)
    page = draw_pages(gone)
    assert "after the end" in page
    assert "Released" in page
    events = record_content(gone.session, by=gone.nurse, now=gone.now)["events"]
    assert any("after the visit had ended (after the end)" in line for line in events)
    print_papers(gone)


def test_a_transfer_after_release_that_nobody_was_told_of_asks_for_it(gone):
    gone.act(actions.end_session, kind="transfer", state="x" * 1500)

    assert "transfer.nobody-told" in rules(gone)


def test_a_transfer_after_release_is_stored_once_however_often_it_is_sent(gone):
    entry = new_id()
    gone.act(actions.end_session, kind="transfer", told="Dr Lind", id=entry)
    facts = FactRow.objects.count()

    gone.act(actions.end_session, kind="transfer", told="Dr Lind", id=entry)
    gone.act(actions.end_session, kind="transfer", told="Dr Lind")

    assert FactRow.objects.count() == facts


def test_a_death_after_a_transfer_is_recorded(day):
    day.act(actions.end_session, kind="transfer", told="Dr Lind", state="asleep")
    day.later(60)
    day.act(actions.end_session, kind="death", told="Dr Lind", state="the hospital called")
    assert FactRow.objects.filter(code="after-end.death").exists()

    with pytest.raises(InputError, match="ended already"):
        day.act(actions.end_session, kind="against-advice")


def test_whoever_died_after_release_is_not_seated_until_it_is_taken_back(gone, signed_in):
    gone.act(actions.end_session, kind="death", told="Dr Lind", state="the family called")
    chair = gone.session.chair
    actions.finish_cleaning(chair, by=gone.nurse, now=gone.now)
    words = {"nurse": gone.nurse, "prescriber": gone.prescriber}
    course = gone.session.course
    with pytest.raises(InputError, match="recorded as dead"):
        sit_down(chair, course, now=gone.now, **words)
    assert "Nowak" not in signed_in(gone.nurse).get(f"/seat/{chair.pk}/").content.decode()

    wrong = FactRow.objects.get(code="after-end.death")
    gone.act(actions.correct_reading, wrong=wrong.pk, value=False, reason="another patient")

    gone.later(60)
    assert sit_down(chair, course, now=gone.now, **words).session.pk


def test_it_is_recorded_when_the_chair_is_taken_by_the_next_patient(gone, clinic, lind):
    chair = gone.session.chair
    actions.finish_cleaning(chair, by=gone.nurse, now=gone.now)
    course = new_course(new_patient(clinic, now=gone.now, name="Weiss"), by=lind, now=gone.now)
    sit_down(chair, course, nurse=gone.nurse, prescriber=lind, now=gone.now)

    assert gone.act(actions.record_danger_sign, code="danger.chest-pain")
    assert gone.act(actions.end_session, kind="transfer", told="Dr Lind").ending == "released"


def test_a_new_dose_or_answer_is_still_refused_after_the_end(gone):
    with pytest.raises(InputError, match="ended at"):
        gone.act(actions.record_checks, answers={"psychosis": False})
    with pytest.raises(InputError, match="ended at"):
        gone.device(3)


def test_owen_records_nothing_after_our_release(gone, owen):
    facts = FactRow.objects.count()
    with pytest.raises(PermissionDenied):
        gone.act(actions.end_session, by=owen, kind="transfer")
    with pytest.raises(PermissionDenied):
        gone.act(actions.record_vitals, by=owen, values=CALM)
    assert FactRow.objects.count() == facts


def test_the_page_offers_after_the_end_what_can_still_happen(gone):
    page = draw_pages(gone)

    assert "Something happened after the end" in page
    assert 'value="transfer"' in page
    assert 'value="against-advice"' not in page
    assert "A device was already given" in page
    assert 'id="danger"' in page
