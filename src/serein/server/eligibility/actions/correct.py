"""Setting right what the chart says outside visits; the wrong fact stays beside the right one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact, FactValue
from serein.clinical.trials import TRIAL
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.actions import action
from serein.server.audit import actions as audit
from serein.server.eligibility.actions.flags import raise_flags
from serein.server.eligibility.actions.told import refuse_doubtful
from serein.server.library import library
from serein.server.patients.actions import fact_of, record_facts, refuse_unsound
from serein.server.patients.models import OF_PERSON, FactRow
from serein.server.patients.queries import not_theirs
from serein.server.wording import typed

PRESSURE = ("bp.systolic", "bp.diastolic")
ENTERED_IN_ERROR = "entered-in-error"
# Where each kind of entry says that it was never so.
ERROR_KEYS = {
    "condition": "verification",
    "allergy": "verification",
    "medication": "status",
    "encounter": "status",
}


@action
def correct_fact(
    wrong: FactRow,
    *,
    by: User,
    now: datetime,
    value: FactValue,
    reason: str,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    effective_at: datetime | None = None,
    is_confirmed: bool = False,
) -> Fact:
    """The corrected fact, beside the wrong one that it points at.

    An answer to be seen calls somebody, but not once more for what is no worse than was known.

    Raises:
        InputError: No reason, a value that cannot be, a second correction of the same fact.
        ConfirmError: A value that may be true and should be looked at again.
    """
    require(by, "patients.correct", at=wrong.clinic)
    why = typed(reason, asking=_("Say why the value is corrected"))
    already = FactRow.objects.filter(id=id).first()
    if already and already.replaces_id == wrong.id:
        return fact_of(already)
    if wrong.code in OF_PERSON:
        raise InputError(_("Birth date and sex are corrected on the page of the person"))
    if others := not_theirs([wrong.code], by=by, at=wrong.clinic):
        raise InputError(others[wrong.code])
    if wrong.code in library().dictionary.entries and not isinstance(value, Mapping):
        beside = _other_half(wrong)
        refuse_unsound({wrong.code: value}, beside=beside, is_confirmed=is_confirmed)
    fact = replace(
        fact_of(wrong),
        id=id,
        value=value,
        effective_at=effective_at or wrong.effective_at,
        recorded_at=now,
        by=str(by),
        replaces=wrong.id,
        source="correction",
    )
    if fact.effective_at > now:
        raise InputError(_("A reading cannot be from later than now"))
    [stored] = record_facts(
        wrong.patient, by=by, now=now, facts=[fact], source="correction", reason=why
    )
    new = [] if _is_no_worse(stored, wrong) else [stored]
    raised = raise_flags(wrong.patient, new, now=now)
    details: dict[str, Any] = {"code": wrong.code, "replaced_by": str(id)}
    audit.record(
        clinic=wrong.clinic,
        by=by,
        verb="patients.correct",
        subject=wrong,
        patient=wrong.patient,
        now=now,
        details=details | ({"raised": raised} if raised else {}),
    )
    return stored


def _is_no_worse(right: Fact, wrong: FactRow) -> bool:
    """Whether a number went down or stayed, and is of no later day: no news for today."""
    if not isinstance(right.value, int | float) or not isinstance(wrong.value, int | float):
        return False
    return right.value <= wrong.value and right.effective_at <= wrong.effective_at


def mark_wrong(
    wrong: FactRow,
    *,
    by: User,
    now: datetime,
    reason: str,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
) -> Fact:
    """A condition, medicine, allergy or visit that was never so, as entered in error."""
    if wrong.code not in ERROR_KEYS or not isinstance(wrong.value, dict):
        raise InputError(_("Enter the right value instead"))
    value = {**wrong.value, ERROR_KEYS[wrong.code]: ENTERED_IN_ERROR}
    return correct_fact(wrong, by=by, now=now, value=value, reason=reason, id=id)


@action
def correct_trial(
    wrong: FactRow,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  as above
    value: Mapping[str, Any],
    reason: str,
    is_confirmed: bool = False,
) -> Fact:
    """The trial as it was, beside the wrong one that it points at."""
    require(by, "patients.correct", at=wrong.clinic)
    if wrong.code != TRIAL:
        raise InputError(_("That entry is no medication trial"))
    library().dictionary.check(TRIAL, value)
    refuse_doubtful(
        wrong.patient, value, now=now, is_confirmed=is_confirmed, besides=(wrong.id, id)
    )
    return correct_fact(wrong, by=by, now=now, id=id, value=dict(value), reason=typed(reason))


def _other_half(wrong: FactRow) -> dict[str, Any]:
    """The other number of the same cuff reading."""
    if wrong.panel is None or wrong.code not in PRESSURE:
        return {}
    rows = FactRow.objects.filter(panel=wrong.panel, code__in=PRESSURE, replaced_by__isnull=True)
    return {row.code: row.value for row in rows.exclude(code=wrong.code)}
