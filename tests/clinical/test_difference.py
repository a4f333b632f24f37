"""What a medical director is told before a new version is adopted."""

import tomllib

import pytest

from serein.clinical.difference import Change, Value, difference
from serein.clinical.vocabulary import Term

TERMS = {
    "sys": Term("Systolic", "mmHg"),
    "dia": Term("Diastolic", "mmHg"),
    "pulse": Term("Pulse", "a min"),
    "asked": Term("Asked"),
}
FILE = """
id = "mine"
version = 1
title = "Mine"
effective = 2026-01-01
jurisdiction = "US"
route = "nasal"
source = [{ id = "label", title = "The label", read = 2026-01-01 }]
dose = [
  { allowed_mg = [56], first_session = 1, source = "label", checked = true },
  { allowed_mg = [56, 84], first_session = 2, source = "label", checked = true },
]
threshold = [
  { code = "sys", value = 160, text = "tell", policy = true },
  { code = "sys", value = 180, text = "call", policy = true },
]
home = [{ id = "driving", text = "No driving tonight.", source = "label" }]
either = [["a", "b"]]

[devices]
rest_min = 5
source = "label"
checked = true

[[gate]]
id = "pressure"
text = "Baseline pressure"
when = { all = [{ fact = "sys", at_most = 140 }, { fact = "dia", at_most = 90 }] }
source = "label"

[[gate]]
id = "asked"
text = "Asked"
when = { fact = "asked", equals = true }
policy = true
[gate.overdue]
text = "Nobody asked"
action = "Ask"
policy = true

[[ask_group]]
id = "arrival"
title = "On arrival"
ask = [{ code = "asked", text = "Was it asked" }, { code = "pulse", text = "The pulse" }]

[scene]
seated = [{ code = "sys", value = 120, at = "08:00" }]

[[case]]
name = "all is well"
at = "08:30"
[case.expect]
gates = { pressure = "met" }
"""


def changed(*swaps: tuple[str, str]) -> list[Change]:
    text = FILE
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    return difference(tomllib.loads(FILE), tomllib.loads(text), terms=TERMS)


def only(*swaps: tuple[str, str]) -> Change:
    (change,) = changed(*swaps)
    return change


def test_a_version_like_the_last_has_no_difference():
    assert changed(("version = 1", "version = 2")) == []


def test_a_limit_is_told_before_and_after_in_words():
    change = only(("at_most = 140", "at_most = 150"))
    assert (change.key, change.heading) == ("gate.pressure", "Baseline pressure")
    assert change.lines == ["Systolic: at most 140 mmHg is now at most 150 mmHg"]
    assert (change.treats, change.mark, change.how) == (True, "unchecked", "changed")


def test_how_recent_a_reading_must_be_is_told_by_itself():
    change = only(("at_most = 90", "at_most = 90, within = { minutes = 30 }"))
    assert change.lines == ["Diastolic, how recent: now within 30 min"]
    assert change.treats


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            "at_most = 90 }]",
            'at_most = 90 }, { fact = "pulse", between = [45, 130] }]',
            ["Pulse: now from 45 to 130 a min"],
        ),
        (', { fact = "dia", at_most = 90 }', "", ["Diastolic: no longer at most 90 mmHg"]),
        (
            "all = [",
            "any = [",
            ["How these join: now Systolic or Diastolic"],
        ),
        (
            'all = [{ fact = "sys", at_most = 140 }, { fact = "dia", at_most = 90 }]',
            'not = { any = [{ fact = "sys", above = 140 }, '
            '{ not = { fact = "dia", below = 90 } }] }',
            [
                "Systolic: at most 140 mmHg is now above 140 mmHg",
                "Diastolic: at most 90 mmHg is now not below 90 mmHg",
                "How these join: now not (Systolic or Diastolic)",
            ],
        ),
        (
            '{ fact = "dia", at_most = 90 }',
            '{ fact = "sys", at_least = 90 }',
            [
                "Systolic: no longer at most 140 mmHg",
                "Diastolic: no longer at most 90 mmHg",
                "Met when: now Systolic: at most 140 mmHg and Systolic: at least 90 mmHg",
            ],
        ),
        (
            '{ fact = "dia", at_most = 90 }',
            '{ fact = "nobody-knows", at_most = 90 }',
            [
                "Systolic: no longer at most 140 mmHg",
                "Diastolic: no longer at most 90 mmHg",
                "Met when: now all fact sys, at most 140, fact nobody-knows, at most 90",
            ],
        ),
    ],
)
def test_a_criterion_that_joins_otherwise_says_what_joins_now(old, new, lines):
    change = only((old, new))
    assert change.lines == lines
    assert change.treats


