"""How far a depression has resisted treatment: points for a few questions, a total, a band."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from serein.clinical.content_file import Draft
from serein.clinical.criteria import Derived, Range, Source
from serein.clinical.derive import NEVER
from serein.clinical.dictionary import CodeEntry, Dictionary
from serein.clinical.errors import ContentError
from serein.clinical.facts import Chart, Fact
from serein.clinical.shelf import Shelf
from serein.clinical.tables import ContentId, ContentTable, Marked, Table, Words
from serein.clinical.trial_tables import RuleSet
from serein.clinical.trials import FAILED, failed, weigh
from serein.clinical.vocabulary import nearest

KIND = "staging"
AUGMENTATION = "treatment.augmentation"
Points = Annotated[int, Field(ge=0)]


class GradeTable(Table):
    """The points of one answer, or of every number up to one; without either, of all the rest."""

    points: Points
    at_most: float | None = None
    equals: bool | str | None = None

    def takes(self, value: float | str | bool) -> bool:  # noqa: FBT001  an answer of yes or no
        """Whether this answer gets these points."""
        if self.equals is not None:
            return self.equals == value
        return self.at_most is None or (not isinstance(value, str) and value <= self.at_most)


class ItemTable(Marked):
    """One question: which fact answers it, and the points of each answer."""

    id: ContentId
    title: Words
    reads: Words
    begins_at: int = 0
    grade: Annotated[list[GradeTable], Field(min_length=2)]


class BandTable(Marked):
    """A stretch of totals with its name."""

    title: Words
    low: Points
    high: Points


class StageCase(Table):
    """A worked example: answers by their code, and the total or the ends it lies between."""

    name: Words
    given: dict[str, Any]
    total: int | None = None
    between: list[int] = Field(default_factory=list)
    band: str | None = None
    missing: list[str] = Field(default_factory=list)


class Staging(ContentTable):
    """A method of staging: its questions, its bands and its worked cases."""

    item: Annotated[list[ItemTable], Field(min_length=1)]
    band: Annotated[list[BandTable], Field(min_length=1)]
    case: Annotated[list[StageCase], Field(min_length=1)]

    @model_validator(mode="after")
    def _bands_reach_every_total(self) -> Self:
        lows = sum(min(grade.points for grade in item.grade) for item in self.item)
        highs = sum(max(grade.points for grade in item.grade) for item in self.item)
        named = [total for band in self.band for total in range(band.low, band.high + 1)]
        if named != list(range(lows, highs + 1)):
            raise ValueError(f"the bands name each total from {lows} to {highs} once, in order")
        return self


@dataclass(frozen=True, slots=True)
class Graded:
    """One question with its points: two ends while the answer is open.

    `is_staged` is False when the answer lies before the method begins, None when it may.
    """

    id: str
    title: str
    value: Any
    low: int
    high: int
    is_staged: bool | None
    missing: tuple[str, ...]
    evidence: tuple[Fact, ...]
    source: Source
    checked: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """The total with its band; None while the answers leave it open, with what is missing."""

    method: str
    version: int
    total: int | None
    band: str | None
    low: int | None
    high: int | None
    missing: tuple[str, ...]
    why: str
    items: tuple[Graded, ...]


def staged(method: Staging, facts: Iterable[Fact], *, rules: RuleSet, now: datetime) -> Stage:
    """The stage of a patient at this moment, failed trials counted by these rules."""
    chart = Chart.of(facts, now=now)
    answers = {item.reads: _answer(chart, item.reads, now=now) for item in method.item}
    answers[FAILED] = failed(rules, chart.facts, now=now)
    if added := _augmented(chart, rules, now=now):
        answers[AUGMENTATION] = Derived(value=True, at=now, evidence=added)
    return stage(method, answers)


def _answer(chart: Chart, code: str, *, now: datetime) -> Derived:
    fact = chart.latest(code)
    if fact is None:
        return Derived(None, now, (), (code,))
    return Derived(fact.value, fact.effective_at, (fact,))


def _augmented(chart: Chart, rules: RuleSet, *, now: datetime) -> tuple[Fact, ...]:
    """Augmentations of this episode on file: they show that one was tried, whatever is said."""
    kept = ("current", None) if rules.rules.episode.unsaid == "current" else ("current",)
    return tuple(
        one.fact
        for one in weigh(rules, chart.facts, now=now)
        if one.is_augmentation and one.episode in kept
    )


def stage(method: Staging, answers: Mapping[str, Derived]) -> Stage:
    """The total of these answers, by the code each is read from."""
    items = tuple(_graded(item, method, answers[item.reads]) for item in method.item)
    staging = [item.is_staged for item in items]
    missing = tuple(code for item in items for code in item.missing)
    if False in staging:
        return Stage(method.id, method.version, None, None, None, None, missing, _why(items), items)
    low, high = sum(item.low for item in items), sum(item.high for item in items)
    is_sure = None not in staging
    bands = {band.title for band in method.band if band.low <= high and band.high >= low}
    return Stage(
        method=method.id,
        version=method.version,
        total=low if is_sure and low == high else None,
        band=bands.pop() if is_sure and len(bands) == 1 else None,
        low=low,
        high=high,
        missing=missing,
        why=_why(items),
        items=items,
    )


def _graded(item: ItemTable, method: Staging, answer: Derived) -> Graded:
    numbers: list[Any] = [answer.value]
    if isinstance(answer.value, Range):
        numbers = list(range(answer.value.low, answer.value.high + 1))
    is_before = [_is_before(item, number) for number in numbers]
    points = [grade.points for grade in item.grade]
    if answer.value is not None and not all(is_before):
        points = [
            next(grade.points for grade in item.grade if grade.takes(number))
            for number, before in zip(numbers, is_before, strict=True)
            if not before
        ]
    is_open = not all(is_before) and (any(is_before) or min(points) != max(points))
    return Graded(
        id=item.id,
        title=item.title,
        value=answer.value,
        low=min(points),
        high=max(points),
        is_staged=False if all(is_before) else None if any(is_before) else True,
        missing=answer.missing or ((item.reads,) if is_open else ()),
        evidence=answer.evidence,
        source=method.source_of(item),
        checked=item.checked,
    )


def _is_before(item: ItemTable, value: Any) -> bool:
    """Whether an answer lies before the method begins; one that is not known does not."""
    return isinstance(value, int | float) and value < item.begins_at


def _why(items: Iterable[Graded]) -> str:
    return "; ".join(
        f"{item.title}: the method begins later"
        if item.is_staged is False
        else f"{item.title}: {item.low}"
        if item.low == item.high
        else f"{item.title}: {item.low} to {item.high}"
        for item in items
    )


def staging(draft: Draft, on: Shelf) -> tuple[Staging, list[tuple[str, str]]]:
    """The method of a file, with its worked cases run."""
    method = Staging.of(draft.raw)
    for item in method.item:
        if wrong := _unanswerable(item, on.dictionary):
            raise ContentError(wrong, file=draft.file, key=f"item.{item.id}")
    return method, [(case.name, why) for case in method.case for why in _failures(method, case)]


def _unanswerable(item: ItemTable, dictionary: Dictionary) -> str:
    """Which answers of its fact a question gives no points; empty when all get some."""
    entry: CodeEntry | None = dictionary.entries.get(item.reads)
    if entry is None and item.reads != FAILED:
        return f"unknown fact '{item.reads}'{nearest(item.reads, tuple(dictionary.entries))}"
    answers: list[Any] = [float("inf")]
    if entry is not None and entry.type in ("choice", "boolean"):
        answers = [*entry.choices] or [True, False]
    lost = [each for each in answers if not any(grade.takes(each) for grade in item.grade)]
    return f"gives no points to {', '.join(map(str, lost))}" if lost else ""


def _failures(method: Staging, case: StageCase) -> Iterator[str]:
    at = NEVER
    given = {code: Range(*v) if isinstance(v, list) else v for code, v in case.given.items()}
    reads = [item.reads for item in method.item]
    answers = {
        code: Derived(given.get(code), at, (), () if code in given else (code,)) for code in reads
    }
    found = stage(method, answers)
    ends = [] if found.low is None else [found.low, found.high]
    expected = case.between if case.total is None else [case.total, case.total]
    if (found.total, ends) != (case.total, expected):
        yield f"gives the total {found.total}, between {ends}"
    if found.band != case.band:
        yield f"gives the band {found.band}"
    if list(found.missing) != case.missing:
        yield f"misses {list(found.missing)}"
