"""A code is known or the nearest is named; a value is of its type, unit and bounds."""

import pytest

from serein.clinical import library
from serein.clinical.errors import ImplausibleValueError, UnknownCodeError

DICTIONARY = library.load().dictionary


def test_an_unknown_code_names_the_nearest():
    with pytest.raises(UnknownCodeError, match=r"the nearest is 'bp\.systolic'"):
        DICTIONARY.code("bp.sistolic")


def test_a_code_like_no_other_is_refused_without_a_guess():
    with pytest.raises(UnknownCodeError, match=r"no fact is called 'qqqq'$"):
        DICTIONARY.code("qqqq")


def test_a_code_of_a_family_is_known_by_its_prefix():
    assert DICTIONARY.code("loinc/2160-0").scope == "patient"
    assert DICTIONARY.code("decision.food").scope == "session"
    with pytest.raises(UnknownCodeError):
        DICTIONARY.code("loinc/")


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        ("spo2", "session"),
        ("weight", "patient"),
        ("loinc/2160-0", "patient"),
        ("decision.food", "session"),
        ("loinc/", None),
        ("bp.sistolic", None),
    ],
)
def test_a_code_belongs_to_the_session_or_to_the_patient_and_a_strange_one_to_neither(code, scope):
    assert DICTIONARY.scope(code) == scope


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("heart-rate", "72", "a whole number"),
        ("weight", "heavy", "a number"),
        ("consent.seen", "yes", "true or false"),
        ("dissociation", "huge", "one of none, mild, moderate, severe"),
        ("note", 7, "text"),
        ("order", 7, "named parts"),
        ("sedation", 6, "cannot be a reading"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_in_words(code, value, words):
    with pytest.raises(ImplausibleValueError, match=words):
        DICTIONARY.check(code, value)


def test_another_unit_is_refused_and_the_shown_one_accepted():
    DICTIONARY.check("bp.systolic", 128, unit="mmHg")
    DICTIONARY.check("bp.systolic", 128, unit="mm[Hg]")
    with pytest.raises(ImplausibleValueError, match="not in kPa"):
        DICTIONARY.check("bp.systolic", 17, unit="kPa")


def test_terms_carry_the_title_and_the_shown_unit():
    assert DICTIONARY.terms["bp.systolic"][:2] == ("Systolic blood pressure", "mmHg")


@pytest.mark.parametrize("code", ["bp.systolic", "weight", "phq-9.total"])
def test_a_number_of_a_thousand_digits_is_refused_in_words(code):
    with pytest.raises(ImplausibleValueError, match=r"1e\+1900.* cannot be a reading"):
        DICTIONARY.check(code, 10**1900)


def test_a_part_of_a_thousand_digits_is_refused_in_words():
    with pytest.raises(ImplausibleValueError, match=r"cannot be 1e\+1900"):
        DICTIONARY.check("trial", {"drug": "sertraline", "weeks": 10**1900})
