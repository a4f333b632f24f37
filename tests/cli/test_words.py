"""The words of the serein command: quick, explained, and the same for a person and a script."""

import json
import os
import subprocess
import sys

import pytest

WORDS = (
    ["init"],
    ["serve"],
    ["check"],
    ["demo"],
    ["import"],
    ["backup"],
    ["restore"],
    ["audit", "verify"],
    ["people", "reset"],
    ["facts"],
    ["judge"],
    ["session"],
    ["schedule"],
    ["score"],
    ["codes"],
    ["deadlines"],
    ["duties"],
    ["crisis"],
    ["content", "check"],
    ["content", "list"],
    ["content", "show"],
    ["content", "diff"],
    ["content", "new"],
)


def serein(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "serein.cli", *words],
        env={**os.environ, "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_word_explains_itself(words):
    told = serein(*words, "--help")

    assert told.returncode == 0
    assert told.stdout.startswith(f"Usage: serein {' '.join(words)}")
    assert len(told.stdout.splitlines()) > 5


@pytest.mark.parametrize("words", [["--help"], ["content", "check"]], ids=" ".join)
def test_a_word_that_needs_no_database_starts_without_the_framework(words):
    script = (
        "import sys\nfrom serein.cli import app\n"
        f"app({words!r}, standalone_mode=False)\n"
        "print([name for name in ('django', 'psycopg', 'uvicorn') if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert told.stdout.splitlines()[-1] == "[]", told.stderr


@pytest.mark.parametrize(
    "words",
    [["no-such-word"], ["serve", "--port", "many"], ["backup"], ["content", "check", "/nowhere"]],
    ids=" ".join,
)
def test_bad_usage_is_exit_code_two(words):
    told = serein(*words)

    assert told.returncode == 2
    assert told.stdout == ""


def test_content_check_answers_a_script_in_one_document():
    told = serein("content", "check", "--json")
    files = json.loads(told.stdout)["files"]

    assert told.returncode == 0
    assert {"id", "version", "kind", "unchecked", "policy", "cases", "problems"} <= set(files[0])
    assert "esketamine-trd-us" in {file["id"] for file in files}


def test_content_check_names_file_key_and_reason_of_a_bad_file(tmp_path):
    bad = tmp_path / "protocols"
    bad.mkdir()
    (bad / "ours.v1.toml").write_text('id = "ours"\nversion = 1\ntitle = "Ours"\n')

    told = serein("content", "check", str(tmp_path), "--json")
    problems = json.loads(told.stdout)["files"][0]["problems"]

    assert told.returncode == 1
    assert all(problem["key"] and problem["reason"] for problem in problems)


def test_content_is_listed_and_shown():
    listed = serein("content", "list", "--json")
    shown = serein("content", "show", "phq-9")

    assert "phq-9" in {file["id"] for file in json.loads(listed.stdout)["files"]}
    assert 'id = "phq-9"' in shown.stdout


def test_unknown_content_is_refused_with_a_sentence():
    told = serein("content", "show", "phq-90")

    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "phq-9" in told.stderr


def test_the_help_of_the_demo_says_one_thing_of_its_folder():
    said = " ".join(serein("demo", "--help").stdout.split())
    assert "or a passing one." in said
    assert "./data" not in said
