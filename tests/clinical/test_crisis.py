"""Whom to call in a crisis, by country; a near name is never taken for the country."""

import pytest

from serein.clinical import library
from serein.clinical.crisis import help_in
from serein.clinical.errors import InputError
from serein.clinical.library import PACKAGED
from tests.clinical.dated_files import planted, reasons

FILES = library.load().shelf.of_kind("crisis-lines")
[LINES] = FILES


def test_in_the_united_states_988_stands_first_and_is_confirmed():
    found = help_in(FILES, "US")
    first, veterans, emergency = found.lines
    assert (first.number, first.reach, first.checked) == ("988", ("call", "text", "chat"), True)
    assert veterans.number == "988, then press 1"
    assert (emergency.number, emergency.is_emergency) == ("911", True)
    assert first.source.title.startswith("988")


def test_the_number_that_988_replaced_stands_nowhere():
    text = (PACKAGED / "codes" / "crisis-lines.v1.toml").read_text()
    assert "273" not in text


@pytest.mark.parametrize(
    ("asked", "number"),
    [("ca", "9-8-8"), ("GB", "116 123"), ("uk", "116 123"), ("IE", "116 123"), ("AU", "13 11 14")],
)
def test_other_countries_give_their_own_number_as_not_yet_checked(asked, number):
    first = help_in(FILES, asked).lines[0]
    assert (first.number, first.checked) == (number, False)


@pytest.mark.parametrize("asked", ["New Zealand", "NEW ZEALAND", "nz"])
def test_another_name_of_a_country_is_found_however_it_is_written(tmp_path, asked):
    changed = LOCAL.replace('id = "US"\ntitle = "United States"', 'id = "NZ"\ntitle = "-"')
    changed = changed.replace('title = "-"', 'title = "Aotearoa"\nalso = ["New Zealand"]')
    changed = changed.replace('country = "US"', 'country = "NZ"')
    (tmp_path / "local.v1.toml").write_text(changed)
    found = help_in(library.load(tmp_path).shelf.of_kind("crisis-lines"), asked)
    assert found.country == "NZ"


def test_what_is_only_recalled_about_a_country_says_so():
    [note] = help_in(FILES, "US").notes
    assert note.endswith("(not yet checked against its source)")


def test_no_other_country_is_proposed_for_one_that_is_not_held():
    with pytest.raises(InputError) as refusal:
        help_in(FILES, "NZ")
    assert str(refusal.value) == (
        "no crisis line is held for 'NZ'; those held are of AU, CA, EU, GB, IE, US"
    )


@pytest.mark.parametrize("asked", ["FR", "de", "PL"])
def test_a_member_state_is_answered_by_the_number_of_every_member_state(asked):
    found = help_in(FILES, asked)
    assert [(line.number, line.is_emergency) for line in found.lines] == [("112", True)]
    assert found.title == "European Union"
    assert "the clinic adds" in found.notes[0]


def test_a_member_state_with_an_entry_of_its_own_is_answered_by_that(tmp_path):
    assert [line.number for line in help_in(FILES, "IE").lines] == ["116 123", "112"]
    french = LOCAL.replace('id = "US"\ntitle = "United States"', 'id = "FR"\ntitle = "France"')
    french = french.replace('country = "US"', 'country = "FR"')
    (tmp_path / "local.v1.toml").write_text(french)
    found = help_in(library.load(tmp_path).shelf.of_kind("crisis-lines"), "FR")
    assert (found.title, found.lines[0].number, found.lines[-1].number) == (
        "France",
        "555 0100",
        "112",
    )


def test_every_country_has_a_case_and_a_line_for_emergencies():
    numbers = {tuple(case.numbers) for case in LINES.case}
    for country in LINES.country:
        assert tuple(line.number for line in country.line) in numbers
        assert any(line.is_emergency for line in country.line)


def test_a_clinic_adds_its_local_line_behind_those_of_the_country(tmp_path):
    (tmp_path / "local.v1.toml").write_text(LOCAL)
    found = help_in(library.load(tmp_path).shelf.of_kind("crisis-lines"), "US")
    assert (found.lines[0].number, found.lines[-1].number) == ("988", "555 0100")
    assert found.lines[-1].policy


def test_a_country_keeps_its_title_beside_a_local_line(tmp_path):
    named = LOCAL.replace('title = "United States"', 'title = "Our county"')
    (tmp_path / "local.v1.toml").write_text(named)
    found = help_in(library.load(tmp_path).shelf.of_kind("crisis-lines"), "US")
    assert found.title == "United States"


LOCAL = """
kind = "crisis-lines"
id = "local"
version = 1
title = "Our county"
effective = 2026-01-01
jurisdiction = "US"
source = [{ id = "county", title = "County", read = 2026-01-02 }]

[[country]]
id = "US"
title = "United States"
line = [{ id = "county", number = "555 0100", reach = ["call"], text = "County", policy = true }]

[[case]]
name = "our county"
country = "US"
numbers = ["555 0100"]
"""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('numbers = ["988", ', "numbers = [", "gives ['988'"),
        ('country = "uk"', 'country = "NZ"', "no crisis line is held for 'NZ'"),
        ('reach = ["call", "text", "chat"]', "reach = []", "reach"),
        ('id = "US"', 'id = "usa"', "should match pattern"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_with_the_reason(tmp_path, old, new, reason):
    planted(tmp_path, "crisis-lines", (old, new))
    [found] = reasons(tmp_path)
    assert reason in found
