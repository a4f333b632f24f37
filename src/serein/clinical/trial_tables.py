"""What a list of antidepressants and a set of rules about trials hold, as their files say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeAlias

from pydantic import Field, model_validator

from serein.clinical.tables import ContentId, ContentTable, Marked, Table, Words

Positive = Annotated[float, Field(gt=0)]
# One number; or the two ends of a range where sources disagree which of them is the least.
Amount = Positive | Annotated[list[Positive], Field(min_length=2, max_length=2)]
LEVEL_UNITS = {"level_mmol_per_l": "mmol/L", "level_ng_per_ml": "ng/mL"}


class Floor(NamedTuple):
    """The least that is enough: below the lower end too little, between the two nobody can say."""

    low: float
    enough: float
    is_above: bool = False

    def reached(self, value: float) -> bool | None:
        """Whether this much is enough; None between the two ends."""
        if self.is_above:
            return value > self.enough
        if value >= self.enough:
            return True
        return False if value < self.low else None

    def words(self, unit: str) -> str:
        """What is asked, in words."""
        if self.is_above:
            return f"more than {self.enough:g} {unit} asked"
        least = f"{self.low:g}" if self.low == self.enough else f"{self.low:g} to {self.enough:g}"
        return f"at least {least} {unit} asked"


def floor(amount: float | list[float]) -> Floor:
    """The least of one number or of a range."""
    low, high = amount if isinstance(amount, list) else (amount, amount)
    return Floor(low, high)


class LevelTable(Table):
    """A serum level that shows an adequate dose, by the part of the trial that holds it."""

    part: Literal["level_mmol_per_l", "level_ng_per_ml"]
    low: Positive
    high: float | None = None

    @property
    def unit(self) -> str:
        """The unit of the level."""
        return LEVEL_UNITS[self.part]

    @property
    def words(self) -> str:
        """The level that is enough, in words."""
        if self.high is None:
            return f"at least {self.low:g} {self.unit}"
        return f"{self.low:g} to {self.high:g} {self.unit}"

    def shows(self, level: float) -> bool:
        """Whether this level is within what is asked."""
        return level >= self.low and (self.high is None or level <= self.high)


class NamedTable(Marked):
    """Something a trial may name, by its id or another name."""

    id: ContentId
    name: Words
    aliases: list[Words] = Field(default_factory=list)

    def names(self) -> Iterator[str]:
        """Every name of it, as names are compared."""
        yield from {plain(each) for each in (self.id, self.name, *self.aliases)}


class DrugTable(NamedTable):
    """One antidepressant: its class and its least daily dose by each column."""

    of_class: Words = Field(alias="class")
    strict_mg: Amount
    label_mg: Amount
    strict_level: LevelTable | None = None
    counted_as: str = ""


class AgentTable(NamedTable):
    """One drug that strengthens an antidepressant: its least daily dose or level, its weeks."""

    of_class: Words = Field(alias="class")
    least_mg: Amount | None = None
    level: LevelTable | None = None
    weeks: Amount | None = None
    counted_as: str = ""

    @model_validator(mode="after")
    def _has_a_least(self) -> Self:
        if self.least_mg is None and self.level is None:
            raise ValueError("give least_mg, level or both")
        return self


class NotCountedTable(NamedTable):
    """Something taken for low mood that no rule set counts."""


class OutcomeTable(Marked):
    """What an outcome told in words means in percent, where no percent was recorded."""

    id: Literal["none", "minimal", "partial"]
    low: Annotated[float, Field(ge=0, le=100)]
    high: Annotated[float, Field(ge=0, le=100)]


class ClassTable(Table):
    """A class of drugs."""

    id: ContentId
    title: Words


class UsualWeeksTable(Marked):
    """How long an augmentation is tried where the drug says nothing else."""

    weeks: Amount


class DoubtTable(Marked):
    """Above how many times its least dose a day's dose is asked about once more."""

    drug_times: Positive
    agent_times: Positive


class DrugCase(Table):
    """A worked example: a name, what it is, and what a daily dose of it is by each column."""

    name: Words
    drug: Words
    expect: str
    mg: float | None = None
    strict: Literal["enough", "too-low", "cannot-say"] | None = None
    label: Literal["enough", "too-low", "cannot-say"] | None = None
    is_asked_about: bool | None = None


Entry: TypeAlias = DrugTable | AgentTable | NotCountedTable


