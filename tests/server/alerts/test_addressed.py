"""Who reads no chart sees what is addressed to their own role, closes it, and reads no more."""

import pytest
from django.core.exceptions import PermissionDenied

from serein.server.alerts import actions as alerts
from serein.server.alerts import queries
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.treatment import actions
from tests.server.treatment.day import CALM

ENDINGS = {"desk": ("not-dosed", "rebook"), "owner": ("death", "owner-told")}

pytestmark = pytest.mark.usefixtures("server_clock")


@pytest.fixture(params=list(ENDINGS))
def duty(request, day):
    """What must follow an end, for the desk or for the owner; and a reading for the prescriber."""
    kind, rule = ENDINGS[request.param]
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 185})
    day.later(1)
    day.act(actions.end_session, kind=kind, told="Dr Lind", state="pale", reason="felt ill")
    return Alert.objects.get(rule=f"{kind}.{rule}")


@pytest.fixture
def person(duty, request):
    return request.getfixturevalue(duty.for_role)


def test_they_see_their_own_and_no_reading(duty, person, signed_in, day):
    page = signed_in(person).get("/alerts/").content.decode()

    assert duty.text in page
    assert str(day.session.patient) in page
    for clinical in ("Blood pressure", "185", "Why?", "esketamine", "/sessions/"):
        assert clinical not in page


def test_they_close_their_own_and_leave_one_line(duty, person, signed_in):
    answer = signed_in(person).post(f"/alerts/{duty.id}/resolve/", {"resolution": "rang, Tuesday"})

    assert answer["Location"] == "/alerts/"
    duty.refresh_from_db()
    assert (duty.resolved_by, duty.resolution) == (person, "rang, Tuesday")
    assert Event.objects.filter(verb="alerts.resolve").count() == 1
    assert queries.open_count(person, duty.clinic) == 0


def test_what_another_closed_with_a_word_is_shown_without_it(duty, person, day, signed_in):
    alerts.resolve_alert(duty, by=day.prescriber, now=day.now, resolution="vomited twice")

    page = signed_in(person).get("/alerts/").content.decode()

    assert duty.text in page
    assert "vomited twice" not in page


def test_they_find_and_close_nothing_addressed_to_others(duty, person, signed_in, day):
    other = Alert.objects.get(rule="pressure-severe")

    for word in ("acknowledge", "resolve"):
        answer = signed_in(person).post(f"/alerts/{other.id}/{word}/", {"resolution": "done"})
        assert answer.status_code == 404
    with pytest.raises(PermissionDenied):
        alerts.resolve_alert(other, by=person, now=day.now, resolution="done")
    with pytest.raises(PermissionDenied):
        alerts.acknowledge_alert(other, by=person, now=day.now)


def test_a_monitor_at_the_desk_closes_what_is_the_desks_and_not_the_prescribers(duty, morgan, day):
    day.session.clinic.memberships.create(user=morgan, role=duty.for_role)
    other = Alert.objects.get(rule="pressure-severe")

    alerts.resolve_alert(duty, by=morgan, now=day.now, resolution="rang")
    with pytest.raises(PermissionDenied):
        alerts.resolve_alert(other, by=morgan, now=day.now, resolution="done")


def test_owen_sees_and_closes_none_of_it(duty, owen, day):
    with pytest.raises(PermissionDenied):
        alerts.resolve_alert(duty, by=owen, now=day.now, resolution="mine")
    assert not queries.alerts(owen, duty.clinic).exists()
