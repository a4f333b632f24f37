"""A prepared infusion and the independent second check: what two people entered, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serein.clinical.criteria import Derived
from serein.clinical.facts import Fact

if TYPE_CHECKING:
    from datetime import datetime

    from serein.clinical.protocols import SecondCheck

PREPARATION, CHECK = "preparation", "preparation.check"
IS_CHECKED = "preparation.is-checked"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the two do not agree: what it is, and what each of them entered."""

    what: str
    first: str
    second: str

    @property
    def sentence(self) -> str:
        """Both values, for both people."""
        return f"{self.what}: {self.first} prepared, {self.second} checked"


def differences(
    preparation: Mapping[str, Any], check: Mapping[str, Any], *, within: SecondCheck
) -> list[Difference]:
    """On what the preparation and its check do not agree; empty when they do.

    Args:
        preparation: `weight_kg`, `lot` and `ml_per_h` of the first person.
        check: The same of the second, entered without seeing those.
        within: How far weight and rate may lie apart.
    """
    found = []
    weight_apart_kg = abs(preparation["weight_kg"] - check["weight_kg"])
    if weight_apart_kg > within.weight_kg:
        found.append(_differing("Weight", preparation, check, key="weight_kg", unit=" kg"))
    if _lot(preparation) != _lot(check):
        found.append(_differing("Lot", preparation, check, key="lot"))
    rate_apart = abs(preparation["ml_per_h"] - check["ml_per_h"])
    if rate_apart > preparation["ml_per_h"] * within.rate_percent / 100:
        found.append(_differing("Rate", preparation, check, key="ml_per_h", unit=" mL/h"))
    return found


def _lot(value: Mapping[str, Any]) -> str:
    return "".join(str(value["lot"]).split()).upper()


def _differing(
    what: str, first: Mapping[str, Any], second: Mapping[str, Any], *, key: str, unit: str = ""
) -> Difference:
    said = [
        f"{one[key]:g}" if not isinstance(one[key], str) else one[key] for one in (first, second)
    ]
    return Difference(what, *(f"{words}{unit}" for words in said))


def standing_preparation(
    by_code: Mapping[str, Sequence[Fact]], *, order: Fact | None
) -> Fact | None:
    """The newest preparation, when it is of this order: made since, and of its very dose."""
    made = by_code.get(PREPARATION, ())
    if not made or order is None or made[-1].effective_at < order.effective_at:
        return None
    return made[-1] if _of(made[-1])["dose_mg"] == _of(order).get("dose_mg") else None


def check_of(by_code: Mapping[str, Sequence[Fact]], *, preparation: Fact) -> Fact | None:
    """The newest check since it was prepared; None while nobody has checked it."""
    made = checks_of(by_code, preparation=preparation)
    return made[-1] if made else None


def checks_of(by_code: Mapping[str, Sequence[Fact]], *, preparation: Fact) -> list[Fact]:
    """Every check since it was prepared, oldest first."""
    return [
        fact for fact in by_code.get(CHECK, ()) if fact.effective_at >= preparation.effective_at
    ]


def is_checked(
    by_code: Mapping[str, Sequence[Fact]],
    *,
    order: Fact | None,
    within: SecondCheck | None,
    now: datetime,
) -> Derived:
    """Whether a second person's own numbers agree with the preparation of this order.

    Unknown while nothing is prepared, while nobody has checked it, and where the protocol has no
    infusion. A check that disagrees stays, and the next one decides.
    """
    prepared = standing_preparation(by_code, order=order)
    if prepared is None or within is None:
        return Derived(None, now, (), (PREPARATION,))
    checked = check_of(by_code, preparation=prepared)
    if checked is None:
        return Derived(None, now, (prepared,), (CHECK,))
    agrees = not differences(_of(prepared), _of(checked), within=within)
    return Derived(agrees, checked.effective_at, (prepared, checked))


def _of(fact: Fact) -> Mapping[str, Any]:
    assert isinstance(fact.value, Mapping)
    return fact.value
