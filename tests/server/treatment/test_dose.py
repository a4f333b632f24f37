"""Doses that are neither device nor drip: each route in its own unit, once, within its order."""

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.server.alerts.models import Alert
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions, queries
from serein.server.treatment.actions.dose import Portion
from serein.server.treatment.errors import GateError, TakenError
from tests.server.treatment.weighed import vial, weighed_day

UNITS = {"im": "mL", "sc": "mL", "nasal": "spray", "oral": "tablet", "sublingual": "troche"}
STRENGTHS = {"mL": 50, "spray": 10, "tablet": 35, "troche": 5}


@pytest.fixture
def brought(patient, chair, alvarez, lind, pym, clinic, now):
    """A patient of this route, ready for the dose, and the lot it comes from."""

    def bring(route):
        day = weighed_day(patient, chair, nurse=alvarez, prescriber=lind, now=now, route=route)
        unit = UNITS[route]
        lot = vial(clinic, by=pym, now=now, unit=unit, strength_mg=STRENGTHS[unit])
        day.weigh()
        day.check()
        option = day.protocol.doses[0]
        mg = option.allowed_mg[0] if option.allowed_mg else option.usual_mg_per_kg[0] * 70
        day.order_by_weight(None, dose_mg=mg)
        return day, lot, mg

    return bring


@pytest.mark.parametrize("route", UNITS)
def test_each_route_is_given_in_its_own_unit_and_observed(brought, route):
    day, lot, mg = brought(route)
    day.give(mg, lot=lot, site="left deltoid")
    kept = FactRow.objects.get(code="dose").value
    assert (kept["route"], kept["unit"], kept["mg"]) == (route, UNITS[route], mg)
    assert kept["amount"] == pytest.approx(mg / lot.strength_mg, abs=0.001)
    seen = queries.reading(day.session, now=day.now)
    assert (seen.stage, seen.given_mg) == ("observing", mg)
    assert seen.release.earliest_at is not None


def test_an_injection_says_where(brought):
    day, lot, mg = brought("im")
    with pytest.raises(InputError, match="Say where it was injected"):
        day.give(mg, lot=lot)
    day.give(mg, lot=lot, site="left deltoid")
    assert FactRow.objects.get(code="dose").value["site"] == "left deltoid"


def test_a_second_dose_stays_within_the_order(brought):
    day, lot, mg = brought("im")
    day.give(mg - 10, lot=lot, site="left deltoid")
    day.later(10)
    with pytest.raises(GateError, match="more than is left of the order, 10 mg"):
        day.give(11, 2, lot=lot, site="left deltoid")
    day.give(10, 2, lot=lot, site="right deltoid")
    with pytest.raises(GateError, match="Nothing of the order is left"):
        day.give(1, 3, lot=lot, site="left deltoid")
    assert day.given_mg() == mg


def test_two_hands_give_one_dose(brought, osei):
    day, lot, mg = brought("im")
    day.give(mg / 2, lot=lot, site="left deltoid")
    with pytest.raises(TakenError, match=r"Dose 1 is already recorded: .* Rosa Alvarez at 10:12"):
        day.give(mg / 2, lot=lot, site="left deltoid", by=osei)
    with pytest.raises(TakenError, match="Another dose was recorded meanwhile"):
        day.give(mg / 2, 3, lot=lot, site="left deltoid", by=osei)
    assert FactRow.objects.filter(code="dose").count() == 1


def test_a_dose_sent_again_is_one_dose(brought):
    day, lot, mg = brought("oral")
    entry = new_id()
    day.give(mg, lot=lot, id=entry)
    day.give(mg, lot=lot, id=entry)
    assert FactRow.objects.filter(code="dose").count() == 1
    with pytest.raises(InputError, match="sent before"):
        day.give(mg / 2, lot=lot, id=entry)


def test_a_gate_that_is_shut_holds_the_dose_and_never_its_record(brought):
    day, lot, mg = brought("sc")
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    with pytest.raises(GateError, match="The dose must wait"):
        day.give(mg, lot=lot, site="abdomen")
    with pytest.raises(InputError, match="Say how it came to be given"):
        day.give(mg, lot=lot, site="abdomen", is_already_given=True)
    day.give(mg, lot=lot, site="abdomen", is_already_given=True, reason="given a moment before")
    assert FactRow.objects.get(code="dose").value["outside_gate"]
    assert Alert.objects.filter(rule="dose-outside-gate").exists()


def test_a_refused_dose_takes_no_lot_and_uses_up_nothing(brought):
    day, lot, mg = brought("sublingual")
    day.give(0, lot=None, outcome="refused")
    seen = queries.reading(day.session, now=day.now)
    assert seen.next_dose is not None
    assert (seen.stage, seen.next_dose.mg, seen.given_mg) == ("before-dose", mg, 0)
    with pytest.raises(InputError, match="nought if refused"):
        day.give(5, 2, lot=lot, outcome="refused")
    with pytest.raises(InputError, match="nought if refused"):
        day.give(0, 2, lot=lot)
    with pytest.raises(InputError, match="Say what became of it"):
        day.give(5, 2, lot=lot, outcome="never")


def test_a_lot_of_another_unit_is_not_picked(brought, clinic, pym, now):
    day, _lot, mg = brought("oral")
    other = vial(clinic, by=pym, now=now, number="T9", unit="troche")
    with pytest.raises(InputError, match="Pick the lot"):
        day.give(mg, lot=other)
    with pytest.raises(InputError, match="Pick the lot"):
        day.give(mg, lot=None)


def test_an_infusion_and_esketamine_are_not_given_as_a_dose_in_mg(day, brought):
    with pytest.raises(InputError, match="not given as a dose in mg"):
        day.act(actions.record_dose, portion=Portion(1, "given", 28))


def test_owen_and_the_monitor_give_nothing(brought, owen, morgan):
    day, lot, mg = brought("oral")
    for one in (owen, morgan):
        with pytest.raises(PermissionDenied):
            day.give(mg, lot=lot, by=one)
