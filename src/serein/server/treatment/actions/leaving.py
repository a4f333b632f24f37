"""The end of a visit: release, and the other ways it can end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Chart, Fact
from serein.clinical.protocols import Ending as Rule
from serein.clinical.vitals import VITALS
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.alerts.actions import settle_duty
from serein.server.alerts.models import Alert
from serein.server.library import library
from serein.server.treatment import queries
from serein.server.treatment.actions import afterwards, entry, late, room
from serein.server.treatment.actions.afterwards import Account
from serein.server.treatment.actions.room import Room
from serein.server.treatment.errors import GateError, SessionEndedError
from serein.server.treatment.models import Ending, Session
from serein.server.wording import typed

ENDINGS = frozenset(Ending.values) - {Ending.RELEASED}
NOT_TOLD = "nobody-told"
ENDED = "session.ended"


@dataclass(frozen=True)
class WayHome:
    """Another way home: one of the dictionary's list, who goes along or which firm, the tick."""

    way: str = ""
    detail: str = ""
    is_not_driving: bool = False

    def values(self) -> dict[str, Any]:
        """Code to value of what was told; what was left out stays unknown."""
        told = {
            "transport.no-driving": self.is_not_driving,
            "transport.way": self.way,
            "transport.way-detail": self.detail.strip(),
        }
        return {code: value for code, value in told.items() if value}


@action
def release_patient(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    is_escort_seen: bool,
    is_acknowledged_by_patient: bool,
    is_acknowledged_by_escort: bool,
    other_way: WayHome | None = None,
    at: datetime | None = None,
    reason: str = "",
) -> Session:
    """Let the patient go, when nothing stands in the way and the instructions are understood.

    Nor while an alert that calls the prescriber now is seen by nobody: that is the house's own
    rule, and holds no other end. Without an escort another way home is told.
    """
    verb = "treatment.release"
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=verb)
    if entry.was_sent(here, uuid5(id, ENDED)) or here.session.ended_at is not None:
        return _again(here, Ending.RELEASED)
    if not is_acknowledged_by_patient:
        raise InputError(_("Go through the instructions with the patient first"))
    if is_escort_seen and not is_acknowledged_by_escort:
        raise InputError(_("Go through the instructions with the escort first"))
    happened = room.event_time(here, at, reason=reason)
    values: dict[str, Any] = {
        "transport.seen": is_escort_seen,
        "acknowledged.patient": True,
        "acknowledged.escort": is_escort_seen and is_acknowledged_by_escort,
    }
    if other_way is not None:
        values.update(other_way.values())
    said = entry.facts(here, values, id=id, at=happened)
    _refuse_release(here.knowing(said), at=happened)
    end = _end_fact(here, Ending.RELEASED, {}, id=id, at=happened)
    return _end(here, Ending.RELEASED, [*said, end], verb=verb, at=happened, reason=reason)


def _refuse_release(here: Room, *, at: datetime) -> None:
    _refuse_before_dose(here, at)
    _refuse_before_reading(here, at)
    reading = here.reading(at=at)
    calls = queries.prescriber_calls(here.session, here.facts, reading)
    if calls or not reading.release.may_release:
        sentence = _("The patient may not leave yet")
        if calls:
            sentence = _(
                "%(sentence)s. Nobody has answered what calls the prescriber now: %(calls)s. "
                "Call them, say so at the alert, then release"
            ) % {"sentence": sentence, "calls": _called(here, calls)}
        raise GateError(sentence, standing=reading.release.blockers)


def _called(here: Room, calls: Sequence[Alert]) -> str:
    said = (f"“{one.words}” ({room.wall(here.session, one.raised_at)})" for one in calls)
    return ", ".join(said)


@action
def end_session(
    session: Session,
    *,
    patient_id: UUID,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    kind: str,
    told: str = "",
    state: str = "",
    at: datetime | None = None,
    reason: str = "",
) -> Session:
    """Record that the visit ended otherwise; nothing blocks it, and it is never called release.

    What must follow is opened as alerts, the prescriber's first. A visit that has ended is left
    as it is: whoever was first wrote it down, and a transfer or a death after it is an event of
    its own. Only an end before any dose, when a dose turns up, gives way to how it really ended.
    """
    here = room.enter(session, patient_id=patient_id, by=by, now=now, verb=afterwards.VERB)
    if kind not in ENDINGS:
        raise InputError(_("Say how the session ended"))
    rule = here.protocol.ending(kind)
    account = Account(id, told, state, at, reason)
    if entry.was_sent(here, uuid5(id, ENDED)):
        return _again(here, kind)
    if here.session.ended_at is None:
        return _end_otherwise(here, rule, account)
    if (wrong := _wrong_end(here, rule)) is not None:
        return _set_right(here, rule, account, wrong=wrong)
    if not afterwards.is_recorded_after_end(here.session, kind):
        return _again(here, kind)
    if afterwards.record_event(here, rule, account):
        _open_what_follows(here, rule, is_somebody_told=account.is_somebody_told)
    return here.session


