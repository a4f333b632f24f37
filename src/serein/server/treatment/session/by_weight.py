"""A visit by weight as its page shows it: the scale, the bag and its check, the pump, the doses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from serein.clinical.facts import Fact
from serein.clinical.infusion import InfusionStep
from serein.clinical.mixture import Mixture
from serein.clinical.monitoring import SessionReading
from serein.clinical.preparation import (
    Difference,
    check_of,
    checks_of,
    differences,
    standing_preparation,
)
from serein.clinical.protocols import WEIGHT_AGE
from serein.server.accounts.models import User
from serein.server.supply.models import Lot, Unit
from serein.server.supply.queries import on_the_shelf
from serein.server.treatment import queries
from serein.server.treatment.actions.dose import INJECTED, UNITS
from serein.server.treatment.actions.infusion import FOLLOWS
from serein.server.treatment.models import Session
from serein.server.treatment.wording import step_word


@dataclass(frozen=True)
class Bag:
    """The preparation that stands, and its check; hidden from who may still check it blind.

    `ends_at` is when it would have run in, started now.
    """

    fact: Fact
    value: Mapping[str, Any]
    mixture: Mixture
    ends_at: datetime
    check: Fact | None
    differences: Sequence[Difference]
    is_mine: bool
    was_checked_by_me: bool

    @property
    def is_shown(self) -> bool:
        """Whether the numbers may be seen: by the two, and by all once they agree."""
        return self.is_mine or self.was_checked_by_me or self.is_checked

    @property
    def is_checked(self) -> bool:
        """Whether a second person's numbers agree."""
        return self.check is not None and not self.differences


@dataclass(frozen=True)
class Segment:
    """One act at the pump: its word, its rate, its reason, what had run in by then."""

    step: InfusionStep
    word: str
    reason: str
    delivered_mg: float


def told(shown: Session, reading: SessionReading, *, user: User) -> dict[str, Any]:
    """What the page of a visit by weight shows more; nothing for a visit by devices."""
    of = reading.protocol
    if of.limits is None:
        return {}
    weight = reading.latest.get("weight")
    is_old = not next(gate for gate in reading.gates if gate.id == WEIGHT_AGE).is_met
    units = UNITS.get(of.route, (Unit.ML,))
    bag = _bag(reading, user=user)
    met = [gate for gate in reading.gates if gate.is_met]
    if bag is not None and not bag.is_shown:
        # A rule that says why would say the weight, too.
        met = [gate for gate in met if all(fact.code != "weight" for fact in gate.evidence)]
    return {
        "limits": of.limits,
        "met_gates": met,
        "weight": weight,
        "weight_is_old": is_old,
        "lots": _lots(shown, units, at=reading.at),
        "is_injected": of.route in INJECTED,
        "next_number": len(reading.doses) + 1,
        "bag": bag,
        "pump": _pump(shown, reading),
        "usual_minutes": of.infusion.minutes if of.infusion else None,
    }


def _lots(shown: Session, units: Sequence[Unit], *, at: datetime) -> list[Lot]:
    today = at.astimezone(shown.clinic.zone).date()
    return list(on_the_shelf(shown.clinic, product=shown.product, units=units, on=today))


def _bag(reading: SessionReading, *, user: User) -> Bag | None:
    by_code, within = reading.moment.by_code, reading.protocol.second_check
    orders = by_code.get("order", ())
    fact = standing_preparation(by_code, order=orders[-1] if orders else None)
    if fact is None or within is None:
        return None
    assert isinstance(fact.value, Mapping)
    check = check_of(by_code, preparation=fact)
    checked = check.value if check is not None and isinstance(check.value, Mapping) else None
    apart = differences(fact.value, checked, within=within) if checked else []
    mixture = Mixture(**{one.name: fact.value[one.name] for one in fields(Mixture)})
    ends_at = mixture.ends_at(start=reading.at)
    return Bag(
        fact,
        fact.value,
        mixture,
        ends_at,
        check,
        apart,
        is_mine=queries.author(fact) == user.pk,
        was_checked_by_me=any(
            queries.author(one) == user.pk for one in checks_of(by_code, preparation=fact)
        ),
    )


def _pump(shown: Session, reading: SessionReading) -> dict[str, Any]:
    """The pump: what it runs at, what has run in, until when, and everything done at it."""
    run = reading.infusion
    last = run.steps[-1] if run.steps else None
    why = queries.reasons(shown) if run.steps else {}
    return {
        "last": last,
        "is_open": run.is_open,
        "is_flowing": last is not None and last.is_flowing,
        "delivered_mg": run.delivered_mg(now=reading.at),
        "dose_mg": run.dose_mg,
        "ends_at": run.ends_at,
        "may_follow": FOLLOWS[last.step if last else None],
        "segments": [
            Segment(
                step,
                step_word(step.step),
                why.get(step.fact.id, ""),
                run.delivered_mg(now=step.at),
            )
            for step in run.steps
        ],
    }
