"""The end of a visit: release, and the other ways it can end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.server.accounts.models import User
from serein.server.actions import action
from serein.server.alerts.actions import raise_duty
from serein.server.courses.queries import protocol
from serein.server.treatment.actions import room
from serein.server.treatment.errors import GateError, SessionEndedError
from serein.server.treatment.models import Ending, Session
from serein.server.treatment.queries import known, read

ENDINGS = frozenset(Ending.values) - {Ending.RELEASED}


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
    other_way_home: str = "",
) -> Session:
    """Let the patient go, when nothing stands in the way and the instructions are understood."""
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.release")
    if here.ended_at is not None:
        return _again(here, Ending.RELEASED)
    if not is_acknowledged_by_patient:
        raise InputError(_("Go through the instructions with the patient first"))
    if is_escort_seen and not is_acknowledged_by_escort:
        raise InputError(_("Go through the instructions with the escort first"))
    values: dict[str, Any] = {
        "transport.seen": is_escort_seen,
        "acknowledged.patient": True,
        "acknowledged.escort": is_acknowledged_by_escort,
    }
    if other_way_home.strip():
        values["transport.other"] = other_way_home.strip()
    facts = _facts(here, values, id=id, by=by, now=now)
    room.store(here, facts, by=by, now=now)
    reading = read(here, known(here), now=now)
    if not reading.release.may_release:
        blockers = reading.release.blockers
        words = "; ".join(finding.text for finding in blockers)
        raise GateError(
            _("The patient may not leave yet: %(blockers)s") % {"blockers": words},
            standing=blockers,
        )
    return _end(here, Ending.RELEASED, {}, id=id, by=by, now=now, at=now)


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
    as it is: whoever was first wrote it down.
    """
    here = room.enter(session, patient_id=patient_id, by=by, verb="treatment.end_session")
    if kind not in ENDINGS:
        raise InputError(_("Say how the session ended"))
    if here.ended_at is not None:
        return _again(here, kind)
    of = protocol(here.course)
    ending = of.ending(kind)
    if ending.is_only_before_dose and not read(here, known(here), now=now).may_end_undosed:
        raise InputError(
            _(
                "A device was given; release the patient, "
                "or record that they left or were transferred"
            )
        )
    happened = room.event_time(here, at, now=now, reason=reason or "late")
    value = {"told": told.strip(), "state": state.strip()}
    ended = _end(here, Ending(kind), value, id=id, by=by, now=now, at=happened)
    for follow in ending.follows:
        raise_duty(
            here.patient,
            encounter=here.id,
            rule=f"{kind}.{follow.id}",
            text=follow.text,
            for_role=follow.for_role,
            urgency=follow.urgency,
            now=now,
        )
    return ended


def _again(here: Session, kind: str) -> Session:
    if here.ending != kind:
        raise SessionEndedError(
            _("This session has ended already: %(ending)s") % {"ending": here.get_ending_display()}
        )
    return here


def _end(
    here: Session,
    kind: Ending,
    value: Mapping[str, str],
    *,
    id: UUID,  # noqa: A002  the entry's id
    by: User,
    now: datetime,
    at: datetime,
) -> Session:
    facts = _facts(
        here, {"session.ended": {"ending": kind.value, **value}}, id=id, by=by, now=now, at=at
    )
    here.ended_at, here.ending = at, kind
    here.save(update_fields=["ended_at", "ending"])
    here.chair.cleaning_since = now
    here.chair.save(update_fields=["cleaning_since"])
    room.store(here, facts, by=by, now=now)
    is_release = kind == Ending.RELEASED
    verb = "treatment.release" if is_release else "treatment.end_session"
    room.leave(here, by=by, now=now, verb=verb, new=facts, details={"ending": kind.value})
    return here


def _facts(
    here: Session,
    values: Mapping[str, Any],
    *,
    id: UUID,  # noqa: A002  the entry's id
    by: User,
    now: datetime,
    at: datetime | None = None,
) -> list[Fact]:
    return [
        room.fact(here, code, value, id=uuid5(id, code), at=at or now, now=now, by=by)
        for code, value in values.items()
    ]
