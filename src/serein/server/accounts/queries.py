"""The people of a clinic, as one of them may see the others."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.http import Http404

from serein.server import durability
from serein.server.accounts.models import Clinic, Membership, User
from serein.server.accounts.permissions import may, require

# Sixteen signs of these carry 79 bits, and none of them is mistaken for another on paper.
ONE_TIME_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
ONE_TIME_LENGTH = 16


@dataclass(frozen=True)
class Person:
    """One person of a clinic and what they are there."""

    user: User
    memberships: tuple[Membership, ...]

    @property
    def roles(self) -> list[str]:
        """Their roles at this clinic."""
        return [membership.role for membership in self.memberships]

    @property
    def titles(self) -> list[str]:
        """Their roles, as people call them."""
        return [membership.get_role_display() for membership in self.memberships]

    @property
    def is_medical_director(self) -> bool:
        """Whether they carry the clinic's medical-director mark."""
        return any(membership.is_medical_director for membership in self.memberships)


def people(user: User, clinic: Clinic) -> list[Person]:
    """Everybody with a role at the clinic, by name."""
    require(user, "accounts.manage", at=clinic)
    rows = Membership.objects.filter(clinic=clinic).select_related("user").order_by("role")
    found: dict[UUID, list[Membership]] = {}
    for row in rows:
        found.setdefault(row.user_id, []).append(row)
    listed = [Person(held[0].user, tuple(held)) for held in found.values()]
    return sorted(listed, key=lambda person: (person.user.last_name, person.user.first_name))


def person(user: User, clinic: Clinic, id: UUID) -> Person:  # noqa: A002  the house's word
    """One person of this clinic; of another clinic, nothing found."""
    require(user, "accounts.manage", at=clinic)
    rows = Membership.objects.filter(clinic=clinic, user_id=id).select_related("user")
    held = tuple(rows.order_by("role"))
    if not held:
        raise Http404
    return Person(held[0].user, held)


def home_of(user: User, clinic: Clinic) -> str:
    """Where the person's day begins: the floor, the list of patients, or the people."""
    for verb, page in (("treatment.view_floor", "/floor/"), ("patients.search", "/patients/")):
        if may(user, verb, at=clinic):
            return page
    return "/people/"


def is_set_up() -> bool:
    """Whether anybody or any clinic is kept here, by whatever version; nobody before the tables."""
    there = set(connection.introspection.table_names()) if durability.is_made() else set()
    held = (model for model in (User, Clinic) if model._meta.db_table in there)
    return any(model._base_manager.exists() for model in held)


def one_time_password() -> str:
    """A password to hand over on paper, good for one sign-in."""
    signs = [secrets.choice(ONE_TIME_SIGNS) for _ in range(ONE_TIME_LENGTH)]
    return "-".join("".join(signs[start : start + 4]) for start in range(0, ONE_TIME_LENGTH, 4))
