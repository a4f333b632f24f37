"""What is known in general, as a person reads it and as a program does."""

import json
import re

from typer.testing import CliRunner

from serein.cli import app
from tests.house.tree import DOCS


def ask(*words):
    return CliRunner().invoke(app, list(words))


def told(*words):
    result = ask(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_statements_say_what_is_said_how_it_stands_as_of_when_and_by_whom():
    result = ask("statements", "--on", "2026-12-01")
    assert result.exit_code == 0
    assert "Often said: One must not drive for the rest of the day." in result.stdout
    assert "Driving (US): needs nuance, as of 2026-11-24\n" in result.stdout
    assert "An essential medicine (any): needs nuance, as of 2026-11-24 · not yet checked" in (
        result.stdout
    )
    assert "to be read again" not in result.stdout


def test_a_statement_past_its_day_is_said_to_need_reading_again():
    result = ask("statements", "--on", "2027-01-01")
    (head,) = (line for line in result.stdout.splitlines() if "without a visit (US)" in line)
    assert head.endswith("· to be read again")


def test_a_script_gets_each_statement_with_its_sources():
    answer = told("statements", "--on", "2027-01-01")
    rows = {row["id"]: row for row in answer["statements"]}
    assert answer["on"] == "2027-01-01"
    assert rows["remote-prescribing"]["standing"] == "to-be-reread"
    assert rows["remote-prescribing"]["until"] == "2026-12-31"
    assert rows["with-antidepressant"]["stance"] == "outdated"
    assert [bool(each["title"]) for each in rows["with-antidepressant"]["sources"]] == [True] * 3
    assert rows["driving"]["checked"] is True
    assert rows["essential-medicine"]["checked"] is False


def test_without_a_day_the_statements_are_as_of_today():
    assert told("statements")["statements"]


def test_a_day_that_is_none_is_refused():
    result = ask("statements", "--on", "tomorrow")
    assert result.exit_code == 2
    assert "not 'tomorrow'" in result.stderr


def test_evidence_lists_what_found_nothing_beside_what_found_something():
    lines = ask("evidence").stdout.splitlines()
    assert "○ Japanese phase 2b: null (benefit)" in lines
    assert "○ KARMA-Dep 2: null (benefit)" in lines
    assert "+ ESCAPE-TRD: positive (benefit)" in lines
    assert "+ Zarate 2006: positive (benefit) · not yet checked" in lines


def test_a_difference_is_told_with_how_many_are_treated_for_one():
    lines = ask("evidence").stdout
    assert "difference 9.4 points, one more for each 10.6 treated" in lines
    assert "difference -18.6 points, one fewer for each 5.4 treated · not yet checked" in lines
    assert "difference -3.2 points, 95 % interval -6.88 to 0.45 · not yet checked" in lines
    assert "ketamine 80 % (about)" in lines
    assert "esketamine 27.08 % (91 of 336)" in lines


def test_side_effects_are_told_with_what_they_are_compared_with():
    lines = ask("evidence").stdout.splitlines()
    assert "  - Dissociation: 41 % against 9 %" in lines
    assert "  - Dizziness: 20.6 %" in lines
    assert (
        "  - Risen by 40 systolic or 25 diastolic: 8 to 17 % against 1 to 3 % · not yet checked"
        in lines
    )


def test_a_script_gets_the_numbers_and_what_is_worked_out_of_them():
    answer = told("evidence")
    studies = {row["id"]: row for row in answer["studies"]}
    (remission,) = (
        row for row in studies["escape-trd"]["results"] if row["id"] == "remission-week-8"
    )
    assert remission["arm"]["count"] == 91
    assert round(remission["nnt"], 1) == 10.6
    assert remission["source"]["title"] == "ESCAPE-TRD (NEJM 2023)"
    trials = {row["id"]: row for row in answer["rates"]}
    assert trials["mdsi"]["rates"][0]["percent"] == 38.3
    assert trials["mdsi"]["versus"]["n"] == 225


def test_the_documents_have_the_names_that_the_reference_gives_them():
    page = (DOCS / "reference" / "json.md").read_text(encoding="utf-8")
    for word in ("statements", "evidence"):
        (line,) = (each for each in page.splitlines() if each.startswith(f"| `serein {word}`"))
        assert names(told(word)) - set(re.findall(r'"(\w+)"', line)) == set()


def names(document):
    if isinstance(document, list):
        return set().union(*map(names, document))
    if isinstance(document, dict):
        return set(document).union(*map(names, document.values()))
    return set()
