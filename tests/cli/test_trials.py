"""What earlier treatment counts for, asked of the command line as a program would ask it."""

import json

import pytest
from typer.testing import CliRunner

from serein.cli import app

AT = "2026-01-05T09:00:00-05:00"


def ask(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def told(*words):
    result = ask(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def file(tmp_path):
    def write(*trials, **answers):
        rows = [{"code": "trial", "value": value, "at": AT} for value in trials]
        rows += [{"code": code, "value": value, "at": AT} for code, value in answers.items()]
        path = tmp_path / "facts.json"
        path.write_text(json.dumps(rows))
        return path

    return write


FIVE = (
    {"drug": "sertraline", "dose_mg_per_day": 100, "weeks": 13, "improvement_percent": 0},
    {"drug": "citalopram", "dose_mg_per_day": 20, "weeks": 4.3},
    {"drug": "venlafaxine", "dose_mg_per_day": 75, "weeks": 7},
    {"drug": "duloxetine", "dose_mg_per_day": 90, "outcome": "response-then-loss"},
    {
        "drug": "aripiprazole",
        "augmentation_of": "duloxetine",
        "dose_mg_per_day": 5,
        "weeks": 4,
        "outcome": "none",
    },
)


def test_the_worked_example_gives_two_failures_of_five_with_each_reason(file):
    answer = told("trials", "--rules", "atrq", "--facts", file(*FIVE), "--at", AT)
    assert (answer["rules"], answer["version"], answer["failed"]) == ("atrq", 1, 2)
    assert [row["counted"] for row in answer["trials"]] == [True, False, False, False, True]
    reasons = [row["reason"].casefold() for row in answer["trials"]]
    for word, reason in zip(
        ("counted", "too short", "dose too low", "then loss", "augmentation"), reasons, strict=True
    ):
        assert word in reason
    assert all(row["source"] for row in answer["trials"])


def test_a_trial_says_whether_the_rule_that_decided_it_is_ours_or_not_yet_checked(file):
    duloxetine = {**FIVE[0], "drug": "duloxetine", "dose_mg_per_day": 60, "episode": "current"}
    said = ask("trials", "--rules", "label-effective", "--facts", file(duloxetine), "--at", AT)

    assert said.stdout.rstrip().endswith("(clinic policy)")


def test_the_same_trials_come_out_otherwise_by_other_rules(file):
    current = [{**value, "episode": "current"} for value in FIVE]
    answer = told("trials", "--rules", "label-effective.v1", "--facts", file(*current), "--at", AT)
    assert (answer["failed"], answer["failed_at_most"]) == (1, 2)
    assert answer["trials"][2]["counted"] is None
    assert answer["trials"][2]["lacking"] == ["outcome", "improvement_percent"]


def test_a_person_reads_the_count_and_each_reason(file):
    result = ask("trials", "--rules", "atrq", "--facts", file(*FIVE, {"drug": "fluoxetine"}))
    first, *rest = result.stdout.splitlines()
    assert first == "atrq.v1: failed trials: 2 to 3 (one for each drug)"
    why = "Dose too low: 75 mg a day, at least 150 mg asked."
    assert rest[2] == f"  – venlafaxine: {why} (not yet checked against its source)"
    assert rest[5].startswith("  ○ fluoxetine: Cannot say: ")
    assert "failed trials: 2 (" in ask("trials", "--rules", "atrq", "--facts", file(*FIVE)).stdout


def test_without_a_trial_on_file_the_count_is_null_and_says_what_is_missing(file):
    answer = told("trials", "--rules", "atrq", "--facts", file())
    assert (answer["failed"], answer["missing"], answer["trials"]) == (None, ["trial"], [])
    said = ask("trials", "--rules", "atrq", "--facts", file()).stdout
    assert said == "atrq.v1: cannot say, no trial is on file\n"


@pytest.mark.parametrize(
    ("rules", "value", "words"),
    [
        ("atrqs", {"drug": "sertraline"}, "did you mean 'atrq'"),
        ("atrq", {"drug": "sertraline", "weks": 6}, "did you mean 'weeks'"),
        ("atrq", {"weeks": 6}, "needs its part 'drug'"),
    ],
)
def test_a_wrong_name_or_part_is_refused_with_the_nearest(file, rules, value, words):
    result = ask("trials", "--rules", rules, "--facts", file(value), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_the_parts_of_a_trial_are_printed_with_the_facts():
    rows = {row["code"]: row for row in told("facts")["facts"]}
    parts = {part["name"]: part for part in rows["trial"]["fields"]}
    assert parts["drug"]["required"]
    assert (parts["improvement_percent"]["low"], parts["improvement_percent"]["high"]) == (0, 100)
    assert "response-then-loss" in parts["outcome"]["choices"]
    assert rows["weight"]["fields"] == []


STAGE = {
    "episode.months": 18,
    "episode.severity": "severe",
    "treatment.augmentation": False,
    "treatment.ect": True,
}


def test_the_stage_is_told_with_its_band_and_the_points_of_each_question(file):
    answer = told("staging", "--rules", "atrq", "--facts", file(FIVE[0], **STAGE), "--at", AT)
    assert (answer["method"], answer["rules"]) == ("maudsley", "atrq.v1")
    assert (answer["total"], answer["band"], answer["missing"]) == (8, "moderate", [])
    assert [item["low"] for item in answer["items"]] == [2, 4, 1, 0, 1]
    said = ask("staging", "--rules", "atrq", "--facts", file(FIVE[0], **STAGE)).stdout
    assert said.startswith("maudsley version 1 by atrq.v1: total 8, moderate\n")


def test_a_stage_that_is_open_names_what_is_missing(file):
    path = file(FIVE[0], **{"episode.months": 18})
    answer = told("staging", "--rules", "atrq", "--facts", path)
    assert (answer["total"], answer["low"], answer["high"]) == (None, 4, 10)
    assert answer["missing"] == ["episode.severity", "treatment.augmentation", "treatment.ect"]
    said = ask("staging", "--rules", "atrq", "--facts", path).stdout
    assert "no total, no band" in said
    assert "missing: episode.severity, treatment.augmentation, treatment.ect" in said


def test_a_depression_without_a_failed_trial_has_no_stage(file):
    path = file({**FIVE[0], "improvement_percent": 90}, **STAGE)
    answer = told("staging", "--rules", "atrq", "--facts", path)
    assert (answer["total"], answer["low"], answer["high"]) == (None, None, None)
    assert answer["items"][2]["low"] is None


def test_a_method_that_is_not_there_is_refused_with_the_nearest(file):
    result = ask("staging", "--rules", "atrq", "--method", "maudsly", "--facts", file())
    assert result.exit_code == 2
    assert "did you mean 'maudsley'" in result.stderr
