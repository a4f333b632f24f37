"""How late, how early and for how long something is entered: as the protocol's file says."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from serein.clinical.errors import InputError
from serein.clinical.library import Library
from serein.server.alerts.models import Alert
from serein.server.library import library
from serein.server.treatment import actions
from serein.server.treatment.paper.record import record_content
from tests.server.treatment.day import CALM, sit_down

SEVERE = {**CALM, "bp.systolic": 185}


@pytest.fixture
def says(monkeypatch):
    """Let the protocol's file say something else."""

    def change(**times):
        kept = Library.protocol

        def changed(self, *words):
            of = kept(self, *words)
            return replace(of, record=replace(of.record, **times))

        monkeypatch.setattr(Library, "protocol", changed)

    return change


def measured(day, minutes_ago, **words):
    at = day.now - timedelta(minutes=minutes_ago)
    return day.act(actions.record_vitals, values=CALM, at=at, **words)


def test_what_the_file_calls_late_asks_why(day, says):
    measured(day, 4)
    with pytest.raises(InputError, match="Say why"):
        measured(day, 5)

    says(late_after=timedelta(minutes=2))
    with pytest.raises(InputError, match="Say why"):
        measured(day, 4)


def test_what_the_file_calls_late_is_said_on_the_page_and_on_paper(
    day, says, server_clock, signed_in
):
    def told():
        page = signed_in(day.nurse).get(reverse("session", args=[day.session.pk]))
        content = record_content(day.session, by=day.nurse, now=day.now)
        return (
            "entered 3 min later" in page.content.decode(),
            "(+3 min)" in str(content["readings"]),
            "entered 3 min later" in content["chart"],
        )

    measured(day, 3)
    assert told() == (False, False, False)

    says(late_after=timedelta(minutes=2))
    assert told() == (True, True, True)


def test_a_seating_that_the_file_calls_late_asks_why(chair, course, alvarez, lind, now, says):
    says(late_after=timedelta(minutes=2))

    with pytest.raises(InputError, match="Say why"):
        sit_down(
            chair, course, nurse=alvarez, prescriber=lind, now=now, at=now - timedelta(minutes=3)
        )


def test_what_was_done_before_the_seating_lies_within_what_the_file_says(day, says):
    measured(day, 120, reason="on paper")
    with pytest.raises(InputError, match="enter a time of this visit"):
        measured(day, 121, reason="on paper")

    says(before_seating=timedelta(minutes=30))
    with pytest.raises(InputError, match="enter a time of this visit"):
        measured(day, 31, reason="on paper")


def test_an_end_is_taken_back_for_as_long_as_the_file_says(day, says):
    day.act(actions.end_session, kind="not-dosed", reason="ill")
    says(reopen_within=timedelta(hours=1))
    day.later(61)

    with pytest.raises(InputError, match="more than 1 hours ago"):
        day.act(actions.reopen_session, reason="the wrong tile")


@pytest.mark.parametrize(("unread_s", "is_answered"), [(30, False), (10, True)])
def test_a_reading_that_nobody_can_have_read_is_not_answered(day, says, unread_s, is_answered):
    says(unread=timedelta(seconds=unread_s))
    [crossing, *_] = day.act(actions.record_vitals, values=SEVERE)
    day.later(1)
    day.act(actions.record_vitals, values=SEVERE)
    day.later(1 / 3)

    actions.resolve_alert(crossing, by=day.prescriber, now=day.now, resolution="seen")

    opened = Alert.objects.filter(rule=crossing.rule, resolved_at=None)
    assert opened.exists() is not is_answered
    assert Alert.objects.get(pk=crossing.pk).resolved_at is not None


@pytest.mark.parametrize("content", ["esketamine-trd-us", "esketamine-trd-eu", "ketamine-iv"])
def test_the_director_reads_them_among_what_is_the_clinics_own_decision(
    server_clock, signed_in, lind, content
):
    page = signed_in(lind).get(reverse("content", args=[content, 1])).content.decode()

    assert "Entered 5 min after it happened, or later, it is marked and asks why." in page
    assert "An end that was recorded by mistake is taken back within 12 hours." in page
    assert library().protocol(content).record.marks.policy
