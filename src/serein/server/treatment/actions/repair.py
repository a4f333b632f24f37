"""Taking back what was recorded wrongly: a device, the end of a visit. Nothing is edited."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Chart, Fact
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.actions import action, hold
from serein.server.alerts.actions import settle_duty
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import queries
from serein.server.treatment.actions import count, entry, late, room
from serein.server.treatment.actions.device import LONGEST_LOT, Attempt, outside_gate
from serein.server.treatment.actions.room import Room
from serein.server.treatment.errors import TakenError
from serein.server.treatment.models import Dose, Outcome, Session
from serein.server.wording import typed

WITHOUT_A_LOT = frozenset((Outcome.REFUSED, Outcome.NEVER))
# What the act of ending wrote beside the end itself.
OF_THE_END = (
    "session.ended",
    "transport.seen",
    "transport.way",
    "transport.way-detail",
    "transport.no-driving",
    "acknowledged.patient",
    "acknowledged.escort",
)
REOPENED = "session.reopened"
# What the end of a visit gives somebody to do, beside what its kind asks for.
OF_AN_END = frozenset((late.CONTRADICTED, late.RELEASED_EARLY, late.UNFOUNDED, late.DOSE_AFTER_END))


@action
def correct_dose(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    wrong: UUID,
    outcome: str,
    lot: str,
    reason: str,
    at: datetime | None = None,
) -> Dose:
    """The device as it really was, beside the wrong record; the prescriber hears of it.

    Args:
        session: The visit.
        patient_id: Whose form this was.
        by: Who corrects it.
        now: The server's time.
        id: Client-made; the same again gives back the same correction.
        wrong: The record that is wrong.
        outcome: given, partly, failed, refused, or never when there was no such device.
        lot: The device's lot; not asked of one that was refused or never was.
        reason: What was wrong, in a sentence.
        at: When it really was; the recorded time when it is not said.
    """
    verb = "treatment.correct_dose"
    require(by, verb, at=session.clinic)
    # Before the visit, as seating does: a visit that begins meanwhile counts it as it now stands.
    hold(session.patient)
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    why = typed(reason, asking=_("Say what was recorded wrongly"))
    if (again := Dose.objects.filter(pk=id).first()) is not None:
        return _same(again, here, wrong=wrong, outcome=outcome)
    old = _standing_dose(here, wrong)
    right = _right(here, old, id=id, outcome=outcome, lot=lot, at=at, why=why)
    right.save(force_insert=True)
    if right.lot or right.outcome in WITHOUT_A_LOT:
        words = _("Set right: lot %(lot)s") % {"lot": right.lot or "–"}
        settle_duty(here.session.id, rule=late.lot_rule(right), by=by, now=now, resolution=words)
    late.look_again(here, right.facts())
    _tell(
        here,
        rule=f"dose-corrected.{old.device}",
        text=_("Device %(number)s was recorded wrongly and is corrected: %(reason)s")
        % {"number": old.device, "reason": why},
    )
    details = {
        "device": old.device,
        "replaces": str(old.id),
        "outcome": [old.outcome, right.outcome],
        "lot": [old.lot, right.lot],
        "at": [old.given_at.isoformat(), right.given_at.isoformat()],
    }
    room.leave(here, verb=verb, new=right.facts(), subject=right, details=details)
    return right


@action
def reopen_session(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    reason: str,
) -> Session:
    """Take back an end that was recorded by mistake: the patient still sits in the chair.

    What the ending wrote stays in the chart, struck, and what it opened to be done is withdrawn;
    the prescriber hears of it.
    """
    verb = "treatment.reopen_session"
    require(by, verb, at=session.clinic)
    # Before the visit, as seating does: neither of the two finds the patient free meanwhile.
    hold(session.patient)
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    why = typed(reason, asking=_("Say how the session came to be ended by mistake"))
    if here.session.ended_at is None or entry.was_sent(here, uuid5(id, REOPENED)):
        return here.session
    _refuse_over(here)
    _refuse_taken(here)
    _refuse_long_ago(here, ended_at=here.session.ended_at)
    struck = list(_of_the_end(here))
    withdrawn = _withdraw_duties(here, why)
    session_again = here.session
    session_again.ended_at, session_again.ending = None, ""
    session_again.save(update_fields=["ended_at", "ending"])
    session_again.chair.cleaning_since = None
    session_again.chair.save(update_fields=["cleaning_since"])
    new = [_strike(here, wrong, id=id, why=why) for wrong in struck]
    room.store(here, new, reason=why)
    _tell(
        here,
        rule="session-reopened",
        text=_("The end of the session was recorded by mistake: %(reason)s") % {"reason": why},
    )
    room.leave(here, verb=verb, new=new, details={"withdrawn": withdrawn})
    return session_again


def _standing_dose(here: Room, wrong: UUID) -> Dose:
    found = here.session.doses.select_related("observer", "replaced_by").filter(pk=wrong).first()
    if found is None:
        raise InputError(_("That device is not of this session; open the session again"))
    if hasattr(found, "replaced_by"):
        raise TakenError(
            _("Device %(number)s was corrected already; correct the newer record")
            % {"number": found.device}
        )
    return found


def _right(
    here: Room,
    old: Dose,
    *,
    id: UUID,  # noqa: A002  the correction's id
    outcome: str,
    lot: str,
    at: datetime | None,
    why: str,
) -> Dose:
    if outcome not in Outcome.values:
        raise InputError(_("Say what really became of the device"))
    is_without = outcome in WITHOUT_A_LOT or not old.lot
    asking = "" if is_without else _("Enter the lot number printed on the device")
    kept = typed(lot, asking=asking, at_most=LONGEST_LOT)
    given_at = room.event_time(here, at, reason=why) if at is not None else old.given_at
    if (outcome, kept, given_at) == (old.outcome, old.lot, old.given_at):
        raise InputError(_("Nothing is different from what was recorded; change what is wrong"))
    outside = old.outside_gate
    if (outcome, given_at) != (old.outcome, old.given_at):
        attempt = Attempt(id, old.step, outcome, kept, given_at, why)
        outside = outside_gate(_without(here, old), attempt)
    return Dose(
        id=id,
        clinic=old.clinic,
        session=here.session,
        patient=here.session.patient,
        step=old.step,
        device=old.device,
        product=old.product,
        dose_mg=old.dose_mg,
        outcome=outcome,
        lot=kept,
        given_at=given_at,
        recorded_at=here.now,
        observer=old.observer,
        outside_gate=outside,
        note=why,
        replaces=old,
    )


def _without(here: Room, old: Dose) -> Room:
    """The room as if that device had not been recorded, nor what it corrected in its turn."""
    records = set(here.session.doses.filter(step=old.step).values_list("id", flat=True))
    return replace(here, facts=[fact for fact in here.facts if fact.id not in records])


def _same(again: Dose, here: Room, *, wrong: UUID, outcome: str) -> Dose:
    asked = (here.session.id, wrong, outcome)
    if (again.session_id, again.replaces_id, again.outcome) != asked:
        raise room.sent_before()
    return again


def _refuse_over(here: Room) -> None:
    """What ended with the course, or with the patient's life, does not go on."""
    session = here.session
    if queries.the_dead(session.clinic, but_for=session).filter(pk=session.patient_id).exists():
        raise InputError(
            _("%(patient)s is recorded as dead; if that is wrong, correct it first")
            % {"patient": session.patient}
        )
    course = hold(session.course)
    if course.ended_on is not None:
        raise InputError(
            _("The course ended on %(day)s; write down what happened as a note")
            % {"day": date_format(course.ended_on, "j M Y")}
        )


