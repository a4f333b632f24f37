"""What was given by weight, set right: a dose, or an act at the pump, beside the wrong record."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.dosing import NEVER, REFUSED
from serein.clinical.errors import InputError
from serein.clinical.facts import Chart, Fact
from serein.clinical.infusion import INFUSION
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.actions import action, hold
from serein.server.alerts.models import Alert
from serein.server.treatment.actions import entry, late, room
from serein.server.treatment.actions.dose import DOSE, OUTCOMES
from serein.server.treatment.actions.infusion import FOLLOWS
from serein.server.treatment.actions.room import Room
from serein.server.treatment.models import Session
from serein.server.wording import typed

CORRECTED = "given-corrected"


@dataclass(frozen=True)
class Right:
    """How it really was; what is None or empty stays as it was recorded.

    `outcome` is of a dose (`never` when there was none), `mg` what reached the patient; of an act
    at the pump `ml_per_h` is the rate, and `is_never` says that it was not done.
    """

    outcome: str = ""
    mg: float | None = None
    ml_per_h: float | None = None
    is_never: bool = False


@action
def correct_given(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    wrong: UUID,
    right: Right,
    reason: str,
    at: datetime | None = None,
) -> list[Alert]:
    """The dose or the act as it really was; the wrong record stays, and the prescriber hears of it.

    Args:
        session: The visit.
        patient_id: Whose page it was typed on.
        by: Who corrects it.
        now: The server's time.
        id: Client-made; the same again writes nothing more.
        wrong: The record that is wrong.
        right: How it really was.
        reason: What was wrong, in a sentence.
        at: When it really was; the recorded time when it is not said.
    """
    verb = "treatment.correct_dose"
    require(by, verb, at=session.clinic)
    # Before the visit, as seating does: a visit that begins meanwhile counts it as it now stands.
    hold(session.patient)
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    why = typed(reason, asking=_("Say what was recorded wrongly"))
    if (again := _again(here, id, wrong=wrong)) is not None:
        return again
    old = _standing(here, wrong)
    happened = room.event_time(here, at or old.effective_at, reason=why)
    value = _dose(old, right) if old.code == DOSE else _act(old, right)
    new = replace(
        room.fact(here, old.code, value, id=uuid5(id, old.code), at=happened),
        source="correction",
        replaces=old.id,
    )
    _refuse_disorder(here.knowing([new]))
    room.store(here, [new], reason=why)
    late.look_again(here, [new])
    room.tell(
        here,
        rule=CORRECTED,
        text=_("What was given was recorded wrongly and is corrected: %(reason)s")
        % {"reason": why},
        for_role="prescriber",
        urgency="soon",
    )
    details = {"code": old.code, "replaces": str(old.id)}
    room.leave(here, verb=verb, new=[new], details=details)
    return entry.raised_with(here, [new])


def _again(here: Room, id: UUID, *, wrong: UUID) -> list[Alert] | None:  # noqa: A002  the entry's id
    """What this very correction raised when it was first sent; None when it was not."""
    stored = entry.first(here, id, DOSE, INFUSION)
    if stored is None:
        return None
    if stored.replaces != wrong:
        raise room.sent_before()
    return entry.raised_with(here, [stored])


def _standing(here: Room, wrong: UUID) -> Fact:
    known = {fact.id: fact for fact in Chart.of(here.facts).facts}
    old = known.get(wrong)
    if old is None or old.code not in (DOSE, INFUSION) or old.encounter != here.session.id:
        raise InputError(_("That record is not of this session, or was corrected already"))
    return old


def _dose(old: Fact, right: Right) -> dict[str, Any]:
    value = dict(_of(old))
    outcome = right.outcome or str(value["outcome"])
    if outcome not in (*OUTCOMES, NEVER):
        raise InputError(_("Say what became of it: given, partly given, refused, or never given"))
    mg = 0 if outcome in (REFUSED, NEVER) else float(value["mg"] if right.mg is None else right.mg)
    if (outcome in (REFUSED, NEVER)) != (mg == 0) or mg < 0:
        raise InputError(_("Enter the milligrams that reached the patient; nought if refused"))
    value |= {"outcome": outcome, "mg": mg}
    if value.get("strength_mg"):
        value["amount"] = round(mg / value["strength_mg"], 3)
    return value


def _act(old: Fact, right: Right) -> dict[str, Any]:
    if right.is_never:
        return {"step": NEVER}
    value = dict(_of(old))
    if right.ml_per_h is not None:
        if "rate_ml_per_h" not in value:
            raise InputError(_("Only a start or a change of rate has a rate to correct"))
        value["rate_ml_per_h"] = right.ml_per_h
    return value


def _refuse_disorder(then: Room) -> None:
    """Refuse a correction after which the pump would have done what cannot follow."""
    last: str | None = None
    # From the facts: the infusion leaves out what was done at the pump before its first start.
    for act in Chart.of(then.facts).all(INFUSION):
        if (step := str(_of(act)["step"])) == NEVER:
            continue
        if step not in FOLLOWS[last]:
            raise InputError(
                _(
                    "Then what was done at %(time)s could not follow what was done before it; "
                    "correct that act first"
                )
                % {"time": room.wall(then.session, act.effective_at)}
            )
        last = step


def _of(fact: Fact) -> Mapping[str, Any]:
    assert isinstance(fact.value, Mapping)
    return fact.value
