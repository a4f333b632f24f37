"""Patient: who the file is about."""

from __future__ import annotations

from typing import Any

from serein.fhir.elements import Json, day, element, elements, text
from serein.fhir.records import Number, Person, UnreadableError

LONGEST_NAME = 120
LONGEST_NUMBER = 200
LONGEST_LABEL = 80
LONGEST_CONTACT = 40
LONGEST_EMAIL = 254
SEXES = ("male", "female", "other", "unknown")


def read(resource: Json) -> Person:
    """The person, known by at least one number and a whole birth date."""
    family, given = _name(resource)
    born_on = day(resource.get("birthDate"), name="birthDate")
    if born_on is None:
        raise UnreadableError("has no birth date")
    numbers = _numbers(resource)
    if not numbers:
        raise UnreadableError("has no identifier by which to know the patient again")
    return Person(
        numbers=numbers,
        family_name=family,
        given_name=given,
        born_on=born_on,
        sex=_sex(resource),
        phone=_contact(resource, "phone", longest=LONGEST_CONTACT),
        email=_contact(resource, "email", longest=LONGEST_EMAIL),
        address=_address(resource),
        died_on=_died_on(resource),
    )


def _name(resource: Json) -> tuple[str, str]:
    names = elements(resource.get("name"), name="name")
    names.sort(key=lambda name: name.get("use") != "official")
    for name in names:
        family = text(name.get("family"), name="name.family")
        given = " ".join(_words(name.get("given"), name="name.given"))
        if max(len(family), len(given)) > LONGEST_NAME:
            raise UnreadableError(f"a name is longer than {LONGEST_NAME} letters")
        if family and given:
            return family, given
    raise UnreadableError("has no family and given name")


def _words(value: object, *, name: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"{name} is not a list")
    return [words for item in value if (words := text(item, name=name))]


def _numbers(resource: Json) -> tuple[Number, ...]:
    found: dict[tuple[str, str], Number] = {}
    for identifier in elements(resource.get("identifier"), name="identifier"):
        system = text(identifier.get("system"), name="identifier.system")
        value = text(identifier.get("value"), name="identifier.value")
        kind = element(identifier.get("type"), name="identifier.type")
        label = text(kind.get("text"), name="identifier.type.text")
        # A number without a system names nobody: two hospitals both have a patient 1.
        if not system or not value:
            continue
        if max(len(system), len(value)) > LONGEST_NUMBER:
            raise UnreadableError(f"an identifier is longer than {LONGEST_NUMBER} characters")
        found.setdefault((system, value), Number(system, value, label[:LONGEST_LABEL]))
    return tuple(found.values())


def _sex(resource: Json) -> str:
    sex = text(resource.get("gender"), name="gender")
    if sex and sex not in SEXES:
        raise UnreadableError(f"gender is none of {', '.join(SEXES)}: {sex[:40]}")
    return sex


def _contact(resource: Json, system: str, *, longest: int) -> str:
    for contact in elements(resource.get("telecom"), name="telecom"):
        value = text(contact.get("value"), name="telecom.value")
        if contact.get("system") == system and value:
            if len(value) > longest:
                raise UnreadableError(f"the {system} is longer than {longest} characters")
            return value
    return ""


def _address(resource: Json) -> dict[str, Any]:
    found = elements(resource.get("address"), name="address")
    if not found:
        return {}
    parts: dict[str, Any] = {
        part: words
        for part in ("city", "state", "postalCode", "country")
        if (words := text(found[0].get(part), name=f"address.{part}"))
    }
    if lines := _words(found[0].get("line"), name="address.line"):
        parts["line"] = lines
    return parts


def _died_on(resource: Json) -> Any:
    given = text(resource.get("deceasedDateTime"), name="deceasedDateTime")
    if not given:
        if resource.get("deceasedBoolean") is True:
            raise UnreadableError("is said to have died, without a date")
        return None
    return day(given[:10], name="deceasedDateTime")
