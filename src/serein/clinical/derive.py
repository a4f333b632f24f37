"""Values worked out from the facts of one session, each with the facts it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from serein.clinical.course import SAME_VISIT
from serein.clinical.criteria import MET, UNKNOWN, Derived, Moment
from serein.clinical.dosing import (
    Dosing,
    dose_option,
    not_ordered,
    shortest_rest_min,
)
from serein.clinical.facts import Fact
from serein.clinical.history import CARDIOVASCULAR, cardiovascular
from serein.clinical.next_dose import over_order_percent
from serein.clinical.person import PERSON, dose_weight, person
from serein.clinical.preparation import IS_CHECKED, is_checked
from serein.clinical.protocols import MG_PER_KG, OBSERVED_MIN, Protocol
from serein.clinical.vocabulary import Term
from serein.clinical.waits import wait_values
from serein.clinical.weighing import is_beyond

HOLDING = "alerts.holding"
CADSS, CADSS_RISE = "cadss.total", "cadss.total.rise"
DERIVED: Mapping[str, Term] = {
    **PERSON,
    **CARDIOVASCULAR,
    "session.number": Term("Session number"),
    "session.product": Term("Product of this session"),
    "session.days-since-last-dose": Term("Since the last dose", "days"),
    "session.is-second-today": Term("Another dose earlier today"),
    "order.product": Term("Product ordered"),
    "order.dose-mg": Term("Dose ordered", "mg"),
    "order.is-signed": Term("Order signed by the prescriber"),
    "order.is-telephone": Term("Order taken by telephone"),
    "order.is-read-back": Term("Telephone order read back"),
    "order.awaits-signature": Term("Telephone order still to be signed"),
    "order.route": Term("Route ordered"),
    MG_PER_KG: Term("Dose ordered by weight", "mg/kg"),
    "order.exceeded-percent": Term("Given beyond the order", "%"),
    "order.dose-is-allowed": Term("Dose allowed in this session"),
    "devices.given": Term("Devices given, in full or in part"),
    "devices.open": Term("Devices still to be given"),
    "devices.not-ordered": Term("Devices given beyond the order"),
    "devices.outside-gate": Term("Doses given with a gate not open"),
    "devices.other-product": Term("Devices of another product"),
    "devices.shortest-rest-min": Term("Shortest rest between devices", "min"),
    "infusion.is-open": Term("Infusion running, or paused and not stopped"),
    IS_CHECKED: Term("Second check of the preparation"),
    OBSERVED_MIN: Term("Observed", "min"),
    "gates.not-open-at-dose": Term("Gates not open when the first device was given"),
    HOLDING: Term("Alerts that hold the next device"),
    "bp.systolic.rise": Term("Rise of systolic pressure over baseline", "mmHg"),
    "bp.diastolic.rise": Term("Rise of diastolic pressure over baseline", "mmHg"),
    CADSS_RISE: Term("Rise of the CADSS over the score before the dose"),
    "bp.systolic.rise-percent": Term("Rise of systolic pressure over baseline", "%"),
    "bp.diastolic.rise-percent": Term("Rise of diastolic pressure over baseline", "%"),
    "danger-signs.recorded": Term("Danger signs recorded this session"),
    "breathing.is-unresolved": Term("Breathing last seen slow, shallow or in need of help"),
    "transport.other-is-safe": Term("Another safe way home, not by driving"),
}
DANGER = "danger."
_DOSES = ("device", "dose", "infusion")
NEVER = datetime.min.replace(tzinfo=UTC)
_WAY_HOME = ("transport.no-driving", "transport.way", "transport.way-detail")


def derived(
    protocol: Protocol,
    by_code: Mapping[str, Sequence[Fact]],
    *,
    state: Dosing,
    baseline: Mapping[str, Fact],
    open_devices: int,
    now: datetime,
) -> dict[str, Derived]:
    """Everything in `DERIVED` that can be worked out at this moment."""
    found = {**person(by_code, now=now), **cardiovascular(by_code, now=now)}
    found.update(_of_session(by_code))
    found.update(wait_values(protocol, by_code, now=now))
    found.update(_of_order(protocol, Moment(now, by_code, found), state=state))
    found.update(_of_devices(state, open_devices=open_devices, now=now))
    steps = tuple(step.fact for step in state.infusion.steps)
    found["infusion.is-open"] = Derived(state.infusion.is_open, now, steps[-1:])
    over, given = over_order_percent(state, now=now), tuple(one.fact for one in state.exposures)
    found["order.exceeded-percent"] = Derived(over, now, given, _DOSES if over is None else ())
    found[IS_CHECKED] = is_checked(
        by_code, order=state.order, within=protocol.second_check, now=now
    )
    found[OBSERVED_MIN] = observed(protocol, state, now=now)
    for code in ("bp.systolic", "bp.diastolic"):
        rise = _rise(code, by_code, baseline=baseline, state=state, now=now)
        found[f"{code}.rise"], found[f"{code}.rise-percent"] = rise, _in_percent(rise)
    found[CADSS_RISE] = _score_rise(by_code.get(CADSS, ()), state=state, now=now)
    found.update(_of_signs(by_code, now=now))
    found["transport.other-is-safe"] = _other_way(by_code, now=now)
    return found


def _of_session(by_code: Mapping[str, Sequence[Fact]]) -> dict[str, Derived]:
    facts = by_code.get("session", ())
    fact = facts[-1] if facts else None
    if fact is None or not isinstance(fact.value, Mapping):
        return {}
    names = {
        "session.number": "number",
        "session.product": "product",
        "session.days-since-last-dose": "days_since_last_dose",
    }
    days = _of(fact, "days_since_last_dose")
    # None known earlier is an honest no: the chart is asked for every earlier dose.
    is_second = isinstance(days, int) and days <= 0
    found = {"session.is-second-today": Derived(is_second, fact.effective_at, (fact,))}
    return {**found, **_fields(fact, names)}


def _fields(fact: Fact, names: Mapping[str, str]) -> dict[str, Derived]:
    """Scalar values out of a structured fact; a field that is not there stays unknown."""
    value = fact.value
    assert isinstance(value, Mapping)
    return {
        code: Derived(value.get(key), fact.effective_at, (fact,), ()) for code, key in names.items()
    }


def _of_order(protocol: Protocol, moment: Moment, *, state: Dosing) -> dict[str, Derived]:
    order = state.order
    if order is None:
        return {
            code: Derived(None, NEVER, (), ("order",))
            for code in DERIVED
            if code.startswith("order.")
        }
    names = {
        "order.product": "product",
        "order.route": "route",
        "order.dose-mg": "dose_mg",
        "order.is-signed": "signed",
        "order.is-telephone": "telephone",
        "order.is-read-back": "read_back",
    }
    found = _fields(order, names)
    waiting = [
        fact
        for fact in moment.by_code["order"]
        if _of(fact, "telephone") is True and _of(fact, "signed") is not True
    ]
    found["order.awaits-signature"] = Derived(bool(waiting), order.effective_at, tuple(waiting))
    found[MG_PER_KG] = _mg_per_kg(order, moment.by_code, now=moment.now)
    found["order.dose-is-allowed"] = _dose_is_allowed(
        protocol, moment, state=state, order=order, by_weight=found[MG_PER_KG]
    )
    return found


def _dose_is_allowed(
    protocol: Protocol, moment: Moment, *, state: Dosing, order: Fact, by_weight: Derived
) -> Derived:
    """Whether the protocol has this dose for this session; one by weight has its hard limits."""
    number = moment.derived.get("session.number")
    if number is None or not isinstance(number.value, int):
        return Derived(None, order.effective_at, (order,), ("session",))
    option, decided = dose_option(protocol, number.value, moment=moment)
    evidence = (order, *number.evidence, *decided.evidence)
    if option is None and decided.verdict is UNKNOWN:
        return Derived(None, order.effective_at, evidence, decided.missing)
    allowed: tuple[int, ...] = option.allowed_mg if option else ()
    if option is None or not option.usual_mg_per_kg:
        return Derived(state.ordered_mg in allowed, order.effective_at, evidence)
    assert state.ordered_mg is not None, "an order has its milligrams"
    above = is_beyond(protocol.limits, dose_mg=state.ordered_mg, mg_per_kg=by_weight.value)
    is_allowed = None if above is None else not above
    evidence = (*evidence, *by_weight.evidence[1:])
    return Derived(is_allowed, order.effective_at, evidence, by_weight.missing)


def _mg_per_kg(order: Fact, by_code: Mapping[str, Sequence[Fact]], *, now: datetime) -> Derived:
    """The order over the dose weight, by the method that the order names.

    While that is the weight it was reckoned from, its own mg/kg hold: its milligrams are rounded
    to a tenth, and may come to more than was ordered.
    """
    method = str(_of(order, "weight_method") or "actual")
    weight, dose_mg = dose_weight(by_code, method=method, now=now), _of(order, "dose_mg")
    evidence = (order, *weight.evidence)
    if weight.value is None or not isinstance(dose_mg, int | float):
        return Derived(None, order.effective_at, evidence, weight.missing)
    own, is_its_weight = _of(order, "mg_per_kg"), round(weight.value, 1) == _of(order, "weight_kg")
    per_kg = own if own and is_its_weight else round(dose_mg / weight.value, 3)
    return Derived(per_kg, order.effective_at, evidence)


def _of_devices(state: Dosing, *, open_devices: int, now: datetime) -> dict[str, Derived]:
    given = state.given_devices
    evidence = tuple(mark.fact for mark in given)
    at = given[-1].at if given else now
    beyond = tuple(mark.fact for mark in not_ordered(state))
    marked = tuple(one.fact for one in state.exposures if _of(one.fact, "outside_gate"))
    ordered = _of(state.order, "product")
    other = tuple(fact for fact in evidence if ordered and _of(fact, "product") != ordered)
    rest = shortest_rest_min(state)
    return {
        "devices.given": Derived(len(given), at, evidence),
        "devices.open": Derived(open_devices, at, evidence),
        "devices.not-ordered": Derived(len(beyond), at, beyond),
        "devices.outside-gate": Derived(len(marked), at, marked),
        "devices.other-product": Derived(len(other), at, other),
        "devices.shortest-rest-min": Derived(rest, at, evidence, ("device",)),
    }


def holding(protocol: Protocol, moment: Moment) -> Derived:
    """How many alerts that hold the next device stand: by any reading, then by those since it.

    What was not measured holds nothing; the gates on the baseline ask for what must be there.
    """
    first_at = moment.events.get("first-dose")
    judged = (rule.when.judge(moment) for rule in protocol.alerts if rule.is_holding_device)
    standing = [
        [fact for fact in found.evidence if first_at is None or fact.effective_at > first_at]
        for found in judged
        if found.verdict is MET
    ]
    since = [facts for facts in standing if facts]
    evidence = tuple({fact.id: fact for facts in since for fact in facts}.values())
    at = max((fact.effective_at for fact in evidence), default=moment.now)
    return Derived(len(since), at, evidence)


def _of(fact: Fact | None, key: str) -> Any:
    return fact.value.get(key) if fact is not None and isinstance(fact.value, Mapping) else None


def observed(protocol: Protocol, state: Dosing, *, now: datetime) -> Derived:
    """Minutes observed since the protocol's anchor; unknown before the dose and while it runs."""
    last = state.last_exposure
    if last is None:
        return Derived(None, now, (), _DOSES)
    anchor = state.exposures[0] if protocol.observe.anchor == "first-dose" else last
    return Derived(minutes_between(anchor.at, now), now, (anchor.fact,))


