"""What the session's page offers, reads and says again: through the browser's own requests."""

import html
import re
import uuid

import pytest
from django.utils.html import escape

from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.patients.models import FactRow
from serein.server.treatment import actions, queries
from serein.server.treatment.floor import tiles
from serein.server.treatment.models import Chair, Dose, Order
from serein.server.treatment.queries import reading
from tests.server.treatment.day import CALM
from tests.server.treatment.screens import draw_pages

pytestmark = pytest.mark.usefixtures("server_clock")


def newest(day, code):
    return FactRow.objects.filter(encounter=day.session.pk, code=code).latest("recorded_at")


def correct(send, fact, value):
    return send("correct", wrong=fact.id, value=value, reason="the wrong button")


@pytest.mark.parametrize(
    ("act", "code", "words"),
    [
        (actions.record_danger_sign, "danger.chest-pain", {"code": "danger.chest-pain"}),
        (actions.stop_treatment, "patient-stopped", {}),
        (actions.mark_ready, "ready-to-leave", {}),
    ],
)
def test_a_tap_by_mistake_is_taken_back_from_the_page(day, send, act, code, words):
    day.dose()
    day.act(act, **words)
    tapped = newest(day, code)
    assert str(tapped.id) in draw_pages(day)
    lines = Event.objects.count()
    day.later(1)

    assert correct(send, tapped, "no").status_code == 302

    assert reading(day.session, now=day.now).latest[code].value is False
    assert Event.objects.filter(verb="treatment.correct_reading").count() == 1
    assert Event.objects.count() == lines + 1
    assert str(tapped.id) not in draw_pages(day)


def test_a_danger_sign_taken_back_holds_nobody_any_more(day, send):
    day.dose()
    day.act(actions.record_danger_sign, code="danger.seizure")
    correct(send, newest(day, "danger.seizure"), "no")

    assert reading(day.session, now=day.now).moment.derived["danger-signs.recorded"].value == 0


def test_after_a_stop_taken_back_the_next_device_is_open_and_the_prescriber_hears(day, send):
    day.check()
    day.order()
    day.device(1)
    day.later(5)
    day.act(actions.stop_treatment)
    correct(send, newest(day, "patient-stopped"), "no")

    upcoming = reading(day.session, now=day.now).next_device
    assert upcoming is not None
    assert upcoming.is_ready
    assert Alert.objects.get(rule="stop-taken-back").for_role == "prescriber"


def test_would_be_ready_may_be_said_again_after_it_was_taken_back(day, send):
    day.dose()
    day.act(actions.mark_ready)
    correct(send, newest(day, "ready-to-leave"), "no")
    assert "Mark: ready to leave now" in draw_pages(day)
    day.later(20)

    assert send("ready").status_code == 302
    assert "Would have been ready to leave at" in draw_pages(day)


def test_yes_or_no_is_asked_for_in_words(day, send):
    day.act(actions.record_danger_sign, code="danger.seizure")

    answer = correct(send, newest(day, "danger.seizure"), "perhaps")

    assert answer.status_code == 400
    assert "Seizure is one of: yes, no" in answer.content.decode()


def test_a_note_is_corrected_beside_the_old_one_even_to_a_number(day, send):
    day.act(actions.add_note, text="Listens to musik")
    assert correct(send, newest(day, "note"), "5").status_code == 302

    assert reading(day.session, now=day.now).latest["note"].value == "5"


def test_a_choice_is_corrected_by_its_word(day, send):
    day.check()

    assert correct(send, newest(day, "pregnancy"), "not known").status_code == 302
    assert reading(day.session, now=day.now).latest["pregnancy"].value == "unknown"


def test_a_refused_correction_stays_open_with_what_was_typed(day, send):
    day.act(actions.record_vitals, values=CALM)
    wrong = newest(day, "bp.systolic")

    answer = correct(send, wrong, "1o2").content.decode()

    form = answer.split('id="correct"')[1].split("</form>")[0]
    assert 'name="value" value="1o2"' in form
    assert 'value="the wrong button"' in form
    assert f'name="wrong" value="{wrong.id}"' in form


