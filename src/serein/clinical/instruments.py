"""Scales and what the nurse observes: read from their files, scored by their own rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serein.clinical.errors import InputError

Words = Annotated[str, Field(min_length=1)]


class InstrumentTable(BaseModel):
    """A table of the file: nothing in it that is not expected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InstrumentSource(InstrumentTable):
    """Where something was read."""

    id: Words
    title: Words
    section: str = ""
    url: str = ""
    read: date


class Marked(InstrumentTable):
    """A number with its source, or the clinic's own policy."""

    source: str | None = None
    checked: bool = False
    policy: bool = False

    @model_validator(mode="after")
    def _has_ground(self) -> Self:
        if self.source is None and not self.policy:
            raise ValueError("names no source; give source = '...' or policy = true")
        return self


class Answer(InstrumentTable):
    """One answer and what it counts."""

    value: int
    text: Words


class Item(InstrumentTable):
    """One question."""

    id: Words
    text: Words
    is_reversed: bool = False


class Band(Marked):
    """A stretch of totals and what it is called."""

    title: Words
    low: int
    high: int


class Flag(Marked):
    """An answer that must be seen, whatever the total."""

    item: Words
    at_least: int
    text: Words


class MissingRule(Marked):
    """How many items may be unanswered, and whether the total is then scaled up."""

    most: int
    prorate: bool


class Case(InstrumentTable):
    """A worked example that the loader runs."""

    name: Words
    answers: dict[str, int]
    total: int | None = None
    band: str | None = None
    flags: list[str] = Field(default_factory=list)


class Instrument(InstrumentTable):
    """One scale in one version."""

    id: Words
    version: int
    title: Words
    effective: date
    jurisdiction: Words
    licence: Words
    recall_days: int
    stem: str = ""
    source: list[InstrumentSource]
    answer: list[Answer]
    item: list[Item]
    missing: MissingRule
    band: list[Band]
    flag: list[Flag] = Field(default_factory=list)
    fact: Words
    item_fact: Words
    case: list[Case]

    @model_validator(mode="after")
    def _bands_cover(self) -> Self:
        values = [answer.value for answer in self.answer]
        reach = range(min(values) * len(self.item), max(values) * len(self.item) + 1)
        for total in reach:
            fitting = [band for band in self.band if band.low <= total <= band.high]
            if len(fitting) != 1:
                raise ValueError(f"the total {total} lies in {len(fitting)} bands, not in one")
        return self


class Score(InstrumentTable):
    """What an answer sheet says; `total` is None when too much is missing."""

    instrument: str
    version: int
    total: int | None
    band: str | None
    flags: list[str]
    missing: list[str]
    complete: bool


def score(instrument: Instrument, answers: Mapping[str, int]) -> Score:
    """The total, its band, and the answers that must be seen.

    Too many missing answers give no total, never a low one; a flag needs no total.

    Args:
        instrument: The scale.
        answers: Item id or number ("1" for the first) to the value of the answer.

    Raises:
        InputError: An answer to no question, or a value that is no answer.
    """
    given = _named(instrument, answers)
    values = [answer.value for answer in instrument.answer]
    missing = [item.id for item in instrument.item if item.id not in given]
    total = None
    if len(missing) <= instrument.missing.most and given:
        counted = sum(
            max(values) + min(values) - given[item.id] if item.is_reversed else given[item.id]
            for item in instrument.item
            if item.id in given
        )
        share = len(instrument.item) / len(given) if instrument.missing.prorate else 1
        total = round(counted * share)
    bands = [
        band.title
        for band in instrument.band
        if total is not None and band.low <= total <= band.high
    ]
    return Score(
        instrument=instrument.id,
        version=instrument.version,
        total=total,
        band=bands[0] if bands else None,
        flags=[
            flag.text
            for flag in instrument.flag
            if flag.item in given and given[flag.item] >= flag.at_least
        ],
        missing=missing,
        complete=not missing,
    )


def _named(instrument: Instrument, answers: Mapping[str, int]) -> dict[str, int]:
    by_number = {str(number): item.id for number, item in enumerate(instrument.item, start=1)}
    ids = set(by_number.values())
    values = {answer.value for answer in instrument.answer}
    given = {}
    for name, value in answers.items():
        item = name if name in ids else by_number.get(name)
        if item is None:
            raise InputError(f"{instrument.title} has no item '{name}'")
        if isinstance(value, bool) or value not in values:
            kept = ", ".join(map(str, sorted(values)))
            raise InputError(f"item {name} of {instrument.title} is one of {kept}, not {value!r}")
        given[item] = value
    return given


def failing_cases(instrument: Instrument) -> list[tuple[str, str]]:
    """Worked cases that come out otherwise: their name, and how."""
    found = []
    for case in instrument.case:
        result = score(instrument, case.answers)
        came = (result.total, result.band, result.flags)
        if came != (case.total, case.band, case.flags):
            found.append((case.name, f"gives {came}"))
    return found


class Choice(InstrumentTable):
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


class ObservationCase(InstrumentTable):
    """A worked example: the word picked, the value stored."""

    name: Words
    code: Words
    pick: Words
    stored: int | str


class Observations(InstrumentTable):
    """What is observed during a session, in the nurse's words."""

    id: Words
    version: int
    title: Words
    effective: date
    jurisdiction: Words
    kind: Words
    source: list[InstrumentSource]
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
