"""Writing down what was asked, measured, seen and said."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.vitals import weigh
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.alerts.models import Alert
from serein.server.courses.queries import library, protocol
from serein.server.patients.models import FactRow
from serein.server.treatment.actions import room
from serein.server.treatment.errors import ConfirmError
from serein.server.treatment.models import Outcome, Session
from serein.server.treatment.queries import standing_codes

SIGNED_CODES = frozenset({"consent.seen"})
DECISIONS = ("go-ahead", "waived")
SHORTEST_REASON = 5


@action
def record_checks(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    answers: Mapping[str, Any],
    at: datetime | None = None,
    reason: str = "",
) -> list[Alert]:
    """Store answers to the questions before the dose; what was not answered stays unknown."""
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.record_checks")
    asked = {ask.code for group in protocol(here.course).asks for ask in group.asks}
    if strange := sorted(set(answers) - asked):
        raise InputError(_("%(codes)s is not asked here") % {"codes": ", ".join(strange)})
    if SIGNED_CODES & set(answers) and here.doses.exclude(outcome=Outcome.REFUSED).exists():
        raise InputError(
            _("No consent is taken between the first dose and release; take it another day")
        )
    return _record(
        here,
        answers,
        verb="treatment.record_checks",
        by=by,
        now=now,
        id=id,
        at=at,
        reason=reason,
        is_panel=False,
    )


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
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.record_vitals")
    if not values:
        raise InputError(_("Nothing was entered; measure at least one value"))
    concerns = weigh(values, dictionary=library().dictionary)
    impossible = [one for one in concerns if one.kind == "impossible"]
    if impossible:
        raise ConfirmError(impossible)
    if concerns and not is_confirmed:
        raise ConfirmError(concerns)
    return _record(
        here, values, verb="treatment.record_vitals", by=by, now=now, id=id, at=at, reason=reason
    )


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
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.record_danger_sign")
    known = {sign.code for sign in library().observations("session-observations").danger}
    if code not in known:
        raise InputError(_("%(code)s is no danger sign") % {"code": code})
    return _record(
        here,
        {code: True},
        verb="treatment.record_danger_sign",
        by=by,
        now=now,
        id=id,
        at=at,
        reason=reason,
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
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.add_note")
    if not text.strip():
        raise InputError(_("The note is empty"))
    return _record(
        here,
        {"note": text.strip()},
        verb="treatment.add_note",
        by=by,
        now=now,
        id=id,
        at=at,
        reason=reason,
        is_panel=False,
    )


@action
def mark_ready(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
) -> list[Alert]:
    """Note that the patient would now be ready to leave but for the two hours."""
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.record_vitals")
    return _record(
        here,
        {"ready-to-leave": True},
        verb="treatment.record_observation",
        by=by,
        now=now,
        id=id,
        at=None,
        reason="",
        is_panel=False,
    )


@action
def decide(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    rule: str,
    reason: str,
) -> list[Alert]:
    """The prescriber's word on a gate or release rule that leaves it to them, with the reason."""
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.decide")
    room.refuse_ended(here)
    of = protocol(here.course)
    if of.rule(rule).waiver != "prescriber":
        raise InputError(_("“%(rule)s” is never waived") % {"rule": of.rule(rule).text})
    if len(reason.strip()) < SHORTEST_REASON:
        raise InputError(_("Give the reason in a sentence"))
    is_release = rule in {one.id for one in of.release}
    value = {
        "decision": "waived" if is_release else "go-ahead",
        "reason": reason.strip(),
        "by_role": "prescriber",
    }
    return _record(
        here,
        {f"decision.{rule}": value},
        verb="treatment.decide",
        by=by,
        now=now,
        id=id,
        at=None,
        reason=reason,
        is_panel=False,
    )


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
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.stop_treatment")
    return _record(
        here,
        {"patient-stopped": True},
        verb="treatment.stop_treatment",
        by=by,
        now=now,
        id=id,
        at=at,
        reason=reason,
        is_panel=False,
    )


@action
def correct_reading(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    wrong: UUID,
    value: Any,
    reason: str,
) -> list[Alert]:
    """A corrected value beside the wrong one, which stays."""
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.correct_reading")
    if not reason.strip():
        raise InputError(_("Say why the value is corrected"))
    row = FactRow.objects.filter(pk=wrong, encounter=here.id).first()
    if row is None:
        raise InputError(_("That value is not of this session"))
    library().dictionary.check(row.code, value)
    new = Fact(
        id=id,
        code=row.code,
        value=value,
        unit=row.unit or None,
        effective_at=row.effective_at,
        recorded_at=now,
        by=str(by),
        source="correction",
        panel=row.panel,
        encounter=here.id,
        replaces=row.id,
    )
    _refuse_impossible_pair(row, value)
    if FactRow.objects.filter(pk=id).exists():
        return []
    room.store(here, [new], by=by, now=now, reason=reason.strip())
    return room.leave(
        here,
        by=by,
        now=now,
        verb="treatment.correct_reading",
        new=[new],
        details={"code": row.code, "replaces": str(row.id)},
    )


def _refuse_impossible_pair(row: FactRow, value: Any) -> None:
    """A corrected pressure must fit the other number of its own cuff reading."""
    if row.code not in ("bp.systolic", "bp.diastolic"):
        return
    standing = FactRow.objects.filter(panel=row.panel, replaced_by=None)
    pair = {one.code: one.value for one in standing if one.code.startswith("bp.")}
    pair[row.code] = value
    concerns = weigh(pair, dictionary=library().dictionary)
    if impossible := [one for one in concerns if one.kind == "impossible"]:
        raise ConfirmError(impossible)


def _record(
    here: Session,
    values: Mapping[str, Any],
    *,
    verb: str,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    at: datetime | None,
    reason: str,
    is_panel: bool = True,
) -> list[Alert]:
    """The facts of one entry: their ids come from the entry's, so that it is stored once."""
    facts = _facts(here, values, by=by, now=now, id=id, at=at, reason=reason, is_panel=is_panel)
    if FactRow.objects.filter(pk__in=[fact.id for fact in facts]).exists():
        return []
    room.store(here, facts, by=by, now=now, reason=reason.strip())
    is_late = any(now - fact.effective_at >= room.LATE_AFTER for fact in facts)
    details = {"codes": sorted(values), "entry": str(id), "late": is_late}
    return room.leave(here, by=by, now=now, verb=verb, new=facts, details=details)


def _facts(
    here: Session,
    values: Mapping[str, Any],
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the entry's id
    at: datetime | None,
    reason: str,
    is_panel: bool,
) -> Sequence[Fact]:
    happened = room.event_time(here, at, now=now, reason=reason)
    standing = standing_codes(protocol(here.course))
    return [
        room.fact(
            here,
            code,
            value,
            id=uuid5(id, code),
            at=happened,
            now=now,
            by=by,
            panel=id if is_panel else None,
            is_standing=code in standing,
        )
        for code, value in values.items()
    ]