def test_another_way_to_meet_a_rule_is_told_as_such():
    change = only(
        (
            "policy = true\n[gate",
            'policy = true\nalternative = { fact = "pulse", above = 40 }\n[gate',
        )
    )
    assert change.lines == ["Or instead: Pulse: now above 40 a min"]


def test_numbers_have_their_units_and_lists_their_parts():
    assert only(("rest_min = 5", "rest_min = 7")).lines == ["Rest between two: 5 min is now 7 min"]
    assert only(("rest_min = 5", "rest_min = 7")).heading == "Devices"
    dose = only(("[56, 84]", "[56, 84, 112]"))
    assert (dose.heading, dose.lines) == (
        "Dose 2",
        ["May be ordered: 56, 84 mg is now 56, 84, 112 mg"],
    )
    assert only(('["a", "b"]', '["a"]')).lines == ["Either: a b is now a"]
    emptied = only(("[56, 84]", "[]"))
    assert emptied.lines == ["May be ordered: 56, 84 mg is now nothing"]


def test_values_that_read_alike_are_told_as_they_are_written():
    assert only(("value = 160", "value = 160.0")).lines == ["Value: 160 is now 160.0"]
    before = {"x": [{"id": "a", "list": [1]}]}
    (change,) = difference(before, {"x": [{"id": "a", "list": [1.0]}]}, terms={})
    assert change.values[0].what == "List"
    assert only(("equals = true", "equals = 1")).lines == ["Asked: yes is now 1"]


def test_of_two_limits_on_one_fact_the_one_that_differs_is_named():
    change = only(("value = 160", "value = 165"))
    assert (change.key, change.heading) == ("threshold.sys.1", "Systolic: tell")
    assert change.lines == ["Value: 160 is now 165"]
    gone = only(('  { code = "sys", value = 180, text = "call", policy = true },\n', ""))
    assert gone.heading == "No longer: Systolic: call"
    more = only(
        (
            "threshold = [",
            'threshold = [{ code = "sys", value = 150, text = "look", policy = true },',
        )
    )
    assert (more.how, more.lines) == ("added", ["Value: 150"])


def test_a_new_rule_and_a_lost_one_say_what_they_say():
    when = 'when = { fact = "pulse", above = 40 }'
    new = f'[[gate]]\nid = "pulse"\ntext = "Pulse felt"\n{when}\npolicy = true\n'
    added = only(("[[ask_group]]", new + "[[ask_group]]"))
    assert (added.how, added.heading, added.mark) == ("added", "New: Pulse felt", "policy")
    assert added.lines == ["Pulse: above 40 a min"]
    assert added.values == (Value("Pulse", None, "above 40 a min"),)

    start, end = FILE.index('[[gate]]\nid = "asked"'), FILE.index("[[ask_group]]")
    rule, overdue = changed((FILE[start:end], ""))
    assert (rule.how, rule.heading) == ("removed", "No longer: Asked")
    assert (overdue.key, overdue.lines) == ("gate.asked.overdue", ["Action: Ask"])
    assert overdue.values == (Value("Action", "Ask", None),)
    assert rule.treats
    assert overdue.treats


