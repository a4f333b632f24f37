"""Worked cases show each rule in every answer it can give; the check says which they do not."""

from pathlib import Path
from typing import Any

import pytest

from serein.clinical import library
from serein.clinical.content_templates import template
from serein.clinical.coverage import possible
from serein.clinical.criteria import MET, UNKNOWN, UNMET
from serein.clinical.protocols import Protocol
from serein.clinical.vocabulary import Place, Term, criterion

PROTOCOLS: list[Protocol] = library.load().shelf.of_kind("protocol")
TERMS = {
    code: Term(code) for code in ("asked", "spo2", "devices.open", "devices.shortest-rest-min")
}
RECORDED = {"fact": "spo2", "within": {"minutes": 60}}
ENOUGH = {"fact": "spo2", "at_least": 92}
ASKED = {"fact": "asked", "one_of": [True, False]}
NONE_OPEN = {"fact": "devices.open", "equals": 0}


def answers(table: dict[str, Any]) -> set[str]:
    return {each.value for each in possible(criterion(table, terms=TERMS, place=Place("x", "y")))}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (ENOUGH, {MET, UNMET, UNKNOWN}),
        (RECORDED, {MET, UNKNOWN}),
        (ASKED, {MET, UNKNOWN}),
        ({"fact": "asked", "one_of": [True]}, {MET, UNMET, UNKNOWN}),
        (NONE_OPEN, {MET, UNMET}),
        ({"fact": "devices.shortest-rest-min", "at_least": 5}, {MET, UNMET, UNKNOWN}),
        ({"not": RECORDED}, {UNMET, UNKNOWN}),
        ({"all": [RECORDED, ASKED]}, {MET, UNKNOWN}),
        ({"all": [RECORDED, NONE_OPEN]}, {MET, UNMET, UNKNOWN}),
        ({"all": [RECORDED, {"not": RECORDED}]}, {UNMET, UNKNOWN}),
        ({"any": [RECORDED, NONE_OPEN]}, {MET, UNKNOWN}),
        ({"any": [NONE_OPEN, NONE_OPEN]}, {MET, UNMET}),
        ({"any": [{"not": RECORDED}, NONE_OPEN]}, {MET, UNMET, UNKNOWN}),
    ],
)
def test_the_answers_a_criterion_can_give_follow_from_its_words(table, expected):
    assert answers(table) == {each.value for each in expected}


def problems(folder: Path, file: str, text: str) -> list[str]:
    (folder / file).write_text(text)
    return [
        f"{each.key}: {each.reason}" for report in library.check(folder) for each in report.problems
    ]


@pytest.mark.parametrize("kind", ["protocol", "policy", "trial-rules"])
def test_a_file_whose_cases_do_not_show_an_answer_is_told_which(tmp_path, kind):
    text = template(kind)
    last = {
        "protocol": ('gates = { food = "unknown", ', "gates = { "),
        "policy": (', psychosis = "unmet" }', " }"),
        "trial-rules": ('counted = "cannot-say"', 'counted = "no"'),
    }
    old, new = last[kind]
    assert old in text
    found = problems(tmp_path, f"my-{kind}.v1.toml", text.replace(old, new))
    assert any("no case shows" in each for each in found), found


def test_an_answer_that_cannot_be_given_is_excused_by_a_reason_and_never_by_silence(tmp_path):
    text = template("policy").replace('adult = "unmet", ', "")
    assert problems(tmp_path, "my-policy.v1.toml", text) == [
        "criterion.adult: no case shows it unmet",
    ]
    rule = 'id = "adult"\n'
    excused = text.replace(rule, f'{rule}never = {{ unmet = "children are seen elsewhere" }}\n')
    assert problems(tmp_path, "my-policy.v1.toml", excused) == []
    silent = text.replace(rule, f'{rule}never = {{ unmet = "" }}\n')
    assert "at least 1 character" in problems(tmp_path, "my-policy.v1.toml", silent)[0]


def test_a_reason_why_an_answer_cannot_be_given_is_held_against_the_cases(tmp_path):
    text = template("policy")
    rule = 'id = "adult"\n'
    text = text.replace(rule, f'{rule}never = {{ unmet = "children are seen elsewhere" }}\n')
    assert problems(tmp_path, "my-policy.v1.toml", text) == [
        "criterion.adult: is said never to be unmet, and a case shows it so",
    ]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.id)
def test_no_case_bears_the_name_of_another(protocol):
    names = [case["name"] for case in protocol.cases]
    assert sorted({name for name in names if names.count(name) > 1}) == []
