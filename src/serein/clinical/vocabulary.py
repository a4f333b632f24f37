"""From a TOML table to a criterion: the closed vocabulary, and a strict refusal of the rest.

Words: at_least above at_most below equals one_of between before after any all not within.
`before` and `after` take a date (compared with a fact that holds one) or the name of an event
(which readings count); `within` says how recent a reading must be to count.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, NamedTuple

from serein.clinical.criteria import All, AnyOf, Comparison, Criterion, Not, Selection
from serein.clinical.errors import ContentError

EVENTS = frozenset({"seated", "first-dose", "last-dose"})
COMPARING = ("at_least", "above", "at_most", "below", "equals", "one_of", "between")
SELECTING = ("before", "after", "within")
JOINING = ("any", "all", "not")
_SPANS = ("minutes", "hours", "days")


class Term(NamedTuple):
    """How a fact is called and measured; `choices` are the words of its values, if any."""

    title: str
    unit: str = ""
    choices: Mapping[str, str] = MappingProxyType({})


class Place(NamedTuple):
    """Where in which file a criterion stands, for the refusal."""

    file: str
    key: str

    def refuse(self, reason: str) -> ContentError:
        """The refusal to raise."""
        return ContentError(reason, file=self.file, key=self.key)

    def inside(self, word: str) -> Place:
        """A place one step deeper."""
        return Place(self.file, f"{self.key}.{word}")


def criterion(table: object, *, terms: Mapping[str, Term], place: Place) -> Criterion:
    """The criterion that a TOML table says, or a refusal that names the place."""
    if not isinstance(table, Mapping) or not table:
        raise place.refuse("a criterion is a table such as { fact = ..., at_most = ... }")
    for word in JOINING:
        if word in table:
            if len(table) > 1:
                raise place.refuse(f"'{word}' stands alone in its table")
            return _joined(word, table[word], terms=terms, place=place)
    return _comparison(table, terms=terms, place=place)


def _joined(word: str, inner: object, *, terms: Mapping[str, Term], place: Place) -> Criterion:
    place = place.inside(word)
    if word == "not":
        return Not(criterion(inner, terms=terms, place=place))
    if not isinstance(inner, list) or not inner:
        raise place.refuse(f"'{word}' needs a list of criteria")
    parts = tuple(
        criterion(each, terms=terms, place=place.inside(str(index)))
        for index, each in enumerate(inner, start=1)
    )
    return All(parts) if word == "all" else AnyOf(parts)


def _comparison(table: Mapping[str, Any], *, terms: Mapping[str, Term], place: Place) -> Comparison:
    known = ("fact", *COMPARING, *SELECTING)
    for word in table:
        if word not in known:
            raise place.refuse(f"unknown word '{word}'{nearest(word, (*known, *JOINING))}")
    if "fact" not in table:
        raise place.refuse("no 'fact' is named")
    code = table["fact"]
    if code not in terms:
        raise place.refuse(f"unknown fact '{code}'{nearest(str(code), terms)}")
    selection = _selection(table, place=place)
    word, wanted = _asked(table, selection=selection, place=place)
    title, unit, choices = terms[code]
    passes = _passing(word, wanted, place=place)
    return Comparison(code, title or code, unit, word, wanted, passes, selection, choices)


def nearest(word: str, known: Mapping[str, Term] | tuple[str, ...]) -> str:
    """A hint at the nearest valid word, or one that goes on from it; empty when nothing is near."""
    longer = sorted(each for each in known if word and each.startswith(f"{word}_"))
    close = longer or get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else ""


def _asked(
    table: Mapping[str, Any], *, selection: Selection | None, place: Place
) -> tuple[str, Any]:
    """The one comparing word of a table; without one, that the fact was recorded at all."""
    asked = [word for word in COMPARING if word in table]
    asked += [word for word in ("before", "after") if isinstance(table.get(word), date)]
    if len(asked) > 1:
        raise place.refuse(f"two comparisons in one table ({', '.join(asked)}); use 'all'")
    for word in asked:
        return word, table[word]
    if selection is None:
        raise place.refuse("nothing is compared; say at_least, equals, one_of ...")
    return "recorded", ""


def _selection(table: Mapping[str, Any], *, place: Place) -> Selection | None:
    sides: dict[str, str | None] = {"before": None, "after": None}
    for side in sides:
        event = table.get(side)
        if event is None or isinstance(event, date):
            continue
        if event not in EVENTS:
            hint = nearest(str(event), tuple(EVENTS))
            raise place.refuse(f"'{side}' takes a date or an event, not '{event}'{hint}")
        sides[side] = event
    within, of = _within(table.get("within"), place=place.inside("within"))
    if within is None and not any(sides.values()):
        return None
    return Selection(sides["before"], sides["after"], within, of)


def _within(table: object, *, place: Place) -> tuple[timedelta | None, str | None]:
    if table is None:
        return None, None
    if not isinstance(table, Mapping):
        raise place.refuse("takes a table such as { minutes = 30 }")
    spans = {word: count for word, count in table.items() if word in _SPANS}
    strangers = set(table) - set(_SPANS) - {"of"}
    if strangers or len(spans) != 1:
        raise place.refuse("takes one of minutes, hours, days, and perhaps 'of' an event")
    (count,) = spans.values()
    if not _is_number(count) or count <= 0:
        raise place.refuse("takes a positive number")
    of = table.get("of")
    if of is not None and of not in EVENTS:
        raise place.refuse(f"unknown event '{of}'{nearest(str(of), tuple(EVENTS))}")
    return timedelta(**spans), of


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "below": operator.lt,
}


def _passing(word: str, wanted: Any, *, place: Place) -> Callable[[Any], bool | None]:
    """The comparison itself; it answers None for a value of another kind."""
    if word in _ORDER:
        if not _is_number(wanted):
            raise place.refuse(f"'{word}' takes a number, not {wanted!r}")
        return _by_size(_ORDER[word], wanted)
    if word == "between":
        return _between(wanted, place=place)
    if word == "one_of":
        if not isinstance(wanted, list) or not wanted:
            raise place.refuse("'one_of' takes a list")
        return _among(wanted)
    if word == "equals":
        if isinstance(wanted, list | Mapping):
            raise place.refuse("'equals' takes one value")
        return _among([wanted])
    if word == "recorded":
        return _is_recorded
    return _dated(_ORDER["below" if word == "before" else "above"], wanted)


def _is_recorded(value: object) -> bool:
    return value is not None


def _by_size(compare: Callable[[Any, Any], bool], wanted: float) -> Callable[[Any], bool | None]:
    def passes(value: Any) -> bool | None:
        return compare(value, wanted) if _is_number(value) else None

    return passes


def _between(wanted: Any, *, place: Place) -> Callable[[Any], bool | None]:
    if (
        not isinstance(wanted, list)
        or len(wanted) != 2  # noqa: PLR2004 - a lower and an upper end
        or not all(map(_is_number, wanted))
        or wanted[0] > wanted[1]
    ):
        raise place.refuse("'between' takes two numbers, the lower first")
    low, high = wanted

    def passes(value: Any) -> bool | None:
        return low <= value <= high if _is_number(value) else None

    return passes


def _among(wanted: list[Any]) -> Callable[[Any], bool | None]:
    """Equal in value and in kind, so that 1 is never taken for yes."""
    kinds = {(isinstance(each, bool), each) for each in wanted}

    def passes(value: Any) -> bool | None:
        if isinstance(value, Mapping | list):
            return None
        return (isinstance(value, bool), value) in kinds

    return passes


def _dated(compare: Callable[[Any, Any], bool], wanted: date) -> Callable[[Any], bool | None]:
    limit = date.fromisoformat(wanted.isoformat()[:10])

    def passes(value: Any) -> bool | None:
        try:
            return compare(date.fromisoformat(str(value)[:10]), limit)
        except ValueError:
            return None

    return passes
