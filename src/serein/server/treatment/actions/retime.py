"""The right time of a set of readings or answers, beside the wrong one, which stays."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Chart, Fact, entered_together, first_of, in_order
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.alerts.actions import carry_over, weigh_anew
from serein.server.alerts.models import Alert
from serein.server.courses.queries import protocol
from serein.server.library import library
from serein.server.patients.queries import not_theirs
from serein.server.treatment.actions import entry, late, record, room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.models import Session
from serein.server.treatment.queries import ever_firing
from serein.server.treatment.wording import said
from serein.server.wording import typed


@action
def correct_time(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    wrong: UUID,
    at: datetime | None,
    reason: str,
) -> list[Alert]:
    """Every value of the set that `wrong` is of, as of the right time; what it sets off then.

    What is due, alerts and release go by the right time. An alert that was raised by the set
    stays the one call that it was.
    """
    verb = "treatment.correct_time"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    why = typed(reason, asking=_("Say why the time is corrected"))
    if at is None:
        raise InputError(_("Enter the time at which it really was"))
    old = {fact.id: fact for fact in here.facts}.get(wrong)
    if old is not None and (again := entry.first(here, id, old.code)) is not None:
        return _sent(here, again, old, at=at)
    moved = _set_of(here, old)
    _refuse(here, moved, at=at, by=by, why=why)
    new = [
        replace(
            fact,
            id=uuid5(id, fact.code),
            effective_at=at,
            recorded_at=now,
            by=str(by),
            source="correction",
            replaces=fact.id,
        )
        for fact in moved
    ]
    room.store(here, new, reason=why)
    carry_over(here.session.id, new)
    evidence, firing = [fact.id for fact in moved], _firing(here, new)
    weigh_anew(here.session.id, evidence=evidence, firing=firing)
    late.settle_caught_up(here, new, at=at)
    late.tell_of_unfounded_release(here, new)
    details = {
        "codes": sorted(fact.code for fact in moved),
        "entry": str(id),
        "at": [moved[0].effective_at.isoformat(), at.isoformat()],
    }
    return room.leave(here, verb=verb, new=new, details=details)


def set_of(session: Session, known: Sequence[Fact], one: Fact) -> list[Fact]:
    """What was entered with it in this visit and still stands: readings, or answers.

    Empty where its time is not corrected here: it stands no more, has no such time, or was said
    in another visit or in the chart.
    """
    asked = {ask.code for group in protocol(session.course).asks for ask in group.asks}
    found = [
        fact
        for fact in entered_together(known, one)
        if (fact.panel is not None or fact.code in asked) and _is_of(session, known, fact)
    ]
    return found if one in found else []


def _is_of(session: Session, known: Sequence[Fact], fact: Fact) -> bool:
    """Whether it was entered in this visit; what belongs to the patient is stored without one."""
    if fact.encounter is not None:
        return fact.encounter == session.id
    opens_at = session.seated_at - protocol(session.course).record.before_seating
    is_within = opens_at <= fact.effective_at <= (session.ended_at or fact.effective_at)
    first = first_of({one.id: one for one in known}, fact)
    return is_within and first.source == "session" and first.recorded_at >= session.seated_at


def _set_of(here: Room, old: Fact | None) -> list[Fact]:
    moved = set_of(here.session, here.facts, old) if old is not None else []
    if not moved:
        raise InputError(
            _(
                "That value is not of this session, its time is not corrected in this way, "
                "or it was corrected already"
            )
        )
    return moved


def _refuse(here: Room, moved: Sequence[Fact], *, at: datetime, by: User, why: str) -> None:
    codes = [fact.code for fact in moved]
    for sentence in not_theirs(codes, by=by, at=here.session.clinic).values():
        raise InputError(sentence)
    is_measured = moved[0].panel is not None
    room.event_time(here, at, reason=why, may_follow_the_end=is_measured)
    if at == moved[0].effective_at:
        raise InputError(_("That is the time it has already; enter when it really was"))
    if any(fact.code in record.SIGNED_CODES and fact.value is True for fact in moved):
        record.refuse_consent(here, at=at)
    _refuse_overtaking(here, moved, at=at)


def _refuse_overtaking(here: Room, moved: Sequence[Fact], *, at: datetime) -> None:
    """What came before another stays before it: it must not stand in its place."""
    passed = sorted(_passed(here, moved, at=at), key=in_order, reverse=True)
    if not passed:
        return
    values = {fact.code: fact.value for fact in moved}
    other = next((one for one in passed if one.value != values[one.code]), passed[0])
    entry = library().dictionary.code(other.code)
    words = {
        "value": f"{entry.title}: {said(other)} {entry.shown_unit}".rstrip(),
        "time": room.wall(here.session, other.effective_at),
    }
    if moved[0].panel is not None:
        raise InputError(
            _(
                "“%(value)s” was measured at %(time)s, in between: this set is not moved past it. "
                "Leave its time as it is and measure anew"
            )
            % words
        )
    raise InputError(
        _(
            "“%(value)s” was answered at %(time)s, in between: these answers are not moved past "
            "it. Leave their time as it is and answer anew"
        )
        % words
    )


def _passed(here: Room, moved: Sequence[Fact], *, at: datetime) -> Iterator[Fact]:
    """What stands of the same codes and would no longer be after, or before, the moved ones."""
    chart, ids = Chart.of(here.facts), {fact.id for fact in moved}
    for fact in moved:
        for other in chart.all(fact.code):
            was_later, is_later = in_order(other) > in_order(fact), other.effective_at > at
            if other.id not in ids and (was_later != is_later or other.effective_at == at):
                yield other


def _firing(here: Room, new: Sequence[Fact]) -> frozenset[str]:
    return ever_firing(here.session, here.knowing(new).facts)


def _sent(here: Room, again: Fact, old: Fact, *, at: datetime) -> list[Alert]:
    if again.replaces != old.id or again.effective_at != at:
        raise room.sent_before()
    return entry.raised_with(here, [again])
