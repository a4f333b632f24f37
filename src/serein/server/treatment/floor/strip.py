"""What is due next on the whole floor, most urgent first."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef

from serein.server.accounts.models import Clinic
from serein.server.alerts.models import Alert
from serein.server.alerts.queries import is_past, most_urgent_first
from serein.server.patients.models import Patient
from serein.server.prepared import Select
from serein.server.treatment import queries
from serein.server.treatment.floor.acts import PRESCRIBER_DECIDES, awaits_the_prescriber
from serein.server.treatment.models import Session
from serein.server.treatment.queries import Tile

STRIP_LENGTH = 4
# Two are named where both have room; of more, or of longer ones, the first is and the rest counted.
SPOKEN, ROOM = 2, 40
CALLS_OF_ENDED = Select(
    lambda clinic: (
        Alert.objects.filter(clinic=clinic, urgency="now", resolved_at=None)
        .annotate(
            ended_at=Session.objects.filter(pk=OuterRef("encounter")).values("ended_at")[:1],
        )
        .filter(ended_at__isnull=False)
        .select_related("patient")
    )
)
RANKS = {"alert": 0, "overdue": 1, "due": 2, "seen": 3, "later": 4}


@dataclass(frozen=True)
class Next:
    """One entry of the strip: what is next, for whom, since or until when; `more` is due beside it.

    The state is `alert` for what calls for somebody now and nobody has seen, else the due's own;
    `seen` for what is still owed after a visit. Whose visit is over sits in no chair.
    """

    visit: UUID
    patient: Patient
    chair: str | None
    text: str
    more: int
    state: str
    counts_to: datetime
    anchor: str


@dataclass(frozen=True)
class Strip:
    """What the strip has room for, most urgent first; chairs and ended visits it has none for."""

    entries: list[Next]
    others: list[str]
    ended: int = 0


def pressing(tile: Tile) -> Next | None:
    """What this chair adds to the strip: its most urgent, and how much more is due beside it."""
    if tile.session is None or tile.reading is None:
        return None
    whose = (tile.session.id, tile.session.patient, tile.chair.label)
    late = [due for due in tile.reading.due if due.state != "later"]
    if calls := tile.unseen_calls:
        longest = min(alert.raised_at for alert in calls)
        words, more = _joined([one.words for one in calls])
        return Next(*whose, words, more + len(late), "alert", longest, "alerts")
    if not late and (awaited := awaits_the_prescriber(tile.reading)):
        since = max(fact.effective_at for one in awaited for fact in one.evidence)
        words, more = str(PRESCRIBER_DECIDES), len(awaited) - 1
        return Next(*whose, words, more, "due", since, "checks")
    if not tile.reading.due:
        return None
    first = tile.reading.due[0]
    same = [due for due in late if due.state == first.state] or [first]
    words, more = _joined([due.text for due in same])
    rest = max(len(late) - len(same), 0)
    # Overdue ones count from the end of their window, others to the moment they are due.
    counts_to = first.overdue_at if first.state == "overdue" else first.due_at
    anchor = "device" if first.panel == "device" else "vitals"
    return Next(*whose, words, more + rest, first.state, counts_to, anchor)


def calls_of_ended(clinic: Clinic) -> list[Alert]:
    """What calls for somebody now after its visit: a duty still owed, or what was seen later."""
    found = [
        one for one in CALLS_OF_ENDED(clinic=clinic.pk) if not is_past(one, ended_at=one.ended_at)
    ]
    back = queries.taken_back_of(found)
    return most_urgent_first(one for one in found if one.id not in back)


def of_ended(calls: Iterable[Alert]) -> list[Next]:
    """What visits that are over add to it: one entry a visit, what nobody has seen before all."""
    by_visit: dict[UUID, list[Alert]] = defaultdict(list)
    for call in calls:
        assert call.encounter is not None
        by_visit[call.encounter].append(call)
    found = []
    for visit, owed in by_visit.items():
        unseen = [one for one in owed if one.acknowledged_at is None]
        words, more = _joined([one.words for one in unseen or owed])
        state = "alert" if unseen else "seen"
        longest = min(one.raised_at for one in unseen or owed)
        rest = len(owed) - len(unseen or owed)
        found.append(
            Next(visit, owed[0].patient, None, words, more + rest, state, longest, "alerts")
        )
    return found


def strip(found: Iterable[Next | None]) -> Strip:
    """The first of them, most urgent first, and those of the rest that are due already."""
    entries = sorted(
        (one for one in found if one), key=lambda one: (RANKS[one.state], one.counts_to)
    )
    unsaid = [one.chair for one in entries[STRIP_LENGTH:] if one.state != "later"]
    chairs = [label for label in unsaid if label is not None]
    return Strip(entries[:STRIP_LENGTH], chairs, len(unsaid) - len(chairs))


def _joined(texts: list[str]) -> tuple[str, int]:
    """The first in words, a second where there is room for it, and how many more there are."""
    both = ", ".join(texts[:SPOKEN])
    said = texts[:SPOKEN] if len(both) <= ROOM else texts[:1]
    return ", ".join(said), len(texts) - len(said)