class Antidepressants(ContentTable):
    """The drugs, the agents that strengthen them, and what is not counted."""

    drug_class: list[ClassTable] = Field(alias="class")
    augmentation: UsualWeeksTable
    outcome: list[OutcomeTable]
    doubt: DoubtTable | None = None
    drug: Annotated[list[DrugTable], Field(min_length=1)]
    agent: list[AgentTable] = Field(default_factory=list)
    not_counted: list[NotCountedTable] = Field(default_factory=list)
    case: Annotated[list[DrugCase], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_clear(self) -> Self:
        classes = {each.id for each in self.drug_class}
        medicines: tuple[DrugTable | AgentTable, ...] = (*self.drug, *self.agent)
        for each in medicines:
            if each.of_class not in classes:
                raise ValueError(f"'{each.id}' is of a class '{each.of_class}' that is not listed")
        seen: set[str] = set()
        for entry in self.entries:
            for name in entry.names():
                if name in seen:
                    raise ValueError(f"'{name}' names two things")
                seen.add(name)
        if {each.id for each in self.outcome} != {"none", "minimal", "partial"}:
            raise ValueError("says in percent what each of none, minimal and partial means")
        return self

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything a trial may name."""
        return (*self.drug, *self.agent, *self.not_counted)

    @cached_property
    def by_name(self) -> Mapping[str, Entry]:
        """Everything a trial may name, by each of its names."""
        return {name: entry for entry in self.entries for name in entry.names()}

    def plausible_mg(self, drug: str) -> float | None:
        """The highest daily dose of this drug that nobody asks about, mg; None where none is."""
        entry = self.by_name.get(plain(drug))
        if self.doubt is None or entry is None:
            return None
        if isinstance(entry, DrugTable):
            return self.doubt.drug_times * floor(entry.strict_mg).enough
        if isinstance(entry, AgentTable) and entry.least_mg is not None:
            return self.doubt.agent_times * floor(entry.least_mg).enough
        return None

    def percent(self, outcome: str) -> tuple[float, float]:
        """What an outcome told in words means in percent."""
        return next((each.low, each.high) for each in self.outcome if each.id == outcome)


def plain(name: str) -> str:
    """A name as names are compared: without case, quotes, hyphens and doubled spaces.

    >>> plain("St John’s  wort"), plain("Bupropion-XL")
    ('st johns wort', 'bupropion xl')
    """
    return " ".join(re.sub(r"[^\w/]+", " ", re.sub("['’]", "", name.casefold())).split())


class DoseTable(Marked):
    """How much is enough: a column of the list, or the highest dose that could be taken."""

    column: Literal["strict", "label", "maximal"]


class WeeksTable(Marked):
    """How long is long enough."""

    at_least: Amount | None = None
    above: Positive | None = None

    @model_validator(mode="after")
    def _says_one(self) -> Self:
        if (self.at_least is None) == (self.above is None):
            raise ValueError("give at_least or above")
        return self

    @property
    def floor(self) -> Floor:
        """The least number of weeks."""
        if self.at_least is not None:
            return floor(self.at_least)
        assert self.above is not None
        return Floor(self.above, self.above, is_above=True)


class ImprovementTable(Marked):
    """The highest improvement that is still a failure, in percent."""

    at_most: Annotated[float, Field(ge=0, le=100)] | None = None
    below: Annotated[float, Field(gt=0, le=100)] | None = None

    @model_validator(mode="after")
    def _says_one(self) -> Self:
        if (self.at_most is None) == (self.below is None):
            raise ValueError("give at_most or below")
        return self

    def is_failure(self, percent: float) -> bool:
        """Whether so little improvement is a failure."""
        if self.at_most is not None:
            return percent <= self.at_most
        assert self.below is not None
        return percent < self.below

    @property
    def words(self) -> str:
        """What is asked, in words."""
        if self.at_most is not None:
            return f"at most {self.at_most:g} % asked"
        return f"below {self.below:g} % asked"


class WayTable(Table):
    """One way for a trial to be adequate and to have failed."""

    id: ContentId
    title: str = ""
    dose: DoseTable
    weeks: WeeksTable
    improvement: ImprovementTable


class CountsTable(Marked):
    """Whether something counts as a failed trial."""

    counts: bool


class EpisodeTable(Marked):
    """Trials of which episode count; and what is made of a trial that does not say.

    `unsaid = "current"` is for a tool that asks about the current episode alone.
    """

    only: Literal["current", "any"]
    unsaid: Literal["unknown", "current"] = "unknown"


class LookBackTable(Marked):
    """How many years back a trial may have ended."""

    years: Annotated[int, Field(ge=1, le=100)]


class DistinctTable(Marked):
    """What makes two trials count as two."""

    by: Literal["drug", "class"]


class AugmentationTable(CountsTable):
    """Whether an augmentation counts as a trial of its own, and when it has failed.

    Without `weeks` those of the drug itself are asked.
    """

    dose: DoseTable
    weeks: WeeksTable | None = None
    improvement: ImprovementTable


class TrialCase(Table):
    """A worked example: trials with what each counts as, and the counts they give."""

    name: Words
    at: str = "2026-01-05"
    trial: list[dict[str, Any]] = Field(default_factory=list)
    failed: list[int] | None = None
    augmentations: list[int] | None = None


class TrialRules(ContentTable):
    """When a trial is adequate and has failed, by one named set of rules."""

    antidepressants: Words
    distinct: DistinctTable
    episode: EpisodeTable
    look_back: LookBackTable | None = None
    intolerance: CountsTable
    loss: CountsTable
    way: Annotated[list[WayTable], Field(min_length=1)]
    augmentation: AugmentationTable
    case: Annotated[list[TrialCase], Field(min_length=1)]


@dataclass(frozen=True)
class RuleSet:
    """A set of rules with the list of drugs it speaks of: all that a trial is weighed by."""

    rules: TrialRules = field(repr=False)
    drugs: Antidepressants = field(repr=False)

    @property
    def name(self) -> str:
        """The name by which another file pins it."""
        return f"{self.rules.id}.v{self.rules.version}"

    @cached_property
    def in_episode(self) -> RuleSet:
        """The same rules for the trials of the current episode alone."""
        episode = self.rules.episode.model_copy(update={"only": "current"})
        return RuleSet(self.rules.model_copy(update={"episode": episode}), self.drugs)
