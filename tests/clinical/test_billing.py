"""Which codes a service carries, by payer and day; what no row covers gets a note, never a code."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.billing import Encounter, bill
from serein.clinical.billing_tables import Span, Units
from serein.clinical.dated import newest
from serein.clinical.errors import InputError
from tests.clinical.dated_files import reasons

FILES = library.load().shelf.of_kind("billing")
[FILE] = FILES
DAY = date(2026, 2, 3)


def billed(payer="medicare", *, on=DAY, product="esketamine-nasal", dose_mg=56.0, **said):
    return bill(FILES, Encounter(payer, on, product, dose_mg, **said))


def units(found):
    return {line.code: line.units for line in found.lines}


def ids(found):
    return [note.id for note in found.notes]


def texts(found):
    return " / ".join(note.text for note in found.notes)


@pytest.mark.parametrize(("dose_mg", "code"), [(28, "G2082"), (56, "G2082"), (57, "G2083")])
def test_medicare_pays_one_bundle_that_changes_above_56_mg(dose_mg, code):
    found = billed(dose_mg=dose_mg, visit="established")
    assert units(found) == {code: 1}
    [line] = found.lines
    assert (line.kind, line.checked) == ("drug", True)
    assert line.source.title.startswith("HCPCS codes G2082 and G2083")


@pytest.mark.parametrize(
    ("on", "code"), [(date(2025, 12, 31), "S0013"), (date(2026, 1, 1), "J0013")]
)
def test_any_other_payer_counts_mg_by_the_code_of_the_day(on, code):
    found = billed("other", on=on, dose_mg=84)
    assert units(found) == {code: 84}
    assert not found.lines[0].checked


def test_a_new_medicare_patient_gets_no_bundle_and_hears_of_the_visit_that_comes_first():
    found = billed(visit="new", dose_mg=84)
    assert found.lines == ()
    assert ids(found) == ["no-drug-code", "new-patient", "new-patient-visit"]
    assert "G2083 is for established patients only" in texts(found)


def test_a_visit_that_was_not_said_is_named_as_the_condition_of_the_bundle():
    found = billed()
    assert units(found) == {"G2082": 1}
    assert ids(found) == ["visit-not-said", "bundle-alone"]


def test_no_visit_and_no_therapy_stands_beside_the_bundle():
    found = billed(visit="established", level=4, therapy_min=45)
    assert units(found) == {"G2082": 1}
    assert "nothing that was read says that it may be billed" in texts(found)


def test_a_day_before_the_first_sale_gets_no_line_and_says_why():
    found = billed("other", on=date(2019, 3, 4))
    assert found.lines == ()
    assert texts(found).startswith("Nothing is known of days of service before 2019-03-05")
    assert units(billed("other", on=date(2019, 3, 5))) == {"S0013": 56}


def test_a_day_before_a_code_began_says_from_when_it_holds():
    found = billed(on=date(2019, 12, 31), visit="established")
    assert found.lines == ()
    assert "G2082 holds from 2020-01-01" in texts(found)
    assert units(billed(on=date(2020, 1, 1), visit="established")) == {"G2082": 1}


def test_a_code_that_ended_says_until_when_it_held(tmp_path):
    bounds = """begins = { on = 2026-02-01, text = "x", source = "contract" }
