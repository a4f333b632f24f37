"""Every kind of file reads as sections of rules, with nothing left out and its ground beside it."""

import tomllib
from datetime import date

import pytest

from serein.clinical.content_kinds import terms
from serein.clinical.content_reading import _TITLES, Reading, Section, read
from serein.clinical.criteria import Source
from serein.clinical.vocabulary import Term

TERMS = {"sys": Term("Systolic", "mmHg"), "asked": Term("Asked")}
FILE = """
id = "mine"
version = 1
kind = "policy"
title = "Mine"
effective = 2026-01-01
licence = "free"
source = [
  { id = "label", title = "The label", section = "2", url = "https://x.org", read = 2026-01-02 },
]
band = [{ title = "mild", low = 5, high = 9, source = "label" }]
threshold = [{ code = "sys", value = 160, text = "tell", policy = true }]

[observe]
text = "Observed for 120 minutes"
min = 120
source = "label"
checked = true
policy = true

[[gate]]
id = "pressure"
text = "Pressure not above 140"
when = { fact = "sys", at_most = 140 }
waiver = "prescriber"
source = "label"
[gate.overdue]
text = "Nobody asked"
action = "Ask"
policy = true

[[gate]]
id = "odd"
text = "Odd"
when = { fact = "nobody-knows", above = 1 }
source = "elsewhere"
checked = true

[[ask_group]]
id = "arrival"
title = "On arrival"
ask = [{ code = "asked", text = "Was it asked" }, { code = "sys" }, { id = "third" }]

[strange.table]
words = "kept"

[[spell]]
words = "abracadabra"

[scene]
seated = [{ code = "sys", value = 120, at = "08:00" }]

[[case]]
name = "all is well"
at = "08:30"
without = ["sys"]
facts = [{ code = "asked", value = true, at = "08:20" }]
[case.expect]
gates = { pressure = "met" }
"""


@pytest.fixture
def reading():
    return read(tomllib.loads(FILE), terms=TERMS)


def section(reading: Reading, name: str) -> Section:
    return next(each for each in reading.sections if each.name == name)


def test_the_head_says_what_the_file_is_and_what_stands_outside_its_tables(reading):
    assert [tuple(each) for each in reading.about] == [
        ("Licence", "free"),
        ("Strange: Table: Words", "kept"),
    ]


def test_a_rule_reads_with_its_limit_its_mark_and_its_source(reading):
    rule, odd = section(reading, "gate").entries
    assert section(reading, "gate").title == "Before each dose"
    assert (rule.title, rule.mark) == ("Pressure not above 140", "unchecked")
    assert rule.source == Source("The label", "2", "https://x.org", date(2026, 1, 2))
    assert [(each.label, str(each.said)) for each in rule.asked] == [
        ("Met when", "Systolic: at most 140 mmHg")
    ]
    assert [tuple(each) for each in rule.values] == [
        ("Who may decide otherwise", "the prescriber, by name and with a reason")
    ]
    assert rule.anchor == "gate-pressure"
    assert not rule.is_short
    assert (odd.mark, odd.source, odd.asked) == ("checked", None, ())
    assert [tuple(each) for each in odd.values] == [("Met when", "fact nobody-knows, above 1")]


def test_a_table_inside_a_rule_is_a_section_inside_it(reading):
    (inner,) = section(reading, "gate").entries[0].inside
    assert inner.title == "When nobody did it in time"
    assert (inner.entries[0].title, inner.entries[0].mark) == ("Nobody asked", "policy")
    assert not inner.is_short


def test_a_value_is_kept_though_the_title_says_it_too(reading):
    (observe,) = section(reading, "observe").entries
    assert [tuple(each) for each in observe.values] == [("For", "120 min")]
    (line,) = section(reading, "threshold").entries
    assert (line.title, line.values[0].words) == ("Systolic: tell", "160")


LIMITS = {"soft_mg_per_kg": 2.5, "soft_mg": 200, "hard_mg_per_kg": 4.0, "hard_mg": 300}


def test_limits_and_missed_visits_are_told_in_sentences():
    missed = {
        "keep": "Not worse: keep the rhythm",
        "back": "Worse: one step back",
        "worse": {"fact": "asked", "equals": True},
        "policy": True,
    }
    raw = {"limits": {**LIMITS, "weight_days": 30, "policy": True}, "missed": missed}
    limits, after = read(raw, terms=TERMS).sections

    assert limits.title == "Limits of one dose"
    assert limits.entries[0].sentences == (
        "Above 2.5 mg/kg of body weight, or above 200 mg in all, a dose needs the prescriber's"
        " reason.",
        "Above 4 mg/kg of body weight, or above 300 mg in all, no dose is given, whatever the"
        " reason.",
        "The weight that a dose is reckoned from is at most 30 days old.",
    )
    assert limits.entries[0].values == ()
    assert after.title == "After a missed visit"
    assert after.entries[0].sentences == ("Not worse: keep the rhythm.", "Worse: one step back.")
    [worse] = after.entries[0].asked
    assert (worse.label, str(worse.said)) == ("Counts as worse when", "Asked: yes")


