"""The codes that nobody records: each that a rule names is listed with what works it out."""

from serein.clinical import library
from serein.clinical.derived_codes import derived_codes

LIBRARY = library.load()


def test_each_code_that_a_rule_names_and_nobody_records_is_listed_once():
    found = derived_codes(LIBRARY.shelf)
    by_code = {one.code: one for one in found}

    assert len(by_code) == len(found)
    assert [one.code for one in found] == sorted(by_code)
    assert not by_code.keys() & LIBRARY.dictionary.entries.keys()
    assert by_code["age-years"].term.title == "Age"
    assert by_code["bmi"].term.unit == "kg/m²"
    assert {"session", "history"} <= {one.derived_by for one in found}
