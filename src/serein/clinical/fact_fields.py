"""The parts of a structured fact: what each one means, and what cannot stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from serein.clinical.tables import Table, Words
from serein.clinical.vocabulary import nearest

FieldType = Literal["text", "number", "integer", "boolean", "choice", "date"]
DAY = "a day such as 2026-01-05"
# Nobody's chart tells of days beyond these; a slip of the finger does.
_YEARS = range(1850, 2201)
_ASKED: Mapping[FieldType, str] = {
    "text": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "date": DAY,
}
_KINDS: Mapping[FieldType, type | tuple[type, ...]] = {
    "text": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
}


# Nothing that is counted or measured here comes near it.
LARGEST = 10**15


def said(value: float) -> str:
    """A number in a few digits, even one whose digits nobody could read.

    >>> said(0.5), said(10**400)
    ('0.5', '1e+400')
    """
    is_endless = isinstance(value, int) and abs(value) > LARGEST
    return f"{Decimal(value):.3g}".replace(".00e", "e") if is_endless else f"{value:g}"


class FactField(Table):
    """One named part of a structured fact: its type, unit, bounds, words of its choices."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Words
    type: FieldType
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: dict[str, str] = Field(default_factory=dict)
    required: bool = False

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("a choice lists its choices, and nothing else does")
        if self.type not in ("number", "integer") and (self.low, self.high) != (None, None):
            raise ValueError("only a number has bounds")
        return self

    def refusal(self, value: object) -> str | None:
        """Why this cannot stand in the part; None when it can."""
        if self.type == "choice":
            fits, asked = isinstance(value, str) and value in self.choices, self._choices_asked
        else:
            fits, asked = self._is_of_type(value), _ASKED[self.type]
        if not fits:
            return f"'{self.name}' ({self.title}) is {asked}, not {value!r}"
        return self._bound_refusal(value) if isinstance(value, int | float) else None

    @property
    def _choices_asked(self) -> str:
        return f"one of {', '.join(self.choices)}"

    def _is_of_type(self, value: object) -> bool:
        if self.type == "date":
            return is_day(value)
        # True is a whole number to Python, and no dose.
        is_answer = isinstance(value, bool)
        return isinstance(value, _KINDS[self.type]) and is_answer == (self.type == "boolean")

    def _bound_refusal(self, value: float) -> str | None:
        too_low = self.low is not None and value < self.low
        too_high = value > LARGEST if self.high is None else value > self.high
        # NaN is neither below nor above anything, and no amount.
        if not (too_low or too_high or value != value):  # noqa: PLR0124  only NaN differs so
            return None
        unit = f" {self.unit}" if self.unit else ""
        ends = [f"{end:g}" for end in (self.low, self.high) if end is not None]
        possible = f" ({' to '.join(ends)}{unit})" if ends else ""
        return f"'{self.name}' ({self.title}) cannot be {said(value)}{unit}{possible}"


def is_day(value: object) -> bool:
    """Whether this is the text of one day, year first, such as 1980-06-05."""
    if not isinstance(value, str):
        return False
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return False
    return day.isoformat() == value and day.year in _YEARS


def parts_refusal(value: Mapping[str, Any], *, fields: Sequence[FactField]) -> str | None:
    """The first thing wrong with the parts of a value; None when all can be.

    A part that is null was not recorded: the same as a part that is not there.
    """
    known = {field.name: field for field in fields}
    for name in value:
        if name not in known:
            return f"has no part '{name}'{nearest(str(name), tuple(known))}"
    for field in fields:
        given = value.get(field.name)
        if given is None or (field.required and given == ""):
            if field.required:
                return f"needs its part '{field.name}' ({field.title})"
        elif refusal := field.refusal(given):
            return refusal
    return None
