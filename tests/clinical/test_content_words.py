from datetime import date

import pytest

from serein.clinical.content_words import (
    gettext_noop,
    in_a_line,
    joined,
    label,
    reads_as_criterion,
    said_of,
    told,
)
from serein.clinical.vocabulary import Place, Term, criterion

TERMS = {"sys": Term("Systolic", "mmHg"), "dia": Term("Diastolic", "mmHg"), "bare": Term("")}


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("due_min", 40, "Due after: 40 min"),
        ("soft_limit_mg_per_kg", 0.75, "Soft limit: 0.75 mg/kg"),
        ("sessions_per_week", [0.5, 1.0], "Sessions: 0.5, 1 a week"),
        ("percent", 50, "Percent: 50 %"),
        ("mg_each", 28, "One device holds: 28 mg"),
        ("checked", True, "Checked: yes"),
        ("is_scored", False, "Counts in the total: no"),
        ("effective", date(2026, 1, 2), "Holds from: 2 Jan 2026"),
        ("codes", ["sys", "dia", "bare", "new"], "Measured: Systolic, Diastolic, bare, new"),
        (
            "waiver",
            "prescriber",
            "Who may decide otherwise: the prescriber, by name and with a reason",
        ),
        ("anchor", "last-dose", "Counted from: the last dose"),
        ("anchor", "last-infusion", "Counted from: last-infusion"),
        ("route", "nasal", "Route: nasal"),
        ("product", "sys", "Product: sys"),
        ("product", "esketamine-nasal", "Product: esketamine nasal spray"),
        ("payers", ["medicare", "other"], "Payers: Medicare, any payer but Medicare"),
        ("stance", "needs-nuance", "Stance: true only in part"),
        ("nth", -1, "Which one of the month: the last"),
        ("stem", "", "Stem: nothing"),
        ("needs", [], "What must be written down: nothing"),
        ("items_min", [], "Items: nothing"),
        ("any", [["sleep", 2], ["mood", 1]], "Any of these answers: sleep = 2, mood = 1"),
        ("rows", [[0, 1, 2], [3, 4, 5]], "Rows: 0 1 2, 3 4 5"),
        ("limit_mg", 1234567, "Limit: 1234567 mg"),
        ("limit_mg", [56, "any"], "Limit: 56, any"),
        ("due_min", "soon", "Due after: soon"),
        ("nth", [1, "last"], "Which one of the month: 1, last"),
        ("value", {"number": 1, "dose_mg": 28}, "Value: number 1, dose mg 28 mg"),
    ],
)
def test_a_key_and_its_value_read_as_a_label_with_a_unit(key, value, shown):
    assert f"{label(key)}: {told(key, value, terms=TERMS)}" == shown


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"fact": "sys", "at_most": 140}, "Systolic: at most 140 mmHg"),
        ({"fact": "sys", "between": [90, 140.5]}, "Systolic: from 90 to 140.5 mmHg"),
        ({"fact": "sys", "one_of": [1, 2]}, "Systolic: 1 or 2 mmHg"),
        ({"fact": "sys", "above": 2.5}, "Systolic: above 2.5 mmHg"),
        ({"fact": "sys", "within": {"minutes": 60}}, "Systolic: recorded, within 60 min"),
        (
            {"any": [{"fact": "sys", "above": 1}, {"not": {"fact": "dia", "above": 2}}]},
            "Systolic: above 1 mmHg or Diastolic: not above 2 mmHg",
        ),
        (
            {
                "all": [
                    {"fact": "sys", "above": 1},
                    {"any": [{"fact": "sys", "above": 2}, {"fact": "dia", "above": 3}]},
                ]
            },
            "Systolic: above 1 mmHg and (Systolic: above 2 mmHg or Diastolic: above 3 mmHg)",
        ),
        (
            {
                "all": [
                    {"fact": "sys", "above": 1},
                    {"not": {"any": [{"fact": "sys", "above": 2}, {"fact": "dia", "above": 3}]}},
                ]
            },
            "Systolic: above 1 mmHg and not (Systolic: above 2 mmHg or Diastolic: above 3 mmHg)",
        ),
        (
            {"not": {"all": [{"fact": "sys", "above": 1}, {"fact": "dia", "above": 2}]}},
            "not (Systolic: above 1 mmHg and Diastolic: above 2 mmHg)",
        ),
    ],
)
def test_a_criterion_reads_as_a_sentence(table, words):
    assert reads_as_criterion(table)
    assert str(said_of(table, terms=TERMS)) == words
    assert in_a_line(table, terms=TERMS) == words


def test_a_table_that_is_no_criterion_is_told_word_by_word():
    assert not reads_as_criterion({"all": [], "text": "x"})
    assert said_of({"fact": "nobody-knows", "above": 1}, terms=TERMS) is None
    assert (
        in_a_line({"fact": "nobody-knows", "above": 1}, terms=TERMS) == "fact nobody-knows, above 1"
    )


def test_a_fact_of_a_case_reads_with_its_value_and_time():
    row = {"code": "sys", "value": 120, "at": "08:20"}
    assert in_a_line(row, terms=TERMS) == "Systolic 120 at 08:20"
    assert in_a_line({"code": "dose", "value": {"mg": 28}}, terms=TERMS) == "dose (mg 28 mg)"
    assert in_a_line({"code": "sys", "value": True}, terms=TERMS) == "Systolic yes"


def test_a_fact_without_a_value_is_told_word_by_word():
    assert in_a_line({"code": "sys", "text": "Felt"}, terms=TERMS) == "code Systolic, text Felt"


def test_how_limits_join_is_told_unless_each_of_a_plain_list_must_hold():
    low, high = {"fact": "sys", "above": 1}, {"fact": "dia", "above": 2}
    for asked, words in (
        ({"all": [low, high]}, ""),
        ({"all": [low, {"any": [low, high]}]}, "Systolic and (Systolic or Diastolic)"),
    ):
        found = joined(criterion(asked, terms=TERMS, place=Place("", "")))
        assert found == words


def test_words_for_the_translators_are_the_words_themselves():
    assert gettext_noop("Before each dose") == "Before each dose"
