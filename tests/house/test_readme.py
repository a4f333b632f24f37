"""The first page that a stranger reads: what it prints of one patient answers as it stands."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from serein.clinical import library
from serein.clinical.fact_file import read_facts
from tests.house.tree import DOCS, REPOSITORY

PAGE = (REPOSITORY / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ python3 run\.py (.+ --facts .+)$", PAGE, re.M)
SHAPES = (DOCS / "reference" / "json.md").read_text(encoding="utf-8")
ANSWERED = {
    "judge": "  ✓ met      Two antidepressants of different classes failed in this episode",
    "trials": "  – venlafaxine: Dose too low: 75 mg a day, at least 150 mg asked.",
    "schedule": "  1  2026-03-02  induction     week 1   41 mg (0.5 mg/kg)",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_about_one_patient_answers_as_it_is_printed(command):
    told = subprocess.run(
        [sys.executable, "-m", "serein.cli", *shlex.split(command)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert ANSWERED[command.split()[0]] in told.stdout


def test_the_readme_asks_each_of_the_three_about_the_patient_that_comes_with_it():
    assert [command.split()[0] for command in COMMANDS] == list(ANSWERED)


def test_the_file_that_the_page_of_shapes_begins_with_is_a_file_of_facts():
    first = re.search(r"^```json\n(.*?)^```", SHAPES, re.M | re.S)
    assert first is not None
    assert SHAPES.index("## A file of facts") < first.start() < SHAPES.index("## Answers")
    facts = read_facts(json.loads(first[1]), dictionary=library.load().dictionary)
    assert [fact.code for fact in facts] == ["birth-date", "weight", "trial"]