ends = { on = 2026-02-28, text = "x", source = "contract" }
"""
    mine = own(tmp_path, ("units =", f"{bounds}units ="))
    late = Encounter("acme-health", date(2026, 3, 1), "esketamine-nasal", 84)
    assert "X0001 holds from 2026-02-01 until 2026-02-28" in texts(bill(mine, late))
    last = Encounter("acme-health", date(2026, 2, 28), "esketamine-nasal", 84)
    assert units(bill(mine, last)) == {"X0001": 3}


def test_half_a_mg_makes_no_unit():
    found = billed("other", dose_mg=56.5)
    assert found.lines == ()
    assert "J0013 counts whole units of 1 mg" in texts(found)


def test_a_named_payer_is_read_by_the_rows_it_follows_and_says_so():
    found = billed("Cigna", dose_mg=84, visit="new")
    assert units(found) == {"J0013": 84}
    assert "Cigna is read by the rows of 'other' (clinic policy)" in texts(found)
    assert units(billed("medicaid", visit="established")) == {"G2082": 1}


def test_what_nobody_checked_says_so_in_its_note():
    found = billed("other", product="ketamine", dose_mg=35, route="im")
    assert "ask for the payer's word before billing (not yet checked" in texts(found)


@pytest.mark.parametrize(
    ("minutes", "codes"),
    [
        (15, {}),
        (16, {"96365": 1}),
        (90, {"96365": 1}),
        (91, {"96365": 1, "96366": 1}),
        (150, {"96365": 1, "96366": 1}),
        (151, {"96365": 1, "96366": 2}),
    ],
)
def test_an_infusion_is_counted_by_the_hour_begun_for_more_than_half(minutes, codes):
    found = billed("other", product="ketamine", dose_mg=35, route="iv", infusion_min=minutes)
    assert units(found) == {"J3490": 1, **codes}
    assert ("short-infusion" in ids(found)) == (not codes)


@pytest.mark.parametrize("route", ["im", "sc"])
def test_an_injection_is_one_administration(route):
    found = billed("medicare", product="ketamine", dose_mg=50, route=route)
    assert units(found) == {"J3490": 1, "96372": 1}


def test_what_was_left_out_is_asked_for_and_brings_no_line():
    found = billed("other", product="ketamine", dose_mg=35)
    assert units(found) == {"J3490": 1}
    said = texts(found)
    assert "96365, 96366 may follow: say the route and the minutes of the infusion" in said
    assert "96372 may follow: say the route" in said
    assert "99213, 99214, 99215 may follow: say the level of the E/M visit" in said
    assert "psychotherapy" not in said


def test_minutes_that_were_left_out_are_asked_for_when_the_route_is_known():
    found = billed("other", product="ketamine", dose_mg=35, route="iv", level=3)
    assert "96365, 96366 may follow: say the minutes of the infusion" in texts(found)


@pytest.mark.parametrize(
    ("minutes", "level", "code"),
    [
        (15, 4, None),
        (16, 4, "90833"),
        (37, 4, "90833"),
        (38, 4, "90836"),
        (52, 4, "90836"),
        (53, 4, "90838"),
        (53, None, "90837"),
        (45, None, "90836"),
    ],
)
def test_psychotherapy_is_coded_by_its_minutes_and_by_the_visit_beside_it(minutes, level, code):
    found = billed("other", therapy_min=minutes, level=level)
    therapy = [line.code for line in found.lines if line.kind == "therapy"]
    assert therapy == ([code] if code else [])
    assert ("add-on" in ids(found)) == (minutes == 45)
    assert ("short-therapy" in ids(found)) == (minutes == 15)


@pytest.mark.parametrize(("level", "code"), [(3, "99213"), (4, "99214"), (5, "99215")])
def test_the_visit_is_coded_by_its_documented_level(level, code):
    assert units(billed("other", level=level)) == {"J0013": 56, code: 1}


def test_a_year_that_nobody_read_is_said_to_be_one():
    assert "later-years" in ids(billed("other", on=date(2027, 1, 1)))
    assert "later-years" not in ids(billed("other", on=date(2026, 12, 31)))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"payer": "medicar"}, "no payer is called 'medicar'; did you mean 'medicare'"),
        ({"payer": "zzzz"}, "no payer is called 'zzzz'; there are medicare, other"),
        ({"product": "esketamine"}, "did you mean 'esketamine-nasal'"),
        ({"product": "ketamin"}, "did you mean 'ketamine'"),
        ({"visit": "established-ish"}, "did you mean 'established'"),
        ({"route": "ivv"}, "did you mean 'iv'"),
        ({"route": "iv"}, "esketamine-nasal is not given by the route 'iv'"),
        ({"dose_mg": 0}, "a dose of 0 mg cannot be billed"),
        ({"dose_mg": -28}, "a dose of -28 mg cannot be billed"),
        ({"dose_mg": float("nan")}, "cannot be billed"),
        ({"dose_mg": float("inf")}, "cannot be billed"),
        ({"infusion_min": 0}, "an infusion of 0 minutes cannot be"),
        ({"therapy_min": -1}, "psychotherapy of -1 minutes cannot be"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changed, words):
    with pytest.raises(InputError) as refusal:
        billed(**{"payer": "medicare", **changed})
    assert words in str(refusal.value)


ENCOUNTERS = st.builds(
    Encounter,
    payer=st.sampled_from([each.id for each in FILE.payer]),
    on=st.dates(date(2019, 1, 1), date(2030, 12, 31)),
    product=st.just("ketamine"),
    dose_mg=st.floats(1, 200),
    visit=st.sampled_from([None, "established", "new"]),
    route=st.sampled_from([None, *FILE.routes]),
    infusion_min=st.none() | st.integers(1, 400),
    therapy_min=st.none() | st.integers(1, 120),
    level=st.none() | st.integers(1, 5),
) | st.builds(
    Encounter,
    payer=st.sampled_from([each.id for each in FILE.payer]),
    on=st.dates(date(2019, 1, 1), date(2030, 12, 31)),
    product=st.just("esketamine-nasal"),
    dose_mg=st.sampled_from([28.0, 56.0, 84.0, 56.5]),
    visit=st.sampled_from([None, "established", "new"]),
    level=st.none() | st.integers(1, 5),
)


@given(ENCOUNTERS)
def test_every_service_gets_one_drug_code_or_a_reason_why_not(encounter):
    found = bill(FILES, encounter)
    drugs = [line for line in found.lines if line.kind == "drug"]
    reasons_given = {"no-drug-code", "before-any-rule"} & set(ids(found))
    assert len(drugs) + len(reasons_given) == 1
    assert all(line.units >= 1 for line in found.lines)
    codes = [line.code for line in found.lines]
    assert len(codes) == len(set(codes))


@given(ENCOUNTERS)
def test_saying_more_never_takes_back_a_drug_code(encounter):
    if encounter.visit is None:
        known = bill(FILES, encounter)
        more = Encounter(
            encounter.payer, encounter.on, encounter.product, encounter.dose_mg, visit="established"
        )
        drugs = [line.code for line in known.lines if line.kind == "drug"]
        assert [x.code for x in bill(FILES, more).lines if x.kind == "drug"] == drugs


def test_every_code_and_every_remark_is_shown_by_a_case_and_absent_from_another():
    shown = {word for case in FILE.case for word in (*case.codes, *case.remarks)}
    assert {row.code for row in FILE.row} | {each.id for each in FILE.remark} <= shown
    for word in shown:
        assert any(word not in (*case.codes, *case.remarks) for case in FILE.case)


def own(folder, *changes):
    """The billing files with the clinic's own one beside the packaged one."""
    text = OWN
    for old, new in changes:
        text = text.replace(old, new, 1)
    (folder / "mine.v1.toml").write_text(text)
    return library.load(folder).shelf.of_kind("billing")


