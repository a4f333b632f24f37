"""`serein content`: a file is written from a template, checked by line, and compared in words."""

import json
import os
import subprocess
import sys

import pytest

from serein.clinical import library


def content(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "serein.cli", "content", *words],
        env={**os.environ, "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def two_versions(tmp_path):
    for version, limit in ((1, 140), (2, 150)):
        path = tmp_path / f"ours.v{version}.toml"
        text = content("new", "protocol", "--id", "ours").stdout
        text = text.replace("version = 1\n", f"version = {version}\n")
        path.write_text(text.replace("at_most = 140", f"at_most = {limit}"))
    return {"SEREIN_CONTENT": str(tmp_path)}


def test_a_new_file_goes_to_standard_output_and_passes_its_check(tmp_path):
    told = content("new", "instrument", "--id", "ours")
    (tmp_path / "ours.v1.toml").write_text(told.stdout)

    checked = content("check", str(tmp_path))

    assert (told.returncode, checked.returncode) == (0, 0), checked.stdout
    assert 'id = "ours"' in told.stdout


def test_a_new_file_written_to_a_place_takes_its_id_from_its_name(tmp_path):
    file = tmp_path / "our-scale.v1.toml"

    told = json.loads(content("new", "instrument", "--to", str(file), "--json").stdout)

    assert told["file"] == str(file)
    assert told["text"] == file.read_text()
    assert 'id = "our-scale"' in told["text"]


def test_a_new_file_never_overwrites_one(tmp_path):
    file = tmp_path / "ours.v1.toml"
    file.write_text("mine")

    told = content("new", "protocol", "--to", str(file))

    assert told.returncode == 2
    assert "exists already" in told.stderr
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["protocoll"], "did you mean 'protocol'"),
        (["protocol", "--id", "Not An Id"], "is no id"),
        (["protocol", "--to", "ours.toml"], "some-id.v1.toml"),
        (["protocol", "--to", "/nowhere/ours.v1.toml"], "cannot be written"),
    ],
)
def test_a_new_file_that_cannot_be_written_is_bad_input(words, sentence):
    told = content("new", *words)

    assert (told.returncode, told.stdout) == (2, "")
    assert sentence in told.stderr


def test_what_is_wrong_is_said_with_file_line_key_and_reason(tmp_path):
    text = content("new", "protocol", "--id", "ours").stdout
    text = text.replace('{ fact = "bp.diastolic", at_most = 90', '{ fact = "bp.dia", at_most = 90')
    (tmp_path / "ours.v1.toml").write_text(text)
    line = next(n for n, each in enumerate(text.splitlines(), 1) if '"bp.dia"' in each)

    told = content("check", str(tmp_path))
    (problem,) = json.loads(content("check", str(tmp_path), "--json").stdout)["files"][0][
        "problems"
    ]

    key = "gate.baseline-pressure.when.all.2"
    assert told.returncode == 1
    assert f"ours.v1.toml:{line}: {key}: unknown fact 'bp.dia'" in told.stdout
    assert (problem["key"], problem["line"]) == (key, line)
    assert problem["reason"].startswith("unknown fact")


def test_a_file_that_is_lost_has_no_line(tmp_path):
    (tmp_path / "RELEASED").write_text("0  lost.v1.toml\n")

    told = content("check", str(tmp_path))

    assert "lost.v1.toml: RELEASED: a released file is missing" in told.stdout


def test_two_versions_are_compared_in_words_and_raw_on_demand(two_versions):
    told = content("diff", "ours", "1", "2", **two_versions)
    raw = content("diff", "ours", "1", "2", "--raw", **two_versions)

    assert "What a patient is treated by: 1 change\n" in told.stdout
    assert "[gate.baseline-pressure, unchecked]" in told.stdout
    assert "Systolic blood pressure: at most 140 mmHg is now at most 150 mmHg" in told.stdout
    assert "Words, sources and cases: no changes" in told.stdout
    assert "+++ ours version 2" in raw.stdout


def test_a_script_reads_the_difference_in_one_document(two_versions):
    document = json.loads(content("diff", "ours", "1", "2", "--json", **two_versions).stdout)

    assert [file["version"] for file in document["files"]] == [1, 2]
    (change,) = document["changes"]
    assert (change["key"], change["change"]) == ("gate.baseline-pressure", "changed")
    assert (change["treats"], change["mark"]) == (True, "unchecked")
    assert change["values"] == [
        {
            "what": "Systolic blood pressure",
            "before": "at most 140 mmHg",
            "after": "at most 150 mmHg",
        }
    ]
    assert any(line.startswith("+version = 2") for line in document["diff"])


def test_a_version_beside_itself_has_no_difference():
    assert content("diff", "phq-9", "1", "1").stdout == "No difference.\n"


def test_recalled_values_and_clinic_policy_are_counted_apart_and_as_the_library_page_does():
    files = json.loads(content("list", "--json").stdout)["files"]
    [row] = [one for one in files if one["id"] == "ketamine-iv"]
    [line] = [one for one in content("list").stdout.splitlines() if one.startswith("ketamine-iv ")]

    file = library.load().file("ketamine-iv", 1)
    assert (row["unchecked"], row["policy"]) == (file.unchecked, file.policy)
    assert row["unchecked"] + row["policy"] == len(file.to_confirm)
    assert f"{file.unchecked} not yet checked, {file.policy} clinic policy" in line
