"""A visit by weight in the record: the scale, every bag with its checks, the pump, the doses."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from serein.clinical.facts import Chart, Fact
from serein.clinical.monitoring import SessionReading
from serein.clinical.preparation import CHECK, PREPARATION, differences
from serein.server.treatment import queries
from serein.server.treatment.models import Session
from serein.server.treatment.paper import times
from serein.server.treatment.wording import outcome_word, route_word, step_word


def weighed(session: Session, reading: SessionReading, chart: Chart) -> dict[str, Any]:
    """Lines and rows for the record's template; all empty for a visit by devices."""
    if reading.protocol.limits is None:
        return {"bags": [], "pump": [], "doses": []}
    return {
        "bags": [*_scale(session, reading), *_bags(session, reading, chart)],
        "pump": _pump(session, reading),
        "doses": [_dose(session, mark.fact, mg=mark.mg) for mark in reading.doses],
    }


def _scale(session: Session, reading: SessionReading) -> Iterator[str]:
    weight = reading.latest.get("weight")
    if weight is not None:
        yield _("Weighed %(kg)s kg, %(time)s, %(name)s") % {
            "kg": f"{weight.value:g}",
            "time": times.moment(weight.effective_at, session.clinic.zone),
            "name": weight.by or _("not recorded by whom"),
        }


def _bags(session: Session, reading: SessionReading, chart: Chart) -> Iterator[str]:
    """Each bag that was prepared, with every check of it, the ones that disagreed among them."""
    made = chart.all(PREPARATION)
    checks = chart.all(CHECK)
    for index, bag in enumerate(made):
        until = made[index + 1].effective_at if index + 1 < len(made) else None
        yield _bag(session, bag)
        for check in checks:
            is_later = until is not None and check.effective_at >= until
            if check.effective_at >= bag.effective_at and not is_later:
                yield _check(session, reading, bag, check)
        if not any(check.effective_at >= bag.effective_at for check in checks):
            yield _("Not checked by a second person")


def _bag(session: Session, bag: Fact) -> str:
    value = _of(bag)
    return _(
        "Prepared by %(name)s %(time)s: %(mg)s mg for %(kg)s kg, %(draw)s mL of lot %(lot)s "
        "(%(strength)s mg/mL) into %(diluent)s mL, %(minutes)s min: %(rate)s mL/h (%(formula)s)"
    ) % {
        "name": bag.by,
        "time": times.clock(bag.effective_at, session.clinic.zone),
        "mg": f"{value['dose_mg']:g}",
        "kg": f"{value['weight_kg']:g}",
        "draw": f"{value['draw_ml']:g}",
        "lot": value["lot"],
        "strength": f"{value['vial_mg_per_ml']:g}",
        "diluent": f"{value['diluent_ml']:g}",
        "minutes": f"{value['minutes']:g}",
        "rate": f"{value['ml_per_h']:g}",
        "formula": value["formula"],
    }


def _check(session: Session, reading: SessionReading, bag: Fact, check: Fact) -> str:
    within = reading.protocol.second_check
    assert within is not None, "what was prepared is checked"
    apart = differences(_of(bag), _of(check), within=within)
    value = _of(check)
    said = "; ".join(one.sentence for one in apart) if apart else _("agrees")
    return _("Checked by %(name)s %(time)s: %(kg)s kg, lot %(lot)s, %(rate)s mL/h: %(said)s") % {
        "name": check.by,
        "time": times.clock(check.effective_at, session.clinic.zone),
        "kg": f"{value['weight_kg']:g}",
        "lot": value["lot"],
        "rate": f"{value['ml_per_h']:g}",
        "said": said,
    }


def _pump(session: Session, reading: SessionReading) -> list[list[str]]:
    """Time, act, rate, milligrams in by then, why, by whom."""
    run = reading.infusion
    why = queries.reasons(session) if run.steps else {}
    return [
        [
            times.clock(step.at, session.clinic.zone),
            step_word(step.step) + (" ▲" if _of(step.fact).get("outside_gate") else ""),
            f"{step.rate_ml_per_h:g}" if step.is_flowing else "",
            f"{run.delivered_mg(now=step.at):.1f}",
            why.get(step.fact.id, ""),
            step.fact.by,
        ]
        for step in run.steps
    ]


def _dose(session: Session, dose: Fact, *, mg: float) -> list[str]:
    """Number, milligrams, amount, outcome, time, lot, where, by whom."""
    value = _of(dose)
    amount = f"{value['amount']:g} {value['unit']}" if value.get("amount") else ""
    where = ", ".join(filter(None, (route_word(str(value.get("route", ""))), value.get("site"))))
    return [
        str(value.get("number", "")),
        f"{mg:g}",
        amount,
        outcome_word(str(value["outcome"])) + (" ▲" if value.get("outside_gate") else ""),
        times.clock(dose.effective_at, session.clinic.zone),
        str(value.get("lot", "")),
        where,
        dose.by,
    ]


def _of(fact: Fact) -> Mapping[str, Any]:
    assert isinstance(fact.value, Mapping)
    return fact.value
