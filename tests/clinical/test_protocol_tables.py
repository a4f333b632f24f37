"""What the tables of a protocol let in, to the equal and to the one that is enough."""

import pytest
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.protocol_tables import (
    CheckTable,
    DecisionTable,
    DoseTable,
    FactTable,
    LimitsTable,
)


def is_refused(table, words, **row) -> bool:
    said = {**row, "policy": True} if "policy" in table.model_fields else row
    try:
        table.model_validate(said)
    except ValidationError as refused:
        return words in str(refused)
    return False


@pytest.mark.parametrize(
    ("opens_min", "due_min", "overdue_min", "refused"),
    [(5, 5, 5, False), (0, 5, 10, False), (6, 5, 10, True), (0, 11, 10, True), (6, 5, 4, True)],
)
def test_a_check_may_open_be_due_and_overdue_at_once_and_never_backwards(
    opens_min, due_min, overdue_min, refused
):
    row = {"id": "a", "text": "A", "panel": "p", "codes": ["x"], "anchor": "seated"}
    times = {"opens_min": opens_min, "due_min": due_min, "overdue_min": overdue_min}
    assert is_refused(CheckTable, "must not go backwards", **row, **times) is refused


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({}, False),
        ({"soft_mg_per_kg": 4.1}, True),
        ({"soft_mg": 301}, True),
        ({"soft_mg_per_kg": 4.1, "soft_mg": 301}, True),
        ({"hard_mg_per_kg": 4.1, "hard_mg": 301}, False),
    ],
)
def test_a_soft_limit_may_be_its_hard_one_and_lie_no_higher(changed, refused):
    limits = {"soft_mg_per_kg": 4, "hard_mg_per_kg": 4, "soft_mg": 300, "hard_mg": 300}
    row = {**limits, "weight_days": 30, "ask_times": 2, "ask_weight_percent": 10, **changed}
    assert is_refused(LimitsTable, "lies above its hard one", **row) is refused


@pytest.mark.parametrize(
    ("ways", "refused"),
    [
        ({"allowed_mg": [56]}, False),
        ({"usual_mg_per_kg": [0.5]}, False),
        ({"allowed_mg": [56], "usual_mg_per_kg": [0.5]}, True),
        ({}, True),
    ],
)
def test_a_dose_is_given_in_one_of_two_ways(ways, refused):
    assert is_refused(DoseTable, "one of them", first_session=1, **ways) is refused


@pytest.mark.parametrize("time", ["after_session", "after_week", "every_days", ""])
def test_one_time_is_enough_for_a_decision_and_none_is_not(time):
    row = {"id": "a", "text": "A"} | ({time: 4} if time else {})
    assert is_refused(DecisionTable, "give after_session", **row) is (not time)


def test_a_fact_of_a_case_stands_at_a_time_of_the_day():
    assert not is_refused(FactTable, "", code="x", value=1, at="08:20")
    assert is_refused(FactTable, "pattern", code="x", value=1, at="8:20")


def test_an_infusion_and_its_second_check_belong_together(tmp_path):
    text = (
        (library.PACKAGED / "protocols" / "ketamine-iv.v1.toml")
        .read_text()
        .replace('id = "ketamine-iv"', 'id = "my-iv"')
    )
    cut = text[: text.index("[second_check]")] + text[text.index("[observe]") :]
    (tmp_path / "protocols").mkdir()
    (tmp_path / "protocols" / "my-iv.v1.toml").write_text(cut)
    reasons = [one.reason for report in library.check(tmp_path) for one in report.problems]
    assert any("belong together" in reason for reason in reasons), reasons
