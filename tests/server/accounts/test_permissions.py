"""The table of who may do what: closed by default, and small where it matters."""

from typing import get_args

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from pytest_django import DjangoAssertNumQueries

from serein.clinical.rules import Called
from serein.server.accounts.models import Clinic, Membership, Role, User
from serein.server.accounts.permissions import PERMISSIONS, allowed, may, require
from tests.cast import SignIn

DOSES_AND_DECIDES = {
    "treatment.record_device",
    "treatment.decide",
    "treatment.sign_order",
    "treatment.take_telephone_order",
    "treatment.cosign_order",
    "treatment.release",
}


def test_a_monitor_observes_and_records_but_never_doses_or_releases(
    clinic: Clinic, morgan: User
) -> None:
    verbs = allowed(morgan, at=clinic)

    assert not verbs & DOSES_AND_DECIDES
    assert {
        "treatment.record_vitals",
        "treatment.record_observation",
        "treatment.record_danger_sign",
        "treatment.add_note",
        "treatment.end_session",
    } <= verbs


def test_only_a_prescriber_signs_and_decides(clinic: Clinic) -> None:
    for verb in ("treatment.sign_order", "treatment.cosign_order", "treatment.decide"):
        assert PERMISSIONS[verb] == {Role.PRESCRIBER}


def test_the_desk_sees_names_and_no_chart(clinic: Clinic, desk: User) -> None:
    verbs = allowed(desk, at=clinic)

    assert {"patients.search", "patients.register"} <= verbs
    assert not verbs & {
        "patients.view",
        "treatment.view_session",
        "courses.view",
        "alerts.view_any",
    }


def test_an_owner_is_no_clinician(clinic: Clinic, owner: User) -> None:
    verbs = allowed(owner, at=clinic)

    assert not {verb for verb in verbs if verb.startswith("treatment.")} - {"treatment.block_chair"}
    assert "patients.view" not in verbs


def test_only_the_medical_director_adopts(clinic: Clinic, lind: User) -> None:
    assert may(lind, "courses.adopt", at=clinic)
    Membership.objects.filter(user=lind).update(is_medical_director=False)
    assert not may(User.objects.get(pk=lind.pk), "courses.adopt", at=clinic)


def test_the_mark_alone_does_not_adopt(clinic: Clinic, osei: User) -> None:
    Membership.objects.filter(user=osei).update(is_medical_director=True)

    assert not may(osei, "courses.adopt", at=clinic)


def test_a_role_counts_only_at_its_clinic(clinic: Clinic, other_clinic: Clinic, owen: User) -> None:
    assert allowed(owen, at=other_clinic)
    assert not allowed(owen, at=clinic)


def test_an_unknown_verb_and_an_empty_set_allow_nobody(
    clinic: Clinic, lind: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PERMISSIONS, "treatment.planted", frozenset())

    assert not may(lind, "treatment.planted", at=clinic)
    assert not may(lind, "treatment.unheard_of", at=clinic)


def test_strangers_nobody_and_closed_accounts_may_nothing(clinic: Clinic, lind: User) -> None:
    lind.is_active = False

    assert not any(allowed(who, at=clinic) for who in (lind, AnonymousUser(), None))


def test_the_refusal_says_where_and_what_to_do(clinic: Clinic, morgan: User) -> None:
    with pytest.raises(PermissionDenied, match="role at Main St does not allow this"):
        require(morgan, "treatment.release", at=clinic)


def test_the_owner_is_not_sent_to_the_owner(clinic: Clinic, owner: User) -> None:
    with pytest.raises(PermissionDenied, match=r"does not allow this\.$"):
        require(owner, "treatment.release", at=clinic)


def test_roles_are_read_once_per_request(
    clinic: Clinic,
    alvarez: User,
    signed_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    browser = signed_in(alvarez)
    browser.get("/clock/")

    # The session, the person with the roles and their clinics, how many alerts are open.
    with django_assert_num_queries(3):
        browser.get("/clock/")


def test_whom_a_content_file_may_call_is_what_a_person_can_be_here() -> None:
    assert set(get_args(Called)) == set(Role.values)
