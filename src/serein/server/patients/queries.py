"""Reads of the chart; whatever a person will see takes the person and the clinic first."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from serein.clinical.facts import Chart, Fact
from serein.clinical.person import NO_DRUG_KNOWN, NONE_KNOWN
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import may
from serein.server.library import library
from serein.server.patients.models import FactRow, Patient, facts

SMALLEST_PHONE_TAIL = 3
LIKE_LETTERS = 3


def patients(user: User, clinic: Clinic, *, verb: str = "patients.search") -> QuerySet[Patient]:
    """Every patient this person may look up here; none when they may not."""
    if not may(user, verb, at=clinic):
        return Patient.objects.none()
    return Patient.objects.filter(clinic=clinic).order_by("family_name", "given_name", "born_on")


def patient(user: User, clinic: Clinic, id: UUID) -> Patient:  # noqa: A002  every query names it so
    """The patient, or 404 as if there were none: another clinic's chart does not exist here."""
    found = patients(user, clinic, verb="patients.view").filter(id=id).first()
    if found is None:
        raise Http404
    return found


def facts_of(patient: Patient, *, codes: Iterable[str] | None = None) -> list[Fact]:
    """Facts of the patient, corrected ones among them."""
    rows = FactRow.objects.filter(patient=patient)
    return facts(rows if codes is None else rows.filter(code__in=list(codes)))


def chart(patient: Patient, *, codes: Iterable[str] | None = None) -> Chart:
    """What stands in the patient's chart."""
    return Chart.of(facts_of(patient, codes=codes))


def search(
    user: User,
    clinic: Clinic,
    *,
    words: str = "",
    born_on: date | None = None,
    number: str = "",
    phone_tail: str = "",
) -> QuerySet[Patient]:
    """Patients whose name holds every word, and whose other details fit.

    A number is a whole identifier; a phone tail is its last digits, three at least.
    """
    found = patients(user, clinic)
    for word in words.split():
        found = found.filter(Q(family_name__icontains=word) | Q(given_name__icontains=word))
    if born_on:
        found = found.filter(born_on=born_on)
    if number:
        found = found.filter(identifiers__value__iexact=number).distinct()
    if phone_tail:
        found = _by_phone_tail(found, phone_tail)
    return found


def possible_same(
    clinic: Clinic, *, family_name: str, given_name: str, born_on: date, other_than: UUID
) -> list[Patient]:
    """Other charts of this birth date whose names look alike: perhaps one person, never merged."""
    wanted = _plain(family_name), _plain(given_name)[:LIKE_LETTERS]
    rows = Patient.objects.filter(clinic=clinic, born_on=born_on).exclude(id=other_than)
    return [
        row
        for row in rows.order_by("created_at", "id")
        if (_plain(row.family_name), _plain(row.given_name)[:LIKE_LETTERS]) == wanted
    ]


def not_theirs(codes: Iterable[str], *, by: User, at: Clinic) -> dict[str, str]:
    """Those of the codes that are another's to judge, each with the sentence that says so."""
    if may(by, "treatment.decide", at=at):
        return {}
    known = library().dictionary.entries
    judged = [known[code] for code in codes if code in known and known[code].judged_by]
    return {
        entry.code: _("“%(title)s” is the prescriber's to say; ask them to record it")
        % {"title": entry.title}
        for entry in judged
    }


def rows_of(patient: Patient) -> list[FactRow]:
    """Facts that belong to the patient and to no one session, for the page of the chart."""
    return list(FactRow.objects.filter(patient=patient, encounter__isnull=True))


def fact_row(user: User, clinic: Clinic, id: UUID) -> FactRow:  # noqa: A002  every query names it so
    """One fact outside sessions, or 404 as if there were none; a session corrects its own."""
    found = (
        FactRow.objects.filter(clinic=clinic, id=id, encounter__isnull=True)
        .select_related("clinic", "patient")
        .first()
    )
    if found is None or not may(user, "patients.view", at=clinic):
        raise Http404
    return found


def led_to(values: Iterable[UUID]) -> dict[UUID, UUID]:
    """Each of these values, and each that was corrected into it, however often, by which it was."""
    found = {value: value for value in values}
    asked = dict(found)
    while asked:
        rows = FactRow.objects.filter(pk__in=asked).values_list("pk", "replaces")
        asked = {wrong: asked[right] for right, wrong in rows if wrong is not None}
        found |= asked
    return found


def allergies(patient: Patient) -> list[FactRow]:
    """What the patient must not meet, or that nothing is known of; corrected rows left out."""
    rows = FactRow.objects.filter(patient=patient, code__in=("allergy", NONE_KNOWN, NO_DRUG_KNOWN))
    return list(rows.filter(replaced_by__isnull=True).order_by("-effective_at"))


def _plain(name: str) -> str:
    """Letters only, without accents or case: how a name looks to someone in a hurry."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if letter.isalpha()).casefold()


def _by_phone_tail(found: QuerySet[Patient], tail: str) -> QuerySet[Patient]:
    digits = "".join(letter for letter in tail if letter.isdigit())
    if len(digits) < SMALLEST_PHONE_TAIL:
        return found.none()
    # Phones are stored as they were given, so the tail is looked for between any punctuation.
    pattern = r"[^0-9]*".join(digits) + r"[^0-9]*$"
    return found.filter(phone__regex=pattern)
