"""A file of facts is read whole, or refused with the place, the reason and the nearest word."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical import library
from serein.clinical.errors import FactFileError
from serein.clinical.fact_file import read_facts

DICTIONARY = library.load().dictionary
PRESSURE = {"code": "bp.systolic", "value": 126, "at": "2026-01-05T09:05:00-05:00"}


WEIGHT = {"code": "weight", "value": 154, "at": "2026-01-05T09:05:00-05:00"}


def read(*rows: Any) -> list[Any]:
    return read_facts(list(rows), dictionary=DICTIONARY)


def test_a_fact_is_read_with_its_own_times_in_utc():
    [fact] = read({**PRESSURE, "unit": "mm[Hg]", "recorded_at": "2026-01-05T15:00:00+00:00"})

    assert (fact.code, fact.value, fact.unit) == ("bp.systolic", 126, "mm[Hg]")
    assert fact.effective_at == datetime(2026, 1, 5, 14, 5, tzinfo=UTC)
    assert fact.recorded_at == datetime(2026, 1, 5, 15, 0, tzinfo=UTC)


def test_without_a_time_of_recording_it_was_recorded_when_it_was_true():
    [fact] = read(PRESSURE)
    assert fact.recorded_at == fact.effective_at


def test_an_object_with_a_list_of_facts_is_read_as_the_list():
    assert read_facts({"facts": [PRESSURE]}, dictionary=DICTIONARY) == read(PRESSURE)


def test_words_that_name_the_same_panel_and_correction_name_the_same_thing():
    old, new = read(
        {**PRESSURE, "id": "first", "panel": "set 1"},
        {**PRESSURE, "id": "second", "panel": "set 1", "replaces": "first", "value": 128},
    )
    assert old.panel == new.panel
    assert new.replaces == old.id


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a word", "fact 1: an object is expected"),
        ({**PRESSURE, "code": "bp.sistolic"}, "fact 1 (bp.sistolic): .*nearest is 'bp.systolic'"),
        ({"code": "bp.systolic", "value": 126}, "'at' is missing"),
        ({**PRESSURE, "value": None}, "'value' is missing"),
        ({**PRESSURE, "value": "126"}, "is a whole number, not '126'"),
        ({**PRESSURE, "value": 900}, "900 mmHg cannot be a reading"),
        ({**PRESSURE, "unit": "kPa"}, "recorded in mm.Hg., not in kPa"),
        (
            {**PRESSURE, "at": "2026-01-05T09:05:00"},
            "needs its offset, as in 2026-01-05T09:05-05:00",
        ),
        ({**PRESSURE, "at": "noon"}, "'at' is an ISO 8601 time, not 'noon'"),
        ({**PRESSURE, "at": 5}, "'at' is text, not 5"),
        ({**PRESSURE, "unit": 5}, "'unit' is text, not 5"),
        ({**PRESSURE, "panel": 5}, "'panel' is text, not 5"),
        ({**PRESSURE, "unti": "mm[Hg]"}, "'unti' is no part of a fact; did you mean 'unit'"),
        ({**PRESSURE, "replaces": "nobody"}, "replaces 'nobody', which is not in the file"),
        ({**WEIGHT, "unit": "lb"}, "Weight is recorded in kg, not in lb"),
        (WEIGHT, 'fact 1 (weight): Weight 154 may be kg or lb; say the unit: "unit": "kg"'),
        ({**WEIGHT, "unit": ""}, "Weight 154 may be kg or lb"),
        ({**WEIGHT, "code": "height", "value": 70}, "Height 70 may be cm or in; say the unit"),
        ({**PRESSURE, "code": "fasting.food", "value": "yes"}, "is true or false, not 'yes'"),
        (
            {**PRESSURE, "code": "trial", "value": {"drug": "sertraline", "dose": 50}},
            "no part 'dose'; did you mean 'dose_mg_per_day'?",
        ),
    ],
)
def test_a_bad_fact_refuses_the_whole_file_with_its_index(row: Any, words: str):
    pattern = words.replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(FactFileError, match=pattern):
        read(PRESSURE, row)


@pytest.mark.parametrize("code", ["birth-date", "course.started-on"])
@pytest.mark.parametrize("day", ["05/06/1980", "1980", "1980-05", "", "1980-02-30", "0001-01-01"])
def test_a_day_that_is_none_is_refused_where_the_file_is_read(code: str, day: str):
    title = {"birth-date": "Birth date"}.get(code, "First day of this course")
    with pytest.raises(FactFileError) as refusal:
        read(PRESSURE, {"code": code, "value": day, "at": PRESSURE["at"]})
    asked = f"fact 1 ({code}): {title} is a day such as 2026-01-05, not {day!r}"
    assert str(refusal.value) == asked


def test_a_day_and_a_weight_with_its_unit_are_read():
    born, weight = read(
        {"code": "birth-date", "value": "1980-06-05", "at": PRESSURE["at"]},
        {**WEIGHT, "value": 70, "unit": "kg"},
    )
    assert (born.value, weight.value, weight.unit) == ("1980-06-05", 70, "kg")


def test_one_id_twice_is_refused():
    with pytest.raises(FactFileError, match=r"fact 1 .*'a' is used twice"):
        read({**PRESSURE, "id": "a"}, {**PRESSURE, "id": "a"})


def test_what_the_chart_itself_tells_is_no_input():
    for code, entry in DICTIONARY.entries.items():
        if entry.derived_by == "history":
            value = True if entry.type == "boolean" else 3
            row = {"code": code, "value": value, "at": PRESSURE["at"]}
            with pytest.raises(FactFileError, match=rf"^fact 1 \({code}\): it is worked out"):
                read(PRESSURE, row)


@pytest.mark.parametrize("document", ["text", 5, None, {"facts": "none"}, {"fact": []}])
def test_what_is_no_list_is_refused(document: Any):
    with pytest.raises(FactFileError, match="a list of objects"):
        read_facts(document, dictionary=DICTIONARY)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(anything.filter(lambda document: document not in ([], {"facts": []})))
def test_any_other_document_is_refused_and_never_breaks(document: Any):
    with pytest.raises(FactFileError):
        read_facts(document, dictionary=DICTIONARY)


@given(st.fixed_dictionaries({"code": anything, "value": anything, "at": anything}))
def test_any_fact_is_read_or_refused_and_never_breaks(row: Any):
    with pytest.raises(FactFileError):
        read(row)