def minutes_between(start: datetime, end: datetime) -> float:
    """Elapsed minutes between two times.

    Args:
        start: When it began, with its zone.
        end: When it ended, with its zone.

    Returns:
        Minutes; negative when the end lies before the start.
    """
    return (end - start).total_seconds() / 60


def _rise(
    code: str,
    by_code: Mapping[str, Sequence[Fact]],
    *,
    baseline: Mapping[str, Fact],
    state: Dosing,
    now: datetime,
) -> Derived:
    """The newest reading after the first dose, less the last one before it."""
    readings = by_code.get(code, ())
    before = baseline.get(code)
    if not state.exposures or not readings or before is None or readings[-1] is before:
        return Derived(None, now, (), (code,))
    latest = readings[-1]
    if not (isinstance(latest.value, int | float) and isinstance(before.value, int | float)):
        return Derived(None, now, (), (code,))
    return Derived(latest.value - before.value, latest.effective_at, (latest, before))


def _score_rise(totals: Sequence[Fact], *, state: Dosing, now: datetime) -> Derived:
    """The newest total after the first dose, less the last one of the same visit before it."""
    first_at = state.exposures[0].at if state.exposures else None
    before = [
        one for one in totals if first_at and first_at - SAME_VISIT <= one.effective_at <= first_at
    ]
    after = [one for one in totals if first_at and one.effective_at > first_at]
    if not before or not after:
        return Derived(None, now, (), (CADSS,))
    latest, earlier = after[-1], before[-1]
    assert isinstance(latest.value, int | float)
    assert isinstance(earlier.value, int | float)
    return Derived(latest.value - earlier.value, latest.effective_at, (latest, earlier))


