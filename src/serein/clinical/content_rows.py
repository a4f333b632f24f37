"""The tables of a content file as rows: what one is called, what marks it, what stands inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from serein.clinical.content_file import row_name
from serein.clinical.content_words import Terms, reads_as_criterion, title_of

Mark = Literal["checked", "unchecked", "policy", ""]
MARKS = frozenset(("source", "checked", "policy"))
# What a row is recognized by in another version of its file: the first of these that it has.
_IDENTITY = ("id", "name", "code", "title", "value", "first_session", "text")
_TITLES = ("text", "title", "name", "measure")


@dataclass(frozen=True)
class Row:
    """One table of a file, apart from the tables inside it.

    `values` holds what it says itself, by key; a table without marks of its own gives its values
    to the row around it. `within` holds the others, and the lists of tables, by the word they
    stand under.
    """

    key: str
    raw: Mapping[str, Any]
    mark: Mark
    values: Mapping[str, Any] = field(default_factory=dict)
    within: Mapping[str, Any] = field(default_factory=dict)

    def rows(self, name: str) -> list[Row]:
        """The rows that stand inside this one under a word; none when there are none."""
        inner, place = self.within.get(name, []), inside(self.key, name)
        if isinstance(inner, Mapping):
            return [row_of(inner, key=place, around=self.mark)]
        return [
            row_of(each, key=f"{place}.{row_name(each, number)}", around=self.mark)
            for number, each in enumerate(inner, start=1)
        ]

    def title(self, terms: Terms) -> str:
        """What the row is about: its own words, the fact it names, or for a limit both."""
        own = str(self.raw.get(self.title_word, ""))
        code = str(self.raw.get("code", ""))
        fact = title_of(code, terms=terms) if code and (not own or "value" in self.raw) else ""
        return ": ".join(part for part in (fact, own) if part)

    @property
    def title_word(self) -> str:
        """The word under which the row says what it is about; empty when it does not."""
        return next((word for word in _TITLES if self.raw.get(word)), "")


def row_of(raw: Mapping[str, Any], *, key: str = "", around: Mark = "") -> Row:
    """The row of a table; one without a mark stands under the mark of the row around it."""
    values: dict[str, Any] = {}
    below: dict[str, Any] = {}
    for name, inner in _spread(raw):
        is_table = isinstance(inner, Mapping) and not reads_as_criterion(inner)
        holder = below if is_table or _is_list_of_tables(inner) else values
        holder[name] = inner
    return Row(key, raw, mark_of(raw) or around, values, below)


def _spread(raw: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in raw.items():
        key = f"{within}.{name}" if within else name
        is_plain = isinstance(inner, Mapping) and not reads_as_criterion(inner)
        if is_plain and not MARKS & inner.keys():
            yield from _spread(inner, key)
        else:
            yield key, inner


def _is_list_of_tables(inner: Any) -> bool:
    return isinstance(inner, list) and any(isinstance(each, Mapping) for each in inner)


def mark_of(raw: Mapping[str, Any]) -> Mark:
    """How far a table is confirmed; empty when it makes no claim."""
    if raw.get("policy"):
        return "policy"
    if raw.get("checked"):
        return "checked"
    return "unchecked" if MARKS & raw.keys() and not isinstance(raw.get("source"), list) else ""


def inside(key: str, name: str) -> str:
    """The key of a word inside a table; the file itself has none."""
    return f"{key}.{name}" if key else name


def identity(row: Row) -> tuple[str, str]:
    """What a row is recognized by; two rows may share it."""
    return next(
        ((word, str(row.raw[word])) for word in _IDENTITY if word in row.raw),
        ("", ""),
    )