def test_a_payer_of_the_clinics_own_is_one_file_and_no_code(tmp_path):
    files = own(tmp_path)
    found = bill(files, Encounter("acme-health", DAY, "esketamine-nasal", 84))
    assert units(found) == {"X0001": 3}
    assert bill(files, Encounter("medicare", DAY, "esketamine-nasal", 84)).lines[0].code == "G2083"


OWN = """
kind = "billing"
id = "mine"
version = 1
title = "Acme Health"
effective = 2026-01-01
jurisdiction = "US"
source = [{ id = "contract", title = "Contract", read = 2026-01-02 }]
reach = { on = 2026-01-01, text = "the contract began on that day", source = "contract" }
payer = [{ id = "acme-health", title = "Acme Health", source = "contract" }]
product = [{ id = "esketamine-nasal", title = "Esketamine", routes = ["nasal"] }]

[[row]]
code = "X0001"
kind = "drug"
text = "One unit for each device of 28 mg"
units = { per_mg = 28 }
source = "contract"

[[case]]
name = "three devices"
payer = "acme-health"
on = 2026-02-03
product = "esketamine-nasal"
dose_mg = 84
codes = { X0001 = 3 }
"""


def test_a_dose_that_no_drug_row_covers_says_so(tmp_path):
    files = own(tmp_path, ("units =", "dose_mg = { at_most = 84 }\nunits ="))
    found = bill(files, Encounter("acme-health", DAY, "esketamine-nasal", 112))
    assert found.lines == ()
    assert texts(found).endswith("on 2026-02-03: no row covers it")


