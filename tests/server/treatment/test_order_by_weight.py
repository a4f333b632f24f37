"""Orders by weight: both numbers, the weight behind them, and limits that hold."""

from datetime import timedelta

import pytest

from serein.clinical.errors import InputError
from serein.server.alerts.models import Alert
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions, queries
from serein.server.treatment.actions.by_weight import ByWeight
from serein.server.treatment.errors import ConfirmError
from serein.server.treatment.models import Chair, Order
from tests.server.treatment.day import sit_down
from tests.server.treatment.weighed import WeighedDay, vial, weighed_day


@pytest.fixture
def drip(patient, chair, alvarez, lind, now):
    return weighed_day(patient, chair, nurse=alvarez, prescriber=lind, now=now, route="iv")


def test_an_order_in_mg_per_kg_keeps_both_numbers_and_the_weight_behind_them(drip):
    drip.weigh(71.3)
    order = drip.order_by_weight(0.5)
    assert (order.mg, order.mg_per_kg, order.weight_kg) == (35.6, 0.5, 71.3)
    assert (order.weight_method, order.route) == ("actual", "iv")
    [fact] = order.facts()
    assert (fact.value["dose_mg"], fact.value["mg_per_kg"], fact.value["route"]) == (
        35.6,
        0.5,
        "iv",
    )


def test_an_order_in_mg_says_what_it_is_by_weight(drip):
    drip.weigh(70)
    order = drip.act(actions.sign_order, by=drip.prescriber, dose_mg=35)
    assert (order.mg, order.mg_per_kg) == (35, 0.5)


def test_a_dose_is_given_in_one_of_the_two_units_and_above_nought(drip):
    drip.weigh()
    for words in ({"dose_mg": None, "mg_per_kg": None}, {"dose_mg": 35, "mg_per_kg": 0.5}):
        with pytest.raises(InputError, match="Enter the dose in mg, or in mg/kg"):
            drip.order_by_weight(**words)
    with pytest.raises(InputError, match="0 is no dose"):
        drip.order_by_weight(0)


def test_without_a_weight_nothing_is_ordered_by_it(drip):
    with pytest.raises(InputError, match="Weigh the patient first"):
        drip.order_by_weight()


@pytest.mark.parametrize(("seconds", "is_taken"), [(-1, True), (0, False)])
def test_a_weight_serves_to_the_last_second_of_its_days(drip, seconds, is_taken):
    drip.weigh()
    days = drip.protocol.limits.weight_days
    FactRow.objects.filter(code="weight").update(
        effective_at=drip.now - timedelta(days=days, seconds=seconds)
    )
    if is_taken:
        assert drip.order_by_weight().mg == 35
    else:
        with pytest.raises(InputError, match="Weigh the patient first"):
            drip.order_by_weight()


def test_above_the_hard_limit_nothing_is_ordered_whatever_the_reason(drip):
    drip.weigh()
    for words in ({"mg_per_kg": 1.01}, {"mg_per_kg": None, "dose_mg": 101}):
        with pytest.raises(InputError, match="above the limit of this protocol"):
            drip.order_by_weight(because="Nothing else has helped", **words)
    assert not Order.objects.exists()


def test_at_the_hard_limit_an_order_stands_though_its_milligrams_are_rounded_up(drip):
    drip.weigh(66.66)

    order = drip.order_by_weight(1.0, because="No response at the usual dose")

    assert (order.mg, order.mg_per_kg) == (66.7, 1.0)
    assert not Alert.objects.exists()
    shut = {gate.id for gate in queries.reading(drip.session, now=drip.now).open_gates}
    assert shut.isdisjoint({"order-dose", "dose-hard-limit"})


def test_on_paper_above_the_hard_limit_it_is_stored_and_holds_the_next_dose(drip):
    drip.weigh()
    ordered_at = drip.now
    drip.later(5)
    order = drip.order_by_weight(1.01, at=ordered_at, reason="on paper", because="No response")

    assert order.mg_per_kg == 1.01
    assert Alert.objects.get().rules == ["order-outside"]
    shut = {gate.id for gate in queries.reading(drip.session, now=drip.now).open_gates}
    assert {"order-dose", "dose-hard-limit"} <= shut