def _end_otherwise(
    here: Room, rule: Rule, account: Account, *, wrong: UUID | None = None
) -> Session:
    """The end as it was told, in place of a wrong one where there was one."""
    if "reason" in rule.needs:
        typed(
            account.reason or account.state,
            at_most=room.LONGEST_TEXT,
            asking=_("Say in a few words why no dose was given"),
        )
    if rule.is_only_before_dose:
        _refuse_after_dose(here)
    asked_at = account.at or here.session.ended_at or here.now
    happened, marks = room.nearest_time(here, asked_at)
    said = {
        "told": typed(account.told),
        "state": typed(account.state, at_most=room.LONGEST_TEXT),
        "reason": typed(account.reason),
        **({"marks": " ".join(f"{mark}." for mark in marks)} if marks else {}),
    }
    kind = Ending(rule.id)
    end = replace(_end_fact(here, kind, said, id=account.id, at=happened), replaces=wrong)
    ended = _end(here, kind, [end], verb=afterwards.VERB, at=happened, reason=account.reason)
    _open_what_follows(here, rule, is_somebody_told=account.is_somebody_told)
    return ended


def _set_right(here: Room, rule: Rule, account: Account, *, wrong: UUID) -> Session:
    """The true end of a visit that had ended as one without a dose."""
    words = _("Set right: %(ending)s") % {"ending": rule.title}
    asked = f"{here.session.ending}."
    owed = [one.rule for one in queries.open_alerts(here.session) if one.rule.startswith(asked)]
    for duty in (late.CONTRADICTED, *owed):
        settle_duty(here.session.id, rule=duty, by=here.by, now=here.now, resolution=words)
    return _end_otherwise(here, rule, account, wrong=wrong)


def _wrong_end(here: Room, rule: Rule) -> UUID | None:
    """The fact of an end that a dose has overturned; None when the end stands, or none was."""
    if rule.is_only_before_dose or not late.is_contradicted(here):
        return None
    return here.reading().latest[ENDED].id


def _refuse_after_dose(here: Room) -> None:
    """Something reached the patient, now or on paper: this is no visit without a dose."""
    if not here.reading().may_end_undosed:
        raise InputError(
            _(
                "A device was given; release the patient, "
                "or record that they left or were transferred"
            )
        )


def _refuse_before_dose(here: Room, at: datetime) -> None:
    """An end before the last device would hide that device from whoever reads the visit."""
    later = [mark for mark in here.reading().devices if mark.at > at]
    if later:
        raise InputError(
            _("Device %(number)s is recorded at %(time)s; enter when the visit ended after it")
            % {"number": later[-1].number, "time": room.wall(here.session, later[-1].at)}
        )


def _refuse_before_reading(here: Room, at: datetime) -> None:
    """A release passes nothing that was seen of the patient after it."""
    seen = queries.observations()
    watched = {*VITALS, *(one.code for one in seen.scale), *(one.code for one in seen.danger)}
    later = [
        fact
        for fact in Chart.of(here.facts, now=here.now).facts
        if fact.code in watched and fact.effective_at > at and fact.value is not False
    ]
    if later:
        raise InputError(
            _(
                "%(title)s was recorded at %(time)s, later than this release. Enter when the "
                "patient was let go after it, or record that they left against advice"
            )
            % {
                "title": library().dictionary.code(later[-1].code).title,
                "time": room.wall(here.session, later[-1].effective_at),
            }
        )


def _again(here: Room, kind: str) -> Session:
    if here.session.ending != kind:
        raise SessionEndedError(
            _("This session has ended already: %(ending)s")
            % {"ending": here.session.get_ending_display()}
        )
    return here.session


def _end_fact(
    here: Room,
    kind: Ending,
    said: Mapping[str, str],
    *,
    id: UUID,  # noqa: A002  the entry's id
    at: datetime,
) -> Fact:
    return room.fact(here, ENDED, {"ending": kind.value, **said}, id=uuid5(id, ENDED), at=at)


def _end(
    here: Room, kind: Ending, new: Sequence[Fact], *, verb: str, at: datetime, reason: str
) -> Session:
    ended, is_over = here.session, here.session.ended_at is not None
    ended.ended_at, ended.ending = at, kind
    ended.save(update_fields=["ended_at", "ending"])
    if not is_over:
        ended.chair.cleaning_since = here.now
        ended.chair.save(update_fields=["cleaning_since"])
    room.store(here, new, reason=reason)
    details = {"ending": kind.value, "late": room.is_late(here, at)}
    room.leave(here, verb=verb, new=new, details=details)
    return ended


def _open_what_follows(here: Room, rule: Rule, *, is_somebody_told: bool) -> None:
    is_dosed = here.reading().first_dose_at is not None
    for follow in rule.follows:
        if follow.is_only_when_dosed and not is_dosed:
            continue
        room.tell(
            here,
            rule=f"{rule.id}.{follow.id}",
            text=follow.text,
            for_role=follow.for_role,
            urgency=follow.urgency,
            marks=rule.marks,
        )
    if "told" in rule.needs and not is_somebody_told:
        room.tell(
            here,
            rule=f"{rule.id}.{NOT_TOLD}",
            text=_("Nobody is recorded as told: tell the prescriber, and write down when"),
            for_role="nurse",
            urgency="now",
            marks=rule.marks,
        )
