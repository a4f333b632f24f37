"""The numbers patients take home are the owner's to write; a console lets a person in again."""

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.server.accounts.actions import change_phones, reset_access_from_console
from serein.server.accounts.models import Clinic, Membership, Role, User
from serein.server.audit.lines import HOUSE
from serein.server.audit.models import Event
from tests.house.tree import PACKAGE

DAY, NIGHT = "+1 555 0111", "(555) 0122, ask for the nurse"


def kept():
    return Clinic.objects.values_list("phone_day", "phone_night").get(name="Main St")


def test_the_owner_writes_both_numbers_and_the_line_does_not_repeat_them(clinic, owner, now):
    for _twice in range(2):
        change_phones(clinic, by=owner, now=now, phone_day=f" {DAY} ", phone_night=NIGHT)

    assert kept() == (DAY, NIGHT)
    line = Event.objects.get()
    assert (line.verb, line.chain) == ("accounts.change_phones", str(clinic.pk))
    assert line.details == {"is_by_day": True, "is_at_night": True}


@pytest.mark.parametrize("number", ["ask at the desk", "12", "1" * 41])
def test_what_nobody_could_dial_is_refused(clinic, owner, now, number):
    before = kept()
    with pytest.raises(InputError, match="is no telephone number"):
        change_phones(clinic, by=owner, now=now, phone_day=DAY, phone_night=number)

    assert kept() == before
    assert not Event.objects.exists()


def test_owen_cannot_change_the_numbers_of_main_st(clinic, owen, alvarez, now):
    before = kept()
    for person in (owen, alvarez):
        with pytest.raises(PermissionDenied):
            change_phones(clinic, by=person, now=now, phone_day=DAY, phone_night=NIGHT)

    assert kept() == before
    assert not Event.objects.exists()


def test_the_page_shows_what_stands_takes_the_new_and_keeps_what_it_refuses(
    clinic, owner, signed_in, server_clock
):
    browser = signed_in(owner)
    assert 'value="+1 555 0199"' in browser.get("/people/phones/").content.decode()

    wrong = browser.post("/people/phones/", {"phone_day": "desk", "phone_night": ""})
    right = browser.post("/people/phones/", {"phone_day": DAY, "phone_night": ""})

    assert wrong.status_code == 400
    assert "“desk” is no telephone number" in wrong.content.decode()
    assert 'value="desk"' in wrong.content.decode()
    assert (right.status_code, right["Location"]) == (302, "/people/")
    assert kept() == (DAY, "")
    page = browser.get("/people/").content.decode()
    assert f"by day: {DAY}, at night: –" in page
    assert 'href="/people/phones/"' in page


def test_a_way_back_in_from_the_console_ends_every_sign_in(clinic, owner, signed_in, now):
    browser = signed_in(owner)

    made = reset_access_from_console(User.objects.get(pk=owner.pk), now=now)

    assert User.objects.get(pk=owner.pk).check_password(str(made.one_time_password))
    assert "login" in browser.get("/people/")["Location"]
    line = Event.objects.get(verb="accounts.reset_access")
    assert (line.chain, line.by_name) == (str(clinic.pk), "")


def test_no_page_gives_a_way_in_without_asking_who_wants_it():
    named = {
        path.relative_to(PACKAGE / "server").as_posix()
        for path in (PACKAGE / "server").rglob("*.py")
        if reset_access_from_console.__name__ in path.read_text(encoding="utf-8")
    }
    assert named == {"accounts/actions.py"}


def test_who_works_at_two_clinics_is_told_of_in_the_log_of_the_house(
    clinic, other_clinic, osei, now
):
    Membership.objects.create(clinic=other_clinic, user=osei, role=Role.NURSE)

    reset_access_from_console(osei, now=now)

    assert Event.objects.get().chain == HOUSE