def test_a_new_group_brings_its_questions():
    ask = 'ask = [{ code = "sys", text = "The pressure" }]'
    new = f'[[ask_group]]\nid = "late"\ntitle = "Late"\n{ask}\n'
    group, question = changed(("[scene]", new + "[scene]"))
    assert group.heading == "New: Late"
    assert question.heading == "New: The pressure"


def test_a_table_inside_a_rule_may_come_and_go():
    text = '[gate.overdue]\ntext = "Nobody asked"\naction = "Ask"\npolicy = true\n'
    assert only((text, "")).heading == "No longer: Nobody asked"
    assert only(('action = "Ask"', 'action = "Ask now"')).lines == ["Action: Ask is now Ask now"]


def test_what_goes_home_is_its_words_and_so_a_treatment():
    change = only(("No driving tonight.", "No driving for a day."))
    assert change.treats
    assert change.mark == "unchecked"


@pytest.mark.parametrize(
    ("old", "new", "heading"),
    [
        ('text = "Baseline pressure"', 'text = "Pressure before"', "Pressure before"),
        ('title = "The label"', 'title = "A label"', "A label"),
        ('title = "Mine"', 'title = "Ours"', "The file itself"),
        ("effective = 2026-01-01", "effective = 2026-02-01", "The file itself"),
        ("[[case]]", '[[case]]\nat = "09:00"\nname = "b"\n[[case]]', "New: b"),
        ('value = 120, at = "08:00"', 'value = 121, at = "08:00"', "Systolic"),
        ('pressure = "met"', 'pressure = "unmet"', "all is well"),
        (
            '"label"\n\n[[gate]]\nid = "asked"',
            '"label"\nchecked = true\n\n[[gate]]\nid = "asked"',
            "Baseline pressure",
        ),
    ],
)
def test_words_sources_and_cases_treat_nobody(old, new, heading):
    change = only((old, new))
    assert change.heading == heading
    assert not change.treats
    assert change.lines


def test_what_is_treated_by_stands_first():
    found = changed(('title = "Mine"', 'title = "Ours"'), ("at_most = 140", "at_most = 150"))
    assert [change.treats for change in found] == [True, False]


def test_a_rule_that_lost_its_check_is_told():
    change = only(('source = "label"\nchecked = true', 'source = "label"'))
    assert change.lines == [
        "How far confirmed: checked against its source is now recalled, not checked"
    ]
    assert change.mark == "unchecked"


def test_another_source_is_named_by_its_title():
    (rule, source) = changed(
        ("source = [", 'source = [{ id = "b", title = "A book", read = 2026-01-01 }, '),
        ("when = { all", 'source = "b"\nwhen = { all'),
        ('] }\nsource = "label"', "] }"),
    )
    assert rule.heading == "New: A book"
    assert source.lines == ["Source: The label is now A book"]


def test_a_place_that_names_no_source_it_lists_is_still_told():
    assert only(
        ('"label"\n\n[[gate]]\nid = "asked"', '"other"\n\n[[gate]]\nid = "asked"')
    ).lines == ["Source: The label is now other"]
    before = {
        "id": "a",
        "version": 1,
        "source": "a book",
        "devices": {"source": "x", "rest_min": 1},
    }
    after = {**before, "devices": {"source": "y", "rest_min": 1}}
    (change,) = difference(before, after, terms={})
    assert change.lines == ["Source: x is now y"]


def test_the_same_questions_in_another_order_are_told():
    first, second = (
        '{ code = "asked", text = "Was it asked" }',
        '{ code = "pulse", text = "The pulse" }',
    )
    change = only((f"{first}, {second}", f"{second}, {first}"))
    assert change.heading == "The order of asks next"
    assert change.lines == ["Order: Was it asked, The pulse is now The pulse, Was it asked"]
    assert change.treats


def test_sources_in_another_order_treat_nobody():
    second = '{ id = "book", title = "A book", read = 2026-01-01 }'
    first = '{ id = "label", title = "The label", read = 2026-01-01 }'
    before = {"source": tomllib.loads(f"source = [{first}, {second}]")["source"]}
    (change,) = difference(before, {"source": before["source"][::-1]}, terms={})
    assert change.heading == "The order of source"
    assert not change.treats


