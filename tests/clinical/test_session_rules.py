"""A protocol takes the rules that it shares, by name and version, and may go without some."""

from datetime import timedelta

import pytest

from serein.clinical import library
from serein.clinical.errors import ContentError
from serein.clinical.session_rules import merged
from tests.clinical.planting import planted, problems

TAKES = 'takes = "mine-day.v1"'


def test_rules_that_nobody_wrote_are_refused_with_how_a_name_is_written(folder):
    planted(folder, (TAKES, 'takes = "mine-night.v1"'))
    ((file, key, reason),) = problems(folder)
    assert (file, key) == ("protocols/mine.v1.toml", "takes")
    assert reason == "no session-rules are called 'mine-night.v1'; write it as some-id.v1"
    with pytest.raises(ContentError, match="mine-night"):
        library.load(folder)


def test_going_without_a_rule_that_is_not_there_is_refused(folder):
    planted(folder, (TAKES, f'{TAKES}\nwithout = ["identity", "lunch"]'))
    assert problems(folder) == [
        ("protocols/mine.v1.toml", "without", "mine-day has no rule 'lunch'")
    ]


def test_a_rule_left_out_is_no_gate_and_no_case_expects_it(folder):
    planted(folder, (TAKES, f'{TAKES}\nwithout = ["identity", "nasal-spray"]'))
    ours, packaged = (
        library.load(folder).protocol("mine"),
        library.load().protocol("esketamine-trd-us"),
    )
    ids = [gate.id for gate in ours.gates]
    gone = {gate.id for gate in packaged.gates} - set(ids)
    assert gone == {"identity", "nasal-spray"}
    assert len(ours.cases) == len(packaged.cases)
    assert all("identity" not in case["expect"]["gates"] for case in ours.cases)


def test_a_protocol_that_has_times_of_its_own_for_the_record_keeps_them(folder):
    own = "late_min = 2, before_seating_min = 30, reopen_hours = 1, unread_seconds = 9"
    planted(folder, (TAKES, f"{TAKES}\nrecord = {{ {own}, policy = true }}"))
    ours = library.load(folder).protocol("mine").record
    shared = library.load().protocol("esketamine-trd-us").record

    assert (ours.late_after, ours.before_seating) == (timedelta(minutes=2), timedelta(minutes=30))
    assert (ours.reopen_within, ours.unread) == (timedelta(hours=1), timedelta(seconds=9))
    assert (shared.late_after, shared.before_seating) == (timedelta(minutes=5), timedelta(hours=2))
    assert (ours.late_after, shared.late_after) == (timedelta(minutes=2), timedelta(minutes=5))
    assert (shared.reopen_within, shared.unread) == (timedelta(hours=12), timedelta(seconds=30))


def test_the_hash_that_is_adopted_covers_the_shared_rules_too(folder):
    planted(folder)
    before = library.load(folder).file("mine").sha256
    shared = folder / "protocols" / "mine-day.v1.toml"
    shared.write_text(shared.read_text() + "\n# a word more\n")
    assert library.load(folder).file("mine").sha256 != before


def test_questions_of_one_group_are_asked_together_and_a_source_of_both_files_stands_once():
    one, two = {"code": "consent.seen"}, {"code": "check.identity"}
    shared = {
        "source": [{"id": "label"}],
        "ask_group": [{"id": "day", "title": "The day", "ask": [one]}],
    }
    own = {
        "source": [{"id": "label"}, {"id": "house"}],
        "ask_group": [{"id": "day", "title": "Day", "ask": [two]}, {"id": "more", "ask": [one]}],
    }
    both = merged(own, shared)
    assert [each["id"] for each in both["source"]] == ["label", "house"]
    assert [(group["id"], group["ask"]) for group in both["ask_group"]] == [
        ("day", [one, two]),
        ("more", [one]),
    ]
    assert both["ask_group"][0]["title"] == "The day"


def test_a_scene_of_the_protocol_stands_in_place_of_a_shared_one():
    shared = {"scene": {"ordered": [1], "seated": [2]}}
    assert merged({"scene": {"ordered": [3]}}, shared)["scene"] == {"ordered": [3], "seated": [2]}


def test_a_list_that_is_none_is_left_for_the_check_to_refuse():
    assert merged({"gate": "none"}, {"gate": [{"id": "food"}]})["gate"] == [{"id": "food"}]


@pytest.mark.parametrize("protocol", library.load().shelf.of_kind("protocol"), ids=lambda p: p.id)
def test_no_protocol_asks_one_question_twice(protocol):
    asked = [ask.code for group in protocol.asks for ask in group.asks]
    assert sorted({code for code in asked if asked.count(code) > 1}) == []
