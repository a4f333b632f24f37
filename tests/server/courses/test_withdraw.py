"""An adoption asks for a tick, says the same before and after, and may be withdrawn."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from serein.clinical.errors import InputError
from serein.server.audit.models import Event
from serein.server.courses import queries
from serein.server.courses.actions import NotAdoptedError, adopt_content, withdraw_content
from serein.server.courses.models import Adoption
from serein.server.library import library
from serein.server.treatment.models import Session
from tests.server.treatment.day import adopt, new_course, new_patient, sit_down

PROTOCOL = "esketamine-trd-us"
WHY = "the label has changed"


@pytest.fixture
def browser(server_clock, signed_in, lind):
    return signed_in(lind)


def withdraw(clinic, *, by, now, reason=WHY, content_id=PROTOCOL):
    return withdraw_content(clinic, by=by, now=now, content_id=content_id, version=1, reason=reason)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_nothing_is_adopted_without_the_tick(browser, clinic):
    address = reverse("adopt", args=[PROTOCOL, 1])

    answer = browser.post(address)
    assert answer.status_code == 400
    assert "Tick that you have read it" in text(answer)
    assert not Adoption.objects.exists()

    assert browser.post(address, {"is_read": "on"}).status_code == 302
    assert Adoption.objects.count() == 1


def test_the_counts_are_the_same_before_and_after(browser, clinic, lind, now):
    page = reverse("content", args=[PROTOCOL, 1])
    [shown] = queries.versions(clinic, PROTOCOL)
    file = shown.file
    counts = f"{file.unchecked} values recalled and not checked, {file.policy} of clinic policy"
    asked = f"the {file.unchecked} values recalled and not checked and the {file.policy} of"

    before = text(browser.get(page))
    adopt(clinic, by=lind, now=now)
    after = text(browser.get(page))

    assert f"Not adopted here: {counts}" in before
    assert asked in before
    assert asked not in after
    assert f"on 14 Oct 2025, with {counts}" in after


def test_no_course_begins_by_what_was_withdrawn(clinic, lind, now):
    adopt(clinic, by=lind, now=now)
    adoption = withdraw(clinic, by=lind, now=now)

    assert (adoption.withdrawn_by, adoption.withdrawn_because) == (lind, WHY)
    with pytest.raises(NotAdoptedError, match="was withdrawn here"):
        new_course(new_patient(clinic, now=now), by=lind, now=now)
    assert not queries.adoptions(clinic)


def test_a_course_that_runs_goes_on_after_the_withdrawal(clinic, course, chair, alvarez, lind, now):
    withdraw(clinic, by=lind, now=now)

    sit_down(chair, course, nurse=alvarez, prescriber=lind, now=now)

    assert Session.objects.count() == 1


def test_it_is_withdrawn_once_and_leaves_one_line(clinic, lind, now):
    adopt(clinic, by=lind, now=now)
    first = withdraw(clinic, by=lind, now=now)

    assert withdraw(clinic, by=lind, now=now + timedelta(minutes=1)) == first
    assert Event.objects.filter(verb="courses.withdraw").count() == 1


def test_what_was_withdrawn_may_be_adopted_again(clinic, lind, now):
    adopt(clinic, by=lind, now=now)
    withdraw(clinic, by=lind, now=now)
    adopt(clinic, by=lind, now=now + timedelta(days=1))

    assert queries.is_in_use(clinic, library().file(PROTOCOL, 1))
    assert Adoption.objects.count() == 2
    assert new_course(new_patient(clinic, now=now), by=lind, now=now)


def test_a_reason_and_an_adoption_are_asked_for(clinic, lind, now):
    with pytest.raises(InputError, match="not adopted here"):
        withdraw(clinic, by=lind, now=now)
    adopt(clinic, by=lind, now=now)
    with pytest.raises(InputError, match="Say why"):
        withdraw(clinic, by=lind, now=now, reason=" ")


def test_who_is_not_the_medical_director_and_owen_withdraw_nothing(
    clinic, lind, alvarez, owen, now
):
    adopt(clinic, by=lind, now=now)
    owen.memberships.update(is_medical_director=True)

    for nobody in (alvarez, owen):
        with pytest.raises(PermissionDenied):
            withdraw(clinic, by=nobody, now=now)

    assert Adoption.objects.get().withdrawn_at is None


def test_the_page_withdraws_and_says_who_and_why(browser, clinic, lind, now, signed_in, alvarez):
    adopt(clinic, by=lind, now=now)
    page, address = (reverse(name, args=[PROTOCOL, 1]) for name in ("content", "withdraw"))
    assert "Withdraw version 1" in text(browser.get(page))
    assert "Withdraw version 1" not in text(signed_in(alvarez).get(page))
    assert "Say why it is withdrawn" in text(browser.post(address, {"reason": ""}))

    assert browser.post(address, {"reason": WHY})["Location"] == page

    assert f"Withdrawn by {lind} on 14 Oct 2025: {WHY}" in text(browser.get(page))
    assert "withdrawn, 14 Oct 2025" in text(browser.get(reverse("library")))


def test_a_set_of_criteria_that_was_withdrawn_is_shown_as_not_adopted(browser, clinic, lind, now):
    adopt_content(clinic, by=lind, now=now, content_id="trd-label-us", version=1)
    withdraw(clinic, by=lind, now=now, content_id="trd-label-us")

    assert ("trd-label-us", 1) not in queries.adoptions(clinic)
