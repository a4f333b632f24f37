"""`serein schedule` by age, weight and history; `serein judge` on criteria over a whole chart."""

import json

import pytest
from typer.testing import CliRunner

from serein.cli import app

START = ("--start", "2026-01-05")
NOON = "2026-03-02T12:00:00+00:00"


def ask(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def told(*words):
    result = ask(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def file(tmp_path):
    def write(document, name="facts.json"):
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    return write


def fact(code, value, at="2026-01-02T09:00:00+00:00", **more):
    return {"code": code, "value": value, "at": at, **more}


def weighed(kg, at="2026-01-02T09:00:00+00:00"):
    return fact("weight", kg, at, unit="kg")


@pytest.fixture
def given(file):
    """A history of eight sessions of induction and one after it."""
    days = (1, 4, 8, 11, 15, 18, 22, 25)
    history = [{"on": f"2026-01-{day + 4:02}", "dose_mg": 56} for day in days]
    return file([*history, {"on": "2026-02-02"}], "history.json")


def test_the_answer_has_the_shape_that_scripts_rely_on():
    answer = told("schedule", "esketamine-trd-us", *START, "--dose-mg", 84, "--sessions", 2)
    shape = {"protocol", "version", "sessions", "totals", "missed", "decisions", "notes"}
    assert set(answer) == shape
    (first, second) = answer["sessions"]
    assert first == {
        "n": 1,
        "phase": "induction",
        "week": 1,
        "on": "2026-01-05",
        "earliest": "2026-01-05",
        "latest": "2026-01-05",
        "dose_mg": 56,
        "mg_per_kg": None,
        "devices": 2,
        "checked": True,
        "policy": False,
    }
    assert (second["on"], second["dose_mg"], second["devices"]) == ("2026-01-09", 84, 3)
    assert answer["totals"] == {"sessions": 2, "dose_mg": 140, "devices": 5}


@pytest.mark.parametrize(("born", "doses"), [("1961-01-05", [28, 56]), ("1961-01-06", [56, 56])])
def test_in_the_eu_the_age_on_the_first_day_decides_the_dose(file, born, doses):
    known = file([fact("birth-date", born)])
    words = ("schedule", "esketamine-trd-eu", *START, "--sessions", 2, "--dose-mg", 56)
    answer = told(*words, "--facts", known)
    assert [one["dose_mg"] for one in answer["sessions"]] == doses


def test_without_the_age_no_dose_is_guessed_and_the_note_says_what_is_missing():
    words = ("schedule", "esketamine-trd-eu", *START, "--sessions", 2)
    answer = told(*words)
    assert [one["dose_mg"] for one in answer["sessions"]] == [None, None]
    assert answer["totals"] == {"sessions": 2, "dose_mg": None, "devices": None}
    assert "The dose depends on the age, which is not among the facts" in answer["notes"]
    said = ask(*words).stdout
    assert "? mg" in said
    assert "2 sessions, the dose not known yet" in said


def test_an_infusion_is_planned_by_the_weight_among_the_facts(file):
    words = ("schedule", "ketamine-iv", *START, "--sessions", 6)
    answer = told(*words, "--facts", file([weighed(70)]))
    assert {(one["dose_mg"], one["mg_per_kg"]) for one in answer["sessions"]} == {(35, 0.5)}
    assert answer["totals"] == {"sessions": 6, "dose_mg": 210, "devices": None}
    assert any(note.startswith("After session 3: No decision to stop") for note in answer["notes"])
    assert "35 mg (0.5 mg/kg)" in ask(*words, "--facts", file([weighed(70)])).stdout
    unknown = told(*words)
    assert "The dose depends on the weight, which is not among the facts" in unknown["notes"]


def test_a_plan_says_what_is_off_label_and_what_is_ours_or_not_yet_checked():
    infusion = ask("schedule", "ketamine-iv", *START, "--sessions", 11).stdout
    by_mouth = told("schedule", "ketamine-oral", *START, "--sessions", 1)["sessions"]

    assert "Off-label: racemic ketamine is approved for anaesthesia alone" in infusion
    [maintenance] = [line for line in infusion.splitlines() if "maintenance" in line]
    assert maintenance.endswith("(not yet checked against its source)")
    assert [(one["checked"], one["policy"]) for one in by_mouth] == [(False, True)]


def test_a_weight_recorded_after_the_first_day_is_not_known_on_it_unless_a_time_is_given(file):
    later = file([weighed(70, "2026-02-01T09:00:00+00:00")])
    words = ("schedule", "ketamine-iv", *START, "--sessions", 1, "--facts", later)
    assert told(*words)["sessions"][0]["dose_mg"] is None
    assert told(*words, "--at", NOON)["sessions"][0]["dose_mg"] == 35


@pytest.mark.parametrize(("weighed_on", "is_old"), [("2025-12-07", False), ("2025-12-06", True)])
def test_a_weight_older_than_the_protocol_allows_is_named_beside_the_doses(
    file, weighed_on, is_old
):
    known = file([weighed(70, f"{weighed_on}T12:00:00+00:00")])
    words = ("schedule", "ketamine-iv", *START, "--sessions", 2, "--facts", known)
    note = (
        f"The doses are counted by a weight of {weighed_on}, 30 days old; an order needs one of"
        " the last 30 days: weigh again"
    )
    assert (note in told(*words)["notes"]) is is_old
    assert (note in ask(*words).stdout) is is_old


def test_a_weight_that_may_be_pounds_makes_no_dose(file):
    result = ask("schedule", "ketamine-iv", *START, "--facts", file([fact("weight", 154)]))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "fact 0 (weight): Weight 154 may be kg or lb" in result.stderr


@pytest.mark.parametrize(
    ("worse", "reason", "days"),
    [
        (True, "Worse: the prescriber weighs one step back", ["2026-03-02", "2026-03-06"]),
        (False, "Not worse: keep the present rhythm", ["2026-03-02", "2026-03-09"]),
        (None, "Whether the patient is worse is not known: ask.", ["2026-03-02", "2026-03-09"]),
    ],
)
def test_after_a_missed_session_the_next_is_proposed_with_its_reason(
    file, given, worse, reason, days
):
    known = [] if worse is None else [fact("worse-since-last", worse, "2026-03-01T09:00:00+00:00")]
    words = ("schedule", "esketamine-trd-us", *START, "--history", given, "--sessions", 2)
    answer = told(*words, "--facts", file(known), "--at", NOON)
    assert [(one["n"], one["on"]) for one in answer["sessions"]] == list(enumerate(days, 10))
    assert answer["missed"] == ["2026-02-09", "2026-02-16", "2026-02-23"]
    assert answer["notes"][0].startswith(reason)
    said = ask(*words, "--facts", file(known), "--at", NOON).stdout
    assert "Missed: 2026-02-09, 2026-02-16, 2026-02-23" in said


def test_in_time_nothing_is_missed_and_nothing_is_weighed(given):
    words = ("schedule", "esketamine-trd-us", *START, "--history", given, "--sessions", 1)
    answer = told(*words, "--at", "2026-02-05T12:00:00+00:00")
    assert (answer["missed"], answer["sessions"][0]["on"]) == ([], "2026-02-09")


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ({"on": "2026-01-05"}, "the history is a list"),
        (["2026-01-05"], "session 0 of the history has no day"),
        ([{"on": "2026-01-05"}, {"dose_mg": 56}], "session 1 of the history has no day"),
        ([{"on": "5 January"}], "session 0 of the history is a day such as 2026-01-05"),
        ([{"on": "2026-01-05", "dose": 56}], "session 0 of the history: unknown key 'dose'"),
        ([{"on": "2026-01-04"}], "session 0 of the history, 2026-01-04, lies before the start"),
        ("not json", "history.json is no JSON"),
    ],
)
def test_a_history_that_cannot_be_one_is_refused_with_its_place(file, history, said):
    path = file(history, "history.json")
    result = ask("schedule", "esketamine-trd-us", *START, "--history", path, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("words", "facts", "said"),
    [
        (("schedule", "esketamine-trd", *START), [], "did you mean"),
        (("schedule", "ketamine-iv", "--start", "soon"), [], "--start is a day such as"),
        (("schedule", "ketamine-iv", *START), [fact("wieght", 70)], "fact 0 (wieght)"),
        (("schedule", "ketamine-iv", *START, "--at", "noon"), [], "--at is an ISO 8601 time"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_reason(file, words, facts, said):
    result = ask(*words, "--facts", file(facts), "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())


def test_a_policy_is_judged_alone_and_lists_what_is_missing(file):
    known = [fact("birth-date", "1980-05-01"), fact("diagnosis", "mdd"), fact("phq-9.total", 15)]
    words = ("judge", "qualchoice-esketamine-trd", "--facts", file(known))
    answer = told(*words, "--at", "2026-01-05T12:00:00+00:00")
    assert set(answer) >= {"content", "version", "at", "verdict", "criteria"}
    assert (answer["content"], answer["version"]) == ("qualchoice-esketamine-trd", 1)
    assert answer["verdict"] == "unmet"
    found = {one["id"]: one for one in answer["criteria"]}
    assert set(found["severity"]) >= {"id", "text", "verdict", "evidence", "missing", "source"}
    verdicts = {one: found[one]["verdict"] for one in ("age", "diagnosis", "severity")}
    assert verdicts == {"age": "met", "diagnosis": "met", "severity": "unmet"}
    assert found["severity"]["evidence"][0]["value"] == 15
    assert found["failed-trials"]["verdict"] == "unknown"
    assert found["failed-trials"]["missing"] == ["trial"]


def test_an_event_in_the_last_six_weeks_blocks_in_the_eu_and_is_weighed_in_the_us(file):
    known = [fact("cardiovascular-event", True), fact("decision.cardiovascular-event", GO_AHEAD)]
    verdicts = {}
    for place in ("eu", "us"):
        words = ("judge", f"contraindications-esketamine-{place}", "--facts", file(known))
        found = told(*words, "--at", "2026-01-05T12:00:00+00:00")["criteria"]
        verdicts[place] = {one["id"]: one["verdict"] for one in found}["cardiovascular-event"]
    assert verdicts == {"eu": "unmet", "us": "met"}


GO_AHEAD = {"decision": "go-ahead", "reason": "Benefit weighed", "by_role": "prescriber"}


def test_after_six_infusions_without_response_the_schedule_says_so_with_its_evidence(file):
    scores = [("2026-01-05", 36), ("2026-01-24", 36)]
    known = [
        {"code": "madrs.total", "value": value, "at": f"{on}T13:00:00+00:00"}
        for on, value in scores
    ]
    days = ("05", "08", "12", "15", "19", "22")
    given = file([{"on": f"2026-01-{day}"} for day in days], "six.json")
    words = ("schedule", "ketamine-iv", *START, "--history", given, "--facts", file(known))
    answer = told(*words, "--at", "2026-01-25T12:00:00+00:00", "--sessions", 1)

    rows = {one["id"]: one for one in answer["decisions"]}
    assert (rows["stop-at-six"]["verdict"], rows["stop-at-six"]["checked"]) == ("met", True)
    assert [one["value"] for one in rows["stop-at-six"]["evidence"]] == [36, 36]
    assert (rows["review-at-four"]["verdict"], rows["review-at-four"]["policy"]) == (
        "unknown",
        True,
    )
    assert rows["review-at-four"]["missing"] == ["madrs.total"]
    assert rows["dose-at-four"]["verdict"] is None
    said = "After session 6: Without response after the sixth: stop (met: Improvement since"
    assert any(note.startswith(said) for note in answer["notes"])


@pytest.mark.parametrize(
    ("kg", "words", "reason"),
    [
        (70, ("--dose-mg", 500), "500 mg (7.14 mg/kg) is above the hard limit"),
        (70, ("--dose-mg", 71), "71 mg (1.01 mg/kg) is above the hard limit"),
        (220, (), "110 mg (0.50 mg/kg) is above the hard limit"),
        (None, ("--dose-mg", 101), "101 mg is above the hard limit"),
        (70, ("--dose-mg", -35), "-35 mg is no dose; give one above 0"),
        (70, ("--dose-mg", 0), "0 mg is no dose; give one above 0"),
    ],
)
def test_no_plan_holds_what_no_order_may(file, kg, words, reason):
    facts = file([weighed(kg)] if kg else [])
    result = ask("schedule", "ketamine-iv", *START, *words, "--facts", facts, "--json")

    assert result.exit_code == 2
    assert reason in result.stderr


def test_a_negative_dose_is_none_for_a_spray_either():
    result = ask("schedule", "esketamine-trd-us", *START, "--dose-mg", -56)

    assert (result.exit_code, "-56 mg is no dose" in result.stderr) == (2, True)


def test_a_plan_above_the_soft_limit_says_so_and_by_how_much_of_the_weight(file):
    words = ("schedule", "ketamine-iv", *START, "--sessions", 2, "--facts", file([weighed(70)]))
    above, at_most = told(*words, "--dose-mg", 56), told(*words, "--dose-mg", 52)

    assert {one["mg_per_kg"] for one in above["sessions"]} == {0.8}
    assert any(note.startswith("56 mg (0.8 mg/kg) is above the soft") for note in above["notes"])
    assert not any("soft" in note for note in at_most["notes"])


def test_the_hard_limit_itself_may_be_planned(file):
    words = ("schedule", "ketamine-iv", *START, "--sessions", 1, "--facts", file([weighed(70)]))

    assert told(*words, "--dose-mg", 70)["sessions"][0]["mg_per_kg"] == 1.0
