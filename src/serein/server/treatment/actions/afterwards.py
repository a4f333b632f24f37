"""A transfer or a death once the visit was over: an event of its own; the true end stands."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.facts import Chart, Fact
from serein.clinical.protocols import Ending as Rule
from serein.server.alerts.wording import typed
from serein.server.treatment.actions import entry, room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.models import Ending, Session

VERB = "treatment.end_session"
CODES: dict[str, str] = {Ending.TRANSFER: "after-end.transfer", Ending.DEATH: "after-end.death"}


@dataclass(frozen=True)
class Account:
    """What one form says of an end: who was told, how the patient was, when, and why it is late."""

    id: UUID
    told: str
    state: str
    at: datetime | None
    reason: str

    @property
    def is_somebody_told(self) -> bool:
        """Whether anybody is named."""
        return bool(self.told.strip())


def is_recorded_after_end(session: Session, kind: str) -> bool:
    """Whether this can still happen to somebody whose visit ended as this one did."""
    is_over = session.ended_at is not None
    return is_over and kind in CODES and session.ending not in (kind, Ending.DEATH)


def record_event(here: Room, rule: Rule, account: Account) -> bool:
    """Store that it happened, and what was said of it as notes; False when it stands already."""
    code = CODES[rule.id]
    fact_id = uuid5(account.id, code)
    if entry.was_sent(here, fact_id):
        return False
    standing = Chart.of(here.facts, now=here.now).latest(code)
    if standing is not None and standing.value is True:
        return False
    happened, marks = room.nearest_time(here, account.at or here.now)
    new = [room.fact(here, code, True, id=fact_id, at=happened)]  # noqa: FBT003  a fact's value
    new += _notes(here, rule, account, marks=marks, at=happened)
    room.store(here, new, reason=typed(account.reason))
    details = {
        "ending": rule.id,
        "late": room.is_late(here, happened),
        "after_end": room.is_after_end(here, happened),
    }
    room.leave(here, verb=VERB, new=new, details=details)
    return True


def _notes(
    here: Room, rule: Rule, account: Account, *, marks: list[str], at: datetime
) -> list[Fact]:
    told = _("Told: %(names)s") % {"names": account.told.strip()}
    asked = (account.state, told * account.is_somebody_told, account.reason, *marks)
    said = [f"{rule.title}: {words}" for words in asked if words.strip()]
    return [
        room.fact(here, "note", words, id=uuid5(account.id, f"note.{place}"), at=at)
        for place, words in enumerate(said)
    ]
