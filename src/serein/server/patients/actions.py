"""Every write to the chart: facts in, patients in, an entry by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from django.db import connection
from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact, FactValue
from serein.clinical.person import NONE_KNOWN
from serein.clinical.vitals import Concern, weigh
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import require
from serein.server.actions import action, hold
from serein.server.audit import actions as audit
from serein.server.library import library
from serein.server.patients import charts
from serein.server.patients.errors import AlikeError, ConfirmError
from serein.server.patients.models import (
    COLUMNS,
    OF_PERSON,
    FactRow,
    Identifier,
    Patient,
    fact,
    facts,
)
from serein.server.patients.queries import allergies, possible_same
from serein.server.prepared import Insert
from serein.server.wording import typed

ROWS_AT_ONCE = 500
ADD_FACTS = Insert(FactRow, leave_taken=True)
BY_HAND = "entered by hand"
ADDED = ("allergy", "medication", "condition")


def record_facts(
    patient: Patient,
    *,
    by: User | None,
    now: datetime,
    facts: Sequence[Fact],
    source: str,
    encounter: UUID | None = None,
    reason: str = "",
) -> list[Fact]:
    """The facts as they now stand in the chart; one that was there already stays as it was.

    It asks for no permission and writes no audit line: the action that calls it does both.
    """
    assert connection.in_atomic_block, "facts belong to the transaction of their action"
    late = [fact for fact in facts if fact.recorded_at > now]
    if late:
        raise InputError(_("%(code)s is recorded after now") % {"code": late[0].code})
    rows = [
        _row(fact, patient=patient, by=by, source=source, encounter=encounter, reason=reason)
        for fact in facts
    ]
    _refuse_second_correction(rows)
    added = sum(ADD_FACTS(some) for some in _chunks(rows))
    if added == len(rows):
        return [fact(*(getattr(row, column) for column in COLUMNS)) for row in rows]
    # A repeated request finds its ids taken; the chart says by whom.
    return _stored(rows, patient=patient)


@action
def register_patient(
    clinic: Clinic,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    family_name: str,
    given_name: str,
    born_on: date,
    identifiers: Sequence[tuple[str, str, str]] = (),
    is_another: bool = False,
    **details: Any,
) -> Patient:
    """A new patient of this clinic, known by these (system, value, label) numbers.

    Details are the other columns of a patient: sex, phone, email, address, died_on, is_invented.
    `is_another` says that somebody looked at those who are alike.

    Raises:
        InputError: A birth date to come, or a number that names somebody here.
        AlikeError: Somebody of this name and birth date is here, and nobody has looked.
    """
    require(by, "patients.register", at=clinic)
    # Two desks must not both find that nobody like this is here.
    hold(clinic)
    found = Patient.objects.filter(id=id).first()
    if found:
        return _same_clinic(found, clinic)
    if born_on > now.astimezone(clinic.zone).date():
        raise InputError(_("%(day)s has not come yet; check the birth date") % {"day": born_on})
    for system, value, _label in identifiers:
        if Identifier.objects.filter(clinic=clinic, system=system, value=value).exists():
            raise InputError(
                _("The number %(number)s already names a patient here; open that chart")
                % {"number": value}
            )
    names = {"family_name": family_name, "given_name": given_name}
    if not is_another:
        _refuse_alike(clinic, id, born_on=born_on, **names)
    patient = Patient.objects.create(
        id=id,
        clinic=clinic,
        born_on=born_on,
        created_at=now,
        **names,
        **details,
    )
    add_identifiers(patient, identifiers=identifiers)
    audit.record(
        clinic=clinic,
        by=by,
        verb="patients.register",
        subject=patient,
        patient=patient,
        now=now,
        details={"identifiers": len(identifiers)},
    )
    return patient


@action
def correct_person(
    patient: Patient,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    born_on: date,
    sex: str,
    reason: str,
) -> Patient:
    """Birth date and sex as they are; what stood there stays in the chart, struck, with the reason.

    Raises:
        InputError: No reason, a birth date to come, or nothing that differs.
    """
    require(by, "patients.correct", at=patient.clinic)
    why = typed(reason, asking=_("Say what was wrong, and how it is known"))
    person = hold(patient)
    told = {code: uuid5(id, code) for code in OF_PERSON}
    if FactRow.objects.filter(patient=person, id__in=told.values()).exists():
        return person
    if born_on > now.astimezone(person.clinic.zone).date():
        raise InputError(_("%(day)s has not come yet; check the birth date") % {"day": born_on})
    before = {fact.code: fact for fact in person.own_facts()}
    was = (person.born_on, person.sex)
    person.born_on, person.sex = born_on, sex
    after = {fact.code: fact for fact in person.own_facts()}
    changed = [code for code, fact in after.items() if fact.value != _value_of(before.get(code))]
    if was == (born_on, sex) or not changed:
        raise InputError(_("Nothing was changed; type what is right"))
    person.save(update_fields=list(OF_PERSON.values()))
    for code in changed:
        old = _kept(person, before.get(code), now=now)
        new = replace(
            after[code],
            id=told[code],
            recorded_at=now,
            by=str(by),
            source="correction",
            replaces=old,
        )
        record_facts(person, by=by, now=now, facts=[new], source="correction", reason=why)
    audit.record(
        clinic=person.clinic,
        by=by,
        verb="patients.correct_person",
        subject=person,
        patient=person,
        now=now,
        details={"codes": sorted(changed)},
    )
    return person


def _value_of(fact: Fact | None) -> FactValue | None:
    return None if fact is None else fact.value


def _kept(patient: Patient, fact: Fact | None, *, now: datetime) -> UUID | None:
    """What stood there as a row of the chart, so that what replaces it can point at it."""
    if fact is None:
        return None
    rows = FactRow.objects.filter(patient=patient, code=fact.code, replaced_by__isnull=True)
    last = rows.filter(source="correction").order_by("recorded_at").last()
    if last is not None:
        return last.id
    record_facts(patient, by=None, now=now, facts=[fact], source="registration")
    return fact.id


def _refuse_alike(clinic: Clinic, id: UUID, **known: Any) -> None:  # noqa: A002  as above
    if alike := possible_same(clinic, other_than=id, **known):
        raise AlikeError(_("Perhaps they are here already"), alike=alike)


def add_identifiers(patient: Patient, *, identifiers: Sequence[tuple[str, str, str]]) -> None:
    """Give the patient further numbers; the caller has the permission and the audit line."""
    Identifier.objects.bulk_create(
        Identifier(
            clinic_id=patient.clinic_id, patient=patient, system=system, value=value, label=label
        )
        for system, value, label in identifiers
    )


@action
def add_entry(
    patient: Patient,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    code: str,
    value: FactValue,
    since: date | None = None,
) -> Fact:
    """An allergy, medicine or condition shaped as an imported one, or that no allergy is known.

    It holds from the beginning of `since`; from now on when that day is not known.

    Raises:
        InputError: No words, a day to come, no known allergy beside one that is on file.
    """
    require(by, "patients.add_entry", at=patient.clinic)
    # The same form sent twice at once must find the first, and not write a second audit line.
    hold(patient)
    told = FactRow.objects.filter(id=id, patient=patient).first()
    if told and (told.code, told.value) != (code, value):
        raise InputError(
            _("This form was saved before with something else. Open the page again and repeat it")
        )
    if told:
        return fact_of(told)
    _refuse_entry(patient, code, value)
    begins_at = _beginning(patient, since, now=now)
    fact = Fact(id, code, value, begins_at, now, by=str(by), source=BY_HAND)
    [stored] = record_facts(patient, by=by, now=now, facts=[fact], source=BY_HAND)
    audit.record(
        clinic=patient.clinic,
        by=by,
        verb="patients.add_entry",
        subject=patient,
        patient=patient,
        now=now,
        details={"codes": [code]},
    )
    return stored


def _refuse_entry(patient: Patient, code: str, value: FactValue) -> None:
    library().dictionary.check(code, value)
    if code == NONE_KNOWN:
        if any(one.is_current for one in charts.listed(allergies(patient), "allergy")):
            raise InputError(
                _("An allergy is on file. If it was never so, correct that entry first")
            )
    elif code not in ADDED or not isinstance(value, Mapping) or not value.get("text"):
        raise InputError(_("Say in words what it is"))


def _beginning(patient: Patient, since: date | None, *, now: datetime) -> datetime:
    """The beginning of a day at the clinic, as an imported day begins; now when none is known."""
    zone = patient.clinic.zone
    if since is None:
        return now
    if since > now.astimezone(zone).date():
        raise InputError(_("%(day)s has not come yet; enter the day it was so") % {"day": since})
    if since < patient.born_on:
        raise InputError(_("%(day)s is before the birth date") % {"day": since})
    return datetime.combine(since, time(), zone)


def refuse_unsound(
    values: Mapping[str, FactValue],
    *,
    beside: Mapping[str, Any] = MappingProxyType({}),
    is_confirmed: bool,
) -> None:
    """What cannot be is refused; what is unlikely is asked about once.

    Args:
        values: Code to value, as somebody typed them.
        beside: What is known already and belongs to the same reading.
        is_confirmed: Somebody looked again.
    """
    concerns = [
        one
        for one in weigh({**beside, **values}, dictionary=library().dictionary)
        if values.keys() & set(one.codes)
    ]
    refuse(concerns, is_confirmed=is_confirmed)


def refuse(concerns: Sequence[Concern], *, is_confirmed: bool) -> None:
    """Refuse what cannot be, and ask about what is doubtful until it is confirmed."""
    impossible = [one for one in concerns if one.kind == "impossible"]
    if impossible or (concerns and not is_confirmed):
        raise ConfirmError(impossible or concerns)


def _row(
    fact: Fact,
    *,
    patient: Patient,
    by: User | None,
    source: str,
    encounter: UUID | None,
    reason: str,
) -> FactRow:
    return FactRow(
        id=fact.id,
        clinic_id=patient.clinic_id,
        patient=patient,
        code=fact.code,
        value=fact.value,
        unit=fact.unit or "",
        effective_at=fact.effective_at,
        recorded_at=fact.recorded_at,
        by=by,
        by_name=fact.by or (str(by) if by else ""),
        source=fact.source or source,
        panel=fact.panel,
        encounter=fact.encounter or encounter,
        replaces_id=fact.replaces,
        reason=reason,
    )


def _refuse_second_correction(rows: Sequence[FactRow]) -> None:
    replaced = {row.replaces_id: row.id for row in rows if row.replaces_id is not None}
    if not replaced:
        return
    for other in FactRow.objects.filter(replaces__in=replaced):
        if other.replaces_id and other.id != replaced[other.replaces_id]:
            raise InputError(
                _("%(code)s was corrected already by %(by)s; correct the newer value")
                % {"code": other.code, "by": other.by_name or other.source}
            )


def _stored(rows: Sequence[FactRow], *, patient: Patient) -> list[Fact]:
    found = {
        fact.id: fact
        for some in _chunks(rows)
        for fact in facts(FactRow.objects.filter(patient=patient, id__in=[row.id for row in some]))
    }
    for row in rows:
        if row.id not in found:
            raise InputError(
                _("The entry %(code)s belongs to another chart; nothing was stored")
                % {"code": row.code}
            )
    return [found[row.id] for row in rows]


def fact_of(row: FactRow) -> Fact:
    """What a row says, for the rules."""
    [fact] = facts(FactRow.objects.filter(id=row.id))
    return fact


def _same_clinic(patient: Patient, clinic: Clinic) -> Patient:
    if patient.clinic_id != clinic.id:
        raise InputError(_("That entry number is taken; reload the page and try again"))
    return patient


def _chunks(rows: Sequence[FactRow]) -> Iterator[list[FactRow]]:
    waiting = iter(rows)
    while some := list(islice(waiting, ROWS_AT_ONCE)):
        yield some
