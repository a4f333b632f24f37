"""How often reactions came, by trial and arm, as their sources print them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from serein.clinical.content_file import Draft
from serein.clinical.doubles import refuse_twice
from serein.clinical.errors import InputError
from serein.clinical.evidence import Count, Percent, Size, risk_difference
from serein.clinical.shelf import Shelf
from serein.clinical.tables import ContentId, ContentTable, Marked, Table, Words
from serein.clinical.vocabulary import nearest


class Group(Marked):
    """One arm in which reactions were counted, and how many people it had."""

    name: Words
    n: Size | None = None


class Rate(Marked):
    """How often one reaction came; a rate that the source gives as a range has `up_to`."""

    reaction: ContentId
    title: Words
    count: Count | None = None
    percent: Percent
    up_to: Percent | None = None
    versus_count: Count | None = None
    versus_percent: Percent | None = None
    versus_up_to: Percent | None = None

    @model_validator(mode="after")
    def _ranges_rise(self) -> Self:
        for low, high in ((self.percent, self.up_to), (self.versus_percent, self.versus_up_to)):
            if high is not None and (low is None or high <= low):
                raise ValueError(f"a range rises; {low} to {high} does not")
        return self

    @property
    def difference(self) -> float | None:
        """Points more under treatment; None without a comparison, or where a range is given."""
        if self.versus_percent is None or self.up_to is not None:
            return None
        return 100 * risk_difference(self.percent / 100, control=self.versus_percent / 100)


class CountedTrial(Table):
    """A trial, its two arms, and the reactions counted in them."""

    id: ContentId
    title: Words
    drug: ContentId
    when: str = ""
    arm: Group
    versus: Group | None = None
    rate: Annotated[list[Rate], Field(min_length=1)]

    @model_validator(mode="after")
    def _prints_what_it_counted(self) -> Self:
        refuse_twice(each.reaction for each in self.rate)
        for row in self.rate:
            if self.versus is None and row.versus_percent is not None:
                raise ValueError(f"{row.reaction}: compared with an arm that the trial has not")
            _refuse_misprint(row.reaction, row.count, row.percent, self.arm)
            _refuse_misprint(row.reaction, row.versus_count, row.versus_percent, self.versus)
        return self


def _refuse_misprint(
    name: str, count: int | None, percent: float | None, arm: Group | None
) -> None:
    """A count that does not give its percentage, to the decimals with which it is printed."""
    if count is None:
        return
    if percent is None or arm is None or arm.n is None:
        raise ValueError(f"{name}: a count needs its percentage, its arm and the arm's n")
    exponent = Decimal(str(percent)).normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a percentage between 0 and 100 is finite"
    step = 10.0 ** min(exponent, 0)
    # Sources round a half either way.
    if abs(100 * count / arm.n - percent) > step / 2 + 1e-9:
        raise ValueError(f"{name}: {count} of {arm.n} is not {percent:g} %")


class RateCase(Table):
    """One worked case: how many points more often a reaction came; without it, not comparable."""

    name: Words
    trial: ContentId
    reaction: ContentId
    difference: float | None = None


class Rates(ContentTable):
    """A file of rates."""

    trial: Annotated[list[CountedTrial], Field(min_length=1)]
    case: Annotated[list[RateCase], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        refuse_twice(each.id for each in self.trial)
        return self

    def rate(self, trial_id: str, reaction: str) -> Rate:
        """One reaction in one trial.

        Raises:
            InputError: It was not counted there; the sentence names the nearest.
        """
        rows = {(trial.id, row.reaction): row for trial in self.trial for row in trial.rate}
        if (trial_id, reaction) not in rows:
            names = tuple(" ".join(each) for each in rows)
            asked = f"{trial_id} {reaction}"
            raise InputError(f"no rate is called '{asked}'{nearest(asked, names)}")
        return rows[trial_id, reaction]


def build(draft: Draft, _on: Shelf) -> tuple[Rates, list[tuple[str, str]]]:
    """The rates of a file, and the cases that do not hold, by name and reason."""
    built = Rates.of(draft.raw)
    return built, [(case.name, why) for case in built.case if (why := _failure(built, case))]


def _failure(built: Rates, case: RateCase) -> str | None:
    try:
        found = built.rate(case.trial, case.reaction).difference
    except InputError as unknown:
        return str(unknown)
    rounded = None if found is None else round(found, 1)
    return None if rounded == case.difference else f"differs by {rounded}, not {case.difference}"
