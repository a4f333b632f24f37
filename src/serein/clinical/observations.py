"""What is observed during a session, in the nurse's words, as its file says it."""

from __future__ import annotations

from typing import Any

from serein.clinical.errors import InputError
from serein.clinical.tables import ContentTable, Marked, Table, Words


class Choice(Table):
    """One word the nurse picks, and the value it is stored as."""

    text: Words
    value: int | str
    means: str = ""


class Scale(Marked):
    """One thing observed, picked in words."""

    code: Words
    title: Words
    group: Words
    choice: list[Choice]


class DangerSign(Marked):
    """A sign recorded with one tap, which calls the prescriber whatever the numbers say."""

    code: Words
    title: Words


class ObservationCase(Table):
    """A worked example: the word picked, the value stored."""

    name: Words
    code: Words
    pick: Words
    stored: int | str


class Observations(ContentTable):
    """What is observed during a session, in the nurse's words."""

    scale: list[Scale]
    danger: list[DangerSign]
    case: list[ObservationCase]

    def scale_of(self, code: str) -> Scale:
        """The scale of this code.

        Raises:
            InputError: Nothing is observed under that code.
        """
        for scale in self.scale:
            if scale.code == code:
                return scale
        raise InputError(f"{self.title} has no scale '{code}'")

    def word(self, code: str, value: Any) -> str:
        """The word the nurse picked for a stored value."""
        for choice in self.scale_of(code).choice:
            if choice.value == value:
                return choice.text
        raise InputError(f"{value!r} is no answer of {code}")


def failing_observations(observations: Observations) -> list[tuple[str, str]]:
    """Worked cases that come out otherwise: their name, and how."""
    found = []
    for case in observations.case:
        stored = {
            choice.text: choice.value for choice in observations.scale_of(case.code).choice
        }.get(case.pick)
        if stored != case.stored:
            found.append((case.name, f"stores {stored!r}"))
    return found
