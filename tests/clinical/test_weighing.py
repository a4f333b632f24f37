"""Weights and doses that are asked about once more: pounds, a far weight, a slipped digit."""

import pytest

from serein.clinical.weighing import dose_concerns, is_beyond, limit_concerns, weight_concerns


def said(concerns):
    return [(one.kind, one.codes, one.sentence) for one in concerns]


def test_the_first_weight_and_one_near_the_last_are_not_asked_about():
    assert weight_concerns(70, last_kg=None, ask_percent=10) == []
    assert weight_concerns(77, last_kg=70, ask_percent=10) == []
    assert weight_concerns(63, last_kg=70, ask_percent=10) == []


@pytest.mark.parametrize(("weight_kg", "more"), [(78, "11 % more"), (62, "11 % less")])
def test_a_weight_far_from_the_last_says_how_far(weight_kg, more):
    [(kind, codes, sentence)] = said(weight_concerns(weight_kg, last_kg=70, ask_percent=10))
    assert (kind, codes) == ("unlikely", ("weight",))
    assert sentence == (
        f"{weight_kg} kg is {more} than 70 kg last time; weigh again, or confirm it"
    )


@pytest.mark.parametrize(
    ("weight_kg", "last_kg", "unit"),
    [
        (154, 70, "pounds"),
        (163, 70, "pounds"),
        (70, 154, "kilograms that were written as pounds"),
    ],
)
def test_a_weight_as_far_as_pounds_lie_from_kilograms_asks_for_the_unit(weight_kg, last_kg, unit):
    [(_kind, _codes, sentence)] = said(weight_concerns(weight_kg, last_kg=last_kg, ask_percent=10))
    assert f"{last_kg} kg last time looks like {unit}; look at the unit" in sentence


def test_beyond_what_pounds_explain_the_percent_is_said():
    [(_kind, _codes, sentence)] = said(weight_concerns(165, last_kg=70, ask_percent=10))
    assert "136 % more" in sentence


def test_a_dose_is_asked_about_from_so_many_times_up_and_down():
    assert dose_concerns(69.9, last_mg=35, ask_times=2) == []
    assert dose_concerns(17.6, last_mg=35, ask_times=2) == []
    assert dose_concerns(35, last_mg=None, ask_times=2) == []
    assert dose_concerns(35, last_mg=0, ask_times=2) == []
    [(kind, codes, sentence)] = said(dose_concerns(350, last_mg=35, ask_times=2))
    assert (kind, codes) == ("unlikely", ("dose",))
    assert sentence == (
        "350 mg is 10 times the 35 mg given last time; look at the point, or confirm it"
    )
    [(_kind, _codes, less)] = said(dose_concerns(3.5, last_mg=35, ask_times=2))
    assert less.startswith("3.5 mg is 1/10 of the 35 mg given last time")
    assert dose_concerns(70, last_mg=35, ask_times=2)
    assert dose_concerns(17.5, last_mg=35, ask_times=2)


@pytest.mark.parametrize(
    ("dose_mg", "mg_per_kg", "beyond"),
    [
        (100, 1.0, False),
        (101, 1.0, True),
        (100, 1.01, True),
        (100, None, None),
        (101, None, True),
    ],
)
def test_a_dose_is_beyond_the_hard_limit_in_mg_or_in_mg_per_kg(shelf, dose_mg, mg_per_kg, beyond):
    limits = shelf.protocol("ketamine-iv").limits
    assert (limits.hard_mg, limits.hard_mg_per_kg) == (100, 1.0)

    assert is_beyond(limits, dose_mg=dose_mg, mg_per_kg=mg_per_kg) is beyond


def test_without_limits_no_dose_is_beyond_them():
    assert is_beyond(None, dose_mg=1000, mg_per_kg=10) is False


@pytest.mark.parametrize(
    ("dose_mg", "mg_per_kg", "times"),
    [(200, 2.0, None), (201, 2.0, "2.01"), (200, 2.01, "2.01"), (3500, 50, "50")],
)
def test_far_above_the_hard_limit_it_is_asked_about(shelf, dose_mg, mg_per_kg, times):
    found = limit_concerns(
        shelf.protocol("ketamine-iv").limits, dose_mg=dose_mg, mg_per_kg=mg_per_kg
    )

    assert [one.sentence for one in found] == (
        [
            f"{dose_mg} mg ({mg_per_kg:g} mg/kg) is {times} times the most that this protocol "
            "allows; look at the point, or confirm it"
        ]
        if times
        else []
    )
    assert {(one.codes, one.kind) for one in found} <= {(("dose",), "unlikely")}
