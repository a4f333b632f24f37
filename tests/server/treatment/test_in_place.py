"""Another prescriber signs in place of one who prescribes here no longer, and says so."""

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.server.accounts.actions import change_roles, invite_person
from serein.server.accounts.models import User
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.treatment.paper.record import record_content
from tests.server.treatment.test_order import cosign, telephone


@pytest.fixture
def rao(clinic, owner, now):
    """A second prescriber of Main St."""
    invited = invite_person(
        clinic,
        by=owner,
        now=now,
        id=new_id(),
        username="rao",
        first_name="Ben",
        last_name="Rao",
        roles=["prescriber"],
    )
    User.objects.update(must_change_password=False)
    return User.objects.get(pk=invited.user.pk)


def leave(person, clinic, *, by, now, roles=()):
    change_roles(person, by=by, at=clinic, now=now, roles=list(roles))


IN_PLACE = "Signed by Ben Rao in place of Astrid Lind, who has left"
STAYED = "Signed by Ben Rao in place of Astrid Lind, who no longer prescribes here"


def test_another_prescriber_signs_in_place_of_one_who_has_left_and_says_so(day, clinic, owner, rao):
    order = telephone(day)
    leave(day.prescriber, clinic, by=owner, now=day.now)
    day.later(60)
    lines = Event.objects.count()

    with pytest.raises(InputError, match="Astrid Lind gave this order and has left"):
        cosign(day, order, by=rao)
    for _tap in range(2):
        signed = cosign(day, order, by=rao, is_in_place=True)

    assert (signed.signed_at, signed.prescriber, signed.in_place) == (
        day.now,
        day.prescriber,
        IN_PLACE,
    )
    closed = Alert.objects.get(rule="order-unsigned")
    assert (closed.resolved_by, closed.resolution) == (rao, IN_PLACE)
    line = Event.objects.latest("line")
    assert (line.verb, line.details["is_in_place"]) == ("treatment.cosign_order", True)
    assert Event.objects.count() == lines + 1
    assert IN_PLACE in record_content(day.session, by=day.nurse, now=day.now)["orders"][0]


def test_who_has_no_account_any_more_has_left(day, rao):
    order = telephone(day)
    User.objects.filter(pk=day.prescriber.pk).update(is_active=False)

    assert cosign(day, order, by=rao, is_in_place=True).signed_in_place_by == rao


def test_who_stays_and_no_longer_prescribes_holds_up_no_signature(day, clinic, owner, rao):
    order = telephone(day)
    leave(day.prescriber, clinic, by=owner, now=day.now, roles=["therapist"])
    lind = User.objects.get(pk=day.prescriber.pk)

    with pytest.raises(PermissionDenied):
        cosign(day, order, by=lind)
    with pytest.raises(InputError, match="gave this order and no longer prescribes here; sign"):
        cosign(day, order, by=rao)
    signed = cosign(day, order, by=rao, is_in_place=True)

    assert (signed.signed_in_place_by, signed.in_place) == (rao, STAYED)
    assert Alert.objects.get(rule="order-unsigned").resolution == STAYED
    leave(lind, clinic, by=owner, now=day.now)
    assert STAYED in record_content(day.session, by=day.nurse, now=day.now)["orders"][0]


def test_nobody_signs_in_place_of_one_who_is_here(day, rao):
    order = telephone(day)

    with pytest.raises(InputError, match="Astrid Lind gave this order and signs it"):
        cosign(day, order, by=rao, is_in_place=True)

    order.refresh_from_db()
    assert order.signed_at is None


def test_neither_owen_nor_the_nurse_signs_in_anybodys_place(day, clinic, owner, owen):
    order = telephone(day)
    leave(day.prescriber, clinic, by=owner, now=day.now)
    lines = Event.objects.count()

    for person in (owen, day.nurse):
        with pytest.raises(PermissionDenied):
            cosign(day, order, by=person, is_in_place=True)

    assert Event.objects.count() == lines


def test_ones_own_signature_is_in_nobodys_place(day):
    signed = cosign(day, telephone(day), is_in_place=True)

    assert (signed.signed_in_place_by, signed.in_place) == (None, "")


def test_the_page_offers_the_signature_in_place_only_when_the_prescriber_has_left(
    day, clinic, owner, rao, signed_in, server_clock
):
    order = telephone(day)
    where = f"/sessions/{day.session.pk}/"
    asked = {"entry": new_id(), "patient": day.session.patient_id, "order": order.id}
    browser = signed_in(rao)
    before = browser.get(where).content.decode()
    assert "signature owed" in before
    assert f"{where}cosign/" not in before

    leave(day.prescriber, clinic, by=owner, now=day.now)
    offered = browser.get(where).content.decode()
    browser.post(f"{where}cosign/", {**asked, "is_in_place": "on"})

    assert "Sign in place of Astrid Lind, who has left" in offered
    assert "no longer prescribes" not in offered
    assert "another prescriber signs in their place" in offered
    assert IN_PLACE in browser.get(where).content.decode()


def test_the_page_offers_it_too_when_the_prescriber_stays_as_something_else(
    day, clinic, owner, rao, signed_in, server_clock
):
    order = telephone(day)
    leave(day.prescriber, clinic, by=owner, now=day.now, roles=["therapist"])
    where = f"/sessions/{day.session.pk}/"
    asked = {"entry": new_id(), "patient": day.session.patient_id, "order": order.id}
    browser = signed_in(rao)

    offered = browser.get(where).content.decode()
    browser.post(f"{where}cosign/", {**asked, "is_in_place": "on"})

    assert "Sign in place of Astrid Lind, who no longer prescribes here" in offered
    assert "Astrid Lind no longer prescribes here; another prescriber signs in their" in offered
    assert STAYED in browser.get(where).content.decode()
