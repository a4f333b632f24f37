"""A reading that crosses several limits calls once, with each rule as a reason."""

from datetime import timedelta

import pytest

from serein.server import clock
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.floor.strip import pressing
from serein.server.treatment.paper.record import record_content
from serein.server.treatment.queries import floor
from tests.server.treatment.day import CALM
from tests.server.treatment.screens import draw_pages

pytestmark = pytest.mark.usefixtures("server_clock")
RULES = ["pressure-severe", "pressure-high", "pressure-rise"]
SEVERE, HIGH, RISE = (
    "Blood pressure 180/110 or above",
    "Blood pressure 160/100 or above",
    "Blood pressure risen by 40 systolic or 25 diastolic over baseline",
)


def measure(day, systolic, **values):
    day.later(5)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": systolic, **values})


def correct(day, value):
    wrong = FactRow.objects.filter(code="bp.systolic", replaced_by=None).latest("effective_at")
    day.act(actions.correct_reading, wrong=wrong.pk, value=value, reason="typed wrongly")


@pytest.fixture
def call(day):
    day.dose()
    measure(day, 185)
    return Alert.objects.get()


def test_one_reading_is_one_call_with_every_rule_and_its_why(call):
    assert call.rules == RULES
    assert (call.urgency, call.words, call.lesser) == ("now", SEVERE, [HIGH, RISE])
    assert all("185 mmHg" in one["source"]["why"] for one in call.reasons[:2])
    assert all(one["source"]["title"] for one in call.reasons)
    assert sorted(one["value"] for one in call.evidence) == [128, 185]


def test_strip_tile_list_page_and_record_show_it_once(call, day, clinic, alvarez, signed_in):
    [tile] = floor(alvarez, clinic, now=day.now)
    entry = pressing(tile)
    assert entry is not None
    assert (entry.text, tile.alerts) == (SEVERE, [call])
    record = "\n".join(map(str, record_content(day.session, by=alvarez, now=day.now).values()))
    assert record.count(f"▲ {SEVERE}; {HIGH}; {RISE}") == 1
    clock.set_to(day.now, frozen=True)
    listed = signed_in(day.nurse).get("/alerts/").content.decode()
    assert listed.count('<li class="alarm">') == 1
    card = draw_pages(day).split(f'id="alert-{call.id}"')[1].split("</li>")[0]
    for shown in (listed, card):
        assert f"and {HIGH} · {RISE}" in shown
        assert all(f"<b>{words}</b></p>" in shown for words in (SEVERE, HIGH, RISE))


def test_it_is_seen_once_and_answered_once(call, day):
    actions.acknowledge_alert(call, by=day.prescriber, now=day.now)
    lines = Event.objects.count()
    actions.resolve_alert(call, by=day.prescriber, now=day.now, resolution="labetalol given")

    assert not Alert.objects.filter(resolved_at=None).exists()
    assert Event.objects.count() == lines + 1
    told = Event.objects.filter(verb__in=("alerts.acknowledge", "alerts.resolve"))
    assert [line.details for line in told] == [{"rules": RULES}] * 2
    assert actions.raise_overdue(day.session, now=day.now) == []


def test_a_graver_reading_is_a_new_call_and_one_as_grave_is_not(day):
    day.dose()
    measure(day, 170)
    measure(day, 172)
    assert [one.rules for one in Alert.objects.all()] == [["pressure-high", "pressure-rise"]]

    measure(day, 186)

    assert [one.rules for one in Alert.objects.order_by("raised_at")][1:] == [["pressure-severe"]]


def test_two_reasons_as_grave_are_both_said(day):
    day.dose()
    measure(day, 185, spo2=88)

    call = Alert.objects.get()
    assert call.words == f"{SEVERE}; SpO2 below 92 %"
    assert "measure again within 5 minutes. Wake and reposition the patient" in call.asked_for


def test_corrected_to_a_milder_reading_the_call_weighs_what_still_holds(call, day):
    correct(day, 165)
    call.refresh_from_db()

    assert (call.rules, call.urgency, call.words) == (["pressure-high"], "soon", HIGH)
    assert call.lesser == []
    card = draw_pages(day).split(f'id="alert-{call.id}"')[1].split("</li>")[0]
    assert "was corrected to 165" in card
    assert card.count("no longer: the reading behind it was corrected") == 2
    assert "Call the prescriber; look for danger signs" not in card

    measure(day, 187)
    assert Alert.objects.latest("raised_at").rules == ["pressure-severe", "pressure-rise"]


