"""Whose chart a file's patient belongs to: by identifiers alone, and never by two at once."""

from datetime import datetime
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.fhir.records import Number, Person
from serein.server.accounts.models import Clinic
from serein.server.patients.actions import add_identifiers
from serein.server.patients.models import Identifier, Patient
from serein.server.patients.queries import possible_same
from serein.server.transfer.reports import FileReport

NAMESPACE = UUID("6f6d3bb2-0c67-5d0e-9f0a-7a0a3a6a2f51")


class MismatchError(InputError):
    """The identifiers of a file point at the wrong chart, or at two."""


def chart_of(
    person: Person, *, clinic: Clinic, now: datetime, report: FileReport, is_invented: bool
) -> tuple[Patient, bool]:
    """The chart these identifiers name, or a new one; and whether the file added to it."""
    known = _known(person, clinic=clinic)
    patient = _matched(person, known=known)
    missing = [number for number in person.numbers if (number.system, number.value) not in known]
    if patient is None:
        patient = _new(person, clinic=clinic, now=now, is_invented=is_invented)
        report.name_patient(patient, is_new=True)
        report.name_candidates(patient, _alike(patient))
    else:
        report.name_patient(patient, is_new=False)
        report.problems += _differences(person, patient=patient)
    add_identifiers(patient, identifiers=[(one.system, one.value, one.label) for one in missing])
    return patient, bool(missing)


def made_id(*parts: object) -> UUID:
    """The same id for the same thing from the same source, however often it is imported."""
    # A length before each part: ("a", "bc") and ("ab", "c") are two things.
    return uuid5(NAMESPACE, "".join(f"{len(str(part))}:{part}" for part in parts))


def source_of(person: Person) -> Number:
    """The number under which the file's own system knows the patient: the first it gives."""
    return person.numbers[0]


def _known(person: Person, *, clinic: Clinic) -> dict[tuple[str, str], Patient]:
    values = [number.value for number in person.numbers]
    systems = [number.system for number in person.numbers]
    rows = Identifier.objects.filter(clinic=clinic, system__in=systems, value__in=values)
    wanted = {(number.system, number.value) for number in person.numbers}
    return {
        (row.system, row.value): row.patient
        for row in rows.select_related("patient")
        if (row.system, row.value) in wanted
    }


def _matched(person: Person, *, known: dict[tuple[str, str], Patient]) -> Patient | None:
    charts = {patient.pk: patient for patient in known.values()}
    if len(charts) > 1:
        names = " / ".join(sorted(f"{chart}, {chart.born_on}" for chart in charts.values()))
        sentence = _(
            "The numbers of %(name)s point at two charts here (%(charts)s). Nothing was stored;"
            " settle whose each number is before importing the file"
        )
        raise MismatchError(sentence % {"name": _called(person), "charts": names})
    for patient in charts.values():
        _refuse_other_person(person, patient=patient)
    return next(iter(charts.values()), None)


def _refuse_other_person(person: Person, *, patient: Patient) -> None:
    """A number that names somebody of another birth date or given name is a number mistaken."""
    same_given = _first_word(person.given_name) == _first_word(patient.given_name)
    if person.born_on == patient.born_on and same_given:
        return
    sentence = _(
        "A number in the file belongs here to %(known)s, born %(known_born)s, but the file says"
        " %(name)s, born %(born)s. Nothing was stored; check which of them is right"
    )
    words = {"known": str(patient), "known_born": patient.born_on}
    words |= {"name": _called(person), "born": person.born_on}
    raise MismatchError(sentence % words)


def _new(person: Person, *, clinic: Clinic, now: datetime, is_invented: bool) -> Patient:
    source = source_of(person)
    return Patient.objects.create(
        id=made_id(clinic.pk, source.system, source.value, "Patient"),
        clinic=clinic,
        family_name=person.family_name,
        given_name=person.given_name,
        born_on=person.born_on,
        sex=person.sex,
        phone=person.phone,
        email=person.email,
        address=person.address,
        died_on=person.died_on,
        is_invented=is_invented,
        created_at=now,
    )


def _alike(patient: Patient) -> list[Patient]:
    return possible_same(
        patient.clinic,
        family_name=patient.family_name,
        given_name=patient.given_name,
        born_on=patient.born_on,
        other_than=patient.pk,
    )


def _differences(person: Person, *, patient: Patient) -> list[str]:
    """What the file says of the person otherwise than the chart, which stays as it is."""
    found = []
    if person.family_name.casefold() != patient.family_name.casefold():
        sentence = _(
            "The file calls %(known)s by the family name %(name)s; the chart was not changed"
        )
        found.append(sentence % {"known": str(patient), "name": person.family_name})
    if person.died_on and person.died_on != patient.died_on:
        sentence = _("The file says that %(known)s died on %(day)s; the chart does not")
        found.append(sentence % {"known": str(patient), "day": person.died_on})
    return found


def _called(person: Person) -> str:
    return f"{person.given_name} {person.family_name}"


def _first_word(name: str) -> str:
    return name.casefold().split()[0]
