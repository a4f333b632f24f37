"""What a row of a billing file counts, and which service it holds for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.billing import Encounter, bill
from serein.clinical.billing_tables import Condition, Span, Units

[FILE] = library.load().shelf.of_kind("billing")
DAY = date(2026, 2, 3)


def only_by(route):
    """The packaged file with every row of a drug asking for one route."""
    rows = [
        row.model_copy(update={"routes": (route,)}) if row.kind == "drug" else row
        for row in FILE.row
    ]
    return FILE.model_copy(update={"row": rows})


def codes(file, product, **said):
    found = bill([file], Encounter("other", DAY, product, 56.0, **said))
    return [line.code for line in found.lines if line.kind == "drug"]


def test_a_product_given_in_one_way_needs_no_route_said():
    assert codes(only_by("nasal"), "esketamine-nasal") == ["J0013"]
    assert codes(only_by("nasal"), "esketamine-nasal", route="nasal") == ["J0013"]


def test_a_product_given_in_several_ways_is_of_none_that_was_not_said():
    assert codes(only_by("iv"), "ketamine") == []
    assert codes(only_by("iv"), "ketamine", route="iv") == ["J3490"]


@pytest.mark.parametrize("minutes", [None, 15])
def test_an_infusion_of_too_few_minutes_or_of_none_that_was_said_has_no_unit(minutes):
    rule = Units(first_at_min=16, each_min=60)

    assert rule.count(dose_mg=35, infusion_min=minutes) is None
    assert rule.count(dose_mg=35, infusion_min=16) == 1


def test_a_span_may_hold_one_amount_and_is_refused_when_its_higher_low_end_is_too_high():
    assert Span(at_least=5, at_most=5).holds(5)
    with pytest.raises(ValidationError, match="holds nothing"):
        Span(above=1, at_least=9, at_most=5)


def test_a_row_may_hold_for_one_day():
    bound = {"on": "2026-02-01", "text": "x", "policy": True}
    row = Condition.model_validate({"begins": bound, "ends": bound, "policy": True})
    assert [row.covers(date(2026, *day)) for day in ((1, 31), (2, 1), (2, 2))] == [
        False,
        True,
        False,
    ]


@given(st.floats(1, 300), st.none() | st.integers(1, 600))
def test_a_fixed_number_of_units_asks_nothing(dose_mg, minutes):
    assert Units(fixed=2).count(dose_mg=dose_mg, infusion_min=minutes) == 2
