"""What is due next on the whole floor, most urgent first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from serein.server.treatment.queries import Tile

STRIP_LENGTH = 4
# Two are named where both have room; of more, or of longer ones, the first is and the rest counted.
SPOKEN, ROOM = 2, 40
RANKS = {"alert": 0, "overdue": 1, "due": 2, "later": 3}


@dataclass(frozen=True)
class Next:
    """One entry of the strip: what is next, for whom, since or until when; `more` is due beside it.

    The state is `alert` for what calls for somebody now and nobody has seen, else the due's own.
    """

    tile: Tile
    text: str
    more: int
    state: str
    counts_to: datetime
    anchor: str


@dataclass(frozen=True)
class Strip:
    """What the strip has room for, most urgent first, and the chairs it has none for."""

    entries: list[Next]
    others: list[int]


def pressing(tile: Tile) -> Next | None:
    """What this chair adds to the strip: its most urgent, and how much more is due beside it."""
    if tile.reading is None:
        return None
    late = [due for due in tile.reading.due if due.state != "later"]
    if calls := tile.unseen_calls:
        longest = min(alert.raised_at for alert in calls)
        words, more = _joined([one.text for one in calls])
        return Next(tile, words, more + len(late), "alert", longest, "alerts")
    if not tile.reading.due:
        return None
    first = tile.reading.due[0]
    same = [due for due in late if due.state == first.state] or [first]
    words, more = _joined([due.text for due in same])
    rest = max(len(late) - len(same), 0)
    # Overdue ones count from the end of their window, others to the moment they are due.
    counts_to = first.overdue_at if first.state == "overdue" else first.due_at
    anchor = "device" if first.panel == "device" else "vitals"
    return Next(tile, words, more + rest, first.state, counts_to, anchor)


def strip(found: Iterable[Next | None]) -> Strip:
    """The first of them, most urgent first, and the chairs of the rest that are due already."""
    entries = sorted(
        (one for one in found if one), key=lambda one: (RANKS[one.state], one.counts_to)
    )
    unseen = [one.tile.chair.number for one in entries[STRIP_LENGTH:] if one.state != "later"]
    return Strip(entries[:STRIP_LENGTH], unseen)


def _joined(texts: list[str]) -> tuple[str, int]:
    """The first in words, a second where there is room for it, and how many more there are."""
    both = ", ".join(texts[:SPOKEN])
    said = texts[:SPOKEN] if len(both) <= ROOM else texts[:1]
    return ", ".join(said), len(texts) - len(said)
