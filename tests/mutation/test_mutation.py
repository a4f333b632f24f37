"""The mutation runner notices what it should, and a drawn share of the rules leaves no survivor."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.ground import CLINICAL, ROOT
from tests.mutation.operators import mutants
from tests.mutation.reasons import KINDS, reasons

DRAWN = ("criteria", "rules", "dosing", "due", "discharge")
LONGEST_S = 600


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.mutation", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )


def told(source: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "m.py"
    path.write_text(source, encoding="utf-8")
    return [each.id for each in mutants(path)]


def test_a_drawn_share_of_the_rules_leaves_no_survivor_without_a_reason():
    ended = run("--sample", "40", "--seed", "7", *DRAWN)

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_limit_that_no_test_asks_survives_and_fails_the_run(tmp_path):
    ended = run("--planted", str(tmp_path), "limits")

    assert ended.returncode == 1
    assert "SURVIVED limits:is_low: reading < 90 => reading <= 90" in ended.stdout
    assert "| limits | 7 | 0 | 3 |" in ended.stdout


def test_what_is_known_is_not_worked_out_again(tmp_path):
    first = run("--planted", str(tmp_path), "limits")
    lines = (tmp_path / "answers.jsonl").read_text(encoding="utf-8")

    again = run("--planted", str(tmp_path), "limits")

    assert again.stdout == first.stdout
    assert (tmp_path / "answers.jsonl").read_text(encoding="utf-8") == lines


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("a < b", ["a < b => a <= b", "a < b => a >= b"]),
        ("a is b", ["a is b => a is not b"]),
        ("a and b", ["a and b => a or b"]),
        ("not a", ["not a => a"]),
        ("min(a)", ["min(a) => pass", "min(a) => max(a)"]),
        ("return a", ["return a => return None"]),
        ("return None", []),
        ("return 60", ["return 60 => return None", "60 => 61", "60 => 59"]),
        ("return True", ["return True => return None", "True => False"]),
        ("x = a * b", ["a * b => a / b"]),
        ("x += a", ["x += a => x -= a"]),
        ("raise E", ["raise E => pass"]),
        ("if a: pass", ["a => not a"]),
        ("x: Annotated[int, Field(gt=1)]", []),
    ],
)
def test_each_kind_of_change_is_made(source, changes, tmp_path):
    made = told(f"def f():\n    {source}\n", tmp_path)

    assert [each.removeprefix("m:f: ") for each in made] == changes


def test_a_bound_of_a_table_is_changed_and_a_type_is_not(tmp_path):
    made = told("class T:\n    x: Annotated[int | None, Field(gt=1)]\n", tmp_path)

    assert made == ["m:T: 1 => 2", "m:T: 1 => 0"]


def test_two_changes_that_read_alike_have_names_of_their_own(tmp_path):
    made = told("def f():\n    x = not a\n    y = not a\n", tmp_path)

    assert made == ["m:f: not a => a", "m:f: not a => a #2"]


def test_every_reason_names_a_mutant_that_exists_and_says_why():
    known = {each.id for name in CLINICAL.modules() for each in mutants(CLINICAL.file(name))}

    assert [name for name in reasons() if name not in known] == []
    assert {each.kind for each in reasons().values()} <= set(KINDS)
    assert [each.mutant for each in reasons().values() if len(each.why) < 20] == []
