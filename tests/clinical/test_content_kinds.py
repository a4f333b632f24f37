"""What a file of each kind brings, and what is told of one that is wrong."""

from serein.clinical.content_kinds import codes_of
from tests.clinical.planting import problems

CODES = """
kind = "dictionary"
id = "mine"
version = 1
title = "Codes of our own"
effective = 2026-01-01
jurisdiction = "US"
source = [{ id = "house", title = "Our house", read = 2026-01-01 }]
"""
LIGHT = """
[[fact]]
code = "room.light"
title = "Light in the room"
type = "boolean"
scope = "session"
"""


def test_each_answer_of_a_scale_is_a_code_by_its_number_with_the_ends_of_the_answers(shelf):
    _, *items = codes_of(shelf.instrument("asex"))
    assert [each.code for each in items] == [f"asex.item-{number}" for number in range(1, 6)]
    assert [each.title for each in items] == [f"ASEX item {number}" for number in range(1, 6)]
    assert {(each.low, each.high) for each in items} == {(1, 6)}


def test_a_code_stands_once_in_its_file(tmp_path):
    path = tmp_path / "mine.v1.toml"
    path.write_text(CODES + LIGHT)
    assert problems(tmp_path) == []
    path.write_text(CODES + LIGHT + LIGHT)
    assert problems(tmp_path) == [
        ("mine.v1.toml", "room.light", "stands in the dictionary twice"),
    ]


def test_of_several_things_wrong_with_the_shape_of_a_file_the_first_is_told(tmp_path):
    path = tmp_path / "mine.v1.toml"
    wrong = CODES.replace('title = "Codes of our own"', "title = 7").replace('"US"', "8")
    path.write_text(wrong + LIGHT)
    ((_, key, _),) = problems(tmp_path)
    assert key == "title"
