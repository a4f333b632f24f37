"""What is due next on the whole floor, most urgent first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from serein.clinical.due import Due
from serein.server.treatment.queries import Tile

STRIP_LENGTH = 4
SPOKEN = 2
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


def pressing(tile: Tile) -> list[Next]:
    """What this chair adds to the strip: one entry of each state."""
    if tile.reading is None:
        return []
    late = [due for due in tile.reading.due if due.state != "later"]
    listed = late or tile.reading.due[:1]
    by_state = groupby(listed, key=lambda due: due.state)
    return [*_calls(tile), *(_entry(tile, list(same)) for _, same in by_state)]


def strip(entries: Iterable[Next]) -> list[Next]:
    """The first of them, most urgent first."""
    return sorted(entries, key=lambda one: (RANKS[one.state], one.counts_to))[:STRIP_LENGTH]


def _calls(tile: Tile) -> list[Next]:
    calls = tile.unseen_calls
    if not calls:
        return []
    longest = min(alert.raised_at for alert in calls)
    return [Next(tile, *_joined([one.text for one in calls]), "alert", longest, "alerts")]


def _entry(tile: Tile, same: list[Due]) -> Next:
    """Overdue ones count from the end of their window, others to the moment they are due."""
    first = same[0]
    counts_to = first.overdue_at if first.state == "overdue" else first.due_at
    anchor = "device" if first.panel == "device" else "vitals"
    return Next(tile, *_joined([due.text for due in same]), first.state, counts_to, anchor)


def _joined(texts: list[str]) -> tuple[str, int]:
    """Two of them in words, and how many more there are."""
    return ", ".join(texts[:SPOKEN]), max(len(texts) - SPOKEN, 0)
