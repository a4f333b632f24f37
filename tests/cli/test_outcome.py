"""Whether it works and what is watched for, asked of the command line as a program would."""

import json

import pytest
from typer.testing import CliRunner

from serein.cli import app

LATER = "2026-02-05T10:00:00-05:00"


def ask(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def told(*words):
    result = ask(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def file(tmp_path):
    def write(*facts):
        path = tmp_path / "facts.json"
        path.write_text(json.dumps(facts))
        return path

    return write


def fact(code, value, at):
    return {"code": code, "value": value, "at": f"{at}:00-05:00"}


DOSE = fact("device", {"product": "esketamine-nasal", "dose_mg": 56}, "2026-01-05T09:00")


def measures(path, at=LATER):
    return {
        one["instrument"]: one for one in told("outcome", "--facts", path, "--at", at)["measures"]
    }


def test_each_scale_tells_its_change_response_and_every_remission_by_name(file):
    path = file(
        DOSE,
        fact("madrs.total", 32, "2026-01-04T10:00"),
        fact("madrs.total", 11, "2026-02-04T10:00"),
    )
    madrs = measures(path)["madrs"]

    assert (madrs["baseline"], madrs["latest"], madrs["change_percent"]) == (32, 11, -65.6)
    assert (madrs["response"], madrs["relapse"], madrs["comparable"]) == ("met", "unmet", True)
    assert {one["name"]: (one["threshold"], one["verdict"]) for one in madrs["remission"]} == {
        "ESCAPE-TRD": (10, "unmet"),
        "phase 3": (12, "met"),
    }
    assert [one["value"] for one in madrs["evidence"]["response"]] == [32, 11]


def test_a_two_week_scale_the_day_after_the_dose_is_not_comparable_and_says_why(file):
    path = file(
        DOSE,
        fact("phq-9.total", 20, "2026-01-04T10:00"),
        fact("phq-9.total", 6, "2026-01-06T10:00"),
    )
    phq = measures(path)["phq-9"]

    assert (phq["comparable"], phq["response"], phq["change_percent"]) == (False, "unknown", None)
    assert "no change score" in phq["reasons"]["response"]
    text = ask("outcome", "--facts", path, "--at", LATER).stdout
    assert "not comparable" in text
    assert "response" not in text


def test_dissociation_is_told_over_the_dose(file):
    path = file(
        DOSE,
        fact("cadss.total", 1, "2026-01-05T08:50"),
        fact("cadss.total", 12, "2026-01-05T09:40"),
    )

    assert measures(path)["cadss"]["rise"] == "met"
    lines = ask("outcome", "--facts", path, "--at", LATER).stdout.splitlines()
    assert any(line.startswith("  ▲ yes") and "dissociation" in line for line in lines)


def test_a_person_reads_each_answer_in_a_word(file):
    path = file(
        DOSE,
        fact("madrs.total", 32, "2026-01-04T10:00"),
        fact("madrs.total", 11, "2026-01-25T10:00"),
        fact("madrs.total", 31, "2026-02-04T10:00"),
    )
    text = ask("outcome", "--facts", path, "--at", LATER).stdout

    assert "MADRS: 32 (2026-01-04) → 31 (2026-02-04), -3 % (best 11 (2026-01-25))" in text
    assert "▲ yes        relapse: reached on 2026-01-25, lost on 2026-02-04" in text
    assert "✓ no         worse" in text


def test_a_chart_without_a_scale_says_so(file):
    path = file(DOSE)
    assert told("outcome", "--facts", path, "--at", LATER)["measures"] == []
    assert ask("outcome", "--facts", path, "--at", LATER).stdout == "No scale was answered.\n"


def test_surveillance_tells_what_was_never_done_and_what_must_be_acted_on(file):
    path = file(DOSE, fact("bladder.haematuria", True, "2026-02-04T10:00"))
    answer = told("surveillance", "--facts", path, "--at", LATER)

    items = {one["id"]: one for one in answer["items"]}
    assert (answer["content"], answer["version"]) == ("long-term", 1)
    assert items["liver"]["state"] == "never"
    [blood] = items["bladder"]["escalations"]
    assert (blood["id"], blood["hold"], blood["policy"]) == ("blood-in-urine", True, True)
    text = ask("surveillance", "--facts", path, "--at", LATER).stdout
    assert "▲ soon, hold the next dose: Blood in the urine" in text
    assert "not recorded: bladder.pain" in text


def test_facts_that_cannot_be_read_are_bad_input(file):
    path = file(fact("bladder.blood", True, "2026-02-04T10:00"))
    for word in ("outcome", "surveillance"):
        result = ask(word, "--facts", path)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "fact 0 (bladder.blood)" in result.stderr


def test_a_high_triage_tells_a_person_what_to_do_and_whom_to_call(tmp_path):
    sheet = tmp_path / "answers.json"
    sheet.write_text(json.dumps({"1": 1, "2": 1, "4": 1}))

    answer = told("score", "c-ssrs-screen", "--answers", sheet)
    assert (answer["band"], answer["urgency"], answer["shows_crisis_line"]) == ("high", "now", True)
    text = ask("score", "c-ssrs-screen", "--answers", sheet).stdout
    assert "▲ now: Stay with the patient" in text
    assert "988" in text
