"""Two people of one clinic at once: one account, one chart, and an owner stays."""

from datetime import date
from functools import partial

import pytest

from serein.server.accounts.actions import change_roles, invite_person
from serein.server.accounts.models import Membership, Role, User
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.patients.actions import register_patient
from serein.server.patients.errors import AlikeError
from serein.server.patients.models import Patient
from tests import cast
from tests.server.treatment.test_races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = range(6)


@pytest.fixture
def house(transactional_db):
    return cast.open_clinic("Main St", cast.MAIN_ST)


def person(username):
    """Read anew, as each request reads whom it belongs to."""
    return User.objects.get(username=username)


def test_two_owners_who_leave_at_once_leave_one_behind(house):
    for _turn in TURNS:
        for username in ("owner", "osei"):
            Membership.objects.get_or_create(clinic=house, user=person(username), role=Role.OWNER)
        leave = [
            partial(
                change_roles, person(one), by=person(one), at=house, now=cast.NOW, roles=["nurse"]
            )
            for one in ("owner", "osei")
        ]

        [refusal] = refusals(at_once(*leave))

        assert "needs an owner" in str(refusal)
        assert Membership.objects.filter(clinic=house, role=Role.OWNER).count() == 1


def test_an_invitation_sent_twice_at_once_makes_one_account(house):
    for turn in TURNS:
        invite = partial(
            invite_person,
            house,
            by=person("owner"),
            now=cast.NOW,
            id=new_id(),
            username=f"park{turn}",
            first_name="Min",
            last_name="Park",
            roles=["nurse"],
        )
        first, second = at_once(invite, invite)

        assert first.user == second.user
        assert sorted(one.one_time_password is None for one in (first, second)) == [False, True]
    assert Event.objects.filter(verb="accounts.invite_person").count() == len(TURNS)


@pytest.mark.parametrize("names", [("park", "park"), ("park", "Park")], ids=" ".join)
def test_two_clinics_that_invite_the_same_name_at_once_make_one_account(house, names):
    other = cast.open_clinic("Other", [cast.Person("boss", "Bea", "Moss", (Role.OWNER,))])
    for turn in TURNS:
        invite = partial(
            invite_person, now=cast.NOW, first_name="Min", last_name="Park", roles=["nurse"]
        )
        here, there = (f"{name}{turn}" for name in names)

        [refusal] = refusals(
            at_once(
                partial(invite, house, by=person("owner"), id=new_id(), username=here),
                partial(invite, other, by=person("boss"), id=new_id(), username=there),
            )
        )

        assert "is taken; choose another sign-in name" in str(refusal)
        assert User.objects.filter(username__iexact=here).count() == 1


@pytest.mark.parametrize("is_same_form", [True, False], ids=["one form", "two desks"])
def test_a_person_registered_twice_at_once_has_one_chart(house, is_same_form):
    ada = {"given_name": "Ada", "born_on": date(1980, 1, 2)}
    for turn in TURNS:
        entry = new_id()
        register = partial(
            register_patient,
            house,
            by=person("desk"),
            now=cast.NOW,
            family_name="Berg" * (turn + 1),
        )
        answers = at_once(
            partial(register, id=entry, **ada),
            partial(register, id=entry if is_same_form else new_id(), **ada),
        )

        refused = refusals(answers)
        assert len(refused) == (0 if is_same_form else 1)
        assert all(isinstance(one, AlikeError) for one in refused)
        assert Patient.objects.count() == turn + 1
    assert Event.objects.filter(verb="patients.register").count() == len(TURNS)
