"""A call for the prescriber that nobody has seen lets nobody leave by release, and no other end."""

import pytest

from serein.server.alerts.models import Alert
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.errors import GateError
from tests.server.treatment.acts import RELEASE
from tests.server.treatment.day import CALM, WELL
from tests.server.treatment.screens import draw_pages

WORDS = "Blood pressure 180/110 or above"
SEVERE = {**CALM, "bp.systolic": 185}


@pytest.fixture
def severe(day):
    """A pressure that called the prescriber, before a calm end of the observation."""
    day.dose()
    day.later(35)
    day.act(actions.record_vitals, values=SEVERE)
    day.later(80)
    day.act(actions.record_vitals, values=WELL)
    return Alert.objects.get(rule="pressure-severe")


def test_an_unseen_call_for_the_prescriber_lets_nobody_leave(day, severe):
    with pytest.raises(GateError, match=f"calls the prescriber now: “{WORDS}” .10:57."):
        day.release()

    assert not FactRow.objects.filter(code="session.ended").exists()


def test_the_refusal_names_every_reason_of_the_call(day):
    day.dose()
    day.watch()
    day.later(-3)
    day.act(actions.record_vitals, values={**SEVERE, "spo2": 88})
    day.later(3)

    with pytest.raises(GateError, match=f"calls the prescriber now: “{WORDS}; SpO2 below 92 %”"):
        day.release()


@pytest.mark.parametrize(
    ("act", "words"),
    [(actions.acknowledge_alert, {}), (actions.resolve_alert, {"resolution": "let them rest"})],
)
def test_once_somebody_took_it_up_the_patient_may_leave(day, severe, act, words):
    act(severe, by=day.prescriber, now=day.now, **words)

    assert day.release().ending == "released"


@pytest.mark.parametrize("kind", ["against-advice", "transfer", "death"])
def test_no_other_end_is_held_by_it(day, severe, kind):
    assert day.act(actions.end_session, kind=kind, told="Dr Lind", state="awake").ending == kind


def test_a_call_for_the_nurse_is_listed_and_holds_nobody(day):
    day.dose()
    day.later(46)
    actions.raise_overdue(day.session, now=day.now)
    day.act(actions.record_vitals, values=CALM)
    day.later(70)
    day.act(actions.record_vitals, values=WELL)
    assert Alert.objects.get(urgency="now").for_role == "nurse"

    assert day.release().ending == "released"


@pytest.mark.usefixtures("server_clock")
def test_the_part_of_leaving_names_each_open_call_and_counts_it(day, severe):
    part = draw_pages(day).split('id="release"')[1]

    assert "1 open alert calls for somebody now" in part
    assert WORDS in part.split("for the prescriber")[0]
    assert "not seen: nobody leaves by release before it is" in part
    assert "1 in the way" in part

    actions.acknowledge_alert(severe, by=day.nurse, now=day.now)
    part = draw_pages(day).split('id="release"')[1]
    assert "seen by Rosa Alvarez" in part
    assert "nobody leaves by release" not in part


@pytest.mark.usefixtures("server_clock")
def test_a_form_sent_all_the_same_is_refused_with_the_reason(day, severe, send):
    answer = send("release", **dict.fromkeys(RELEASE, "on"))

    assert answer.status_code == 400
    assert "Nobody has answered what calls the prescriber now" in answer.content.decode()


@pytest.mark.usefixtures("server_clock")
def test_a_time_still_to_come_is_refused_as_such_at_release(day, severe, send):
    answer = send("release", **dict.fromkeys(RELEASE, "on"), at="23:30", reason="typed ahead")

    assert answer.status_code == 400
    assert "23:30 has not come yet, and yesterday the patient was not here" in (
        answer.content.decode()
    )


def test_a_call_whose_reading_was_wrong_holds_nobody(day, severe):
    wrong = FactRow.objects.get(code="bp.systolic", value=185)
    day.act(actions.correct_reading, wrong=wrong.pk, value=125, reason="typed 185 for 125")

    assert day.release().ending == "released"


@pytest.mark.parametrize("values", [(181, 126), (125, 190)], ids=["as high", "a later one"])
def test_a_call_holds_while_any_reading_of_the_visit_calls(day, severe, values):
    right, later = values
    day.act(actions.record_vitals, values={**WELL, "bp.systolic": later})
    day.later(5)
    day.act(actions.record_vitals, values=WELL)
    wrong = FactRow.objects.get(code="bp.systolic", value=185)
    day.act(actions.correct_reading, wrong=wrong.pk, value=right, reason="typed wrongly")

    with pytest.raises(GateError, match=WORDS):
        day.release()
