"""Questions about one patient, asked of the command line as a program would ask them."""

import json

import pytest
from typer.testing import CliRunner

from serein.cli import app
from serein.clinical import library

PROTOCOL = "esketamine-trd-us"
NINE = "2026-01-05T09:00:00-05:00"


def ask(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def told(*words):
    result = ask(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def file(tmp_path):
    def write(document):
        path = tmp_path / "facts.json"
        path.write_text(json.dumps(document))
        return path

    return write


def fact(code, value, clock):
    return {"code": code, "value": value, "at": f"2026-01-05T{clock}:00-05:00"}


def dosed(*more):
    """A second session, 56 mg in two devices at 9:30 and 9:35."""
    order = {"product": "esketamine-nasal", "dose_mg": 56}
    return [
        fact("session", {"number": 2, "product": "esketamine-nasal"}, "09:00"),
        fact("order", order, "09:20"),
        fact("device", {"number": 1, "outcome": "given", "mg": 28}, "09:30"),
        fact("device", {"number": 2, "outcome": "given", "mg": 28}, "09:35"),
        *more,
    ]


def test_every_fact_code_is_listed_with_its_unit_and_coding():
    rows = {row["code"]: row for row in told("facts")["facts"]}

    assert rows["bp.systolic"]["unit"] == "mm[Hg]"
    assert rows["bp.systolic"]["coding"] == {"loinc": "8480-6", "panel": "85354-9"}
    assert rows["bp.systolic"]["range"] == [40, 300]
    assert set(rows["pregnancy"]["choices"]) == {"yes", "no", "unknown", "not-applicable"}


def test_every_code_that_a_rule_names_is_listed_though_nobody_records_it():
    rows = {row["code"]: row for row in told("facts")["facts"]}
    shelf = library.load().shelf
    rules = [rule for of in shelf.of_kind("policy") for rule in of.rules]
    rules += [rule for of in shelf.of_kind("protocol") for rule in of.rules_by_id.values()]
    named = {code for rule in rules for code in rule.when.codes() if not code.startswith("wait.")}

    assert named - rows.keys() == set()
    assert rows["age-years"] | {"type": "derived", "unit": "years"} == rows["age-years"]
    assert (rows["bmi"]["derived_by"], rows["bmi"]["unit"]) == ("history", "kg/m²")
    assert rows["order.dose-mg"]["derived_by"] == "session"
    assert rows["phq-9.improvement-percent"]["derived_by"] == "outcomes"
    assert rows["course.improvement-percent"]["derived_by"] == "decisions"
    assert rows["trials.failed"]["type"] == "integer", "what the dictionary has is listed once"
    assert set(rows["age-years"]) == set(rows["bp.systolic"])
    assert len(rows) == len(told("facts")["facts"])


def test_a_chart_without_facts_leaves_every_criterion_unknown(file):
    answer = told("judge", PROTOCOL, "--facts", file([]), "--at", NINE)

    assert answer["verdict"] == "unknown"
    assert {one["verdict"] for one in answer["criteria"]} <= {"unknown", "met"}
    missing = {one["id"]: one["missing"] for one in answer["criteria"]}
    assert missing["food"] == ["fasting.food"]


def test_one_unmet_criterion_decides_and_names_its_evidence_and_source(file):
    known = [fact("session", {"number": 2}, "09:00"), fact("fasting.food", False, "09:05")]
    answer = told("judge", PROTOCOL, "--facts", file(known), "--at", "2026-01-05T09:10:00-05:00")

    [food] = [one for one in answer["criteria"] if one["id"] == "food"]
    assert (answer["verdict"], food["verdict"]) == ("unmet", "unmet")
    assert food["evidence"][0]["code"] == "fasting.food"
    assert food["source"]


def test_a_count_by_values_that_nobody_looked_up_is_not_printed_as_checked(file):
    trial = {"dose_mg_per_day": 300, "weeks": 8, "outcome": "none", "episode": "current"}
    drugs = ("sertraline", "bupropion")
    known = file([fact("trial", {**trial, "drug": drug}, "09:00") for drug in drugs])
    asked = ("judge", "cigna-esketamine-trd", "--facts", known, "--at", NINE)

    rows = {one["id"]: one for one in told(*asked)["criteria"]}
    assert (rows["failed-trials"]["verdict"], rows["failed-trials"]["checked"]) == ("met", False)
    assert rows["failed-trials"]["rests_on"] == ["unchecked"]
    assert "(counted by values not yet checked)" in ask(*asked).stdout


def test_a_policy_that_no_longer_holds_says_so_beside_its_answers(file):
    asked = ("judge", "evicore-esketamine-trd", "--facts", file([]), "--at")

    then, now = told(*asked, "2025-12-31T12:00:00Z"), told(*asked, "2026-01-01T12:00:00Z")
    assert (then["until"], then["notes"]) == ("2025-12-31", [])
    said = "Not in force on 2026-01-01: it holds from 2024-01-01 to 2025-12-31 (our own reckoning)"
    assert now["notes"] == [said]
    assert said in ask(*asked, "2026-01-01T12:00:00Z").stdout


def test_a_policy_that_does_not_hold_yet_says_from_when(file):
    asked = ("judge", "trd-label-us", "--facts", file([]), "--at", "2024-06-01T12:00:00Z")

    assert told(*asked)["notes"] == ["Not in force on 2024-06-01: it holds from 2025-01-21"]


@pytest.mark.parametrize("second", [1, 2])
def test_a_question_answered_by_number_and_by_name_is_refused_and_not_picked_from(file, second):
    result = ask("score", "phq-9", "--answers", file({"1": 2, "interest": second}), "--json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "item interest of PHQ-9 is answered twice" in result.stderr


def test_the_session_says_what_is_due_and_when_the_patient_may_leave(file):
    answer = told(
        "session", PROTOCOL, "--facts", file(dosed()), "--at", "2026-01-05T10:15:00-05:00"
    )

    due = {one["id"]: one for one in answer["due"]}
    assert due["forty-minute"]["at"] == "2026-01-05T15:10:00+00:00"
    assert due["forty-minute"]["overdue"] is False
    assert answer["discharge"]["earliest"] == "2026-01-05T16:35:00+00:00"
    assert answer["discharge"]["verdict"] == "unmet"
    assert answer["earliest_start"] is None


def test_the_second_device_waits_five_minutes_and_says_until_when(file):
    known = dosed()[:3]
    answer = told("session", PROTOCOL, "--facts", file(known), "--at", "2026-01-05T09:31:00-05:00")
    assert answer["earliest_start"] == "2026-01-05T14:35:00+00:00"


def test_a_person_reads_the_same_in_words(file):
    said = ask("session", PROTOCOL, "--facts", file(dosed()), "--at", "2026-01-05T10:31:00-05:00")
    assert "overdue  BP 40-min" in said.stdout
    assert "not before 16:35 UTC" in said.stdout

    judged = ask("judge", PROTOCOL, "--facts", file([]), "--at", NINE)
    assert judged.stdout.startswith("unknown: esketamine-trd-us version 1")
    assert "(missing: fasting.food)" in judged.stdout


def test_a_person_reads_by_which_facts_and_by_which_source_a_criterion_was_judged(file):
    trial = {"drug": "sertraline", "dose_mg_per_day": 150, "weeks": 10, "outcome": "minimal"}
    known = [
        fact("birth-date", "1980-06-05", "08:00"),
        fact("trial", {**trial, "episode": "current", "augmentation": False}, "08:00"),
    ]
    words = ("judge", "cigna-esketamine-trd", "--facts", file(known), "--at", NINE)
    lines = ask(*words).stdout.splitlines()

    assert lines[1:4] == [
        "  ✓ met      At least 18 years old",
        "             by birth-date: 1980-06-05 (2026-01-05)",
        "             source: Cigna coverage policy, esketamine (checked)",
    ]
    (first,) = (n for n, line in enumerate(lines) if "by trial: drug sertraline" in line)
    assert "augmentation false (2026-01-05)" in " ".join(lines[first : first + 2])
    assert sum(line.startswith("             source: ") for line in lines) == len(
        told(*words)["criteria"]
    )
    assert max(map(len, lines)) <= 100


def test_a_criterion_says_whether_its_source_was_checked_or_the_clinic_decided(file):
    said = ask("judge", PROTOCOL, "--facts", file([]), "--at", NINE).stdout
    assert "source: Spravato REMS (FDA) (checked)" in said
    assert "(not yet checked)" in said
    assert "source: Clinic policy\n" in said


@pytest.mark.parametrize(
    "words",
    [
        ("judge", "cigna-esketamine-trd"),
        ("session", PROTOCOL),
        ("trials", "--rules", "athf-sf"),
        ("staging", "--rules", "athf-sf"),
        ("outcome",),
        ("surveillance",),
        ("schedule", "ketamine-iv", "--start", "2026-01-05"),
    ],
)
def test_a_fact_dated_after_the_time_asked_about_is_named_and_not_called_unrecorded(file, words):
    known = [fact("birth-date", "1980-06-05", "08:00"), fact("phq-9.total", 19, "09:01")]
    result = ask(*words, "--facts", file(known), "--at", NINE, "--json")

    assert result.exit_code == 0
    said = "Dated after 2026-01-05 14:00 UTC, so not counted: fact 1 (phq-9.total)."
    assert said in result.stderr
    assert json.loads(result.stdout)


def test_a_course_is_planned_twice_a_week_then_weekly_with_its_totals():
    answer = told(
        "schedule", PROTOCOL, "--start", "2026-01-05", "--dose-mg", "84", "--sessions", "9"
    )

    assert [one["dose_mg"] for one in answer["sessions"]] == [56, *[84] * 8]
    assert [one["phase"] for one in answer["sessions"]][7:] == ["induction", "optimization"]
    assert answer["totals"] == {"sessions": 9, "dose_mg": 56 + 8 * 84, "devices": 2 + 8 * 3}
    judged = "After session 8: Judge whether it helps before the ninth session"
    assert answer["notes"][-1].startswith(judged)
    assert answer["notes"][0].startswith("Boxed warning")


def test_a_dose_the_protocol_does_not_know_is_said_and_not_planned():
    answer = told("schedule", PROTOCOL, "--start", "2026-01-05", "--dose-mg", "70")
    assert any("70 mg is no dose" in note for note in answer["notes"])
    assert (
        "70 mg is no dose"
        in ask("schedule", PROTOCOL, "--start", "2026-01-05", "--dose-mg", "70").stdout
    )


def test_an_answer_sheet_is_scored_with_its_band_and_flags(tmp_path):
    sheet = tmp_path / "sheet.json"
    sheet.write_text(json.dumps({str(number): 2 for number in range(1, 10)}))

    answer = told("score", "phq-9", "--answers", sheet)
    assert (answer["total"], answer["complete"], answer["missing"]) == (18, True, [])
    assert len(answer["flags"]) == 1
    said = ask("score", "phq-9", "--answers", sheet).stdout
    assert "total 18" in said
    assert "▲" in said


def test_an_empty_sheet_has_no_total_and_names_what_is_missing(tmp_path):
    sheet = tmp_path / "sheet.json"
    sheet.write_text("{}")
    answer = told("score", "phq-9", "--answers", sheet)
    assert (answer["total"], len(answer["missing"])) == (None, 9)
    assert "missing:" in ask("score", "phq-9", "--answers", sheet).stdout


@pytest.mark.parametrize(
    ("words", "document", "sentence"),
    [
        (("judge", PROTOCOL, "--at", NINE), [{"code": "bp"}], "fact 0 (bp): 'value' is missing"),
        (("judge", PROTOCOL, "--at", "9:00"), [], "--at is an ISO 8601 time"),
        (("judge", PROTOCOL, "--at", "2026-01-05T09:00"), [], "--at needs its offset"),
        (("session", "esketamin-trd-us", "--at", NINE), [], "did you mean 'esketamine-trd-us'"),
        (("judge", "nope", "--at", NINE), [], "no content file is called 'nope'; `serein content"),
        (("session", "nope", "--at", NINE), [], "no protocol is called 'nope'; `serein content l"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_two(file, words, document, sentence):
    result = ask(*words, "--facts", file(document))
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("text", ["{", "[1, 2]", '"word"'])
def test_a_sheet_that_is_none_is_refused(tmp_path, text):
    sheet = tmp_path / "sheet.json"
    sheet.write_text(text)
    result = ask("score", "phq-9", "--answers", sheet)
    assert result.exit_code == 2
    assert "JSON" in result.stderr or "one object" in result.stderr


def test_a_start_that_is_no_day_is_refused():
    result = ask("schedule", PROTOCOL, "--start", "monday")
    assert result.exit_code == 2
    assert "--start is a day" in result.stderr


def test_without_a_time_the_session_is_read_now(file):
    answer = told("session", PROTOCOL, "--facts", file([]))
    assert answer["stage"] == "before-dose"