@pytest.mark.parametrize(
    ("code", "offered", "stands"),
    [
        ("sedation", "slow to name", "alert"),
        ("dissociation", "moderate", "none"),
        ("breathing", "slow or shallow", "normal"),
    ],
)
def test_a_word_is_corrected_by_the_choice_it_was_picked_from(
    day, signed_in, code, offered, stands
):
    day.act(actions.record_vitals, values=CALM)
    wrong = newest(day, code)
    assert f"?correct={wrong.id}#correct" in draw_pages(day)

    page = signed_in(day.nurse).get(f"/sessions/{day.session.pk}/", {"correct": wrong.id})

    form = page.content.decode().split('id="correct"')[1].split("</form>")[0]
    scale = queries.observations().scale_of(code)
    assert re.findall(r'type="radio" name="value" value="([^"]*)"', form) == [
        one.text for one in scale.choice
    ]
    assert f'value="{offered}"' in form
    assert f'value="{stands}" required checked' in form
    assert "textarea" not in form


@pytest.mark.parametrize("asked", ["nothing", "01890000-0000-7000-8000-000000000000"])
def test_a_value_that_is_not_there_is_offered_no_correction(day, signed_in, asked):
    page = signed_in(day.nurse).get(f"/sessions/{day.session.pk}/", {"correct": asked})

    assert page.status_code == 200
    assert 'id="correct"' not in page.content.decode()


def test_an_unlikely_correction_is_stored_once_it_is_confirmed(day, send):
    day.act(actions.record_vitals, values=CALM)
    wrong = newest(day, "heart-rate")

    asked = correct(send, wrong, "190")
    confirms = page_value(asked, "confirms")
    words = {"wrong": wrong.id, "value": "190", "reason": "counted twice", "confirms": confirms}

    assert asked.status_code == 400
    assert confirms.startswith("Heart rate 190")
    assert send("correct", **{**words, "value": "195"}).status_code == 400
    assert send("correct", **words).status_code == 302
    assert reading(day.session, now=day.now).latest["heart-rate"].value == 190


def test_what_was_confirmed_covers_no_value_that_was_typed_since(day, send):
    asked = send("vitals", **{"heart-rate": "190", "respiration": "16"})
    confirms = page_value(asked, "confirms")
    changed = send("vitals", **{"heart-rate": "72", "respiration": "50", "confirms": confirms})

    assert (asked.status_code, changed.status_code) == (400, 400)
    assert " 50 " in page_value(changed, "confirms")
    assert "heart-rate" not in reading(day.session, now=day.now).latest
    both = "\r\n".join([confirms, page_value(changed, "confirms")])
    told = {"heart-rate": "190", "respiration": "50", "confirms": both}
    assert send("vitals", **told).status_code == 302


def page_value(answer, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.content.decode())
    return html.unescape(found[1] if found else "")


def test_a_nurse_corrects_nothing_that_is_the_prescribers_to_judge(day, send):
    answers = {"benefit.judged": "some"}
    day.act(actions.record_checks, by=day.prescriber, answers=answers)
    judged = FactRow.objects.get(code="benefit.judged")

    answer = correct(send, judged, "no benefit")

    assert answer.status_code == 400
    assert "is the prescriber" in answer.content.decode()
    assert FactRow.objects.get(code="benefit.judged").value == "some"


def test_owen_corrects_no_tap_here(day, send, owen):
    day.act(actions.stop_treatment)

    assert send("correct", by=owen, wrong=newest(day, "patient-stopped").id).status_code in (
        403,
        404,
    )
    assert newest(day, "patient-stopped").value is True


@pytest.mark.parametrize("outcome", ["failed", "partly"])
def test_a_failed_or_partly_given_device_is_replaced_from_the_page(day, send, outcome):
    day.check()
    day.order()
    day.device(1, outcome=outcome)
    day.later(1)
    assert 'value="28/1"' in draw_pages(day)

    assert send("order", by=day.prescriber, dose_mg="28/1").status_code == 302

    assert Order.objects.latest("ordered_at").replaces_device == 1
    assert 'value="28/1"' not in draw_pages(day)


