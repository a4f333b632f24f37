"""What is told: history, totals, medication trials, a prescriber's decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.criteria import Finding, Verdict
from serein.clinical.errors import InputError
from serein.clinical.facts import Fact, FactValue
from serein.clinical.instruments import Instrument
from serein.clinical.policies import Policy
from serein.clinical.rules import DECISION
from serein.clinical.scoring import score
from serein.clinical.trial_content import LIST
from serein.clinical.trial_doubts import doubts
from serein.clinical.trials import TRIAL
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import may, require
from serein.server.actions import action
from serein.server.audit import actions as audit
from serein.server.courses.queries import gate_codes, judged, known
from serein.server.eligibility.actions.flags import raise_flags
from serein.server.eligibility.queries import is_asked
from serein.server.library import library
from serein.server.patients import actions as patients
from serein.server.patients.models import FactRow, Patient
from serein.server.patients.queries import not_theirs
from serein.server.wording import SHORTEST_REASON, typed

RECORDS = "patients.record_facts"
NOON = time(12)


@action
def record_history(
    patient: Patient,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    values: Mapping[str, FactValue],
    on: date | None = None,
    is_confirmed: bool = False,
) -> list[Fact]:
    """Answers about the patient that outlive a visit, as facts of the day they were true on.

    Raises:
        InputError: Nothing was answered, a day to come, or a value that cannot be.
        ConfirmError: A value that may be true and should be looked at again.
    """
    require(by, RECORDS, at=patient.clinic)
    if not values:
        raise InputError(_("Answer at least one question"))
    _refuse_not_theirs(values, by=by, at=patient.clinic)
    ids = {uuid5(id, code): code for code in values}
    told = {one.id: one.value for one in FactRow.objects.filter(id__in=ids)}
    _refuse_strange(values)
    patients.refuse_unsound(values, is_confirmed=is_confirmed or bool(told))
    facts = [
        _fact(code, values[code], id=name, at=_when(patient, on, now=now), by=by, now=now)
        for name, code in ids.items()
    ]
    return _heard(patient, facts, told=told, by=by, now=now)


@action
def record_total(
    patient: Patient,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  as above
    scale: Instrument,
    total: int,
    items: Mapping[int, int] = MappingProxyType({}),
    on: date | None = None,
) -> list[Fact]:
    """The total of a scale that was filled in elsewhere, and the answers that must be seen.

    `items` holds the answer to a question by its number, from 1; one that nobody saw is left out.

    Raises:
        InputError: A total or an answer that the scale does not have, or a day to come.
    """
    require(by, RECORDS, at=patient.clinic)
    low, high = scale.reach
    if not low <= total <= high:
        raise InputError(
            _("The total of %(scale)s lies between %(low)s and %(high)s, not at %(total)s")
            % {"scale": scale.title, "low": low, "high": high, "total": total}
        )
    score(scale, {str(number): value for number, value in items.items()})
    told = {one.id: one.value for one in FactRow.objects.filter(panel=id, patient=patient)}
    values = {scale.fact: total, **{scale.item_fact(each): items[each] for each in items}}
    facts = [
        replace(_fact(code, value, id=uuid5(id, code), at=at, by=by, now=now), panel=id)
        for at in (_when(patient, on, now=now),)
        for code, value in values.items()
    ]
    return _heard(patient, facts, told=told, by=by, now=now)


@action
def record_trial(
    patient: Patient,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  as above
    value: Mapping[str, Any],
    is_confirmed: bool = False,
) -> Fact:
    """A medication trial, with the parts that are known.

    Raises:
        InputError: A part that cannot be.
        ConfirmError: Parts that cannot be together, or a trial that is perhaps on file already.
    """
    require(by, RECORDS, at=patient.clinic)
    library().dictionary.check(TRIAL, value)
    told = {one.id: one.value for one in FactRow.objects.filter(id=id)}
    if not told:
        refuse_doubtful(patient, value, now=now, is_confirmed=is_confirmed)
    fact = _fact(TRIAL, dict(value), id=id, at=now, by=by, now=now)
    [stored] = _stored(patient, [fact], told=told, by=by, now=now)
    if not told:
        _log(patient, verb=RECORDS, by=by, now=now, codes=[TRIAL])
    return stored


@action
def decide_criterion(
    patient: Patient,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  as above
    of: Policy,
    rule: str,
    reason: str,
) -> Fact:
    """The prescriber's word on a criterion that leaves it to them, with the reason.

    It counts for this set of criteria alone, and for what is known today.
    """
    verb = "eligibility.decide"
    require(by, verb, at=patient.clinic)
    asking = _("Give the reason in a sentence")
    words = typed(reason, asking=asking, at_least=SHORTEST_REASON)
    value = {"decision": "go-ahead", "reason": words, "by_role": "prescriber", "policy": of.id}
    told = {one.id: one.value for one in FactRow.objects.filter(id=id)}
    if not told:
        _refuse_undecidable(judged(of, known(patient), now=now), rule)
    fact = _fact(DECISION + rule, value, id=id, at=now, by=by, now=now)
    [stored] = _stored(patient, [fact], told=told, by=by, now=now, reason=words)
    if not told:
        _log(patient, verb=verb, by=by, now=now, codes=[fact.code], policy=of.id)
    return stored


def refuse_doubtful(
    patient: Patient,
    trial: Mapping[str, Any],
    *,
    now: datetime,
    is_confirmed: bool,
    besides: Iterable[UUID] = (),
) -> None:
    """Refuse a trial that cannot be, and ask about one that is doubtful until it is confirmed.

    `besides` are entries that it is not held against: the one it corrects, and its own.
    """
    on_file = FactRow.objects.filter(patient=patient, code=TRIAL, replaced_by__isnull=True)
    found = doubts(
        trial,
        others=list(on_file.exclude(id__in=besides).values_list("value", flat=True)),
        drugs=library().shelf.item(LIST, LIST),
        outcomes=_outcomes(),
        born_on=patient.born_on,
        today=now.astimezone(patient.clinic.zone).date(),
    )
    patients.refuse(found, is_confirmed=is_confirmed)


def _outcomes() -> Mapping[str, str]:
    """How a trial went, in the words of its form."""
    parts = library().dictionary.code(TRIAL).fields
    return next(part.choices for part in parts if part.name == "outcome")


def _refuse_undecidable(findings: list[Finding], rule: str) -> None:
    finding = next((one for one in findings if one.id == rule), None)
    if finding is None:
        raise InputError(_("This set has no criterion “%(rule)s”") % {"rule": rule})
    if finding.waiver != "prescriber":
        raise InputError(_("“%(rule)s” is never waived") % {"rule": finding.text})
    if finding.judgement.verdict is Verdict.UNKNOWN:
        raise InputError(
            _("“%(rule)s” cannot be decided before it is known. %(why)s")
            % {"rule": finding.text, "why": finding.why}
        )
    if finding.verdict is Verdict.MET:
        raise InputError(
            _("“%(rule)s” is met; there is nothing to decide") % {"rule": finding.text}
        )


def _refuse_not_theirs(codes: Iterable[str], *, by: User, at: Clinic) -> None:
    """What opens a gate before a dose is said by who may answer the questions before a dose."""
    refused = list(not_theirs(codes, by=by, at=at).values())
    if not may(by, "treatment.record_checks", at=at):
        sentence = _("“%(title)s” is asked before a dose; a nurse or the prescriber records it")
        title = library().dictionary.code
        gated = sorted(gate_codes() & set(codes))
        refused += [sentence % {"title": title(code).title} for code in gated]
    if refused:
        raise InputError(" ".join(refused))


def _refuse_strange(codes: Iterable[str]) -> None:
    for entry in map(library().dictionary.code, codes):
        if not is_asked(entry):
            raise InputError(_("“%(title)s” is not recorded here") % {"title": entry.title})


def _when(patient: Patient, on: date | None, *, now: datetime) -> datetime:
    """The moment of a day: now for today, noon for a day that is over."""
    zone = patient.clinic.zone
    today = now.astimezone(zone).date()
    if on is None or on == today:
        return now
    if on > today:
        raise InputError(_("%(day)s has not come yet; enter the day it was so") % {"day": on})
    if on < patient.born_on:
        raise InputError(_("%(day)s is before the birth date") % {"day": on})
    return datetime.combine(on, NOON, zone)


def _fact(
    code: str,
    value: FactValue,
    *,
    id: UUID,  # noqa: A002  as above
    at: datetime,
    by: User,
    now: datetime,
) -> Fact:
    entry = library().dictionary.code(code)
    return Fact(id, code, value, at, now, unit=entry.unit or None, by=str(by), source="history")


def _stored(
    patient: Patient,
    facts: list[Fact],
    *,
    told: Mapping[UUID, Any],
    by: User,
    now: datetime,
    reason: str = "",
) -> list[Fact]:
    """The facts as they stand; a form sent again with something else is refused."""
    if told and told != {fact.id: fact.value for fact in facts}:
        raise InputError(
            _("This form was saved before with something else. Open the page again and repeat it")
        )
    return patients.record_facts(
        patient, by=by, now=now, facts=facts, source="history", reason=reason
    )


def _heard(
    patient: Patient, facts: list[Fact], *, told: Mapping[UUID, Any], by: User, now: datetime
) -> list[Fact]:
    """The facts stored, whom they call told, and one line in the log; sent again, as they stand."""
    stored = _stored(patient, facts, told=told, by=by, now=now)
    if not told:
        raised = raise_flags(patient, stored, now=now)
        codes = sorted(fact.code for fact in facts)
        _log(patient, verb=RECORDS, by=by, now=now, codes=codes, raised=raised)
    return stored


def _log(
    patient: Patient,
    *,
    verb: str,
    by: User,
    now: datetime,
    codes: list[str],
    policy: str = "",
    raised: Sequence[str] = (),
) -> None:
    details: dict[str, Any] = {"codes": codes}
    details |= {"policy": policy} if policy else {}
    details |= {"raised": list(raised)} if raised else {}
    audit.record(
        clinic=patient.clinic,
        by=by,
        verb=verb,
        subject=patient,
        patient=patient,
        now=now,
        details=details,
    )
