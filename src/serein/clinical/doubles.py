"""What may stand only once in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def refuse_twice(ids: Iterable[str]) -> None:
    """Refuse, as a validator does, an id that stands twice.

    Raises:
        ValueError: One does; the sentence names it.
    """
    for each, times in Counter(ids).items():
        if times > 1:
            raise ValueError(f"'{each}' stands here twice; give each an id of its own")
