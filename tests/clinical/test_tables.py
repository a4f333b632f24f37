"""What a table of any content file may hold: the least of a list, the ends of a number, what is no.

Each line is the rule for the person who writes such a file; a table that lets in more is wrong.
"""

from dataclasses import fields, is_dataclass

import pytest
from pydantic import ValidationError

from serein.clinical import (
    billing_tables,
    content_file,
    content_lines,
    crisis,
    dosing,
    duties_tables,
    evidence,
    fact_fields,
    instruments,
    outcome_file,
    policies,
    protocol_tables,
    protocols,
    rates,
    rules,
    staging,
    statements,
    surveillance_file,
    tables,
    trial_tables,
    wording,
)

# A list that must hold something: one is enough.
NEVER_EMPTY = [
    (billing_tables.Product, "routes"),
    *((billing_tables.BillingFile, name) for name in ("payer", "product", "row", "case")),
    (crisis.Country, "line"),
    *((crisis.CrisisFile, name) for name in ("country", "case")),
    (duties_tables.Event, "deadline"),
    *((duties_tables.DutiesFile, name) for name in ("setting", "event", "case")),
    *((evidence.Evidence, name) for name in ("study", "case")),
    (instruments.Domain, "items"),
    (instruments.Subscale, "items"),
    (instruments.Skip, "skips"),
    (instruments.Level, "any"),
    (instruments.Crosswalk, "rows"),
    *((instruments.Instrument, name) for name in ("item", "case")),
    (outcome_file.StandardsFile, "case"),
    *((policies.PolicyTable, name) for name in ("criterion", "case")),
    (protocol_tables.PhaseTable, "sessions_per_week"),
    (protocol_tables.AskGroupTable, "ask"),
    (protocol_tables.CheckTable, "codes"),
    (protocol_tables.StaleTable, "codes"),
    (protocol_tables.DayTables, "case"),
    *((protocol_tables.ProtocolFile, name) for name in ("indication", "stopping", "phase", "dose")),
    (rates.CountedTrial, "rate"),
    *((rates.Rates, name) for name in ("trial", "case")),
    *((staging.Staging, name) for name in ("item", "band", "case")),
    *((statements.Statements, name) for name in ("statement", "case")),
    (surveillance_file.ItemTable, "codes"),
    *((surveillance_file.SurveillanceFile, name) for name in ("item", "case")),
    (tables.ContentTable, "source"),
    *((trial_tables.Antidepressants, name) for name in ("drug", "case")),
    *((trial_tables.TrialRules, name) for name in ("way", "case")),
    *((wording.WordingFile, name) for name in ("item", "case")),
]
# The lowest and the highest number that a table takes; None where there is no end.
ENDS = [
    (billing_tables.Units, "fixed", 1, None),
    (duties_tables.After, "calendar_days", 0, None),
    (duties_tables.After, "business_days", 1, None),
    (duties_tables.After, "years", 1, None),
    (evidence.Study, "year", 1950, 2100),
    (evidence.Arm, "n", 1, None),
    (evidence.Result, "p", 0, 1),
    (instruments.Tally, "items", 1, None),
    (protocol_tables.PhaseTable, "first_session", 1, None),
    (protocol_tables.PhaseTable, "first_week", 1, None),
    (protocol_tables.DoseTable, "first_session", 1, None),
    (protocol_tables.DevicesTable, "mg_each", 1, None),
    (protocol_tables.LimitsTable, "weight_days", 1, None),
    (protocol_tables.InfusionTable, "minutes", 1, None),
    (protocol_tables.DecisionTable, "after_session", 1, None),
    (protocol_tables.DecisionTable, "after_week", 1, None),
    (protocol_tables.DecisionTable, "every_days", 1, None),
    (protocol_tables.WaitTable, "min", 1, None),
    (protocol_tables.ObserveTable, "min", 1, None),
    (protocol_tables.CheckTable, "opens_min", 0, 24 * 60),
    (protocol_tables.CheckTable, "every_min", 1, None),
    (protocol_tables.StaleTable, "after_min", 1, None),
    (protocol_tables.RecordTable, "late_min", 1, None),
    (protocol_tables.RecordTable, "reopen_hours", 1, None),
    (protocol_tables.RecordTable, "unread_seconds", 1, None),
    (rates.Group, "n", 1, None),
    (rates.Rate, "percent", 0, 100),
    (rates.Rate, "count", 0, None),
    (staging.BandTable, "low", 0, None),
    (statements.Rereading, "after_days", 1, None),
    (surveillance_file.RhythmTable, "every_days", 1, None),
    (surveillance_file.RhythmTable, "grace_days", 0, None),
    (surveillance_file.CreepTable, "above_percent", 0, None),
    (tables.ContentTable, "version", 1, None),
    (trial_tables.OutcomeTable, "low", 0, 100),
    (trial_tables.OutcomeTable, "high", 0, 100),
    (trial_tables.ImprovementTable, "at_most", 0, 100),
    (trial_tables.LookBackTable, "years", 1, 100),
    (wording.WordingFile, "instrument_version", 1, None),
]
# Amounts above nought, however small.
ABOVE_NOUGHT = [
    (billing_tables.Units, "per_mg"),
    (evidence.Arm, "sd"),
    (evidence.Result, "se"),
    *(
        (protocol_tables.LimitsTable, name)
        for name in ("soft_mg_per_kg", "hard_mg_per_kg", "soft_mg", "hard_mg", "ask_weight_percent")
    ),
    (trial_tables.LevelTable, "low"),
    (trial_tables.ImprovementTable, "below"),
]
# What nobody said to be so is not so.
NO_UNLESS_SAID = [
    (content_file.Problem, "is_change"),
    (content_lines.Spot, "is_list"),
    (crisis.CrisisLine, "is_emergency"),
    (dosing.NextDevice, "needs_order"),
    (evidence.Result, "is_primary"),
    (fact_fields.FactField, "required"),
    (instruments.Item, "is_reversed"),
    (instruments.Level, "shows_crisis_line"),
    (protocol_tables.GateTable, "every_device"),
    (protocol_tables.AlertTable, "holds_device"),
    (protocol_tables.CheckTable, "before_dose"),
    (protocol_tables.FollowTable, "when_dosed"),
    (protocol_tables.EndingTable, "before_dose_only"),
    (protocols.Follow, "is_only_when_dosed"),
    *(
        (rules.Rule, name)
        for name in ("checked", "policy", "is_for_every_device", "is_holding_device")
    ),
    (surveillance_file.RhythmTable, "baseline"),
    (surveillance_file.EscalationTable, "hold"),
    (tables.Marked, "checked"),
    (tables.Marked, "policy"),
]


