"""The infusion calculator against numbers worked out by hand, and what it refuses."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical.errors import ImplausibleValueError
from serein.clinical.mixture import Mixture, order_mg

BAG = Mixture(dose_mg=35, vial_mg_per_ml=50, diluent_ml=100, minutes=40)
AMOUNTS = st.floats(0.1, 500, allow_nan=False)


def test_the_worked_bag_of_the_fourth_scenario_agrees_with_the_sums_on_paper():
    assert BAG.draw_ml == pytest.approx(0.70)
    assert BAG.total_ml == pytest.approx(100.70)
    assert BAG.mg_per_ml == pytest.approx(35 / 100.7)
    assert BAG.mg_per_h == pytest.approx(52.5)
    assert BAG.ml_per_h == pytest.approx(151.05)
    assert BAG.ml_per_min == pytest.approx(2.5175)


def test_the_formula_says_every_step_with_its_units():
    assert BAG.formula == (
        "35 mg / 50 mg/mL = 0.7 mL to draw",
        "0.7 mL + 100 mL = 100.7 mL in the bag",
        "35 mg / 100.7 mL = 0.348 mg/mL",
        "100.7 mL in 40 min = 151.05 mL/h",
    )


def test_what_is_kept_holds_the_inputs_the_results_and_the_formula():
    kept = BAG.as_value()
    assert (kept["dose_mg"], kept["vial_mg_per_ml"], kept["diluent_ml"], kept["minutes"]) == (
        35,
        50,
        100,
        40,
    )
    assert (kept["draw_ml"], kept["mg_per_ml"], kept["ml_per_h"]) == (0.7, 0.3476, 151.05)
    assert kept["formula"] == "; ".join(BAG.formula)


def test_it_ends_so_many_minutes_after_it_began():
    began = datetime(2025, 10, 14, 9, 0, tzinfo=UTC)
    assert BAG.ends_at(start=began) == began + timedelta(minutes=40)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("dose_mg", "0 is no dose in mg; enter one above zero"),
        ("vial_mg_per_ml", "0 is no strength in mg/mL"),
        ("diluent_ml", "0 is no volume in mL"),
        ("minutes", "0 is no duration in minutes"),
    ],
)
def test_nothing_is_mixed_of_nought(part, said):
    parts = {"dose_mg": 35, "vial_mg_per_ml": 50, "diluent_ml": 100, "minutes": 40, part: 0}
    with pytest.raises(ImplausibleValueError, match=said):
        Mixture(**parts)


def test_a_number_that_is_none_is_not_mixed_either():
    with pytest.raises(ImplausibleValueError):
        Mixture(dose_mg=float("nan"), vial_mg_per_ml=50, diluent_ml=100, minutes=40)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_rate_times_strength_times_time_gives_the_dose_back(dose, vial, diluent, minutes):
    bag = Mixture(dose, vial, diluent, minutes)
    assert bag.ml_per_h * bag.mg_per_ml * minutes / 60 == pytest.approx(dose)
    assert bag.ml_per_min * 60 == pytest.approx(bag.ml_per_h)
    assert bag.mg_per_h * minutes / 60 == pytest.approx(dose)


def test_an_order_by_weight_is_told_to_a_tenth_of_a_milligram():
    assert order_mg(0.5, weight_kg=70) == 35
    assert order_mg(0.5, weight_kg=71.3) == 35.6
