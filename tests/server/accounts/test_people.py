"""Who may work here: invite, give roles, help who lost a password."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client

from serein.clinical.errors import InputError
from serein.server.accounts import queries
from serein.server.accounts.actions import (
    Invitation,
    change_password,
    change_roles,
    invite_person,
    reset_access,
    set_up_clinic,
)
from serein.server.accounts.models import Clinic, Membership, Role, User
from serein.server.accounts.permissions import may
from serein.server.audit.models import Event
from serein.server.eligibility.actions import record_history
from serein.server.errors import TakenError
from serein.server.ids import new_id
from serein.server.patients.actions import register_patient
from serein.server.patients.models import FactRow
from serein.server.setup import set_up_house
from tests.cast import SignIn


def _invite(clinic: Clinic, by: User, now: datetime, **changed: object) -> Invitation:
    asked = {
        "id": new_id(),
        "username": "park",
        "first_name": "Min",
        "last_name": "Park",
        "roles": ["nurse"],
    }
    return invite_person(clinic, by=by, now=now, **{**asked, **changed})  # type: ignore[arg-type]  # mixed values


def test_an_invited_nurse_gets_a_one_time_password_and_her_role(
    clinic: Clinic, owner: User, now: datetime
) -> None:
    invitation = _invite(clinic, owner, now)

    assert invitation.one_time_password
    assert invitation.user.check_password(invitation.one_time_password)
    assert invitation.user.must_change_password
    assert may(invitation.user, "treatment.record_vitals", at=clinic)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"username": "Alvarez"}, "is taken"),
        ({"roles": []}, "at least one role"),
        ({"first_name": "M" * 76}, "at most 75 letters"),
        ({"last_name": "P" * 76}, "at most 75 letters"),
        ({"roles": ["pilot"]}, "no role “pilot”"),
        ({"is_medical_director": True}, "is a prescriber"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(
    clinic: Clinic, owner: User, now: datetime, changed: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        _invite(clinic, owner, now, **changed)

    assert not Event.objects.exists()


def test_owen_cannot_invite_himself_to_main_st(clinic: Clinic, owen: User, now: datetime) -> None:
    with pytest.raises(PermissionDenied):
        _invite(clinic, owen, now)

    assert not User.objects.filter(username="park").exists()


def test_an_invitation_sent_twice_makes_one_account_and_one_line(
    clinic: Clinic, owner: User, now: datetime
) -> None:
    id_ = new_id()
    first = _invite(clinic, owner, now, id=id_)
    second = _invite(clinic, owner, now, id=id_)

    assert (second.user, second.one_time_password) == (first.user, None)
    event = Event.objects.get()
    assert (event.verb, event.by_id, event.subject_id, event.chain) == (
        "accounts.invite_person", owner.pk, id_, str(clinic.pk),
    )  # fmt: skip


def test_an_id_of_another_clinic_is_not_handed_over(
    clinic: Clinic, owner: User, owen: User, now: datetime
) -> None:
    with pytest.raises(TakenError):
        _invite(clinic, owner, now, id=owen.pk, username="owen")


def test_roles_change_to_exactly_what_was_chosen(
    clinic: Clinic, owner: User, osei: User, now: datetime
) -> None:
    change_roles(
        osei, by=owner, at=clinic, now=now,
        roles=["prescriber", "monitor"], is_medical_director=True,
    )  # fmt: skip

    held = Membership.objects.filter(user=osei).values_list("role", "is_medical_director")
    assert set(held) == {("prescriber", True), ("monitor", False)}


def test_the_last_owner_cannot_leave(clinic: Clinic, owner: User, now: datetime) -> None:
    with pytest.raises(InputError, match="needs an owner"):
        change_roles(owner, by=owner, at=clinic, now=now, roles=[])


def test_no_role_closes_the_clinic_to_a_person(
    clinic: Clinic, owner: User, osei: User, now: datetime
) -> None:
    change_roles(osei, by=owner, at=clinic, now=now, roles=[])

    assert not may(User.objects.get(pk=osei.pk), "treatment.view_floor", at=clinic)


def test_owen_cannot_change_roles_at_main_st(
    clinic: Clinic, owen: User, osei: User, now: datetime
) -> None:
    with pytest.raises(PermissionDenied):
        change_roles(osei, by=owen, at=clinic, now=now, roles=["owner"])

    assert Membership.objects.get(user=osei).role == Role.NURSE


def test_an_owner_cannot_touch_a_person_of_another_clinic(
    clinic: Clinic, owner: User, owen: User, now: datetime
) -> None:
    with pytest.raises(InputError, match="no role at"):
        change_roles(owen, by=owner, at=clinic, now=now, roles=["nurse"])
    with pytest.raises(InputError, match="no role at"):
        reset_access(owen, by=owner, at=clinic, now=now)
    with pytest.raises(Http404):
        queries.person(owner, clinic, owen.pk)


def test_a_change_of_roles_leaves_one_line(
    clinic: Clinic, owner: User, osei: User, now: datetime
) -> None:
    change_roles(osei, by=owner, at=clinic, now=now, roles=["monitor"])

    event = Event.objects.get()
    assert event.verb == "accounts.change_roles"
    assert event.details == {"roles": ["monitor"], "is_medical_director": False}


def test_who_lost_the_telephone_gets_a_new_password_and_no_second_factor(
    clinic: Clinic, owner: User, osei: User, now: datetime, signed_in: SignIn
) -> None:
    Authenticator.objects.create(user=osei, type=Authenticator.Type.TOTP, data={})
    browser = signed_in(osei)

    invitation = reset_access(User.objects.get(pk=osei.pk), by=owner, at=clinic, now=now)

    assert not Authenticator.objects.exists()
    assert User.objects.get(pk=osei.pk).check_password(str(invitation.one_time_password))
    assert browser.get("/home/").status_code == 302
    assert "login" in browser.get("/home/")["Location"]


def test_an_owner_cannot_reset_who_also_works_elsewhere(
    clinic: Clinic, other_clinic: Clinic, owner: User, osei: User, now: datetime
) -> None:
    Membership.objects.create(clinic=other_clinic, user=osei, role=Role.NURSE)

    with pytest.raises(InputError, match="another clinic"):
        reset_access(osei, by=owner, at=clinic, now=now)


def test_owen_cannot_reset_anybody_at_main_st(
    clinic: Clinic, owen: User, osei: User, now: datetime
) -> None:
    with pytest.raises(PermissionDenied):
        reset_access(osei, by=owen, at=clinic, now=now)


def test_a_reset_leaves_one_line(clinic: Clinic, owner: User, osei: User, now: datetime) -> None:
    reset_access(osei, by=owner, at=clinic, now=now)

    assert Event.objects.get().verb == "accounts.reset_access"


def test_a_password_of_ones_own_ends_the_one_time_password(
    clinic: Clinic, osei: User, now: datetime
) -> None:
    osei.must_change_password = True
    osei.save()

    change_password(osei, password="a garden in the rain", now=now)

    kept = User.objects.get(pk=osei.pk)
    assert kept.check_password("a garden in the rain")
    assert not kept.must_change_password
    assert Event.objects.get().verb == "accounts.change_password"


@pytest.mark.django_db
def test_the_first_clinic_comes_with_its_owner(now: datetime) -> None:
    invitation = set_up_clinic(
        "Main St", now=now, time_zone="America/New_York", owner_username="ines"
    )

    clinic = Clinic.objects.get()
    assert may(invitation.user, "accounts.manage", at=clinic)
    assert invitation.user.check_password(str(invitation.one_time_password))
    assert Event.objects.get().verb == "accounts.set_up_clinic"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"name": "  "}, "name of at most"),
        ({"name": "x" * 121}, "name of at most"),
        ({"time_zone": "Nowhere/Land"}, "Nowhere/Land"),
        ({"time_zone": "../etc"}, "etc"),
        ({"time_zone": ""}, "no time zone"),
        ({"owner_username": "a b"}, "no sign-in name"),
        ({"owner_username": "x" * 151}, "no sign-in name"),
        ({"chairs": 0}, "1 to 200 chairs"),
        ({"chairs": -3}, "1 to 200 chairs"),
        ({"chairs": 201}, "1 to 200 chairs"),
    ],
)
def test_an_impossible_house_is_not_set_up(
    now: datetime, wrong: dict[str, Any], named: str
) -> None:
    asked: dict[str, Any] = {
        "name": "Main St",
        "time_zone": "America/New_York",
        "owner_username": "ines",
        "chairs": 4,
        **wrong,
    }
    with pytest.raises(InputError, match=named):
        set_up_house(asked.pop("name"), now=now, **asked)

    assert not Clinic.objects.exists()
    assert not Event.objects.exists()


def test_a_house_is_set_up_once(clinic: Clinic, now: datetime) -> None:
    with pytest.raises(TakenError, match="set up already"):
        set_up_clinic("Second", now=now, time_zone="UTC", owner_username="mallory")


def test_the_page_shows_the_one_time_password_once(
    clinic: Clinic, owner: User, signed_in: SignIn
) -> None:
    browser: Client = signed_in(owner)
    form = {
        "id": str(uuid4()),
        "username": "park",
        "first_name": "Min",
        "last_name": "Park",
        "roles": ["nurse"],
    }
    first = browser.post("/people/invite/", form).content.decode()
    again = browser.post("/people/invite/", form).content.decode()

    assert "one-time-password" in first
    assert "one-time-password" not in again
    assert "Min Park" in browser.get("/people/").content.decode()


def test_the_page_keeps_what_was_typed_when_it_refuses(
    clinic: Clinic, owner: User, signed_in: SignIn
) -> None:
    typed = {"id": str(uuid4()), "username": "osei", "first_name": "Min", "last_name": "Park"}
    answer = signed_in(owner).post("/people/invite/", {**typed, "roles": ["nurse"]})

    assert answer.status_code == 409
    assert "is taken" in answer.content.decode()
    assert 'value="Min"' in answer.content.decode()


def test_the_page_of_a_person_of_another_clinic_is_not_found(
    clinic: Clinic, owner: User, owen: User, signed_in: SignIn
) -> None:
    assert signed_in(owner).get(f"/people/{owen.pk}/").status_code == 404


def test_a_wrong_address_keeps_the_way_back_to_the_floor(server_clock, signed_in, alvarez):
    page = signed_in(alvarez).get("/nothing-here/").content.decode()

    assert "There is nothing at this address" in page
    assert 'href="/floor/"' in page


def test_the_id_of_somebody_of_another_clinic_makes_and_tells_nothing(
    clinic: Clinic, owner: User, owen: User, signed_in: SignIn, server_clock: datetime
) -> None:
    form = {"id": owen.pk, "username": "park", "first_name": "Min", "last_name": "Park"}

    answer = signed_in(owner).post("/people/invite/", {**form, "roles": ["nurse"]})

    assert answer.status_code == 409
    assert "This form was sent before" in answer.content.decode()
    assert "Owen" not in answer.content.decode()
    owen.refresh_from_db()
    assert owen.username == "owen"
    assert not Event.objects.filter(verb="accounts.invite_person").exists()


def test_who_was_given_longer_names_before_goes_on_writing(
    clinic: Clinic, alvarez: User, now: datetime
) -> None:
    User.objects.filter(pk=alvarez.pk).update(first_name="R" * 150, last_name="A" * 150)
    alvarez.refresh_from_db()

    patient = register_patient(
        clinic,
        by=alvarez,
        now=now,
        id=new_id(),
        family_name="Berg",
        given_name="Ada",
        born_on=date(1980, 1, 2),
    )
    record_history(patient, by=alvarez, now=now, id=new_id(), values={"seizure-disorder": False})

    assert FactRow.objects.get(code="seizure-disorder").by_name == "R" * 150
    assert Event.objects.latest("line").by_name == "R" * 150
