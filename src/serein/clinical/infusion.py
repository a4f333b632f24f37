"""An infusion as its steps tell it: start, changes of rate, pauses, and the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from serein.clinical.facts import Fact

INFUSION = "infusion"
Step = Literal["start", "rate", "pause", "resume", "stop"]
RUNNING = frozenset(("start", "rate", "resume"))
NEVER = "never"  # the correction of a record of an act that there was not


@dataclass(frozen=True, slots=True)
class InfusionStep:
    """One act at the pump: what was done, when, the rate from then on, the dose of its bag."""

    step: str
    at: datetime
    rate_ml_per_h: float
    mg_per_ml: float
    fact: Fact
    dose_mg: float | None = None

    @property
    def is_flowing(self) -> bool:
        """Whether the drug runs in after this act."""
        return self.step in RUNNING


@dataclass(frozen=True, slots=True)
class Infusion:
    """The acts at the pump in order of time; empty when there was no infusion."""

    steps: tuple[InfusionStep, ...]

    @property
    def is_open(self) -> bool:
        """Whether it was begun and not stopped: a pause is no end."""
        return bool(self.steps) and self.steps[-1].step != "stop"

    def delivered_mg(self, *, now: datetime) -> float:
        """What has run in by now, from the acts at the pump and never from the plan.

        A bag gives no more than it holds: a stop that is told late finds it empty.

        Args:
            now: The moment asked about; acts after it do not count.

        Returns:
            mg, zero or more.

        Source:
            Rate x concentration x time, summed over the stretches in which it ran, of each
            started bag at most its dose.
        """
        earlier_mg = of_bag_mg = 0.0
        for step, until in self.stretches(now):
            if step.step == "start":
                earlier_mg, of_bag_mg = earlier_mg + of_bag_mg, 0.0
            if step.is_flowing:
                rate_mg_per_h = step.rate_ml_per_h * step.mg_per_ml
                of_bag_mg += rate_mg_per_h * (until - step.at) / timedelta(hours=1)
            if step.dose_mg is not None:
                of_bag_mg = min(of_bag_mg, step.dose_mg)
        return earlier_mg + of_bag_mg

    @property
    def dose_mg(self) -> float | None:
        """What the bag that was started last holds, mg; None where that was not recorded."""
        return self.steps[-1].dose_mg if self.steps else None

    @property
    def ends_at(self) -> datetime | None:
        """When its bag will have run in if nobody touches the pump; None while it does not run."""
        if not self.steps or not self.steps[-1].is_flowing or self.dose_mg is None:
            return None
        last = self.steps[-1]
        begun = max(index for index, one in enumerate(self.steps) if one.step == "start")
        in_by_then_mg = Infusion(self.steps[begun:]).delivered_mg(now=last.at)
        left_mg = self.dose_mg - in_by_then_mg
        return last.at + timedelta(hours=left_mg / (last.rate_ml_per_h * last.mg_per_ml))

    def stretches(self, now: datetime) -> Iterator[tuple[InfusionStep, datetime]]:
        """Each act at the pump by now with the time until which it held."""
        steps = [step for step in self.steps if step.at <= now]
        yield from ((step, later.at) for step, later in pairwise(steps))
        if steps and now > steps[-1].at:
            yield steps[-1], now


NO_INFUSION = Infusion(())


def infusion(facts: Sequence[Fact]) -> Infusion:
    """The infusion that these facts tell, from its first start on.

    A resumed one runs on at its last rate.

    Args:
        facts: Facts of the code `infusion`, in order of time.
    """
    steps: list[InfusionStep] = []
    rate, strength, dose_mg = 0.0, 0.0, None
    for fact in facts:
        value = fact.value if isinstance(fact.value, Mapping) else {}
        step = str(value.get("step"))
        if step == NEVER or not (steps or step == "start"):
            continue
        rate = float(value.get("rate_ml_per_h") or rate)
        strength = float(value.get("mg_per_ml") or strength)
        if step == "start":
            dose_mg = value.get("dose_mg")
        steps.append(InfusionStep(step, fact.effective_at, rate, strength, fact, dose_mg))
    return Infusion(tuple(steps))