def _refuse_taken(here: Room) -> None:
    """The chair and the patient must be as they were when it ended."""
    session = here.session
    chair = hold(session.chair)
    if chair.gone_at is not None:
        raise TakenError(
            _(
                "%(chair)s is no longer on the floor. The owner puts it back first; "
                "then the visit is reopened"
            )
            % {"chair": chair}
        )
    if chair.blocked_reason:
        raise TakenError(
            _("%(chair)s is blocked: %(reason)s. Put it back in use first")
            % {"chair": chair, "reason": chair.blocked_reason}
        )
    if chair.sessions.filter(ended_at=None).exists():
        raise TakenError(
            _("Somebody else sits in chair %(number)s; write down what happened as a note")
            % {"number": chair.label}
        )
    if count.later_visits(session).exists():
        raise TakenError(_("A later session has begun; write down what happened as a note"))


def _refuse_long_ago(here: Room, *, ended_at: datetime) -> None:
    # A patient who still sits in the chair does so on the day of the mistake.
    within = here.protocol.record.reopen_within
    if here.now - ended_at > within:
        raise InputError(
            _(
                "This session ended at %(time)s, more than %(hours)s hours ago. "
                "Write down what happened as a note"
            )
            % {
                "time": room.wall_of_day(here.session, ended_at),
                "hours": within // timedelta(hours=1),
            }
        )


def _of_the_end(here: Room) -> Iterable[FactRow]:
    rows = FactRow.objects.filter(encounter=here.session.id, code__in=OF_THE_END, replaced_by=None)
    ended = rows.filter(code="session.ended").order_by("recorded_at").last()
    assert ended is not None, "an ended session has the fact of its end"
    return rows.filter(recorded_at=ended.recorded_at)


def _withdraw_duties(here: Room, why: str) -> list[str]:
    """Close what only the wrong end asked for; the word on it says why, and stays.

    An end that was set right asked for something of its own before.
    """
    words = _("Withdrawn, reopened by %(name)s: %(reason)s") % {"name": here.by, "reason": why}
    asked_by = tuple(f"{kind}." for kind in _kinds_of_the_end(here))
    rules = [
        duty.rule
        for duty in queries.open_alerts(here.session)
        if duty.rule in OF_AN_END or duty.rule.startswith(asked_by)
    ]
    for rule in rules:
        settle_duty(here.session.id, rule=rule, by=here.by, now=here.now, resolution=words)
    return sorted(rules)


def _kinds_of_the_end(here: Room) -> set[str]:
    """How the visit is said to have ended, and was before that was set right."""
    by_id = {fact.id: fact for fact in here.facts}
    end = Chart.of(here.facts).latest("session.ended")
    kinds = {here.session.ending}
    while end is not None:
        assert isinstance(end.value, Mapping)
        kinds.add(str(end.value["ending"]))
        end = by_id.get(end.replaces) if end.replaces is not None else None
    return kinds


def _strike(here: Room, wrong: FactRow, *, id: UUID, why: str) -> Fact:  # noqa: A002  the entry's id
    is_end = wrong.code == "session.ended"
    fact_id = uuid5(id, REOPENED) if is_end else new_id()
    return replace(
        room.fact(here, REOPENED, why, id=fact_id, at=wrong.effective_at), replaces=wrong.id
    )


def _tell(here: Room, *, rule: str, text: str) -> None:
    room.tell(here, rule=rule, text=text, for_role="prescriber", urgency="soon")