def test_the_newest_version_of_a_file_answers():
    newer = FILE.model_copy(update={"version": 2, "title": "newer"})
    assert [each.title for each in newest([newer, FILE])] == ["newer"]


def test_a_payer_of_two_files_is_refused_and_shadows_nothing(tmp_path):
    files = own(tmp_path, ("acme-health", "cigna"), ('"acme-health"', '"cigna"'))
    with pytest.raises(InputError, match="the payer 'cigna' stands in billing-us and mine"):
        bill(files, Encounter("cigna", DAY, "esketamine-nasal", 84))
    assert bill(files, Encounter("other", DAY, "esketamine-nasal", 84)).lines[0].units == 84


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{ per_mg = 28 }", "{ per_mg = 28, fixed = 1 }", "says one of fixed, per_mg"),
        ("{ per_mg = 28 }", "{}", "says one of fixed, per_mg"),
        ("{ per_mg = 28 }", "{ first_at_min = 91 }", "stand together"),
        ("{ per_mg = 28 }", "{ first_at_min = 91, each_min = 60 }", "says which infusion_min"),
        ("units =", "dose_mg = {}\nunits =", "says above, at_least or at_most"),
        ("units =", "dose_mg = { above = 9, at_most = 5 }\nunits =", "holds nothing"),
        ("units =", 'payers = ["other"]\nunits =', "names the payer 'other'"),
        ("units =", 'products = ["ketamine"]\nunits =', "names the product 'ketamine'"),
        ("units =", 'routes = ["iv"]\nunits =', "names the route 'iv'"),
        ("units =", 'not_beside = ["G2082"]\nunits =', "names the code 'G2082'"),
        ('title = "Acme Health", source', 'title = "A", follows = "b", source', "the payer 'b'"),
        ("payer = [", 'payer = [{ id = "acme-health", title = "A", policy = true }, ', "twice"),
        ("units =", "begins = BOUND5\nends = BOUND4\nunits =", "ends before it begins"),
        ("X0001 = 3", "X0001 = 84", "bills {'X0001': 3}"),
        ("dose_mg = 84", "dose_mg = 0", "a dose of 0 mg cannot be billed"),
        ("codes = {", 'remarks = ["new"]\ncodes = {', "remarks []"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_with_the_reason(tmp_path, old, new, reason):
    for month in "45":
        bound = f'{{ on = 2026-0{month}-01, text = "x", policy = true }}'
        new = new.replace(f"BOUND{month}", bound)
    (tmp_path / "mine.v1.toml").write_text(OWN.replace(old, new, 1))
    [found] = reasons(tmp_path)
    assert reason in found


def test_a_remark_may_name_only_codes_of_the_file(tmp_path):
    remark = '[[remark]]\nid = "r"\ntext = "t"\nbeside = ["G9"]\npolicy = true\n\n[[case]]'
    (tmp_path / "mine.v1.toml").write_text(OWN.replace("[[case]]", remark))
    assert "names the code 'G9'" in reasons(tmp_path)[0]


@given(st.floats(0, 300), st.floats(0, 300))
def test_a_span_and_the_one_above_it_never_hold_the_same_amount(amount, limit):
    assert Span(at_most=limit).holds(amount) != Span(above=limit).holds(amount)


def test_a_span_holds_both_its_ends():
    assert [Span(at_least=16, at_most=37).holds(each) for each in (15, 16, 37, 38)] == [
        False,
        True,
        True,
        False,
    ]


@given(st.integers(1, 1000))
def test_another_hour_of_infusion_is_another_unit(minutes):
    rule = Units(first_at_min=91, each_min=60)
    now = rule.count(dose_mg=35, infusion_min=minutes)
    later = rule.count(dose_mg=35, infusion_min=minutes + 60)
    assert later == ((now or 0) + 1 if minutes + 60 >= 91 else None)


def test_a_unit_of_no_mg_is_refused():
    with pytest.raises(ValidationError, match="greater than 0"):
        Units(per_mg=0)


@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)))
def test_one_of_the_two_esketamine_codes_holds_each_day_and_never_both(on):
    today = {line.code for line in billed("other", on=on).lines if line.kind == "drug"}
    tomorrow = {line.code for line in billed("other", on=on + timedelta(days=1)).lines}
    assert len(today) == 1
    assert not ("J0013" in today and "S0013" in tomorrow)
