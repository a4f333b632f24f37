"""The bag of one infusion: how much to draw, how strong the mixture is, how fast it runs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from serein.clinical.errors import ImplausibleValueError

MIN_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Mixture:
    """A dose drawn from a vial into a diluent, to run in within so many minutes.

    Every result is exact arithmetic over the four inputs; rounding is for whoever shows it.

    Args:
        dose_mg: What is to run in, mg.
        vial_mg_per_ml: Strength of the vial, mg/mL.
        diluent_ml: What the dose is drawn into, mL; nothing of it is taken out first.
        minutes: How long it is to run.

    Raises:
        ImplausibleValueError: One of the four is not above zero.

    Source:
        Amount over volume and volume over time, by definition.

    >>> bag = Mixture(dose_mg=35, vial_mg_per_ml=50, diluent_ml=100, minutes=40)
    >>> bag.draw_ml, bag.total_ml, round(bag.ml_per_h, 2), bag.mg_per_h
    (0.7, 100.7, 151.05, 52.5)
    """

    dose_mg: float
    vial_mg_per_ml: float
    diluent_ml: float
    minutes: float

    def __post_init__(self) -> None:
        """Refuse what cannot be mixed at the door."""
        for one in fields(self):
            if not getattr(self, one.name) > 0:
                raise ImplausibleValueError(
                    f"{getattr(self, one.name):g} is no {_SAID[one.name]}; enter one above zero"
                )

    @property
    def draw_ml(self) -> float:
        """What to draw from the vial, mL."""
        return self.dose_mg / self.vial_mg_per_ml

    @property
    def total_ml(self) -> float:
        """What the bag holds once the dose is in it, mL."""
        return self.diluent_ml + self.draw_ml

    @property
    def mg_per_ml(self) -> float:
        """How strong the mixture is, mg/mL."""
        return self.dose_mg / self.total_ml

    @property
    def ml_per_h(self) -> float:
        """The rate at the pump, mL/h."""
        return self.total_ml * MIN_AN_HOUR / self.minutes

    @property
    def ml_per_min(self) -> float:
        """The same, mL/min."""
        return self.total_ml / self.minutes

    @property
    def mg_per_h(self) -> float:
        """How much drug runs in, mg/h."""
        return self.dose_mg * MIN_AN_HOUR / self.minutes

    def ends_at(self, *, start: datetime) -> datetime:
        """When it has run in, begun at `start` and never paused."""
        return start + timedelta(minutes=self.minutes)

    @property
    def formula(self) -> tuple[str, ...]:
        """How each result came about, a line each, as it is kept beside the preparation."""
        draw, total = _few(self.draw_ml), _few(self.total_ml)
        return (
            f"{self.dose_mg:g} mg / {self.vial_mg_per_ml:g} mg/mL = {draw} mL to draw",
            f"{draw} mL + {self.diluent_ml:g} mL = {total} mL in the bag",
            f"{self.dose_mg:g} mg / {total} mL = {_few(self.mg_per_ml)} mg/mL",
            f"{total} mL in {self.minutes:g} min = {_few(self.ml_per_h)} mL/h",
        )

    def as_value(self) -> dict[str, Any]:
        """The inputs, the results and the formula, as the chart keeps them."""
        inputs = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            **inputs,
            "draw_ml": round(self.draw_ml, 3),
            "mg_per_ml": round(self.mg_per_ml, 4),
            "ml_per_h": round(self.ml_per_h, 2),
            "formula": "; ".join(self.formula),
        }


_SAID = {
    "dose_mg": "dose in mg",
    "vial_mg_per_ml": "strength in mg/mL",
    "diluent_ml": "volume in mL",
    "minutes": "duration in minutes",
}


def _few(value: float) -> str:
    """At most three decimals, and none that say nothing."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def order_mg(mg_per_kg: float, *, weight_kg: float) -> float:
    """The milligrams of an order by weight, to a tenth.

    Args:
        mg_per_kg: What is ordered, mg/kg, positive.
        weight_kg: The dose weight, kg, positive.

    Returns:
        mg, to one decimal.

    Source:
        By definition; the tenth is finer than any syringe drawn from 50 mg/mL shows.

    >>> order_mg(0.5, weight_kg=71.3)
    35.6
    """
    return round(mg_per_kg * weight_kg, 1)