def test_while_a_failed_device_waits_the_main_order_can_be_changed(day, send):
    day.check()
    day.order(56)
    day.device(1, outcome="failed")
    day.later(1)

    assert send("order", by=day.prescriber, dose_mg="84").status_code == 302

    order = Order.objects.latest("ordered_at")
    assert (order.dose_mg, order.replaces_device) == (84, None)


@pytest.mark.parametrize("dose", ["", "56 mg", "28/"])
def test_a_dose_that_is_no_number_is_sent_back(send, day, dose):
    assert send("order", by=day.prescriber, dose_mg=dose).status_code == 400


def test_who_watched_a_device_given_earlier_is_named(day, send, osei):
    day.check()
    day.order()
    typed = {"step": 1, "outcome": "given", "lot": "B12", "is_already_given": "on"}
    stranger = send("device", **typed, observer=uuid.uuid4())
    assert stranger.status_code == 400
    assert "Choose who watched from the list" in stranger.content.decode()

    assert send("device", **typed, observer=osei.pk).status_code == 302
    assert Dose.objects.get().observer == osei


def test_a_refused_decision_says_why_in_the_part_where_it_was_asked(day, send):
    day.dose()
    day.watch()
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 165})

    answer = send("decision", by=day.prescriber, rule="pressure", reason="ok").content.decode()

    assert 'id="release" open' in answer
    assert 'id="checks" open' not in answer
    assert answer.index('id="release"') < answer.index("Give the reason in a sentence")
    assert answer.count("Give the reason in a sentence") == 1


def test_another_way_home_has_its_place_before_the_dose_and_at_the_door(day, send):
    day.check(**{"transport.arranged": False})
    day.later(1)
    told = {"transport.way": "taxi", "transport.way-detail": "City Cab"}
    assert 'name="transport.way"' in draw_pages(day)
    assert send("checks", **told, **{"transport.no-driving": "yes"}).status_code == 302

    shut = {gate.id for gate in reading(day.session, now=day.now).open_gates}
    assert "transport-arranged" not in shut
    assert escape("✓ Ride") in _floor(day)


def _floor(day):
    draw_pages(day)
    return " ".join(drawn.html for drawn in tiles._drawn.values())


def test_the_release_form_takes_another_way_home(day, send):
    day.dose()
    day.watch()
    way = {"way_home": "taxi", "way_detail": "City Cab", "is_acknowledged_by_patient": "on"}

    assert send("release", **way).status_code == 400
    assert send("release", **way, is_not_driving="on").status_code == 302


def test_the_dead_are_not_offered_a_chair(day, signed_in):
    day.act(actions.end_session, kind="death", told="Dr Lind", state="dead")
    chair = Chair.objects.create(clinic=day.session.clinic, number=2)

    offered = signed_in(day.nurse).get(f"/seat/{chair.pk}/").content.decode()

    assert "Nowak" not in offered


@pytest.mark.parametrize(
    "typed", [{"bp.systolic": "abc"}, {"bp.systolic": "4000"}], ids=["shape", "rule"]
)
def test_a_refused_form_shows_the_chart_and_leaves_the_line_of_a_look_at_it(day, send, typed):
    day.check()
    lines = Event.objects.count()

    answer = send("vitals", **typed)

    assert answer.status_code == 400
    assert "128/82" in answer.content.decode()
    looked = Event.objects.order_by("-line")[: Event.objects.count() - lines]
    assert [one.verb for one in looked] == ["patients.view"]


def test_a_number_of_a_thousand_digits_is_sent_back_and_corrects_nothing(day, send):
    day.check()
    wrong = newest(day, "bp.systolic")

    answer = correct(send, wrong, "1" * 1900)

    assert answer.status_code == 400
    assert "cannot be a reading" in answer.content.decode()
    assert newest(day, "bp.systolic") == wrong
    assert send("vitals", **{"heart-rate": "1" * 1900}).status_code == 400
