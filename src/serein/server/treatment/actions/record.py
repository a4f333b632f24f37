"""Writing down what was asked, measured, seen and said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.vitals import VITALS
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.alerts.models import Alert
from serein.server.patients.actions import refuse_unsound
from serein.server.treatment import queries
from serein.server.treatment.actions import entry, late, room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.models import Session
from serein.server.wording import typed

SIGNED_CODES = frozenset({"consent.seen"})


@action
def record_vitals(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    values: Mapping[str, Any],
    at: datetime | None = None,
    reason: str = "",
    is_confirmed: bool = False,
) -> list[Alert]:
    """Store one set of readings and observations, and raise what it sets off.

    What cannot be is refused; what is unlikely is stored once it is confirmed.
    """
    verb = "treatment.record_vitals"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    scales = {scale.code for scale in queries.observations().scale}
    refuse_strange(values, known=scales.union(VITALS))
    refuse_unsound(values, is_confirmed=is_confirmed)
    raised = entry.record(
        here,
        values,
        verb=verb,
        id=id,
        at=at,
        reason=reason,
        is_panel=True,
        may_follow_the_end=True,
    )
    if at is not None:
        late.settle_caught_up(here, entry.facts(here, values, id=id, at=at), at=at)
    return raised


@action
def record_danger_sign(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    code: str,
    at: datetime | None = None,
    reason: str = "",
) -> list[Alert]:
    """Store a danger sign; the prescriber is called whatever the numbers say."""
    verb = "treatment.record_danger_sign"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    signs = {sign.code for sign in queries.observations().danger}
    refuse_strange({code: True}, known=signs)
    return entry.record(
        here,
        {code: True},
        verb=verb,
        id=id,
        at=at,
        reason=reason,
        is_panel=True,
        may_follow_the_end=True,
    )


@action
def add_note(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    text: str,
    at: datetime | None = None,
    reason: str = "",
) -> list[Alert]:
    """Store a note."""
    verb = "treatment.add_note"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    note = typed(text, asking=_("The note is empty"), at_most=room.LONGEST_TEXT)
    return entry.record(
        here, {"note": note}, verb=verb, id=id, at=at, reason=reason, may_follow_the_end=True
    )


@action
def mark_ready(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    at: datetime | None = None,
    reason: str = "",
) -> list[Alert]:
    """Note that the patient would now be ready to leave but for the two hours."""
    verb = "treatment.record_observation"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    return entry.record(here, {"ready-to-leave": True}, verb=verb, id=id, at=at, reason=reason)


@action
def stop_treatment(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    at: datetime | None = None,
    reason: str = "",
) -> list[Alert]:
    """The patient wants no more; no further device is due, observation goes on."""
    verb = "treatment.stop_treatment"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    return entry.record(here, {"patient-stopped": True}, verb=verb, id=id, at=at, reason=reason)


def refuse_consent(here: Room, *, at: datetime) -> None:
    """Refuse a consent or signature of the time between the first dose and release."""
    if is_after_dose(here, at=at):
        raise InputError(no_consent_now())


def is_after_dose(here: Room, *, at: datetime) -> bool:
    """Whether the first dose had been given then."""
    first_at = here.reading().first_dose_at
    return first_at is not None and at >= first_at


def no_consent_now() -> str:
    """Why no consent is taken once a dose was given."""
    return _("No consent is taken between the first dose and release; take it another day")


def refuse_strange(values: Mapping[str, Any], *, known: frozenset[str] | set[str]) -> None:
    """Refuse an empty form, and a code that this form does not ask for."""
    if not values:
        raise InputError(_("Nothing was entered; answer or measure at least one"))
    if strange := sorted(set(values) - known):
        raise InputError(_("%(codes)s has no place in this form") % {"codes": ", ".join(strange)})