def refusals(table, name, value):
    """The kinds of refusal that this value meets in its own place."""
    alias = table.model_fields[name].alias or name
    try:
        table.model_validate({alias: value})
    except ValidationError as refused:
        return {each["type"] for each in refused.errors() if each["loc"] == (alias,)}
    return set()


def unsaid(table, name):
    """What a table says of this when its writer said nothing."""
    if is_dataclass(table):
        return next(each.default for each in fields(table) if each.name == name)
    return getattr(table.model_construct(), name)


def named(each):
    return getattr(each, "__name__", None)


@pytest.mark.parametrize(("table", "name"), NEVER_EMPTY, ids=named)
def test_a_list_that_must_hold_something_is_never_empty(table, name):
    assert refusals(table, name, []) == {"too_short"}


def test_a_scale_may_have_one_question_and_a_conversion_one_row():
    question = {"id": "mood", "text": "How is your mood?"}
    assert refusals(wording.WordingFile, "item", [question]) == set()
    assert refusals(instruments.Crosswalk, "rows", [[5, 7, 9]]) == set()


def test_a_crisis_line_is_reached_in_one_way_at_least():
    assert refusals(crisis.CrisisLine, "reach", []) == {"too_short"}
    assert refusals(crisis.CrisisLine, "reach", ["call"]) == set()


@pytest.mark.parametrize(("table", "name", "lowest", "highest"), ENDS, ids=named)
def test_a_number_has_its_ends(table, name, lowest, highest):
    assert refusals(table, name, lowest) == set()
    assert refusals(table, name, lowest - 1) <= {"greater_than_equal", "greater_than"}
    assert refusals(table, name, lowest - 1)
    if highest is not None:
        assert refusals(table, name, highest) == set()
        assert refusals(table, name, highest + 1) == {"less_than_equal"}


@pytest.mark.parametrize(("table", "name"), ABOVE_NOUGHT, ids=named)
def test_an_amount_is_above_nought_however_small(table, name):
    assert refusals(table, name, 0) == {"greater_than"}
    assert refusals(table, name, 0.01) == set()


def test_an_improvement_is_below_a_hundred_at_most():
    assert refusals(trial_tables.ImprovementTable, "below", 100) == set()
    assert refusals(trial_tables.ImprovementTable, "below", 101) == {"less_than_equal"}


@pytest.mark.parametrize(("table", "name"), NO_UNLESS_SAID, ids=named)
def test_what_nobody_said_is_no(table, name):
    assert unsaid(table, name) is False


def test_an_item_counts_and_a_total_is_told_once_unless_the_file_says_otherwise():
    assert unsaid(instruments.Item, "is_scored") is True
    assert unsaid(instruments.Shown, "times") == 1


def test_what_is_due_is_late_at_once_unless_the_file_gives_days_of_grace():
    assert unsaid(surveillance_file.RhythmTable, "grace_days") == 0


def test_a_check_opens_at_once_unless_the_file_says_when():
    assert unsaid(protocol_tables.CheckTable, "opens_min") == 0


def test_an_amount_between_two_ends_has_two():
    drug = {"id": "x", "name": "X", "class": "ssri", "label_mg": 20, "policy": True}
    for ends, is_one in (([20], False), ([20, 50], True), ([20, 50, 80], False)):
        try:
            trial_tables.DrugTable.model_validate({**drug, "strict_mg": ends})
        except ValidationError:
            assert not is_one, ends
        else:
            assert is_one, ends


def test_a_dose_of_nought_is_the_least_of_no_drug():
    drug = {"id": "x", "name": "X", "class": "ssri", "label_mg": 20, "policy": True}
    assert trial_tables.DrugTable.model_validate({**drug, "strict_mg": 0.5}).strict_mg == 0.5
    with pytest.raises(ValidationError, match="greater than 0"):
        trial_tables.DrugTable.model_validate({**drug, "strict_mg": 0})


def test_a_word_is_one_letter_at_least_and_a_table_holds_nothing_else_and_is_never_rewritten():
    source = {"id": "a", "title": "T", "read": "2026-01-01"}
    made = tables.SourceTable.model_validate(source)
    assert refusals(tables.SourceTable, "title", "") == {"string_too_short"}
    with pytest.raises(ValidationError, match="frozen"):
        made.title = "U"  # type: ignore[misc]  # what the test tries
    with pytest.raises(ValidationError, match="extra"):
        tables.SourceTable.model_validate({**source, "page": 3})
