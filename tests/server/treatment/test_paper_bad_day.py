"""The record of a long, bad day says what was stored, line by line."""

import pytest

from serein.clinical.facts import Chart
from serein.server.alerts.models import Alert
from serein.server.treatment import queries
from serein.server.treatment.models import Dose
from serein.server.treatment.paper.record import record_content
from tests.server.treatment.bad_day import live_it


@pytest.fixture
def lived(day):
    live_it(day)
    return day


def wall(day, at):
    return f"{at.astimezone(day.session.clinic.zone):%H:%M}"


def test_the_record_of_a_bad_day_agrees_with_what_was_stored(lived):
    said = record_content(lived.session, by=lived.nurse, now=lived.now)
    known = queries.known(lived.session)

    chart = Chart.of(known)
    uppers, lowers = chart.all("bp.systolic"), chart.all("bp.diastolic")
    assert [(row[0], row[2]) for row in said["readings"] if row[2]] == [
        (wall(lived, upper.effective_at), f"{upper.value}/{lower.value}")
        for upper, lower in zip(uppers, lowers, strict=True)
    ]
    assert [row[3:5] for row in said["devices"]] == [
        [wall(lived, dose.given_at), dose.lot] for dose in Dose.objects.order_by("given_at")
    ]
    for alert in Alert.objects.all():
        head = f"{wall(lived, alert.raised_at)} ▲ {alert.text}"
        [line] = [one for one in said["events"] if one.startswith(head)]
        assert line.endswith("still open") == (alert.resolved_at is None)
    corrected = [
        fact for fact in known if fact.replaces and fact.code not in ("device", "session.reopened")
    ]
    assert len(said["corrected"]) == len(corrected) == 5
    assert any("Left against advice" in line and "taken back" in line for line in said["events"])
    assert said["events"][0].endswith("Seated in chair 1 by Rosa Alvarez")
    assert any("entered 1" in line and "tablet was flat" in line for line in said["of_devices"])
