"""One value, or the time of a set, to be set right: its form offers what was offered then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Chart, Fact
from serein.server.courses.queries import protocol
from serein.server.library import library
from serein.server.treatment import queries
from serein.server.treatment.actions import retime
from serein.server.treatment.models import Session
from serein.server.treatment.wording import said


@dataclass(frozen=True)
class Correcting:
    """The value, what stands there now, and what may be picked; nothing to pick is typed."""

    fact: Fact
    title: str
    was: Any
    picks: list[str]
    is_text: bool
    value: str = ""
    reason: str = ""


def correcting(asked: str, refused: Any, *, known: Sequence[Fact]) -> Correcting | None:
    """The value that is to be set right: that of the form sent back, or the one asked for."""
    sent = refused.form if refused is not None and refused.name == "correct" else None
    wrong = str(sent["wrong"].value()) if sent is not None else asked
    fact = next((one for one in Chart.of(known).facts if str(one.id) == wrong), None)
    if fact is None or isinstance(fact.value, Mapping):
        return None
    entry = library().dictionary.code(fact.code)
    was, picks = said(fact), list(_picks(fact.code))
    typed = (sent["value"].value(), sent["reason"].value()) if sent is not None else (was, "")
    return Correcting(fact, entry.title, was, picks, entry.type == "text", *map(str, typed))


@dataclass(frozen=True)
class EnteredSet:
    """What one entry stored: one fact of it, how many there are, and their titles."""

    fact: Fact
    titles: list[str]


def retiming(
    shown: Session, asked: str, refused: Any, *, known: Sequence[Fact]
) -> EnteredSet | None:
    """The set whose time is to be set right: that of the form sent back, or the one asked for."""
    sent = refused.form if refused is not None and refused.name == "correct_time" else None
    wrong = str(sent["wrong"].value()) if sent is not None else asked
    fact = next((one for one in Chart.of(known).facts if str(one.id) == wrong), None)
    together = retime.set_of(shown, known, fact) if fact is not None else []
    return _entered(together, fact) if fact is not None and together else None


def answered(shown: Session, known: Sequence[Fact]) -> list[EnteredSet]:
    """The answers of this visit that stand, by the entry that brought them, oldest first."""
    asked = {ask.code for group in protocol(shown.course).asks for ask in group.asks}
    mine = [one for one in Chart.of(known).facts if one.code in asked]
    found: list[EnteredSet] = []
    seen: set[UUID] = set()
    for one in mine:
        if one.id not in seen and (together := retime.set_of(shown, known, one)):
            found.append(_entered(together, one))
            seen |= {fact.id for fact in together}
    return found


def _entered(together: Sequence[Fact], fact: Fact) -> EnteredSet:
    entries = library().dictionary.entries
    return EnteredSet(fact, [entries[one.code].title for one in together if one.code in entries])


def corrected(shown: Session, wrong: UUID, typed: str) -> bool | int | float | str:
    """The right value as it is stored: a word of its scale, yes or no, a number, or text.

    Raises:
        InputError: A word that the scale or the list does not have; its words are named.
    """
    code = next((fact.code for fact in queries.known(shown) if fact.id == wrong), None)
    if code is None:
        return typed
    entry = library().dictionary.code(code)
    if picks := _picks(code):
        return _picked(typed, entry.title, picks)
    is_number = entry.type in ("integer", "decimal")
    return int(typed) if is_number and typed.isdecimal() else typed


def _picks(code: str) -> dict[str, bool | int | str]:
    """What may be picked for this code, word to stored value; empty where it is typed."""
    scale = next((one for one in queries.observations().scale if one.code == code), None)
    if scale is not None:
        return {one.text: one.value for one in scale.choice}
    entry = library().dictionary.code(code)
    if entry.type == "boolean":
        return {_("yes"): True, _("no"): False}
    return {text: value for value, text in entry.choices.items()}


def _picked(typed: str, title: str, values: Mapping[str, bool | int | str]) -> bool | int | str:
    if typed.lower() not in values:
        raise InputError(
            _("%(title)s is one of: %(words)s") % {"title": title, "words": ", ".join(values)}
        )
    return values[typed.lower()]
