"""What the studies found, for and against, as numbers from which the differences are worked out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from serein.clinical.content_file import Draft
from serein.clinical.doubles import refuse_twice
from serein.clinical.errors import ContentError, InputError
from serein.clinical.shelf import Shelf
from serein.clinical.tables import ContentId, ContentTable, Marked, Table, Words
from serein.clinical.vocabulary import nearest

Direction = Literal["positive", "negative", "mixed", "null"]
Topic = Literal["benefit", "harm"]
PERCENT = "%"
AGAINST: frozenset[Direction] = frozenset(("negative", "null"))
Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=1)]


def risk_difference(treated: float, *, control: float) -> float:
    """How many more of the treated than of the controls had the event, as a proportion.

    Args:
        treated: Proportion with the event under treatment, 0 to 1.
        control: Proportion with the event under control, 0 to 1.

    Returns:
        Absolute risk difference, -1 to 1; below zero when the treated had it less often.

    Raises:
        InputError: A proportion is not within 0 to 1.

    Source:
        Laupacis, Sackett & Roberts 1988, N Engl J Med 318:1728.

    >>> round(risk_difference(91 / 336, control=60 / 340), 3)
    0.094
    """
    return _proportion(treated) - _proportion(control)


def number_needed_to_treat(treated: float, *, control: float) -> float | None:
    """How many are treated for one event more, or one fewer, than under control.

    The sign of the risk difference says which; for an event that harms and comes more often it is
    the number needed to harm.

    Args:
        treated: Proportion with the event under treatment, 0 to 1.
        control: Proportion with the event under control, 0 to 1.

    Returns:
        Persons per event, 1 or more; None when both proportions are the same.

    Raises:
        InputError: A proportion is not within 0 to 1.

    Source:
        Laupacis, Sackett & Roberts 1988, N Engl J Med 318:1728.

    >>> round(number_needed_to_treat(91 / 336, control=60 / 340), 1)
    10.6
    """
    difference = risk_difference(treated, control=control)
    return None if difference == 0 else 1 / abs(difference)


def _proportion(value: float) -> float:
    # Written so that NaN, which is in no order, is refused too.
    if not 0 <= value <= 1:
        raise InputError(
            f"a proportion lies between 0 and 1, not at {value:g}; divide a percentage by 100"
        )
    return value


class Contrast(NamedTuple):
    """What separates two arms, in the unit of the result (points for a percentage)."""

    difference: float | None
    nnt: float | None


class Arm(Table):
    """One arm of a result: a value, or how many of how many, or its name alone."""

    name: Words
    n: Size | None = None
    count: Count | None = None
    value: float | None = None
    sd: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _counts_within_its_size(self) -> Self:
        if self.count is None:
            return self
        if self.value is not None:
            raise ValueError("has a count and a value; the percentage is worked out from the count")
        if self.n is None or self.count > self.n:
            raise ValueError(f"counts {self.count} of {self.n}; give n, and no more than it")
        return self

    @property
    def amount(self) -> float | None:
        """The value; from a count its percentage; None when only the difference is known."""
        if self.count is None or self.n is None:
            return self.value
        return 100 * self.count / self.n


class Result(Marked):
    """One row of numbers: what was measured, when, in which arm, against what.

    `difference` is typed only where it cannot be worked out: an adjusted one, in points.
    """

    id: ContentId
    measure: Words
    at: str = ""
    unit: Words
    arm: Arm
    versus: Arm | None = None
    difference: float | None = None
    ci: tuple[float, float] | None = None
    se: Annotated[float, Field(gt=0)] | None = None
    p: Annotated[float, Field(ge=0, le=1)] | None = None
    is_primary: bool = False
    text: str = ""

    @model_validator(mode="after")
    def _arms_fit_the_unit(self) -> Self:
        for arm in filter(None, (self.arm, self.versus)):
            if arm.count is not None and self.unit != PERCENT:
                raise ValueError(f"{arm.name}: a count is a percentage, not {self.unit}")
            if self.unit == PERCENT and not 0 <= (arm.amount or 0) <= 100:  # noqa: PLR2004  percent
                raise ValueError(f"{arm.name}: {arm.amount:g} % cannot be")
        if self.arm.amount is None and self.difference is None:
            raise ValueError("says neither a value nor a difference")
        return self

    @model_validator(mode="after")
    def _difference_is_worked_out(self) -> Self:
        if self.difference is not None and self.unit == PERCENT and self._has_both:
            raise ValueError("the difference of two percentages is worked out; leave it out")
        if self.difference is not None and self.versus is None:
            raise ValueError("has a difference and nothing that it differs from")
        if self.ci is not None:
            low, high = self.ci
            found = self.contrast.difference
            if found is None or not low <= found <= high:
                raise ValueError(f"the interval {low:g} to {high:g} does not hold its difference")
        return self

    @property
    def _has_both(self) -> bool:
        return None not in (self.arm.amount, self.versus and self.versus.amount)

    @property
    def contrast(self) -> Contrast:
        """The difference between the arms, and for percentages the number needed to treat."""
        control = self.versus.amount if self.versus else None
        if self.difference is not None or control is None or self.arm.amount is None:
            return Contrast(self.difference, None)
        if self.unit != PERCENT:
            return Contrast(self.arm.amount - control, None)
        shares = self.arm.amount / 100, control / 100
        return Contrast(
            100 * risk_difference(shares[0], control=shares[1]),
            number_needed_to_treat(shares[0], control=shares[1]),
        )


class Study(Marked):
    """One study: how it was made, on whom, and which way it points.

    `direction` is null when its main result is no difference, negative when the treated did worse.
    """

    id: ContentId
    title: Words
    year: Annotated[int, Field(ge=1950, le=2100)] | None = None
    design: Words
    n: Size | None = None
    drug: ContentId
    route: Words
    population: Words
    topic: Topic = "benefit"
    direction: Direction
    text: Words
    doi: str = ""
    result: list[Result] = Field(default_factory=list)

    @model_validator(mode="after")
    def _points_where_its_numbers_do(self) -> Self:
        refuse_twice(each.id for each in self.result)
        for row in self.result:
            if not row.is_primary or row.ci is None:
                continue
            may_be_none = row.ci[0] <= 0 <= row.ci[1]
            if self.direction == ("positive" if may_be_none else "null"):
                raise ValueError(
                    f"is called {self.direction}, and the interval of its primary result"
                    f" '{row.id}' says otherwise"
                )
        return self


class EvidenceCase(Table):
    """One worked case: what must be worked out of a result, to one decimal; an NNT may be none."""

    name: Words
    study: ContentId
    result: ContentId
    difference: float | None = None
    nnt: float | Literal["none"] | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.difference is None and self.nnt is None:
            raise ValueError("expects nothing; give difference or nnt")
        return self


class Evidence(ContentTable):
    """A file of studies."""

    study: Annotated[list[Study], Field(min_length=1)]
    case: Annotated[list[EvidenceCase], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        refuse_twice(each.id for each in self.study)
        return self

    def result_of(self, study_id: str, result_id: str) -> Result:
        """One row of one study.

        Raises:
            InputError: There is none; the sentence names the nearest.
        """
        rows = {(study.id, row.id): row for study in self.study for row in study.result}
        if (study_id, result_id) not in rows:
            names = tuple(" ".join(each) for each in rows)
            asked = f"{study_id} {result_id}"
            raise InputError(f"no result is called '{asked}'{nearest(asked, names)}")
        return rows[study_id, result_id]


def build(draft: Draft, _on: Shelf) -> tuple[Evidence, list[tuple[str, str]]]:
    """The studies of a file, and the cases that do not hold, by name and reason.

    Raises:
        ContentError: Every study of benefit of a drug is for it: what found nothing is left out.
    """
    built = Evidence.of(draft.raw)
    for drug in one_sided(built.study):
        raise ContentError(
            f"no study of {drug} found nothing or harm; put those beside the positive ones",
            file=draft.file,
            key="study",
        )
    return built, [(case.name, why) for case in built.case if (why := _failure(built, case))]


def one_sided(studies: Iterable[Study]) -> list[str]:
    """The drugs with positive studies of benefit and no null or negative one beside them."""
    directions: dict[str, set[Direction]] = {}
    for study in studies:
        if study.topic == "benefit":
            directions.setdefault(study.drug, set()).add(study.direction)
    return [
        drug for drug, found in directions.items() if "positive" in found and not found & AGAINST
    ]


def _failure(built: Evidence, case: EvidenceCase) -> str | None:
    try:
        found = built.result_of(case.study, case.result).contrast
    except InputError as unknown:
        return str(unknown)
    nnt = "none" if found.nnt is None else found.nnt
    for name, wanted, worked_out in (
        ("difference", case.difference, found.difference),
        ("nnt", case.nnt, nnt),
    ):
        if wanted is not None and _to_one_decimal(worked_out) != wanted:
            return f"{name} is {_to_one_decimal(worked_out)}, not {wanted}"
    return None


def _to_one_decimal(value: float | str | None) -> float | str | None:
    return round(value, 1) if isinstance(value, float) else value
