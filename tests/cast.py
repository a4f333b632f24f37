"""The fixed cast of every server test: Main St, its people, and Owen, who is to be turned away."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.test import Client

from serein.server.accounts.models import Clinic, Membership, Role, User

NOW = datetime(2025, 10, 14, 14, 12, 41, tzinfo=UTC)
SignIn = Callable[[User], Client]

PASSWORD = "a calm afternoon"
# Argon2 takes a tenth of a second each; the cast shares one hash, made at the first need.
_hashed: list[str] = []


@dataclass(frozen=True)
class Person:
    """One member of the cast."""

    username: str
    first_name: str
    last_name: str
    roles: tuple[Role, ...]
    is_medical_director: bool = False


MAIN_ST = (
    Person("alvarez", "Rosa", "Alvarez", (Role.NURSE,)),
    Person("osei", "Kofi", "Osei", (Role.NURSE,)),
    Person("morgan", "Jo", "Morgan", (Role.MONITOR,)),
    Person("lind", "Astrid", "Lind", (Role.PRESCRIBER,), is_medical_director=True),
    Person("okafor", "Ada", "Okafor", (Role.THERAPIST,)),
    Person("pym", "Barbara", "Pym", (Role.PHARMACIST,)),
    Person("bray", "Tess", "Bray", (Role.BILLER,)),
    Person("desk", "Sam", "Reyes", (Role.DESK,)),
    Person("owner", "Ines", "Duarte", (Role.OWNER,)),
)
OTHER = (Person("owen", "Owen", "Price", (Role.NURSE, Role.PRESCRIBER)),)


def open_clinic(name: str, people: Iterable[Person]) -> Clinic:
    """A clinic with its people, each signed up with the shared password."""
    clinic = Clinic.objects.create(
        name=name, phone_day="+1 555 0100", phone_night="+1 555 0199", is_invented=True
    )
    for person in people:
        join(clinic, person)
    return clinic


def join(clinic: Clinic, person: Person) -> User:
    """One person with their roles at the clinic."""
    user = User.objects.create(
        username=person.username,
        first_name=person.first_name,
        last_name=person.last_name,
        password=_password_hash(),
    )
    for role in person.roles:
        Membership.objects.create(
            clinic=clinic, user=user, role=role, is_medical_director=person.is_medical_director
        )
    return user


def _password_hash() -> str:
    if not _hashed:
        stand_in = User()
        stand_in.set_password(PASSWORD)
        _hashed.append(stand_in.password)
    return _hashed[0]
