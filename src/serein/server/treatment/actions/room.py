"""What every act in the room begins and ends with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Model
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from serein.clinical.criteria import Source
from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.clinical.monitoring import SessionReading, fired_by
from serein.clinical.protocols import Marks, Protocol
from serein.server import live
from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.alerts.actions import ground, raise_alerts, raise_duty
from serein.server.alerts.models import Alert
from serein.server.audit import actions as audit
from serein.server.courses.queries import protocol
from serein.server.library import library
from serein.server.patients.actions import record_facts
from serein.server.prepared import Select, Update
from serein.server.treatment.errors import SessionEndedError, WrongPatientError
from serein.server.treatment.models import Chair, Session
from serein.server.treatment.queries import RELATED, known, read
from serein.server.wording import typed

LONGEST_TEXT = 2000
LOCKED = Select(lambda pk: Session.objects.select_for_update(no_key=True).filter(pk=pk))
CHANGED = Update(lambda pk: (Chair.objects.filter(pk=pk), {"version": F("version") + 1}))


@dataclass(frozen=True)
class Room:
    """One act: its session, locked until the act is done, and what was known before it."""

    session: Session
    by: User
    now: datetime
    facts: Sequence[Fact]

    @property
    def protocol(self) -> Protocol:
        """The version that the course is pinned to."""
        return protocol(self.session.course)

    def reading(self, *, at: datetime | None = None) -> SessionReading:
        """How the session stands, or stood at that time."""
        return read(self.session, self.facts, now=at or self.now)

    def knowing(self, new: Iterable[Fact]) -> "Room":
        """The same room with these facts known too; one known by that id already is replaced."""
        added = list(new)
        ids = {fact.id for fact in added}
        return replace(self, facts=[*(one for one in self.facts if one.id not in ids), *added])


def enter(session: Session, *, patient_id: UUID, by: User, now: datetime, verb: str) -> Room:
    """The room of this session, once it is sure that the form was this patient's."""
    require(by, verb, at=session.clinic)
    locked = _locked(session)
    if locked.patient_id != patient_id:
        raise WrongPatientError(
            _("This form was another patient's. Nothing was stored; open %(patient)s again")
            % {"patient": locked.patient}
        )
    return Room(locked, by, now, known(locked))


def _locked(session: Session) -> Session:
    """The session's own row, read anew and held; whom and where it names was read before."""
    [locked] = LOCKED(pk=session.pk)
    for name in RELATED:
        if getattr(locked, f"{name}_id") == getattr(session, f"{name}_id"):
            setattr(locked, name, getattr(session, name))
    return locked


def refuse_ended(room: Room) -> None:
    """Refuse a new act in a visit that is over."""
    if room.session.ended_at is not None:
        raise SessionEndedError(
            _(
                "This session ended at %(time)s. "
                "What happened before can still be recorded with its time"
            )
            % {"time": wall(room.session, room.session.ended_at)}
        )


def event_time(
    room: Room, at: datetime | None, *, reason: str, may_follow_the_end: bool = False
) -> datetime:
    """When it happened: now, or an earlier time of this visit with its reason.

    What is only seen, said or measured may follow the end, and is told apart there.
    """
    session, happened = room.session, at or room.now
    if happened > room.now:
        raise InputError(_("That time has not come yet; enter when it happened"))
    if happened < session.seated_at - room.protocol.record.before_seating:
        raise InputError(before_this_visit(room, happened))
    if not may_follow_the_end and is_after_end(room, happened):
        refuse_ended(room)
    if is_late(room, happened) and not reason.strip():
        raise InputError(_("Say why this is entered later than it happened"))
    return happened


def before_this_visit(room: Room, happened: datetime) -> str:
    """Why that time is refused; of a day that is not over the typed time may be still to come."""
    session, zone = room.session, room.session.clinic.zone
    named = {"at": wall(session, happened), "time": wall(session, session.seated_at)}
    again_at = happened + timedelta(days=1)
    if again_at > room.now and again_at.astimezone(zone).date() == room.now.astimezone(zone).date():
        return (
            _(
                "%(at)s has not come yet, and yesterday the patient was not here: "
                "they were seated at %(time)s. Enter when it happened"
            )
            % named
        )
    return _("The patient was seated at %(time)s; enter a time of this visit") % named


