"""What follows from a person's birth date, height, weight and sex: age, build, the dose weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from serein.clinical.criteria import Derived
from serein.clinical.facts import Fact
from serein.clinical.vocabulary import Term

CM_AN_INCH = 2.54
SIXTY_INCHES = 60
PERSON: Mapping[str, Term] = {
    "age-years": Term("Age", "years"),
    "bmi": Term("Body mass index", "kg/m²"),
    "weight.ideal": Term("Ideal body weight", "kg"),
    "weight.adjusted": Term("Adjusted body weight", "kg"),
}
# The answer that somebody asked for allergies and heard of none.
NONE_KNOWN = "allergy.none-known"
# The same answer about drugs alone: foods and surroundings were perhaps not asked about.
NO_DRUG_KNOWN = "allergy.none-known-drug"
_NEVER = datetime.min.replace(tzinfo=UTC)


def age_years(born: date, *, on: date) -> int:
    """Whole years of age on a day; somebody born on 29 February turns older on 1 March.

    Args:
        born: The birth date.
        on: The day asked about, not before the birth.

    Returns:
        Completed years.

    >>> age_years(date(1960, 5, 2), on=date(2025, 5, 1))
    64
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def body_mass_index(weight_kg: float, *, height_cm: float) -> float:
    """Body mass index.

    Args:
        weight_kg: Weight, kg, positive.
        height_cm: Height, cm, positive.

    Returns:
        kg/m².

    Source:
        Quetelet's index, by definition.

    >>> round(body_mass_index(81, height_cm=180), 1)
    25.0
    """
    return weight_kg / (height_cm / 100) ** 2


def ideal_weight_kg(height_cm: float, *, is_male: bool) -> float:
    """Ideal body weight by Devine.

    Args:
        height_cm: Height, cm, positive; below 60 inches the formula runs on downwards.
        is_male: Which of its two starting points holds.

    Returns:
        kg.

    Source:
        Devine 1974, as recalled: not yet checked against the paper.

    >>> round(ideal_weight_kg(180, is_male=True), 1), round(ideal_weight_kg(165, is_male=False), 1)
    (75.0, 56.9)
    """
    inches_above = height_cm / CM_AN_INCH - SIXTY_INCHES
    return (50.0 if is_male else 45.5) + 2.3 * inches_above


def adjusted_weight_kg(weight_kg: float, *, ideal_kg: float) -> float:
    """Ideal weight and four tenths of what is above it.

    Args:
        weight_kg: Weight, kg.
        ideal_kg: Ideal body weight, kg.

    Returns:
        kg.

    Source:
        As recalled: not yet checked against a paper.

    >>> adjusted_weight_kg(110, ideal_kg=70)
    86.0
    """
    return ideal_kg + 0.4 * (weight_kg - ideal_kg)


def person(by_code: Mapping[str, Sequence[Fact]], *, now: datetime) -> dict[str, Derived]:
    """Everything in `PERSON`; unknown, with what is missing, where a part was never recorded."""
    born, weight = _latest(by_code, "birth-date"), _latest(by_code, "weight")
    height, sex = _latest(by_code, "height"), _latest(by_code, "sex")
    missing = Derived(None, _NEVER, ())
    found = {
        "age-years": missing._replace(missing=("birth-date",)),
        "bmi": missing._replace(missing=_absent(weight=weight, height=height)),
        "weight.ideal": missing._replace(missing=_absent(height=height, sex=sex)),
        "weight.adjusted": missing._replace(missing=_absent(weight=weight, height=height, sex=sex)),
    }
    if born is not None:
        age = age_years(date.fromisoformat(str(born.value)[:10]), on=now.date())
        found["age-years"] = Derived(age, now, (born,))
    if weight is not None and height is not None:
        index = body_mass_index(_number(weight), height_cm=_number(height))
        found["bmi"] = Derived(index, weight.effective_at, (weight, height))
    if height is None or sex is None or sex.value not in ("male", "female"):
        return found
    ideal = ideal_weight_kg(_number(height), is_male=sex.value == "male")
    found["weight.ideal"] = Derived(ideal, height.effective_at, (height, sex))
    if weight is not None:
        adjusted = adjusted_weight_kg(_number(weight), ideal_kg=ideal)
        found["weight.adjusted"] = Derived(adjusted, weight.effective_at, (weight, height, sex))
    return found


def dose_weight(by_code: Mapping[str, Sequence[Fact]], *, method: str, now: datetime) -> Derived:
    """The weight a dose is counted by, kg; unknown while a part of it was never recorded.

    Args:
        by_code: Facts by code, oldest first.
        method: `actual`, `ideal` or `adjusted`.
        now: The moment asked about.
    """
    if method in ("ideal", "adjusted"):
        return person(by_code, now=now)[f"weight.{method}"]
    weight = _latest(by_code, "weight")
    if weight is None or method != "actual":
        return Derived(None, _NEVER, (), ("weight",))
    return Derived(_number(weight), weight.effective_at, (weight,))


def _latest(by_code: Mapping[str, Sequence[Fact]], code: str) -> Fact | None:
    found = by_code.get(code, ())
    return found[-1] if found else None


def _number(fact: Fact) -> float:
    assert isinstance(fact.value, int | float)
    return float(fact.value)


def _absent(**parts: Fact | None) -> tuple[str, ...]:
    return tuple(name for name, fact in parts.items() if fact is None)
