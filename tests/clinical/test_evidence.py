import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical import library
from serein.clinical.errors import InputError
from serein.clinical.evidence import (
    Arm,
    Evidence,
    Result,
    number_needed_to_treat,
    one_sided,
    risk_difference,
)

PACKAGED = library.PACKAGED / "education" / "evidence.v1.toml"
proportions = st.floats(0, 1)

STUDIES = """
kind = "evidence"
id = "mine"
version = 1
title = "Mine"
effective = 2026-01-01
jurisdiction = "any"
source = [{ id = "paper", title = "Paper", read = 2026-01-01 }]

[[study]]
id = "for"
title = "For"
design = "randomised"
drug = "esketamine"
route = "nasal"
population = "adults"
direction = "positive"
text = "It helped."
source = "paper"
result = [
  { id = "response", measure = "response", unit = "%", is_primary = true, source = "paper", \
arm = { name = "drug", n = 10, count = 6 }, versus = { name = "placebo", value = 40 }, \
ci = [1, 40] },
  { id = "madrs", measure = "MADRS", unit = "points", source = "paper", \
arm = { name = "drug" }, versus = { name = "placebo" }, difference = -4.0 },
]

[[study]]
id = "against"
title = "Against"
design = "randomised"
drug = "esketamine"
route = "nasal"
population = "adults"
direction = "null"
text = "It did not help."
source = "paper"

[[case]]
name = "five are treated for one"
study = "for"
result = "response"
difference = 20.0
nnt = 5.0
"""


@pytest.fixture
def check(tmp_path):
    def problems(*changes: tuple[str, str]) -> list[tuple[str, str]]:
        text = STUDIES
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        (tmp_path / "mine.v1.toml").write_text(text)
        (report,) = library.check(tmp_path)
        return [(each.key, each.reason) for each in report.problems]

    return problems


@pytest.fixture
def packaged(shelf) -> Evidence:
    found: Evidence = shelf.shelf.item("evidence", "evidence")
    return found


def test_the_differences_are_those_worked_out_by_hand_from_the_published_counts():
    treated, control = 91 / 336, 60 / 340
    assert risk_difference(treated, control=control) == pytest.approx(0.0943627, abs=1e-7)
    assert number_needed_to_treat(treated, control=control) == pytest.approx(10.5974, abs=1e-4)


@pytest.mark.parametrize("wrong", [-0.01, 1.01, 27.1, math.nan, math.inf])
def test_a_percentage_in_place_of_a_proportion_is_refused_with_what_to_do(wrong):
    with pytest.raises(InputError, match="divide a percentage by 100"):
        risk_difference(wrong, control=0.1)
    with pytest.raises(InputError, match="divide a percentage by 100"):
        number_needed_to_treat(0.1, control=wrong)


def test_none_and_all_are_proportions_too():
    assert risk_difference(1, control=0) == 1
    assert number_needed_to_treat(0, control=1) == 1


@given(proportions, proportions)
def test_changing_sides_changes_the_sign_and_not_the_number_needed(one, other):
    assert risk_difference(one, control=other) == -risk_difference(other, control=one)
    needed = number_needed_to_treat(one, control=other)
    assert needed == number_needed_to_treat(other, control=one)
    assert (needed is None) == (one == other)
    assert needed is None or needed >= 1


def test_the_studies_that_found_nothing_stand_beside_those_that_found_something(packaged):
    directions: dict[str, dict[str, set[str]]] = {}
    for study in packaged.study:
        drug = directions.setdefault(study.drug, {})
        drug.setdefault(study.direction, set()).add(study.id)
    assert "japan-phase-2b" in directions["esketamine"]["null"]
    assert "karma-dep-2" in directions["ketamine"]["null"]
    assert directions["esketamine"]["positive"]
    assert directions["ketamine"]["positive"]


def test_the_packaged_studies_without_what_found_nothing_are_refused(tmp_path: Path):
    text = PACKAGED.read_text().replace('id = "evidence"', 'id = "mine"', 1)
    (tmp_path / "mine.v1.toml").write_text(
        text.replace('direction = "null"', 'direction = "mixed"')
    )
    problems = library.check(tmp_path)[0].problems
    assert [each.key for each in problems] == ["study"]
    assert "no study of esketamine found nothing" in problems[0].reason


def test_a_file_with_only_positive_studies_is_refused(check):
    ((key, reason),) = check(('direction = "null"', 'direction = "positive"'))
    assert key == "study"
    assert "put those beside the positive ones" in reason


def test_a_study_of_harm_does_not_stand_for_one_that_found_no_benefit(check):
    harm = ('text = "It did not help."', 'text = "It did harm."\ntopic = "harm"')
    assert [key for key, _ in check(harm)] == ["study"]


def test_a_drug_with_mixed_findings_alone_needs_no_other(packaged):
    mixed = [each.model_copy(update={"direction": "mixed"}) for each in packaged.study]
    assert one_sided(mixed) == []


@pytest.mark.parametrize("direction", ["negative", "null"])
def test_a_null_and_a_negative_study_both_speak_against(packaged, direction):
    first = packaged.study[0]
    for_it = first.model_copy(update={"direction": "positive"})
    against = first.model_copy(update={"direction": direction})
    assert one_sided([for_it]) == ["esketamine"]
    assert one_sided([for_it, against]) == []


def test_a_file_of_studies_may_be_the_clinics_own(check):
    assert check() == []


