"""What is asked once more of a weight and of a dose: pounds for kilograms, a slipped digit."""

from __future__ import annotations

from serein.clinical.protocols import Limits
from serein.clinical.vitals import Concern

LB_A_KG = 2.20462
# Two readings of one body in two units lie this near to the factor between them.
NEARLY = 0.06


def weight_concerns(
    weight_kg: float, *, last_kg: float | None, ask_percent: float
) -> list[Concern]:
    """What is odd about a new weight beside the last one; empty when nothing is.

    Args:
        weight_kg: The new weight, kg, positive.
        last_kg: The weight before, kg; None when none is known, and then nothing is odd.
        ask_percent: From how many percent up or down it is asked about.
    """
    if last_kg is None:
        return []
    times = weight_kg / last_kg
    is_pounds = min(abs(times / LB_A_KG - 1), abs(times * LB_A_KG - 1)) < NEARLY
    if is_pounds:
        unit = "pounds" if times > 1 else "kilograms that were written as pounds"
        sentence = (
            f"{weight_kg:g} kg beside {last_kg:.4g} kg last time looks like {unit}; "
            "look at the unit on the scale, or confirm it"
        )
        return [Concern(("weight",), "unlikely", sentence)]
    if abs(weight_kg - last_kg) * 100 <= ask_percent * last_kg:
        return []
    percent = abs(times - 1) * 100
    more = "more" if times > 1 else "less"
    sentence = f"{weight_kg:g} kg is {percent:.0f} % {more} than {last_kg:.4g} kg last time"
    return [Concern(("weight",), "unlikely", f"{sentence}; weigh again, or confirm it")]


def dose_concerns(dose_mg: float, *, last_mg: float | None, ask_times: float) -> list[Concern]:
    """What is odd about an order beside the dose given at the visit before; empty when nothing is.

    Args:
        dose_mg: What is ordered, mg, positive.
        last_mg: What was given at the visit before, mg; None when nothing is known.
        ask_times: From how many times up or down it is asked about.
    """
    if not last_mg:
        return []
    times = dose_mg / last_mg
    if 1 / ask_times < times < ask_times:
        return []
    said = f"{times:.3g} times" if times > 1 else f"1/{1 / times:.3g} of"
    sentence = f"{dose_mg:g} mg is {said} the {last_mg:.4g} mg given last time; look at the point"
    return [Concern(("dose",), "unlikely", f"{sentence}, or confirm it")]


def limit_concerns(limits: Limits, *, dose_mg: float, mg_per_kg: float) -> list[Concern]:
    """What is odd about an order that is far above the hard limits; empty when nothing is.

    Args:
        limits: The protocol's; from more than their `ask_times` on it is asked about.
        dose_mg: What is ordered, mg, positive.
        mg_per_kg: The same by the dose weight, mg/kg, positive.
    """
    times = max(dose_mg / limits.hard_mg, mg_per_kg / limits.hard_mg_per_kg)
    if times <= limits.ask_times:
        return []
    sentence = (
        f"{dose_mg:g} mg ({mg_per_kg:g} mg/kg) is {times:.3g} times the most that this protocol "
        "allows; look at the point, or confirm it"
    )
    return [Concern(("dose",), "unlikely", sentence)]


def is_beyond(limits: Limits | None, *, dose_mg: float, mg_per_kg: float | None) -> bool | None:
    """Whether a dose is above a hard limit of its protocol: in mg, or in mg/kg.

    Args:
        limits: The protocol's; no dose is above those of a protocol that has none.
        dose_mg: The dose, mg.
        mg_per_kg: The same by the dose weight, mg/kg; None while it is not known.

    Returns:
        None where it is not above the limit in mg and the mg/kg is not known.
    """
    if limits is None:
        return False
    if dose_mg > limits.hard_mg:
        return True
    return None if mg_per_kg is None else mg_per_kg > limits.hard_mg_per_kg
