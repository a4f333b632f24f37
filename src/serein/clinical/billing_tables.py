"""The tables of a billing file: payers, products, rows with a code, remarks without one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from serein.clinical.dated import Bound, repeated
from serein.clinical.tables import ContentTable, Marked, Table, Words

LineKind = Literal["drug", "administration", "visit", "therapy"]
Visit = Literal["established", "new"]
Positive = Annotated[int, Field(ge=1)]


class Span(Table):
    """Which amounts fit: in mg for a dose, in minutes for a time."""

    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.above, self.at_least, self.at_most) == (None, None, None):
            raise ValueError("says above, at_least or at_most")
        low = max((each for each in (self.above, self.at_least) if each is not None), default=None)
        if low is not None and self.at_most is not None and low > self.at_most:
            raise ValueError("holds nothing: its low end lies above its high end")
        return self

    def holds(self, amount: float) -> bool:
        """Whether the amount lies inside."""
        return (
            (self.above is None or amount > self.above)
            and (self.at_least is None or amount >= self.at_least)
            and (self.at_most is None or amount <= self.at_most)
        )


class Units(Table):
    """How many units: a fixed number, one for so many mg, or one more for each so many minutes."""

    fixed: Positive | None = None
    per_mg: Annotated[float, Field(gt=0)] | None = None
    first_at_min: Positive | None = None
    each_min: Positive | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.first_at_min is None) != (self.each_min is None):
            raise ValueError("first_at_min and each_min stand together")
        ways = (self.fixed, self.per_mg, self.first_at_min)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("says one of fixed, per_mg, or first_at_min with each_min")
        return self

    def count(self, *, dose_mg: float, infusion_min: int | None) -> int | None:
        """Units to bill; None when the amount makes no whole number of them.

        Args:
            dose_mg: Dose given, mg, above 0.
            infusion_min: Length of the infusion, min; None when there was none or nobody said.

        Returns:
            Units, 1 or more.

        Source:
            The file's own row.
        """
        if self.fixed is not None:
            return self.fixed
        if self.per_mg is not None:
            units = dose_mg / self.per_mg
            return int(units) if units.is_integer() else None
        assert self.first_at_min is not None
        assert self.each_min is not None
        if infusion_min is None or infusion_min < self.first_at_min:
            return None
        return 1 + (infusion_min - self.first_at_min) // self.each_min


class Condition(Marked):
    """For which service a row or a remark holds; a part that is not named holds for all."""

    payers: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    visits: tuple[Visit, ...] = ()
    levels: tuple[int, ...] = ()
    level_said: bool | None = None
    dose_mg: Span | None = None
    infusion_min: Span | None = None
    therapy_min: Span | None = None
    begins: Bound | None = None
    ends: Bound | None = None

    def covers(self, on: date) -> bool:
        """Whether it held on that day of service, the first and the last included."""
        begun = self.begins is None or self.begins.on <= on
        return begun and (self.ends is None or on <= self.ends.on)

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.begins and self.ends and self.begins.on > self.ends.on:
            raise ValueError("ends before it begins")
        return self


class Row(Condition):
    """One code, when it is billed and in how many units."""

    code: Annotated[str, Field(pattern=r"^[A-Z0-9]{5}$")]
    kind: LineKind
    text: Words
    units: Units
    not_beside: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _counts_what_it_asks(self) -> Self:
        if self.units.first_at_min is not None and self.infusion_min is None:
            raise ValueError("counts minutes, so it says which infusion_min it asks for")
        return self


class Remark(Condition):
    """What is said beside the codes, or instead of one; `beside` names codes that call for it."""

    id: Words
    text: Words
    beside: tuple[str, ...] = ()


class Payer(Marked):
    """Somebody who pays; `follows` names the payer whose rows hold for this one too."""

    id: Words
    title: Words
    follows: str = ""


class Product(Table):
    """A product and the ways in which it is given."""

    id: Words
    title: Words
    routes: Annotated[list[str], Field(min_length=1)]


class BillingCase(Table):
    """A worked example: a service, the units by code, and the remarks that go with them."""

    name: Words
    payer: Words
    on: date
    product: Words
    dose_mg: float
    visit: Visit | None = None
    route: str | None = None
    infusion_min: int | None = None
    therapy_min: int | None = None
    level: int | None = None
    codes: dict[str, int]
    remarks: tuple[str, ...] = ()


class BillingFile(ContentTable):
    """Billing codes by payer and day of service."""

    reach: Bound
    payer: Annotated[list[Payer], Field(min_length=1)]
    product: Annotated[list[Product], Field(min_length=1)]
    row: Annotated[list[Row], Field(min_length=1)]
    remark: tuple[Remark, ...] = ()
    case: Annotated[list[BillingCase], Field(min_length=1)]

    @property
    def routes(self) -> list[str]:
        """Every way in which one of the products is given."""
        return list(dict.fromkeys(route for each in self.product for route in each.routes))

    @model_validator(mode="after")
    def _names_what_it_lists(self) -> Self:
        lists = ([each.id for each in part] for part in (self.payer, self.product, self.remark))
        for ids in lists:
            for word in repeated(ids):
                raise ValueError(f"'{word}' stands in it twice")
        for what, word, among in self._named():
            if word not in among:
                raise ValueError(f"names {what} '{word}', which it does not list")
        return self

    def _named(self) -> Iterator[tuple[str, str, list[str]]]:
        payers, products = ([each.id for each in part] for part in (self.payer, self.product))
        codes = [row.code for row in self.row]
        leaders = [each.id for each in self.payer if not each.follows]
        yield from (("the payer", each.follows, leaders) for each in self.payer if each.follows)
        for condition in (*self.row, *self.remark):
            yield from (("the payer", word, payers) for word in condition.payers)
            yield from (("the product", word, products) for word in condition.products)
            yield from (("the route", word, self.routes) for word in condition.routes)
        beside = [word for row in self.row for word in row.not_beside]
        beside += [word for remark in self.remark for word in remark.beside]
        yield from (("the code", word, codes) for word in beside)
