"""The next dose that is no device: whether it may be given, and what it still waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from serein.clinical.dosing import REFUSED, Dosing
from serein.clinical.protocols import Protocol


@dataclass(frozen=True, slots=True)
class NextDose:
    """What is left of the order, mg, and why it must wait; nothing is ready while that is said."""

    mg: float | None
    is_ready: bool
    reason: str
    needs_order: bool = False


def next_dose(
    protocol: Protocol, state: Dosing, *, standing: Sequence[str] = ()
) -> NextDose | None:
    """What is to be given next; None for devices, while a drip runs, and once nothing is left.

    A dose that was refused uses nothing of its order. An infusion uses the whole of it: what of it
    ran in is counted from the acts at the pump.

    Args:
        protocol: How the product is given.
        state: Orders, doses and the infusion so far.
        standing: Texts of the gates that are not open.
    """
    if protocol.limits is None or state.stopped is not None or state.infusion.is_open:
        return None
    if state.ordered_mg is None:
        is_begun = bool(state.exposures) or any(one.outcome == REFUSED for one in state.doses)
        reason = "No dose is ordered yet."
        return None if is_begun else NextDose(None, is_ready=False, reason=reason, needs_order=True)
    left_mg = left_of_order_mg(state)
    if left_mg <= 0:
        return None
    return NextDose(left_mg, is_ready=not standing, reason=" ".join(standing))


def left_of_order_mg(state: Dosing) -> float:
    """What of the newest order was neither given nor begun, mg, never below nothing."""
    order = state.order
    assert order is not None, "what is left is left of an order"
    assert state.ordered_mg is not None, "an order has its milligrams"
    if any(step.fact.effective_at >= order.effective_at for step in state.infusion.steps):
        return 0
    given_mg = sum(
        mark.mg for mark in state.doses if mark.is_exposing and mark.at >= order.effective_at
    )
    return max(round(state.ordered_mg - given_mg, 3), 0)


def over_order_percent(state: Dosing, *, now: datetime) -> float | None:
    """How much more reached the patient than was ordered, in percent of the order.

    Counted since the newest order, or in all where nothing was given since; without an order
    everything is too much.

    Args:
        state: Orders, doses and the infusion so far.
        now: The moment asked about; an infusion runs on until it is stopped.

    Returns:
        Percent of the order, 0 or more; None while nothing was given.
    """
    order = state.order
    since = [mark for mark in state.doses if order and mark.at >= order.effective_at]
    doses = [mark.mg for mark in since or state.doses if mark.is_exposing]
    given_mg = sum(doses) + state.infusion.delivered_mg(now=now)
    if not doses and not state.infusion.steps:
        return None
    if not state.ordered_mg:
        return 100.0
    return max(100 * (given_mg / state.ordered_mg - 1), 0.0)