ARM = 'arm = { name = "drug", n = 10, count = 6 }'


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (ARM, 'arm = { name = "drug", n = 5, count = 6 }', "counts 6 of 5"),
        (ARM, 'arm = { name = "drug", count = 6 }', "counts 6 of None"),
        (ARM, 'arm = { name = "drug", n = 10, count = 6, value = 60 }', "a count and a value"),
        (ARM, 'arm = { name = "drug", value = 160 }', "160 % cannot be"),
        (ARM, 'arm = { name = "drug", value = -1 }', "-1 % cannot be"),
        (ARM, 'arm = { name = "drug" }', "neither a value nor a difference"),
        ('unit = "%"', 'unit = "points"', "a count is a percentage, not points"),
        ("ci = [1, 40]", "difference = 20", "is worked out; leave it out"),
        ("ci = [1, 40]", "ci = [25, 40]", "25 to 40 does not hold its difference"),
        ("ci = [1, 40]", "ci = [40, 1]", "does not hold its difference"),
        (", difference = -4.0", "", "neither a value nor a difference"),
        (', versus = { name = "placebo" }, diff', ", diff", "nothing that it differs from"),
        (
            ', versus = { name = "placebo" }, difference = -4.0',
            ", ci = [1, 2]",
            "neither a value nor a difference",
        ),
        ("ci = [1, 40]", "ci = [0, 40]", "is called positive, and the interval"),
        ('direction = "positive"', 'direction = "null"', "is called null, and the interval"),
        ('id = "against"', 'id = "for"', "'for' stands here twice"),
        ('id = "madrs"', 'id = "response"', "'response' stands here twice"),
        ("difference = 20.0", "difference = 20.1", "difference is 20.0, not 20.1"),
        ("nnt = 5.0", "nnt = 4.9", "nnt is 5.0, not 4.9"),
        ("nnt = 5.0", 'nnt = "none"', "nnt is 5.0, not none"),
        ('result = "response"', 'result = "respons"', "did you mean 'for response'"),
        ("difference = 20.0\nnnt = 5.0", "", "expects nothing"),
    ],
)
def test_what_is_wrong_with_a_study_is_said(check, old, new, reason):
    ((_, found),) = check((old, new))
    assert reason in found


@pytest.mark.parametrize("direction", ["negative", "mixed"])
def test_an_interval_without_zero_may_be_called_mixed_or_negative(check, direction):
    assert check(('direction = "positive"', f'direction = "{direction}"')) == []


def row(**more: object) -> Result:
    return Result.model_validate(
        {"id": "row", "measure": "MADRS", "unit": "points", "source": "paper", **more}
    )


def test_a_difference_of_points_is_worked_out_where_none_was_adjusted():
    both = {"arm": {"name": "a", "value": -15.2}, "versus": {"name": "b", "value": -15.3}}
    assert row(**both).contrast.difference == pytest.approx(0.1)
    assert row(**both).contrast.nnt is None
    assert row(**both, difference=0.3).contrast == (0.3, None)


def test_without_a_comparison_nothing_is_worked_out():
    assert row(arm={"name": "a", "value": 3}).contrast == (None, None)
    with pytest.raises(ValueError, match="does not hold its difference"):
        row(arm={"name": "a", "value": 3}, ci=(1, 5))


def test_everybody_of_an_arm_may_have_had_the_event():
    assert Arm.model_validate({"name": "a", "n": 6, "count": 6}).amount == 100


@pytest.mark.parametrize(("value", "fits"), [(0, True), (100, True), (99.5, True), (100.5, False)])
def test_a_percentage_is_up_to_a_hundred(value, fits):
    shares = {"unit": "%", "arm": {"name": "a", "value": value}}
    if fits:
        assert row(**shares).arm.amount == value
    else:
        with pytest.raises(ValueError, match="cannot be"):
            row(**shares)


@pytest.mark.parametrize("ci", [(-5, -1), (-9, -5)])
def test_a_difference_may_lie_at_an_end_of_its_interval(ci):
    both = {"arm": {"name": "a", "value": -15}, "versus": {"name": "b", "value": -10}}
    assert row(**both, ci=ci).contrast.difference == -5


def test_a_difference_of_percentages_is_typed_where_one_of_the_two_is_not_known():
    shares = {"unit": "%", "arm": {"name": "a", "value": 50}, "versus": {"name": "b"}}
    assert row(**shares, difference=10).contrast == (10, None)


def test_the_primary_result_decides_wherever_it_stands(check):
    first = ("is_primary = true, ", "")
    second = ('{ id = "madrs"', '{ id = "madrs", is_primary = true, ci = [-9, 0]')
    ((_, found),) = check(first, second)
    assert "is called positive, and the interval of its primary result 'madrs'" in found


def test_equal_shares_need_no_number(check):
    same = (
        'versus = { name = "placebo", value = 40 }, ci = [1, 40]',
        'versus = { name = "placebo", value = 60 }',
    )
    assert check(same, ("difference = 20.0\nnnt = 5.0", 'difference = 0.0\nnnt = "none"')) == []


def test_a_case_may_look_at_one_of_the_two(check):
    assert check(("difference = 20.0\n", "")) == []
    assert check(("nnt = 5.0\n", "")) == []


def test_what_is_recalled_is_listed_as_unchecked(shelf):
    listed = {each.key for each in shelf.file("evidence").to_confirm}
    assert "study.zarate-2006" in listed
    assert "study.sustain-1.result.hazard-remitters" in listed
    assert "study.escape-trd" not in listed