def _in_percent(rise: Derived) -> Derived:
    """A rise over the baseline in percent of it; the second of its facts is the baseline."""
    if rise.value is None:
        return rise
    before = rise.evidence[1].value
    assert isinstance(before, int | float)
    return rise._replace(value=100 * rise.value / before)


def _of_signs(by_code: Mapping[str, Sequence[Fact]], *, now: datetime) -> dict[str, Derived]:
    """What is tapped only when it happens: counted, so that none recorded is an honest nought."""
    signs = tuple(
        fact
        for code, facts in by_code.items()
        if code.startswith(DANGER)
        for fact in facts
        if fact.value is True
    )
    at = max((fact.effective_at for fact in signs), default=now)
    found = {"danger-signs.recorded": Derived(len(signs), at, signs)}
    last = tuple(by_code.get("breathing", ())[-1:])
    is_unresolved = any(fact.value != "normal" for fact in last)
    found["breathing.is-unresolved"] = Derived(is_unresolved, now, last)
    return found


def _other_way(by_code: Mapping[str, Sequence[Fact]], *, now: datetime) -> Derived:
    """Whether another way home is safe: picked from the list, with whom, the patient not driving.

    What was once written in free words (`transport.other`) says none of this, and is not safe.
    """
    latest = {code: by_code[code][-1] for code in _WAY_HOME if by_code.get(code)}
    evidence = tuple(latest.values())
    at = max((fact.effective_at for fact in evidence), default=now)
    ticked = latest.get(_WAY_HOME[0])
    if ticked is not None and ticked.value is not True:
        return Derived(value=False, at=at, evidence=(ticked,))
    missing = tuple(code for code in _WAY_HOME if code not in latest or latest[code].value == "")
    return Derived(None if missing else True, at, evidence, missing)
