"""A transfer or a death once the visit was over: an event of its own; the true end stands."""

from datetime import datetime
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.facts import Chart
from serein.clinical.protocols import Ending as Rule
from serein.server.alerts.wording import typed
from serein.server.treatment.actions import room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.models import Ending, Session

VERB = "treatment.end_session"
CODES = {Ending.TRANSFER: "after-end.transfer", Ending.DEATH: "after-end.death"}


def is_recorded_after_end(session: Session, kind: str) -> bool:
    """Whether this can still happen to somebody whose visit ended as this one did."""
    is_over = session.ended_at is not None
    return is_over and kind in CODES and session.ending not in (kind, Ending.DEATH)


def record_event(
    here: Room,
    rule: Rule,
    *,
    id: UUID,  # noqa: A002  the entry's id
    told: str,
    state: str,
    at: datetime | None,
    reason: str,
) -> bool:
    """Store that it happened, and what was said of it as notes; False when it stands already."""
    code = CODES[Ending(rule.id)]
    standing = Chart.of(here.facts, now=here.now).latest(code)
    if standing is not None and standing.value is True:
        return False
    happened, marks = room.nearest_time(here, at or here.now)
    told_words = _("Told: %(names)s") % {"names": told.strip()} if told.strip() else ""
    said = [words for words in (state, told_words, reason, *marks) if words.strip()]
    new = [room.fact(here, code, True, id=uuid5(id, code), at=happened)]  # noqa: FBT003  a fact's value
    new += [
        room.fact(
            here, "note", f"{rule.title}: {words}", id=uuid5(id, f"note.{place}"), at=happened
        )
        for place, words in enumerate(said)
    ]
    room.store(here, new, reason=typed(reason))
    details = {
        "ending": rule.id,
        "late": room.is_late(here, happened),
        "after_end": room.is_after_end(here, happened),
    }
    room.leave(here, verb=VERB, new=new, details=details)
    return True
