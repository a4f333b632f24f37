"""Scales as their files say them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from serein.clinical.rules import Called, Urgency
from serein.clinical.tables import ContentTable, Marked, Table, Words


def nearest(numerator: int, denominator: int) -> int:
    """The quotient to the nearest whole number, a half upwards.

    >>> nearest(27, 2), nearest(9, 2)
    (14, 5)
    """
    return (2 * numerator + denominator) // (2 * denominator)


class Answer(Table):
    """One answer and what it counts; `text` is empty where the wording is not ours to show.

    `loinc` is what other systems call the answer.
    """

    value: int
    text: str = ""
    loinc: str = ""


class Span(Table):
    """Whole numbers from the lowest to the highest answer, both included."""

    low: int
    high: int

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"from {self.low} to {self.high} holds no two answers")
        return self


class Item(Table):
    """One question; its own answers, or those of the whole scale."""

    id: Words
    text: str = ""
    loinc: str = ""
    answer: list[Answer] = Field(default_factory=list)
    span: Span | None = None
    is_reversed: bool = False
    is_scored: bool = True


class Band(Marked):
    """A stretch of totals and what it is called."""

    title: Words
    low: int
    high: int


class Flag(Marked):
    """An answer that must be seen, whatever the total; `ask` names a scale to ask next.

    With an `action` it calls a named person, as one that leads to another scale always does; an
    answer out of a file calls while it is no older than `recent_days`.
    """

    item: Words
    at_least: int
    text: Words
    ask: str = ""
    urgency: Urgency | None = None
    for_role: Called | Literal[""] = ""
    action: str = ""
    recent_days: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _calls_whole_or_not(self) -> Self:
        parts = (self.urgency, self.for_role, self.action, self.recent_days)
        if any((self.ask, *parts)) and not all(parts):
            raise ValueError("say whom it calls: urgency, for_role, action and recent_days")
        return self


class MissingRule(Marked):
    """How many items may be unanswered, and whether the total is then scaled up."""

    most: int
    prorate: bool


class Domain(Table):
    """Items of which only the highest answer counts."""

    id: Words
    items: list[Words] = Field(min_length=1)


class Subscale(Table):
    """A part of the scale with a sum of its own."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    title: Words
    items: list[Words] = Field(min_length=1)


class Skip(Table):
    """Questions that are not asked after this answer: skipped, not missing."""

    item: Words
    equals: int
    skips: list[Words] = Field(min_length=1)


class Level(Marked):
    """One step of a triage, highest first: reached by any of these answers."""

    title: Words
    any: list[tuple[Words, int]] = Field(min_length=1)
    urgency: Urgency | None = None
    action: str = ""
    shows_crisis_line: bool = False


class Shown(Marked):
    """The total as it is told: raw times `times`, or the share of its reach in percent."""

    times: int = 1
    percent_from: int | None = None
    percent_of: int | None = None


class Remission(Marked):
    """A threshold for remission, by its own name: there is never only one."""

    name: Words
    at_most: int


class Threshold(Marked):
    """A limit of the total that says something, by its own name."""

    name: Words
    at_least: int | None = None
    at_most: int | None = None

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if (self.at_least is None) is (self.at_most is None):
            raise ValueError("give at_least or at_most")
        return self


class Tally(Marked):
    """So many items at or above an answer say something, whatever the total; by its own name."""

    name: Words
    items: Annotated[int, Field(ge=1)]
    at_least: int


class Rise(Marked):
    """A total above this and above the one before the dose: what a state scale flags, by name."""

    name: Words
    above: int


class Relapse(Marked):
    """The total at which what was gained counts as lost."""

    total: int


class Crosswalk(Marked):
    """Which totals of another scale a total of this one stands for: total, lowest, highest."""

    to: Words
    rows: list[tuple[int, int, int]] = Field(min_length=1)


class Change(Marked):
    """A share or a difference of the total that means something."""

    percent: int | None = None
    points: int | None = None


class Case(Table):
    """A worked example that the loader runs."""

    name: Words
    answers: dict[str, int]
    total: int | None = None
    band: str | None = None
    flags: list[str] = Field(default_factory=list)
    subscales: dict[str, int | None] = Field(default_factory=dict)
    thresholds: dict[str, bool] = Field(default_factory=dict)
    equates: dict[str, tuple[int, int]] = Field(default_factory=dict)
    missing: int | None = None