def test_on_paper_far_above_the_hard_limit_it_is_asked_about(drip):
    drip.weigh()
    words = {"mg_per_kg": None, "dose_mg": 3500, "at": drip.now}
    with pytest.raises(InputError, match=r"3500 mg is not a dose of session 3\. Say how"):
        drip.order_by_weight(**words)
    with pytest.raises(ConfirmError, match="is 50 times the most that this protocol allows"):
        drip.order_by_weight(**words, reason="on paper")
    assert not Order.objects.exists()

    order = drip.order_by_weight(**words, reason="on paper", is_confirmed=True)

    assert order.dose_mg == 3500
    assert Alert.objects.get().rules == ["order-outside"]


def test_above_the_soft_limit_the_reason_is_given_with_the_order(drip):
    drip.weigh()
    with pytest.raises(InputError, match="give the reason in a sentence"):
        drip.order_by_weight(0.8)
    drip.order_by_weight(0.8, because="No response at the usual dose, well tolerated")
    kept = FactRow.objects.get(code="decision.dose-soft-limit")
    assert kept.value["reason"] == "No response at the usual dose, well tolerated"
    seen = queries.reading(drip.session, now=drip.now)
    assert next(gate for gate in seen.gates if gate.id == "dose-soft-limit").is_met


def test_above_the_soft_limit_nobody_takes_it_by_telephone(drip):
    drip.weigh()
    with pytest.raises(InputError, match="the prescriber orders it here, with the reason"):
        drip.act(
            actions.take_telephone_order,
            weighed=ByWeight(0.8, because="she said so"),
            prescriber=drip.prescriber,
            is_read_back=True,
        )


def test_the_ideal_weight_needs_height_and_sex(drip, patient):
    drip.weigh(140)
    with pytest.raises(InputError, match="Enter the height and the sex in the chart first"):
        drip.order_by_weight(0.5, method="ideal")
    with pytest.raises(InputError, match="Choose the weight"):
        drip.order_by_weight(0.5, method="guessed")


def test_twice_the_last_dose_is_asked_about_and_half_of_it_too(
    drip, patient, chair, clinic, osei, pym, now
):
    drip.ready(vial(clinic, by=pym, now=now), second=osei)
    drip.start()
    drip.later(40)
    drip.pump("stop", "as planned")
    drip.watch()
    drip.later(10)
    drip.release()
    given = drip.given_mg()
    assert given == pytest.approx(35, abs=0.1)
    again = _next_visit(drip)
    with pytest.raises(ConfirmError, match="given last time; look at the point"):
        again.order_by_weight(None, dose_mg=3.5)
    with pytest.raises(ConfirmError):
        again.order_by_weight(1.0, because="No response at the usual dose")
    again.order_by_weight(None, dose_mg=3.5, is_confirmed=True)
    assert Order.objects.filter(session=again.session).count() == 1


def _next_visit(drip):
    other = Chair.objects.create(clinic=drip.session.clinic, number=9)
    day = sit_down(
        other,
        drip.session.course,
        nurse=drip.nurse,
        prescriber=drip.prescriber,
        now=drip.now + timedelta(days=3),
    )
    return WeighedDay(day.session, day.nurse, day.prescriber, day.now)


def test_pounds_read_as_kilograms_are_asked_about(drip):
    drip.weigh(70)
    drip.later(1)
    with pytest.raises(ConfirmError, match="154 kg beside 70 kg last time looks like pounds"):
        drip.weigh(154)
    with pytest.raises(ConfirmError, match="20 % more than 70 kg last time"):
        drip.weigh(84)
    drip.weigh(84, is_confirmed=True)
    assert drip.order_by_weight(0.5).mg == 42


def test_a_weight_that_cannot_be_is_never_confirmed(drip):
    with pytest.raises(ConfirmError, match="cannot be a reading"):
        drip.weigh(700, is_confirmed=True)
    assert not FactRow.objects.filter(code="weight").exists()


def test_a_weight_sent_again_is_one_weight(drip):
    entry = new_id()
    drip.weigh(70, id=entry)
    drip.weigh(70, id=entry)
    assert FactRow.objects.filter(code="weight").count() == 1


def test_esketamine_is_not_ordered_by_weight(day):
    with pytest.raises(InputError, match="not ordered by weight"):
        day.act(actions.sign_order, by=day.prescriber, weighed=ByWeight(0.5))
    with pytest.raises(InputError, match="not given by weight"):
        day.act(actions.weigh_patient, weight_kg=70)
