"""A structured fact lists its parts; a stranger among them, or an impossible one, is refused."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.dictionary import CodeEntry, Dictionary
from serein.clinical.errors import ContentError, FactFileError, ImplausibleValueError
from serein.clinical.fact_fields import FactField, is_day, said
from serein.clinical.fact_file import read_facts

DICTIONARY = library.load().dictionary


def entry(*fields, **more):
    known = {"code": "walk", "title": "Walk", "type": "structured", "scope": "patient", **more}
    return CodeEntry.model_validate({**known, "fields": list(fields)})


STEPS = {"name": "steps", "title": "Steps", "type": "integer", "low": 1, "required": True}
MOOD = {"name": "mood", "title": "Mood", "type": "choice", "choices": {"fine": "Fine"}}
WALKS = Dictionary([entry(STEPS, MOOD)])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"drug": "sertraline", "weks": 6}, "has no part 'weks'; did you mean 'weeks'?"),
        ({"drug": "sertraline", "qqqqq": 6}, "has no part 'qqqqq'"),
        ({"weeks": 6}, "needs its part 'drug'"),
        ({"drug": None}, "needs its part 'drug'"),
        ({"drug": ""}, "needs its part 'drug'"),
        ({"drug": 7}, "is text, not 7"),
        ({"drug": "sertraline", "weeks": "six"}, "is a number, not 'six'"),
        ({"drug": "sertraline", "weeks": True}, "is a number, not True"),
        ({"drug": "sertraline", "weeks": -1}, "cannot be -1 wk (0 to 2600 wk)"),
        ({"drug": "sertraline", "weeks": float("nan")}, "cannot be nan"),
        ({"drug": "sertraline", "improvement_percent": 101}, "cannot be 101 % (0 to 100 %)"),
        ({"drug": "sertraline", "outcome": "bad"}, "is one of none, minimal, partial, response"),
        ({"drug": "sertraline", "outcome": ["none"]}, "is one of none, minimal"),
        ({"drug": "sertraline", "augmentation": "yes"}, "is true or false, not 'yes'"),
        ({"drug": "sertraline", "augmentation": 1}, "is true or false, not 1"),
        ({"drug": "sertraline", "ended_on": "last May"}, "is a day such as 2026-01-05"),
        ({"drug": "sertraline", "ended_on": "20250105"}, "is a day such as 2026-01-05"),
        ({"drug": "sertraline", "ended_on": 2025}, "is a day such as 2026-01-05"),
    ],
)
def test_a_part_that_cannot_be_is_refused_in_words(value, words):
    with pytest.raises(ImplausibleValueError, match=re.escape(words)):
        DICTIONARY.check("trial", value)


def test_every_part_of_a_trial_may_stand_in_it_and_null_was_not_recorded():
    whole = {
        "drug": "nortriptyline",
        "dose_mg_per_day": 75,
        "weeks": 6.5,
        "improvement_percent": 10,
        "outcome": "minimal",
        "episode": "current",
        "augmentation": True,
        "augmentation_of": "sertraline",
        "dose_was_maximal": False,
        "level_mmol_per_l": 0.6,
        "level_ng_per_ml": 80,
        "started_on": date(2025, 3, 15).isoformat(),
        "ended_on": date(2025, 5, 1).isoformat(),
        "is_ongoing": False,
        "note": "letter of the earlier clinic",
    }
    DICTIONARY.check("trial", whole)
    DICTIONARY.check("trial", {"drug": "nortriptyline", "weeks": None})
    assert set(whole) == {field.name for field in DICTIONARY.code("trial").fields}


def test_a_whole_number_with_one_bound_says_only_what_it_has():
    with pytest.raises(ImplausibleValueError, match=re.escape("cannot be 0 (1)")):
        WALKS.check("walk", {"steps": 0})
    with pytest.raises(ImplausibleValueError, match=re.escape("is a whole number, not 1.5")):
        WALKS.check("walk", {"steps": 1.5})


def test_a_number_without_an_upper_end_stops_where_nothing_is_counted():
    WALKS.check("walk", {"steps": 10**15})
    with pytest.raises(ImplausibleValueError, match=re.escape("cannot be 1e+15 (1)")):
        WALKS.check("walk", {"steps": 10**15 + 1})


def test_both_ends_of_a_range_may_be_given():
    for percent in (0, 100):
        DICTIONARY.check("trial", {"drug": "sertraline", "improvement_percent": percent})


def test_a_number_that_can_be_read_is_said_in_all_its_digits():
    assert said(2600) == "2600"


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("1849-12-31", False),
        ("1850-01-01", True),
        ("2200-12-31", True),
        ("2201-01-01", False),
        ("last May", False),
        (2025, False),
    ],
)
def test_a_day_lies_in_a_year_that_a_chart_may_tell_of(value, is_one):
    assert is_day(value) is is_one


def test_a_structured_code_without_fields_takes_any_parts_as_before():
    DICTIONARY.check("condition", {"anything": 1})
    DICTIONARY.check("medication", {})


def test_a_file_of_facts_names_the_index_and_the_nearest_part():
    rows = [{"code": "trial", "value": {"drug": "x", "dose": 5}, "at": "2026-01-05T09:00:00Z"}]
    with pytest.raises(FactFileError, match=r"fact 0 \(trial\): .*did you mean"):
        read_facts(rows, dictionary=DICTIONARY)


@pytest.mark.parametrize(
    "field",
    [
        {"name": "x", "title": "X", "type": "choice"},
        {"name": "x", "title": "X", "type": "text", "choices": {"a": "A"}},
        {"name": "x", "title": "X", "type": "text", "low": 1},
        {"name": "X y", "title": "X", "type": "text"},
    ],
)
def test_a_field_that_contradicts_its_type_is_refused(field):
    with pytest.raises(ValidationError):
        FactField.model_validate(field)


@pytest.mark.parametrize("more", [{"type": "text"}, {"fields": [STEPS, STEPS]}])
def test_only_a_structured_code_has_fields_and_each_its_own_name(more):
    with pytest.raises(ValidationError):
        entry(STEPS, **more) if "type" in more else entry(*more["fields"])


def test_wrong_fields_in_a_clinics_own_dictionary_are_refused_when_it_is_loaded(tmp_path):
    path = tmp_path / "mine.v1.toml"
    path.write_text(
        'kind = "dictionary"\nid = "mine"\nversion = 1\ntitle = "Mine"\neffective = 2026-01-01\n'
        'jurisdiction = "any"\nsource = [{ id = "x", title = "X", read = 2026-01-01 }]\n'
        'fact = [{ code = "walk", title = "Walk", type = "text", scope = "patient", fields = ['
        '{ name = "steps", title = "Steps", type = "integer" }] }]\n'
    )
    with pytest.raises(ContentError, match="only a structured code has fields"):
        library.load(tmp_path)


@given(st.dictionaries(st.sampled_from(["steps", "mood", "other"]), st.integers(-2, 2) | st.none()))
def test_what_is_accepted_has_every_required_part_and_no_stranger(value):
    accepted = WALKS.code("walk").refusal(value) is None
    assert accepted == (
        (value.get("steps") or 0) >= 1 and "other" not in value and value.get("mood") is None
    )
