"""Money and law asked of the command line as a program would ask them."""

import json

import pytest
from typer.testing import CliRunner

from serein.cli import app

ESKETAMINE = ("--product", "esketamine-nasal")
LOSS = ("--event", "controlled-substance-loss")


def ask(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def told(*words):
    result = ask(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_medicare_session_is_one_line_with_its_source_and_mark():
    words = ("--payer", "medicare", "--on", "2026-02-03", "--dose-mg", 84, "--visit", "established")
    answer = told("codes", *words, *ESKETAMINE)
    [line] = answer["lines"]
    assert (line["code"], line["kind"], line["units"]) == ("G2083", "drug", 1)
    assert line["source"].startswith("HCPCS codes")
    assert line["url"].startswith("https://")
    assert (line["checked"], line["policy"]) == (True, False)
    assert answer["notes"][0].startswith("The bundle holds the visit")


@pytest.mark.parametrize(("on", "code"), [("2025-12-31", "S0013"), ("2026-01-01", "J0013")])
def test_the_day_of_service_decides_the_code_of_another_payer(on, code):
    words = ("--payer", "other", "--on", on, "--dose-mg", 56)
    [line] = told("codes", *words, *ESKETAMINE)["lines"]
    assert (line["code"], line["units"], line["checked"]) == (code, 56, False)


def test_an_infusion_with_visit_and_therapy_says_every_part():
    words = ("--payer", "other", "--on", "2026-02-03", "--product", "ketamine", "--dose-mg", "35.5")
    more = ("--route", "iv", "--minutes", 100, "--therapy-min", 45, "--level", 4)
    answer = told("codes", *words, *more, "--visit", "established")
    kinds = {line["code"]: line["kind"] for line in answer["lines"]}
    assert kinds == {
        "J3490": "drug",
        "96365": "administration",
        "96366": "administration",
        "99214": "visit",
        "90836": "therapy",
    }


def test_a_new_medicare_patient_gets_no_line_and_an_honest_note():
    words = ("--payer", "medicare", "--on", "2026-02-03", "--dose-mg", 56, "--visit", "new")
    answer = told("codes", *words, *ESKETAMINE)
    assert answer["lines"] == []
    assert any("needs an E/M visit first" in note for note in answer["notes"])

    said = ask("codes", *words, *ESKETAMINE)
    assert said.stdout.startswith("nothing\n  ▲ No drug code for 56 mg")


def test_a_loss_has_both_deadlines_with_their_source():
    answer = told("deadlines", *LOSS, "--on", "2026-01-16", "--jurisdiction", "US")
    assert {one["id"]: one["due"] for one in answer["deadlines"]} == {
        "dea-notice": "2026-01-20",
        "dea-form-106": "2026-03-02",
    }
    assert {one["checked"] for one in answer["deadlines"]} == {True}
    assert all("88 FR" in one["source"] for one in answer["deadlines"])


def test_a_deadline_without_a_day_is_null_for_a_script_and_words_for_a_person():
    words = ("--event", "adverse-event", "--on", "2026-01-16", "--jurisdiction", "US")
    [row] = told("deadlines", *words, "--setting", "inpatient")["deadlines"]
    assert (row["due"], row["settings"]) == (None, ["inpatient"])
    assert ask("deadlines", *words).stdout.startswith("no day named  Report the suspected")


def test_the_monitoring_form_and_the_inventory_are_due_to_the_day():
    form = told(
        "deadlines", "--event", "rems-session", "--on", "2025-12-29", "--jurisdiction", "us"
    )
    assert [one["due"] for one in form["deadlines"]] == ["2026-01-05"]
    words = ("--event", "biennial-inventory", "--on", "2024-02-29", "--jurisdiction", "US")
    [inventory] = told("deadlines", *words)["deadlines"]
    assert (inventory["due"], inventory["checked"]) == ("2026-02-28", False)


def test_the_standing_duties_of_a_setting_are_listed_with_their_doubt():
    rows = told("duties", "--jurisdiction", "US", "--setting", "pharmacy")["duties"]
    assert rows[0]["id"] == "pharmacy-certified"
    assert {row["topic"] for row in rows} == {"rems", "schedule-iii"}
    said = ask("duties", "--jurisdiction", "US").stdout
    assert "securely locked cabinet of substantial construction (not yet checked" in said
    assert "is what is on hand (clinic policy)" in said


def test_the_crisis_line_of_a_country_stands_first():
    answer = told("crisis", "--country", "us")
    assert (answer["country"], answer["lines"][0]["number"]) == ("US", "988")
    assert [line["emergency"] for line in answer["lines"]] == [False, False, True]
    assert ask("crisis", "--country", "US").stdout.startswith("988 ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("codes", "--payer", "medicar", "--on", "2026-02-03", *ESKETAMINE, "--dose-mg", 56),
            "did you mean 'medicare'",
        ),
        (
            ("codes", "--payer", "other", "--on", "3 February", *ESKETAMINE, "--dose-mg", 56),
            "--on is a day such as 2026-01-05",
        ),
        (
            ("deadlines", "--event", "rems", "--on", "2026-02-03", "--jurisdiction", "US"),
            "did you mean 'rems-session'",
        ),
        (("deadlines", *LOSS, "--on", "2026-02-03", "--jurisdiction", "FR"), "there are US"),
        (("duties", "--jurisdiction", "US", "--setting", "clinic"), "no setting is called"),
        (("crisis", "--country", "NZ"), "no crisis line is held for 'NZ'"),
    ],
)
def test_what_is_unknown_is_refused_as_bad_input_with_nothing_on_standard_output(words, said):
    result = ask(*words, "--json")
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