def nearest_time(room: Room, at: datetime) -> tuple[datetime, list[str]]:
    """The time of what must never be refused, moved to where it can have been, and why."""
    session, devices = room.session, room.reading().devices
    last_at = max((mark.at for mark in devices), default=at)
    words = {"typed": wall(session, at)}
    if at > room.now:
        mark = _("Entered as %(typed)s, a time that had not come; stored with the time of entry")
        return room.now, [mark % words]
    if at < last_at:
        mark = _("Entered as %(typed)s, before the last device; stored with that device's time")
        return last_at, [mark % words]
    if at < session.seated_at - room.protocol.record.before_seating:
        mark = _("Entered as %(typed)s, before this visit; stored with the time of seating")
        return session.seated_at, [mark % words]
    return at, []


def is_after_end(room: Room, happened: datetime) -> bool:
    """Whether it happened once the visit was over."""
    return room.session.ended_at is not None and happened > room.session.ended_at


def is_late(room: Room, happened: datetime) -> bool:
    """Whether it is entered so much later that the record says so."""
    return room.now - happened >= room.protocol.record.late_after


def wall_of_day(session: Session, at: datetime) -> str:
    """The day and the time on the clinic's wall clock, as the pages show them."""
    return date_format(at.astimezone(session.clinic.zone), "j M Y H:i")


def wall(session: Session, at: datetime) -> str:
    """The time on the clinic's wall clock."""
    return f"{at.astimezone(session.clinic.zone):%H:%M}"


def fact(
    room: Room,
    code: str,
    value: Any,
    *,
    id: UUID,  # noqa: A002  a fact's id
    at: datetime,
    panel: UUID | None = None,
    is_standing: bool = False,
) -> Fact:
    """One fact of this session, in the dictionary's unit."""
    dictionary = library().dictionary
    kept = typed(value, at_most=LONGEST_TEXT) if isinstance(value, str) else value
    dictionary.check(code, kept)
    return Fact(
        id=id,
        code=code,
        value=kept,
        unit=dictionary.code(code).unit or None,
        effective_at=at,
        recorded_at=room.now,
        by=str(room.by),
        source="session",
        panel=panel,
        encounter=None if is_standing else room.session.id,
    )


def store(room: Room, facts: Sequence[Fact], *, reason: str = "") -> list[Fact]:
    """Add facts to the patient's chart."""
    stored = record_facts(
        room.session.patient,
        by=room.by,
        now=room.now,
        facts=facts,
        source="session",
        reason=typed(reason),
    )
    asked = {one.id: one.encounter for one in facts}
    if any(one.encounter != asked[one.id] for one in stored):
        raise sent_before()
    return stored


def sent_before() -> InputError:
    """The refusal of an id that names something else already."""
    return InputError(
        _("This form was sent before, for something else. Open the page again and repeat it")
    )


def leave(
    room: Room,
    *,
    verb: str,
    new: Iterable[Fact] = (),
    subject: Model | None = None,
    details: Mapping[str, Any] | None = None,
) -> list[Alert]:
    """Raise what the new facts set off, write the audit line, and show it on every screen."""
    session, added = room.session, list(new)
    hits = fired_by(
        room.protocol,
        room.knowing(added).facts,
        new=added,
        now=room.now,
        dictionary=library().dictionary,
    )
    raised = raise_alerts(
        session.patient, hits, encounter=session.id, now=room.now, content=content_of(session)
    )
    # The chair before the log: every act takes its locks in the same order, session, chair, log.
    touch(session.chair)
    audit.record(
        clinic=session.clinic,
        by=room.by,
        verb=verb,
        subject=subject or session,
        patient=session.patient,
        now=room.now,
        details={**(details or {}), "raised": [rule for alert in raised for rule in alert.rules]},
    )
    return raised


def content_of(session: Session) -> tuple[str, int]:
    """The protocol that the course is pinned to, by its name and version."""
    return session.course.protocol_id, session.course.protocol_version


def tell(
    room: Room, *, rule: str, text: str, for_role: str, urgency: str, marks: Marks | None = None
) -> None:
    """Open a duty; its ground is the protocol's, or the house's own when none is given."""
    session = room.session
    house = Marks(Source(_("Serein, what follows from a record"), text), checked=False, policy=True)
    why = marks or house
    raise_duty(
        session.patient,
        encounter=session.id,
        rule=rule,
        text=text,
        for_role=for_role,
        urgency=urgency,
        now=room.now,
        source=ground(
            why.source, checked=why.checked, policy=why.policy, content=content_of(session)
        ),
    )


def hold_chairs(chairs: Iterable[Chair]) -> None:
    """Lock several chairs, in the order of their ids: two acts that need the same never wait."""
    ids = {chair.pk for chair in chairs}
    list(Chair.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))


def touch(chair: Chair) -> None:
    """Let every screen fetch this chair's tile anew."""
    CHANGED(pk=chair.pk)

    def announce() -> None:
        live.announce(chair.clinic_id)

    transaction.on_commit(announce, robust=True)