class Instrument(ContentTable):
    """One scale in one version.

    `wording` is `embedded` where it is free to show, `structure` where a clinic loads its own
    licensed text, `licensed` once it did. `recall_days` is how far back it asks: 0 for the state at
    the moment, None where items differ. `either` groups questions of which one is answered and the
    others left out.
    """

    licence: Words
    wording: Literal["embedded", "structure", "licensed"] = "embedded"
    asked_of: Literal["patient", "clinician"] = "patient"
    recall_days: int | None = None
    stem: str = ""
    loinc: str = ""
    total_loinc: str = ""
    worse_is: Literal["higher", "lower"] = "higher"
    answer: list[Answer] = Field(default_factory=list)
    span: Span | None = None
    item: list[Item] = Field(min_length=1)
    domain: list[Domain] = Field(default_factory=list)
    subscale: list[Subscale] = Field(default_factory=list)
    skip: list[Skip] = Field(default_factory=list)
    either: list[list[Words]] = Field(default_factory=list)
    level: list[Level] = Field(default_factory=list)
    shown: Shown | None = None
    missing: MissingRule
    band: list[Band] = Field(default_factory=list)
    flag: list[Flag] = Field(default_factory=list)
    threshold: list[Threshold] = Field(default_factory=list)
    tally: list[Tally] = Field(default_factory=list)
    crosswalk: list[Crosswalk] = Field(default_factory=list)
    response: Change | None = None
    remission: list[Remission] = Field(default_factory=list)
    meaningful: Change | None = None
    relapse: Relapse | None = None
    rise: Rise | None = None
    case: list[Case] = Field(min_length=1)

    @property
    def fact(self) -> str:
        """The code under which its total is kept."""
        return f"{self.id}.total"

    def item_fact(self, number: int) -> str:
        """The code under which the answer to this question is kept; questions count from 1."""
        return f"{self.id}.item-{number}"

    def subscale_fact(self, subscale: str) -> str:
        """The code under which the sum of a subscale is kept."""
        return f"{self.id}.{subscale}"

    def values(self, item: Item) -> range | list[int]:
        """Every answer this question takes."""
        span = item.span or (None if item.answer else self.span)
        if span is not None:
            return range(span.low, span.high + 1)
        return [answer.value for answer in item.answer or self.answer]

    @property
    def reach(self) -> tuple[int, int]:
        """The lowest and the highest total as it is told."""
        units = self.counted
        low = sum(min(min(self.values(item)) for item in unit) for unit in units)
        high = sum(max(max(self.values(item)) for item in unit) for unit in units)
        return self.told(low), self.told(high)

    @property
    def counted(self) -> list[list[Item]]:
        """What the total adds up: each scored item, or the highest item of each domain."""
        by_id = {item.id: item for item in self.item}
        if self.domain:
            return [[by_id[name] for name in domain.items] for domain in self.domain]
        return [[item] for item in self.item if item.is_scored]

    def told(self, raw: int) -> int:
        """The total as it is told, out of the sum of the answers."""
        if self.shown is None:
            return raw
        if self.shown.percent_of is not None:
            return nearest(100 * (raw - (self.shown.percent_from or 0)), self.shown.percent_of)
        return raw * self.shown.times

    @model_validator(mode="after")
    def _is_not_licensed(self) -> Self:
        if self.wording == "licensed":
            raise ValueError("says 'embedded' or 'structure'; licensed text is a file apart")
        return self

    @model_validator(mode="after")
    def _has_answers(self) -> Self:
        for item in self.item:
            if not len(self.values(item)):
                raise ValueError(f"item {item.id} has no answers; give the scale or the item some")
            if self.wording == "embedded" and not item.text:
                raise ValueError(f"item {item.id} has no text; say wording = 'structure'")
            if self.wording == "structure" and item.text:
                raise ValueError(f"item {item.id} has text, yet its wording is not ours to show")
        return self

    @model_validator(mode="after")
    def _names_its_items(self) -> Self:
        known = {item.id for item in self.item}
        named = [
            *(item for domain in self.domain for item in domain.items),
            *(item for part in self.subscale for item in part.items),
            *(item for skip in self.skip for item in (skip.item, *skip.skips)),
            *(item for group in self.either for item in group),
            *(item for level in self.level for item, _ in level.any),
            *(flag.item for flag in self.flag),
        ]
        for item in named:
            if item not in known:
                raise ValueError(f"there is no item '{item}'")
        return self

    @model_validator(mode="after")
    def _bands_cover(self) -> Self:
        if not self.band:
            return self
        low, high = self.reach
        for total in range(low, high + 1):
            fitting = [band for band in self.band if band.low <= total <= band.high]
            if len(fitting) != 1:
                raise ValueError(f"the total {total} lies in {len(fitting)} bands, not in one")
        return self