def test_a_rule_that_is_new_or_gone_names_the_source_of_its_own_version():
    def file(title, *homes):
        source = {"id": "a", "title": title, "read": "2026"}
        return {"source": [source], "home": [{"id": each, "source": "a"} for each in homes]}

    told = difference(file("Old", "x"), file("New", "y"), terms={})
    assert [change.lines for change in told if change.key.startswith("home")] == [
        ["Source: New"],
        ["Source: Old"],
    ]


def test_a_table_that_is_confirmed_for_the_first_time_says_only_what_it_is_now():
    (change,) = difference(
        {"x": [{"id": "a", "mg": 1}]}, {"x": [{"id": "a", "mg": 1, "policy": True}]}, terms={}
    )
    assert change.lines == ["How far confirmed: now clinic policy"]
    assert not change.treats


def test_a_file_that_is_marked_as_a_whole_says_nothing_of_it():
    before = {"title": "Mine", "policy": True}
    (change,) = difference(before, {**before, "title": "Ours"}, terms={})
    assert change.lines == ["Title: Mine is now Ours"]
    assert difference(before, {"title": "Mine", "checked": True}, terms={}) == []


def test_the_kind_of_a_row_is_told_and_the_kind_of_the_file_is_not():
    before = {"kind": "policy", "x": [{"id": "a", "kind": "b"}]}
    (change,) = difference(before, {"kind": "other", "x": [{"id": "a", "kind": "c"}]}, terms={})
    assert (change.key, change.lines) == ("x.a", ["Kind: b is now c"])


def test_a_criterion_that_asks_twice_of_one_fact_treats_when_a_limit_of_it_moves():
    both = 'all = [{ fact = "sys", at_most = 140 }, { fact = "sys", at_least = 90 }]'
    text = FILE.replace(
        'all = [{ fact = "sys", at_most = 140 }, { fact = "dia", at_most = 90 }]', both
    )
    moved = text.replace("at_least = 90", "at_least = 80")
    (change,) = difference(tomllib.loads(text), tomllib.loads(moved), terms=TERMS)
    assert change.treats
    assert change.lines == [
        "Met when: Systolic: at most 140 mmHg and Systolic: at least 90 mmHg is now "
        "Systolic: at most 140 mmHg and Systolic: at least 80 mmHg"
    ]


def test_rows_without_words_are_ordered_by_what_tells_them_apart():
    before = {"dose": [{"first_session": 1}, {"first_session": 2}]}
    (change,) = difference(before, {"dose": before["dose"][::-1]}, terms={})
    assert change.lines == ["Order: 1, 2 is now 2, 1"]
    (nameless,) = difference({"x": [{"a_min": 1}]}, {"x": [{"a_min": 2}]}, terms={})
    assert (nameless.heading, nameless.lines) == ("X 1", ["A: 1 min is now 2 min"])


@pytest.mark.parametrize(
    ("old", "new", "treats"),
    [
        ('text = "Baseline pressure"', 'text = "Baseline pressure, twice"', False),
        ('text = "Baseline pressure"', 'text = "Baseline pressure below 140"', True),
        ('text = "Was it asked"', 'text = "Was it asked today"', True),
    ],
    ids=["words beside a rule", "a number beside a rule", "words that are followed"],
)
def test_a_sentence_treats_where_it_names_another_number_or_nothing_else_says_the_rule(
    old, new, treats
):
    [change] = changed((old, new))

    assert change.treats is treats


def test_a_change_names_the_part_of_the_file_it_stands_in():
    [gate] = changed(('sys", at_most = 140', 'sys", at_most = 150'))
    [devices] = changed(("rest_min = 5", "rest_min = 6"))

    assert (gate.part, devices.part) == ("Before each dose", "")