def test_however_often_it_is_corrected_the_call_weighs_what_holds(call, day):
    correct(day, 184)
    day.later(1)
    call.refresh_from_db()
    assert call.rules == RULES

    correct(day, 165)

    call.refresh_from_db()
    assert (call.rules, call.urgency) == (["pressure-high"], "soon")
    assert Alert.objects.count() == 1


def test_a_value_then_its_time_then_the_value_again_is_still_that_call(call, day):
    correct(day, 186)
    day.later(1)
    wrong = FactRow.objects.get(code="bp.systolic", value=186)
    words = {"at": wrong.effective_at - timedelta(minutes=2), "reason": "wrong clock"}
    day.act(actions.correct_time, wrong=wrong.pk, **words)
    call.refresh_from_db()
    assert (call.rules, len(call.evidence)) == (RULES, 3)
    day.later(1)

    correct(day, 165)

    call.refresh_from_db()
    assert (call.rules, call.urgency) == (["pressure-high"], "soon")
    assert Alert.objects.count() == 1


def test_a_word_answers_the_reading_as_it_was_corrected_too(day):
    day.dose()
    measure(day, 185, spo2=90)
    call = Alert.objects.get()
    correct(day, 184)
    day.later(1)
    correct(day, 186)
    day.later(1)

    actions.resolve_alert(call, by=day.prescriber, now=day.now, resolution="labetalol given")

    assert not Alert.objects.filter(resolved_at=None).exists()


def test_corrected_to_a_calm_reading_the_whole_call_is_taken_back(call, day, clinic, alvarez):
    correct(day, 125)
    call.refresh_from_db()

    assert call.rules == RULES
    [tile] = floor(alvarez, clinic, now=day.now)
    assert tile.taken_back == {call.id}


@pytest.mark.parametrize("minutes", [0.3, 0.6, 6], ids=["unread", "just read", "read long since"])
def test_a_word_on_two_reasons_leaves_no_newer_reading_uncalled(day, minutes):
    day.dose()
    measure(day, 185, spo2=90)
    call = Alert.objects.get()
    measure(day, 128, spo2=85)
    assert Alert.objects.get() == call
    day.later(minutes)

    actions.resolve_alert(call, by=day.prescriber, now=day.now, resolution="labetalol given")

    again = Alert.objects.get(resolved_at=None)
    assert (again.rules, again.raised_at) == (["oxygen-low"], day.now)
    assert [one["value"] for one in again.evidence] == [85]
    raised = Event.objects.get(verb="treatment.raise_overdue")
    assert raised.details == {"raised": ["oxygen-low"]}
    day.later(1)
    actions.resolve_alert(again, by=day.prescriber, now=day.now, resolution="repositioned")
    assert not Alert.objects.filter(resolved_at=None).exists()


def test_nor_of_a_patient_who_has_gone(day):
    day.dose()
    measure(day, 185, spo2=90)
    measure(day, 128, spo2=85)
    day.act(actions.end_session, kind="transfer", told="Dr Lind", state="awake")
    day.later(2)
    call = Alert.objects.get(rule="pressure-severe")

    actions.resolve_alert(call, by=day.prescriber, now=day.now, resolution="told the ambulance")

    assert Alert.objects.get(rule="oxygen-low", resolved_at=None).raised_at == day.now


def test_a_word_on_the_pressure_answers_every_pressure_seen_by_then(call, day):
    measure(day, 183)
    day.later(1)

    actions.resolve_alert(call, by=day.prescriber, now=day.now, resolution="labetalol given")

    assert actions.raise_overdue(day.session, now=day.now) == []
    assert not Alert.objects.filter(resolved_at=None).exists()


def test_of_lost_consciousness_the_review_stays_owed(day):
    day.dose()
    day.later(5)
    day.act(actions.record_vitals, values={**CALM, "sedation": 0})

    called, review = Alert.objects.order_by("urgency")
    assert called.rules == ["sedation-deep", "consciousness-lost"]
    assert review.rules == ["consciousness-review"]