def test_half_a_limit_is_told_by_its_label():
    [limits] = read({"limits": {"soft_mg": 200, "policy": True}}, terms=TERMS).sections

    assert limits.entries[0].sentences == ()
    assert [tuple(each) for each in limits.entries[0].values] == [
        ("Needs a reason above", "200 mg")
    ]


def test_questions_are_short_and_named_by_their_words_or_their_fact(reading):
    (group,) = section(reading, "ask_group").entries
    (asks,) = group.inside
    assert asks.is_short
    assert [entry.title for entry in asks.entries] == ["Was it asked", "Systolic", "third"]
    assert [entry.values for entry in asks.entries] == [(), (), ()]


def test_a_table_nobody_foresaw_is_shown_all_the_same(reading):
    assert section(reading, "spell").title == "Spell"
    assert section(reading, "spell").entries[0].values[0].words == "abracadabra"


def test_a_case_is_told_in_lines_and_its_scenes_apart(reading):
    (case,) = reading.cases
    assert case.title == "all is well"
    assert [tuple(each) for each in case.values] == [
        ("At", "08:30"),
        ("Without", "Systolic"),
        ("Facts", "Asked yes at 08:20"),
        ("Expect: gates", "pressure met"),
    ]
    (scene,) = reading.scenes
    assert (scene.title, scene.entries[0].title) == ("Seated", "Systolic")


def test_a_case_that_expects_words_beside_rules_tells_each_by_itself():
    expect = {"stage": "dosing", "gates": {"pressure": "met"}}
    (case,) = read({"case": [{"name": "both", "expect": expect}]}, terms={}).cases
    assert [tuple(each) for each in case.values] == [
        ("Expect: stage", "dosing"),
        ("Expect: gates", "pressure met"),
    ]


def test_one_row_with_a_mark_makes_no_short_list_of_the_others():
    rows = [{"text": "a"}, {"text": "b", "policy": True}]
    (asks,) = read({"ask": rows}, terms={}).sections
    assert [each.is_short for each in asks.entries] == [True, False]
    assert not asks.is_short


def test_what_is_to_be_confirmed_is_all_that_is_recalled_or_policy(reading):
    assert [entry.key for entry in reading.to_confirm] == [
        "band.1",
        "threshold.sys.1",
        "observe",
        "gate.pressure",
        "gate.pressure.overdue",
    ]


def test_a_file_with_one_source_or_none_is_read():
    assert read({"id": "a", "source": {"title": "A book"}}, terms={}).sources == ()
    assert read({"id": "a"}, terms={}).cases == ()


def test_every_section_of_a_packaged_file_has_a_title_of_its_own(shelf):
    known = terms(shelf.dictionary)
    found = {name for file in shelf.files for name in named(read(file.raw, terms=known).sections)}

    assert found - set(_TITLES) == set()


def named(sections):
    for section in sections:
        yield section.name
        for entry in section.entries:
            yield from named(entry.inside)


def test_every_packaged_file_reads_whole_and_confirms_what_adoption_lists(shelf):
    known = terms(shelf.dictionary)
    for file in shelf.files:
        reading = read(file.raw, terms=known)
        assert [entry.key for entry in reading.to_confirm] == [one.key for one in file.to_confirm]
        assert len(reading.cases) == file.cases
        assert reading.sources
        assert {each.name for each in reading.sections} == {
            name
            for name, inner in file.raw.items()
            if (isinstance(inner, dict) and {"source", "policy"} & inner.keys())
            or (isinstance(inner, list) and any(isinstance(each, dict) for each in inner))
        } - {"case", "source", "scene"}


def test_what_is_to_be_confirmed_is_one_line_with_its_numbers(shelf):
    file = shelf.file("ketamine-iv")
    lines = {
        entry.key: entry.summary
        for entry in read(file.raw, terms=terms(shelf.dictionary)).to_confirm
    }

    assert lines["phase.maintenance"] == (
        "Maintenance · First session 11 · First week 8 · Sessions 0.25, 0.5, 1 a week"
    )
    assert lines["limits"].startswith("Above 0.75 mg/kg of body weight, or above 60 mg in all")
    assert lines["stale.1"] == "stale.1 · Old after 45 min"
