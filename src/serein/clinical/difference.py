"""What differs between two versions of a content file, as a medical director reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from serein.clinical.content_reading import section_title
from serein.clinical.content_rows import (
    MARKS,
    Mark,
    Row,
    identity,
    inside,
    row_of,
)
from serein.clinical.content_words import (
    Terms,
    joined,
    label,
    limits,
    reads_as_criterion,
    said,
    told,
)
from serein.clinical.criteria import Criterion
from serein.clinical.errors import ContentError
from serein.clinical.vocabulary import Place, criterion

How = Literal["added", "removed", "changed"]
NOT_SET = "not set"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_MARK = "How far confirmed"
# What nobody is treated by: where it was read, and how it is tried out.
_BESIDE = frozenset(("source", "case", "scene"))
_HEAD = frozenset(("id", "kind", "version"))
_WORDING = frozenset(
    (
        *("text", "title", "product_title", "help", "note", "means", "stem", "licence"),
        *("effective", "section", "url", "read", "name", "loinc", "total_loinc"),
        *MARKS,
    )
)
_MARK_WORDS: Mapping[Mark, str] = {
    "checked": "checked against its source",
    "unchecked": "recalled, not checked",
    "policy": "clinic policy",
    "": NOT_SET,
}


class Value(NamedTuple):
    """One value that differs, in words; None on the side that does not have it."""

    what: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Both sides in one sentence."""
        if self.before is None:
            return f"{self.what}: now {self.after}"
        if self.after is None:
            return f"{self.what}: no longer {self.before}"
        return f"{self.what}: {self.before} is now {self.after}"


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is new, gone or different, and whether a patient is treated by what differs."""

    key: str
    title: str
    how: How
    treats: bool
    mark: Mark
    values: tuple[Value, ...]

    @property
    def heading(self) -> str:
        """The row, and what became of it."""
        said_of = {"added": "New: ", "removed": "No longer: ", "changed": ""}
        return said_of[self.how] + self.name

    @property
    def name(self) -> str:
        """What the row is about, or what it is called in the file."""
        if self.title or not self.key:
            return self.title or "The file itself"
        return label(self.key.replace(".", " "))

    @property
    def part(self) -> str:
        """The part of the file in which it stands; empty for the file itself and its own parts."""
        name, _, rest = self.key.partition(".")
        return section_title(name) if rest else ""

    @property
    def lines(self) -> list[str]:
        """What differs, a sentence a value; of a row that is new or gone, what it says."""
        if self.how == "changed":
            return [str(value) for value in self.values]
        return [f"{value.what}: {value.before or value.after}" for value in self.values]


class _Told(NamedTuple):
    """A value as it is compared, and as it is told."""

    raw: Any
    words: str
    is_wording: bool


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any], *, terms: Terms
) -> list[Change]:
    """Every row that differs between two versions of a file; what treats a patient comes first.

    Args:
        before: The file as its TOML was read.
        after: The other version.
        terms: How each fact is called and measured.
    """
    pair = _Pair(terms, _sources(before), _sources(after))
    changes = list(pair.compared(row_of(before), row_of(after)))
    return sorted(changes, key=lambda change: not change.treats)


def _sources(raw: Mapping[str, Any]) -> dict[str, str]:
    listed = raw.get("source")
    rows = listed if isinstance(listed, list) else []
    return {str(row.get("id")): str(row.get("title")) for row in rows if isinstance(row, Mapping)}


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two versions of one file, and the words to tell their difference in."""

    terms: Terms
    sources_before: Mapping[str, str]
    sources_after: Mapping[str, str]

    def compared(self, old: Row, new: Row) -> Iterator[Change]:
        """What differs in a row that both versions have, and in the rows inside it."""
        before, after = (
            self._values(old, self.sources_before),
            self._values(new, self.sources_after),
        )
        differing = [
            what
            for what in dict.fromkeys((*before, *after))
            if _raw(before.get(what)) != _raw(after.get(what))
        ]
        if differing:
            values = tuple(_value(what, before.get(what), after.get(what)) for what in differing)
            told_by = [each for what in differing for each in (before.get(what), after.get(what))]
            treats = any(each is not None and not each.is_wording for each in told_by)
            is_counted = any(
                _counts_otherwise(before.get(w), after.get(w)) for w in _said(differing)
            )
            yield self._change(new, "changed", values, treats=treats or is_counted)
        for name in dict.fromkeys((*old.within, *new.within)):
            yield from self._inside(old, new, name)

    def _inside(self, old: Row, new: Row, name: str) -> Iterator[Change]:
        before, after = old.rows(name), new.rows(name)
        is_table = isinstance(new.within.get(name, old.within.get(name)), Mapping)
        for one, other in _side_by_side(before, after) if is_table else _paired(before, after):
            yield from self._either(one, other)
        change = None if is_table else self._reordered(before, after, key=inside(new.key, name))
        if change is not None:
            yield change

    def _either(self, old: Row | None, new: Row | None) -> Iterator[Change]:
        if old is not None and new is not None:
            yield from self.compared(old, new)
        elif new is not None:
            yield from self._whole(new, "added")
        else:
            assert old is not None, "a pair has at least one side"
            yield from self._whole(old, "removed")

    def _whole(self, row: Row, how: How) -> Iterator[Change]:
        """A row that one version alone has, and the rows inside it."""
        is_new = how == "added"
        found = self._values(row, self.sources_after if is_new else self.sources_before)
        # What the title says is not said again.
        said_already = {
            _MARK,
            label(row.title_word),
            label("code") if row.title(self.terms) else "",
        }
        values = tuple(
            Value(what, None if is_new else each.words, each.words if is_new else None)
            for what, each in found.items()
            if what not in said_already
        )
        yield self._change(row, how, values, treats=True)
        for name in row.within:
            for each in row.rows(name):
                yield from self._whole(each, how)

    def _reordered(self, before: Sequence[Row], after: Sequence[Row], *, key: str) -> Change | None:
        """The same rows in another order: questions and phases are counted by it."""
        old, new = ([identity(row) for row in rows] for rows in (before, after))
        if old == new or sorted(old) != sorted(new):
            return None
        value = Value("Order", *(self._in_order(rows) for rows in (before, after)))
        treats = key.partition(".")[0] not in _BESIDE
        return Change(
            key,
            f"The order of {label(key.rpartition('.')[2]).lower()}",
            "changed",
            treats,
            "",
            (value,),
        )

    def _in_order(self, rows: Sequence[Row]) -> str:
        return ", ".join(row.title(self.terms) or str(identity(row)[1]) for row in rows)

    def _change(self, row: Row, how: How, values: tuple[Value, ...], *, treats: bool) -> Change:
        is_beside = row.key.partition(".")[0] in _BESIDE
        title = row.title(self.terms) if row.key else ""
        return Change(row.key, title, how, treats and not is_beside, row.mark, values)

    def _values(self, row: Row, sources: Mapping[str, str]) -> dict[str, _Told]:
        """What a row says, by label."""
        found: dict[str, _Told] = {}
        for name, value in row.values.items():
            if name in ("id", "checked", "policy") or (not row.key and name in _HEAD):
                continue
            found.update(self._told(name, value, row=row, sources=sources))
        if row.key and row.mark:
            found[_MARK] = _Told(row.mark, _MARK_WORDS[row.mark], is_wording=True)
        return found

    def _told(
        self, name: str, value: Any, *, row: Row, sources: Mapping[str, str]
    ) -> dict[str, _Told]:
        what = ": ".join(label(part) for part in name.split("."))
        asked = self._criterion(value)
        if asked is not None:
            return _limits(what, asked, raw=value)
        if name == "source":
            return {what: _Told(value, sources.get(str(value), str(value)), is_wording=True)}
        word = name.rpartition(".")[2]
        words = told(word, value, terms=self.terms)
        is_wording = word in _WORDING and not (word == "text" and _is_followed(row))
        return {what: _Told(_exact(value), words, is_wording)}

    def _criterion(self, value: Any) -> Criterion | None:
        if not reads_as_criterion(value):
            return None
        try:
            return criterion(value, terms=self.terms, place=Place("", ""))
        except ContentError:
            return None


