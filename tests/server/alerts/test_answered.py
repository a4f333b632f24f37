"""What calls the prescriber is answered by the prescriber, and no word about it is lost."""

import pytest

from serein.clinical.errors import InputError
from serein.server.alerts import actions as alerts
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.errors import TakenError
from serein.server.treatment import actions
from tests.server.treatment.day import CALM
from tests.server.treatment.screens import draw_pages

pytestmark = pytest.mark.usefixtures("server_clock")
UNANSWERED = "the prescriber has not answered"


@pytest.fixture
def alert(day):
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})
    return Alert.objects.get(rule="pressure-severe")


@pytest.fixture
def close(alert, day, signed_in):
    """The form of the session's page."""

    def post(by, **typed):
        there = f"/sessions/{day.session.pk}/"
        return signed_in(by).post(f"/alerts/{alert.id}/resolve/", {"next": there, **typed})

    return post


def card(alert, page):
    return page.split(f'id="alert-{alert.id}"')[1].split("</li>")[0]


def test_a_nurse_closes_it_with_what_which_prescriber_said(alert, day):
    words = {"by": day.nurse, "now": day.now, "answered_by": day.prescriber}
    with pytest.raises(InputError, match="Say what the prescriber said about “Blood pressure"):
        alerts.resolve_alert(alert, resolution=" ", **words)

    closed = alerts.resolve_alert(alert, resolution="rest, again in 5 min", **words)

    assert closed.resolved_by == day.nurse
    assert closed.resolution == "Astrid Lind: rest, again in 5 min"


@pytest.mark.parametrize("who", [None, "osei", "owen"])
def test_nobody_but_a_prescriber_of_the_clinic_answers(alert, day, who, request):
    answered_by = request.getfixturevalue(who) if who else None
    lines = Event.objects.count()

    with pytest.raises(InputError, match="Say which prescriber answered"):
        alerts.resolve_alert(
            alert, by=day.nurse, now=day.now, resolution="rest", answered_by=answered_by
        )

    assert Event.objects.count() == lines
    alert.refresh_from_db()
    assert alert.resolved_at is None


def test_what_calls_the_nurse_asks_for_no_prescriber(day):
    day.dose()
    day.later(60)
    [late] = actions.raise_overdue(day.session, now=day.now)

    closed = actions.resolve_alert(late, by=day.nurse, now=day.now, resolution="taken")

    assert closed.resolution == "taken"


def test_the_alert_says_whom_it_is_for_and_that_they_have_not_answered(alert, day):
    assert UNANSWERED in card(alert, draw_pages(day))
    actions.acknowledge_alert(alert, by=day.nurse, now=day.now)
    told = card(alert, draw_pages(day))
    assert "for the prescriber" in told
    assert "told by Rosa Alvarez" in told
    assert UNANSWERED in told

    actions.acknowledge_alert(alert, by=day.prescriber, now=day.now)
    told = card(alert, draw_pages(day))

    assert "taken up by Astrid Lind" in told
    assert UNANSWERED not in told
    assert Event.objects.filter(verb="alerts.acknowledge").count() == 2


def test_a_nurse_takes_nothing_over_from_the_prescriber(alert, day):
    actions.acknowledge_alert(alert, by=day.prescriber, now=day.now)

    again = actions.acknowledge_alert(alert, by=day.nurse, now=day.now)

    assert again.acknowledged_by == day.prescriber


def test_the_page_asks_a_nurse_who_answered_and_keeps_what_was_typed(alert, day, close):
    assert "Who answered?" in card(alert, draw_pages(day))

    answer = close(day.nurse, resolution="rest, again in 5 min")

    assert answer.status_code == 400
    told = card(alert, answer.content.decode())
    assert "Say which prescriber answered" in told
    assert 'value="rest, again in 5 min"' in told
    said = {"resolution": "rest", "answered_by": day.prescriber.pk}
    assert close(day.nurse, **said).status_code == 302
    alert.refresh_from_db()
    assert alert.resolution == "Astrid Lind: rest"


def test_of_two_who_close_it_the_second_keeps_the_words_and_hears_of_the_first(
    alert, day, close, osei
):
    alerts.resolve_alert(alert, by=day.prescriber, now=day.now, resolution="rested, 150/90")
    lines = Event.objects.filter(verb="alerts.resolve").count()

    answer = close(osei, resolution="gave labetalol", answered_by=day.prescriber.pk)

    assert answer.status_code == 400
    page = answer.content.decode()
    notes = page.split('id="note"')[1]
    assert "was closed already by Astrid Lind at 10:12: “rested, 150/90”" in notes
    assert "gave labetalol</textarea>" in notes
    assert Event.objects.filter(verb="alerts.resolve").count() == lines


def test_the_second_on_the_list_of_alerts_keeps_the_words_too(alert, day, signed_in):
    alerts.resolve_alert(alert, by=day.prescriber, now=day.now, resolution="rested, 150/90")

    said = {"resolution": "gave labetalol", "answered_by": day.prescriber.pk}
    page = signed_in(day.nurse).post(f"/alerts/{alert.id}/resolve/", said, follow=True)

    told = page.content.decode()
    assert "closed already by Astrid Lind" in told
    assert "Yours was not stored: “gave labetalol”" in told


def test_the_same_word_sent_twice_is_one(alert, day):
    words = {"by": day.prescriber, "now": day.now, "resolution": "rested"}
    first = alerts.resolve_alert(alert, **words)
    lines = Event.objects.count()

    assert alerts.resolve_alert(alert, **words) == first
    assert Event.objects.count() == lines
    with pytest.raises(TakenError, match="closed already by Astrid Lind at 10:12: “rested”"):
        alerts.resolve_alert(alert, **{**words, "resolution": "sat up"})
