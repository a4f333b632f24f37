"""A content file as a clinician reads it, whatever its kind: sections of rules in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from serein.clinical.content_rows import MARKS, Mark, Row, mark_of, row_of
from serein.clinical.content_words import (
    Said,
    Terms,
    gettext_noop,
    label,
    reads_as_criterion,
    said_of,
    told,
)
from serein.clinical.criteria import Source

_ = gettext_noop

# Letters of a value with its unit; what is longer is a sentence and stands in the row itself.
LONGEST_NUMBER = 40

_APART = frozenset(("case", "source", "scene"))
# What stands in the title of the page already.
_HEAD = frozenset(("id", "kind", "version", "title", "effective", "jurisdiction"))
_TITLES = {
    "aftercare": _("What goes home"),
    "agent": _("What may be added"),
    "alert": _("Whom to call, and when"),
    "answer": _("Answers"),
    "arm": _("Groups"),
    "ask": _("Questions"),
    "ask_group": _("What is asked before"),
    "augmentation": _("Adding a second medicine"),
    "band": _("What a total is called"),
    "begins": _("From when"),
    "case": _("Worked cases"),
    "caution": _("Cautions"),
    "check": _("What is due, and when"),
    "choice": _("Answers to choose from"),
    "class": _("Classes"),
    "country": _("Countries"),
    "creep": _("A dose that creeps up"),
    "criterion": _("Criteria"),
    "crosswalk": _("Totals of another scale"),
    "danger": _("Danger signs"),
    "deadline": _("What is owed, and by when"),
    "decision": _("When somebody must decide"),
    "devices": _("Devices"),
    "distinct": _("What counts as another trial"),
    "domain": _("Only the highest counts"),
    "dose": _("Doses that may be ordered"),
    "doubt": _("A daily dose that is asked about again"),
    "drug": _("Medicines"),
    "due": _("When it is due"),
    "ending": _("Endings that are no release"),
    "ends": _("Until when"),
    "episode": _("Which episode"),
    "escalation": _("Whom to call, and when"),
    "event": _("What sets a duty off"),
    "fact": _("Facts"),
    "fields": _("What is written down"),
    "flag": _("Answers that must be seen"),
    "follow": _("What must follow"),
    "gate": _("Before each dose"),
    "grade": _("Grades"),
    "holiday": _("Holidays"),
    "improvement": _("How much better"),
    "in_force": _("How long it holds"),
    "indication": _("What it is given for"),
    "infusion": _("Infusion"),
    "intolerance": _("Stopped for side effects"),
    "item": _("Questions"),
    "judged": _("Judged by the scores"),
    "level": _("Triage, highest first"),
    "limit": _("Limits"),
    "limits": _("Limits of one dose"),
    "line": _("Lines to call"),
    "look_back": _("How far back"),
    "loss": _("An effect that was lost"),
    "meaningful": _("A change that means something"),
    "missed": _("After a missed visit"),
    "missing": _("Questions left out"),
    "not_counted": _("Not counted"),
    "note": _("Notes"),
    "observe": _("Observation"),
    "observed": _("A holiday on a weekend"),
    "outcome": _("How it went"),
    "overdue": _("When nobody did it in time"),
    "partial": _("Partial response"),
    "payer": _("Payers"),
    "phase": _("The course"),
    "product": _("Products"),
    "rate": _("How often"),
    "reach": _("How far back it reaches"),
    "recall": _("Asked back over"),
    "record": _("What is entered late, or taken back"),
    "relapse": _("Relapse"),
    "release": _("Before leaving"),
    "remark": _("Remarks"),
    "remission": _("Remission"),
    "rereading": _("When it is read again"),
    "response": _("Response"),
    "result": _("Results"),
    "rise": _("A rise"),
    "row": _("Codes"),
    "scale": _("What is observed"),
    "scene": _("Scenes that the cases begin with"),
    "second_check": _("The second check of an infusion"),
    "setting": _("Settings"),
    "shown": _("Shown beside it"),
    "skip": _("Questions not asked"),
    "staff": _("Who must be there"),
    "stale": _("When a reading is old"),
    "standing": _("What always holds"),
    "statement": _("Statements"),
    "stopping": _("When it is stopped"),
    "study": _("Studies"),
    "subscale": _("Parts with a sum of their own"),
    "tally": _("Counted items"),
    "threshold": _("Lines on the chart"),
    "trial": _("Trials"),
    "until": _("Until when"),
    "versus": _("Against"),
    "wait": _("How long before the dose"),
    "warning": _("Warnings"),
    "way": _("Ways to count"),
    "weeks": _("Weeks"),
    "worse": _("Worse"),
}
# Tables whose values make sense only together: the keys of a sentence, and how it is said.
_SENTENCES: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "limits": (
        (
            ("soft_mg_per_kg", "soft_mg"),
            "Above {} of body weight, or above {} in all, a dose needs the prescriber's reason.",
        ),
        (
            ("hard_mg_per_kg", "hard_mg"),
            "Above {} of body weight, or above {} in all, no dose is given, whatever the reason.",
        ),
        (("weight_days",), "The weight that a dose is reckoned from is at most {} old."),
        (("ask_times",), "An order {} the dose before, or that much less, is asked about."),
        (("ask_weight_percent",), "A weight {} away from the last one is asked about."),
    ),
    "second_check": (
        (("weight_kg",), "The second person's weight may lie {} from the first one's."),
        (("rate_percent",), "The second person's rate may lie {} from the first one's."),
    ),
    "missed": ((("keep",), "{}."), (("back",), "{}.")),
    "record": (
        (("late_min",), "Entered {} after it happened, or later, it is marked and asks why."),
        (("before_seating_min",), "What was done may lie {} before the seating was entered."),
        (("reopen_hours",), "An end that was recorded by mistake is taken back within {}."),
        (
            ("unread_seconds",),
            "A reading stored in the {} before an alert is closed opens it anew.",
        ),
    ),
}


class Told(NamedTuple):
    """One value of a row, with its label."""

    label: str
    words: str


class Asked(NamedTuple):
    """One criterion of a row, with its label."""

    label: str
    said: Said


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it is read: what it is about, what it says and asks, its values, its ground."""

    key: str
    title: str
    mark: Mark
    source: Source | None
    asked: tuple[Asked, ...]
    values: tuple[Told, ...]
    inside: tuple[Section, ...]
    sentences: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Where on the page it stands."""
        return self.key.replace(".", "-").replace(" ", "-")

    @property
    def summary(self) -> str:
        """The row in one line: what it is about, and its numbers."""
        numbers = [one for one in self.values if any(map(str.isdigit, one.words))]
        told = [f"{one.label} {one.words}" for one in numbers if len(one.words) <= LONGEST_NUMBER]
        said = self.title or next(iter(self.sentences), "") or self.key
        return " · ".join((said, *told))

    @property
    def is_short(self) -> bool:
        """Whether it fits in one line of a list."""
        return not (self.mark or self.asked or self.inside or self.sentences)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one sort, under a title."""

    name: str
    title: str
    entries: tuple[Entry, ...]

    @property
    def is_short(self) -> bool:
        """Whether each of its rows fits in one line."""
        return all(entry.is_short for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file as it is read."""

    about: tuple[Told, ...]
    sections: tuple[Section, ...]
    scenes: tuple[Section, ...]
    cases: tuple[Entry, ...]
    sources: tuple[Source, ...]

    @property
    def to_confirm(self) -> list[Entry]:
        """Every row that is recalled or policy, in the file's order."""
        found = (each for section in self.sections for each in _all_of(section))
        return [entry for entry in found if entry.mark in ("unchecked", "policy")]


def section_title(name: str) -> str:
    """What a part of a file is called, by its name there."""
    return _TITLES.get(name) or _title(name)


def read(raw: Mapping[str, Any], *, terms: Terms) -> Reading:
    """A content file as a clinician reads it.

    Args:
        raw: The file as its TOML was read.
        terms: How each fact is called and measured.
    """
    reader = _Reader(terms, {str(row["id"]): _source(row) for row in _listed(raw, "source")})
    whole = row_of({name: value for name, value in raw.items() if name not in _APART})
    cases = row_of({"case": _listed(raw, "case")})
    return Reading(
        about=tuple(reader.values(whole, without=_HEAD)),
        sections=tuple(reader.sections(whole)),
        scenes=tuple(reader.sections(row_of(dict(raw.get("scene", {}))))),
        cases=tuple(map(reader.case, cases.rows("case"))),
        sources=tuple(reader.sources.values()),
    )


def _listed(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = raw.get(name, [])
    return listed if isinstance(listed, list) else []


def _source(row: Mapping[str, Any]) -> Source:
    return Source(
        str(row.get("title", "")), row.get("section", ""), row.get("url", ""), row.get("read")
    )


def _all_of(section: Section) -> Iterator[Entry]:
    for entry in section.entries:
        yield entry
        for inner in entry.inside:
            yield from _all_of(inner)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The facts and the sources that a file speaks of."""

    terms: Terms
    sources: Mapping[str, Source]

    def sections(self, row: Row) -> Iterator[Section]:
        """The rows inside a row, by the word they stand under, in the file's order."""
        for name in row.within:
            rows = row.rows(name)
            entries = tuple(self.entry(each) for each in rows)
            yield Section(name, section_title(name), entries)

    def entry(self, row: Row) -> Entry:
        """One row as it is read."""
        title = row.title(self.terms) or str(row.raw.get("id", ""))
        named = row.raw.get("source")
        source = self.sources.get(named) if isinstance(named, str) else None
        asked = [Asked(_asked_label(row, name), said) for name, said in self._asked(row)]
        spoken = _spoken(row)
        in_sentences = {key for keys, _words in spoken for key in keys}
        without = {"id", row.title_word, "code" if title else "", *MARKS, *in_sentences}
        return Entry(
            row.key,
            title,
            mark_of(row.raw),
            source,
            tuple(asked),
            tuple(self.values(row, without=without)),
            tuple(self.sections(row)),
            tuple(self._sentence(row, keys, words) for keys, words in spoken),
        )

    def _sentence(self, row: Row, keys: tuple[str, ...], words: str) -> str:
        return words.format(*(told(key, row.values[key], terms=self.terms) for key in keys))

    def case(self, row: Row) -> Entry:
        """A worked case: what is given and what must come of it, each in one line."""
        values = [
            Told(what, told(name, value, terms=self.terms))
            for what, name, value in _expected(row.raw)
        ]
        title = str(row.raw.get("name", ""))
        return Entry(row.key, title, "", None, (), tuple(values), ())

    def values(self, row: Row, *, without: frozenset[str] | set[str]) -> Iterator[Told]:
        """What a row says beside its criteria."""
        for name, value in row.values.items():
            if name in without or self._said(value) is not None:
                continue
            what = ": ".join(label(part) for part in name.split("."))
            yield Told(what, told(name.rpartition(".")[2], value, terms=self.terms))

    def _asked(self, row: Row) -> Iterator[tuple[str, Said]]:
        for name, value in row.values.items():
            if (said := self._said(value)) is not None:
                yield name, said

    def _said(self, value: Any) -> Said | None:
        return said_of(value, terms=self.terms) if reads_as_criterion(value) else None


def _spoken(row: Row) -> list[tuple[tuple[str, ...], str]]:
    """The sentences that a row says, with the keys of each; none of which a part is not there."""
    name = row.key.partition(".")[0]
    return [
        (keys, words)
        for keys, words in _SENTENCES.get(name, ())
        if all(key in row.values for key in keys)
    ]


def _asked_label(row: Row, name: str) -> str:
    """What a criterion is called: one that has a word of its own in a table, by that."""
    return label("missed.worse") if (row.key, name) == ("missed", "worse") else label(name)


def _expected(case: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Each part of a case with its label; what it expects of each sort of rule by itself."""
    for name, value in case.items():
        if isinstance(value, Mapping) and any(isinstance(each, Mapping) for each in value.values()):
            for part, inner in value.items():
                yield f"{label(name)}: {label(part).lower()}", part, inner
        elif name != "name":
            yield label(name), name, value


def _title(name: str) -> str:
    return ": ".join(label(part) for part in name.split("."))