def _limits(what: str, asked: Criterion, *, raw: Any) -> dict[str, _Told]:
    """Each comparison by its fact, and how they join; the whole when a fact stands there twice."""
    found = list(limits(asked))
    if len({limit.what for limit in found}) < len(found):
        return {what: _Told(raw, str(said(asked)), is_wording=False)}
    prefix = "" if what == label("when") else f"{what}: "
    told_apart: dict[str, _Told] = {}
    for limit in found:
        told_apart[prefix + limit.what] = _rule(limit.asked)
        if limit.recent:
            told_apart[f"{prefix}{limit.what}, how recent"] = _rule(limit.recent)
    if joint := joined(asked):
        told_apart[f"{prefix}How these join"] = _rule(joint)
    return told_apart


def _rule(words: str) -> _Told:
    return _Told(words, words, is_wording=False)


def _is_followed(row: Row) -> bool:
    """Whether the text is the rule itself: no criterion judges it, a person goes by its words."""
    return not any(map(reads_as_criterion, row.values.values())) and not row.within


def _said(differing: Iterable[str]) -> Iterator[str]:
    return (what for what in differing if what.endswith(label("text")))


def _counts_otherwise(before: _Told | None, after: _Told | None) -> bool:
    """Whether a sentence names another number than it did."""
    told = [_NUMBER.findall(each.words) if each else [] for each in (before, after)]
    return told[0] != told[1]


def _exact(value: Any) -> Any:
    """A value that equals no value of another kind: to Python, yes is 1."""
    if isinstance(value, Mapping):
        return {name: _exact(inner) for name, inner in value.items()}
    return [_exact(each) for each in value] if isinstance(value, list) else (type(value), value)


def _raw(value: _Told | None) -> Any:
    return None if value is None else value.raw


def _value(what: str, before: _Told | None, after: _Told | None) -> Value:
    words = [each.words if each is not None else None for each in (before, after)]
    if before is not None and after is not None and words[0] == words[1]:
        # Two values that read alike, such as 2 and 2.0, or two readings of one source.
        words = [_plain(each.raw) for each in (before, after)]
    return Value(what, *words)


def _plain(raw: Any) -> str:
    """A value as it is written in the file, without what keeps kinds apart."""
    return str(raw[1] if isinstance(raw, tuple) else raw)


def _paired(before: list[Row], after: list[Row]) -> list[tuple[Row | None, Row | None]]:
    """Rows of one identity beside each other; among several, those that are alike first."""
    pairs: list[tuple[Row | None, Row | None]] = []
    for name in dict.fromkeys(map(identity, (*after, *before))):
        old = [row for row in before if identity(row) == name]
        new = [row for row in after if identity(row) == name]
        for row in list(new):
            same = next((each for each in old if _exact(each.raw) == _exact(row.raw)), None)
            if same is not None:
                old.remove(same)
                new.remove(row)
        pairs += _side_by_side(old, new)
    return pairs


def _side_by_side(old: list[Row], new: list[Row]) -> list[tuple[Row | None, Row | None]]:
    return list(zip_longest(old, new))
