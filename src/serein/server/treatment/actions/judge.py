"""Second words: the prescriber's on a rule, and a corrected value beside the wrong one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.criteria import Finding, Verdict
from serein.clinical.errors import InputError
from serein.clinical.facts import Chart, Fact
from serein.clinical.rules import DECISION
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.alerts.actions import weigh_anew
from serein.server.alerts.models import Alert
from serein.server.library import library
from serein.server.patients.actions import refuse_unsound
from serein.server.patients.queries import not_theirs
from serein.server.treatment.actions import entry, record, room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.models import Session
from serein.server.treatment.queries import ever_firing, standing_codes
from serein.server.wording import SHORTEST_REASON, typed

PRESSURE = frozenset({"bp.systolic", "bp.diastolic"})


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
    at: datetime | None = None,
) -> list[Alert]:
    """The prescriber's word on a gate or release rule that leaves it to them, with the reason."""
    verb = "treatment.decide"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    asked = here.protocol.rule(rule)
    if asked.waiver != "prescriber":
        raise InputError(_("“%(rule)s” is never waived") % {"rule": asked.text})
    asking = _("Give the reason in a sentence")
    words = typed(reason, asking=asking, at_least=SHORTEST_REASON)
    is_release = rule in {one.id for one in here.protocol.release}
    value = {
        "decision": "waived" if is_release else "go-ahead",
        "reason": words,
        "by_role": "prescriber",
    }
    values = {DECISION + rule: value}
    if entry.sent(here, values, id=id, at=at) is None:
        if at is None:
            room.refuse_ended(here)
        _refuse_undecidable(here, rule, at=at)
    return entry.record(here, values, verb=verb, id=id, at=at, reason=words)


def _refuse_undecidable(here: Room, rule: str, *, at: datetime | None) -> None:
    """Refuse a word on what was not looked at, and on what stands in nobody's way."""
    reading = here.reading(at=at)
    _refuse_past_gate(here, rule, first_dose_at=reading.first_dose_at)
    findings: list[Finding] = [*reading.gates, *reading.release.findings]
    finding = next((one for one in findings if one.id == rule), None)
    if finding is None:
        text = here.protocol.rule(rule).text
        raise InputError(_("“%(rule)s”: nothing is recorded against it") % {"rule": text})
    if finding.judgement.verdict is Verdict.UNKNOWN:
        raise InputError(
            _("“%(rule)s” cannot be decided before it is known. %(why)s")
            % {"rule": finding.text, "why": finding.why}
        )
    if finding.judgement.verdict is Verdict.MET:
        raise InputError(
            _("“%(rule)s” is met; there is nothing to decide") % {"rule": finding.text}
        )


def _refuse_past_gate(here: Room, rule: str, *, first_dose_at: datetime | None) -> None:
    """Refuse to open a gate behind a device that went through it; its alert awaits the word."""
    past = {gate.id for gate in here.protocol.gates if not gate.is_for_every_device}
    if rule in past and first_dose_at is not None:
        raise InputError(
            _(
                "The first device was given at %(time)s; "
                "write what you decide into its alert, or enter when you decided"
            )
            % {"time": room.wall(here.session, first_dose_at)}
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
    is_confirmed: bool = False,
) -> list[Alert]:
    """A corrected value beside the wrong one, which stays."""
    verb = "treatment.correct_reading"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    why = typed(reason, asking=_("Say why the value is corrected"))
    known = {fact.id: fact for fact in here.facts}
    if (again := known.get(id)) is not None:
        return _sent(here, again, wrong=wrong, value=value)
    old = known.get(wrong)
    if old is None or not _is_correctable(here, old):
        raise InputError(_("That value is not of this session, or is not corrected in this way"))
    for sentence in not_theirs([old.code], by=by, at=session.clinic).values():
        raise InputError(sentence)
    entered = room.fact(here, old.code, value, id=id, at=old.effective_at, panel=old.panel)
    new = replace(entered, encounter=old.encounter, source="correction", replaces=old.id)
    _refuse_unsound(here, old, new, is_confirmed=is_confirmed)
    room.store(here, [new], reason=why)
    if old.code == "patient-stopped" and new.value is False:
        _tell_of_stop_taken_back(here, why)
    firing = ever_firing(here.session, here.knowing([new]).facts)
    weigh_anew(here.session.id, evidence=[old.id], firing=firing)
    details = {"code": old.code, "replaces": str(old.id)}
    return room.leave(here, verb=verb, new=[new], details=details)


def _tell_of_stop_taken_back(here: Room, why: str) -> None:
    room.tell(
        here,
        rule="stop-taken-back",
        text=_("That the patient wants no more was recorded by mistake: %(reason)s")
        % {"reason": why},
        for_role="prescriber",
        urgency="soon",
    )


def _sent(here: Room, again: Fact, *, wrong: UUID, value: Any) -> list[Alert]:
    if again.replaces != wrong or again.value != value:
        raise room.sent_before()
    return entry.raised_with(here, [again])


def _is_correctable(here: Room, old: Fact) -> bool:
    """Whether it is a value somebody entered, of this visit or of what outlives it."""
    if old.code.startswith(DECISION) or isinstance(old.value, Mapping):
        return False
    return old.encounter == here.session.id or old.code in standing_codes(here.protocol)


def _refuse_unsound(here: Room, old: Fact, new: Fact, *, is_confirmed: bool) -> None:
    """A corrected number must be a reading, and fit the other number of its own cuff reading."""
    if old.code in record.SIGNED_CODES and new.value is True and here.session.ended_at is None:
        record.refuse_consent(here, at=here.now)
    values = {new.code: new.value}
    if new.code in PRESSURE:
        standing = Chart.of(here.facts).facts
        pair = {
            one.code: one.value
            for one in standing
            if one.panel == old.panel and one.code in PRESSURE
        }
        values = {**pair, **values}
    if library().dictionary.code(old.code).type in ("integer", "decimal"):
        refuse_unsound(values, is_confirmed=is_confirmed)
