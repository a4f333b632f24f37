"""Outcomes as the trials count them; a total that cannot be compared is never "no response"."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical import library
from serein.clinical.comparing import Recall
from serein.clinical.content_file import read_folder
from serein.clinical.criteria import MET, UNKNOWN, UNMET, Moment
from serein.clinical.errors import ContentError
from serein.clinical.instruments import Relapse
from serein.clinical.library import PACKAGED
from serein.clinical.outcome_file import standards
from serein.clinical.outcome_terms import (
    newest_scales,
    outcome_terms,
    outcome_values,
    standards_of,
)
from serein.clinical.outcomes import outcomes
from serein.clinical.vocabulary import Place, criterion
from tests.clinical.chart import corrected
from tests.clinical.years import day, dose, known

LIBRARY = library.load()
STANDARDS = standards_of(LIBRARY.shelf)
SCALES = newest_scales(LIBRARY.shelf)
FILE = next(d for d in read_folder(PACKAGED) if d.id == "outcome-standards")


def told(*facts, on=100.0, scales=SCALES, by=STANDARDS):
    return {
        one.instrument.id: one
        for one in outcomes(facts, instruments=scales, standards=by, now=day(on))
    }


def phq(total, on):
    return known("phq-9.total", total, on)


SCALE = LIBRARY.instrument("madrs")


def madrs(total, on):
    return known("madrs.total", total, on)


def values(*facts, on=100.0, scales=SCALES):
    return outcome_values(facts, instruments=scales, standards=STANDARDS, now=day(on))


def test_only_scales_that_were_answered_are_told_and_a_triage_never():
    assert set(told(phq(9, -1), known("c-ssrs-screen.total", 3, 0))) == {"phq-9"}


def test_a_two_week_scale_the_day_after_the_dose_says_why_it_is_no_change_score():
    one = told(phq(20, -1), dose(0), phq(6, 1))["phq-9"]

    assert (one.comparable.verdict, one.response.verdict) == (UNMET, UNKNOWN)
    assert one.response.reason == one.comparable.reason
    assert "14 days, and was taken 1 day after the first dose" in one.response.reason


def test_the_clinic_may_count_the_window_from_the_last_dose():
    strict = replace(STANDARDS, recall=Recall(counted_from="last-dose", policy=True))
    facts = [phq(20, -1), dose(0), dose(21), phq(6, 22)]

    assert told(*facts)["phq-9"].response.verdict is MET
    one = told(*facts, by=strict)["phq-9"]
    assert one.response.verdict is UNKNOWN
    assert "after the last dose" in one.comparable.reason
    assert told(*facts, phq(6, 40), by=strict)["phq-9"].response.verdict is MET


def test_a_course_without_a_dose_on_record_counts_from_its_day():
    strict = replace(STANDARDS, recall=Recall(counted_from="last-dose", policy=True))
    said = known("course.started-on", "2026-01-05", 0)

    for by in (STANDARDS, strict):
        one = told(said, phq(20, 0), phq(10, 30), by=by)["phq-9"]
        assert (one.response.verdict, one.change) == (MET, -10)
    state = told(said, known("cadss.total", 9, 0.1))["cadss"]
    assert (state.comparable.verdict, state.baseline) == (UNKNOWN, None)


def test_a_total_corrected_afterwards_counts_as_if_the_old_had_never_been():
    wrong = phq(20, 30)
    right = corrected(wrong, 8, "12:00")

    assert told(phq(20, -1), dose(0), wrong, right)["phq-9"].response.verdict is MET


def test_a_scale_that_says_its_own_relapse_is_judged_by_it():
    madrs = LIBRARY.instrument("madrs")
    own = madrs.model_copy(update={"relapse": Relapse(total=22, policy=True)})
    facts = [
        known("madrs.total", 36, -1),
        dose(0),
        known("madrs.total", 12, 28),
        known("madrs.total", 22, 60),
    ]

    assert told(*facts, scales=[madrs])["madrs"].relapse.verdict is UNMET
    lost = told(*facts, scales=[own])["madrs"]
    assert (lost.relapse.verdict, lost.relapse_at) == (MET, day(60))
    assert "lost on 2026-03-06" in lost.relapse.reason


def test_a_scale_whose_items_ask_about_different_times_is_not_compared():
    mixed = LIBRARY.instrument("phq-9").model_copy(update={"recall_days": None})
    one = told(phq(20, -1), dose(0), phq(5, 60), scales=[mixed])["phq-9"]

    assert one.comparable.verdict is UNKNOWN
    assert "different times" in one.comparable.reason


def test_a_total_that_is_no_whole_number_is_not_counted():
    one = told(dose(0), known("phq-9.total", "many", 20))["phq-9"]
    assert (one.latest, one.comparable.verdict) == (None, UNKNOWN)


def test_worse_within_the_window_needs_a_baseline():
    one = told(dose(0), phq(27, 1))["phq-9"]
    assert (one.comparable.verdict, one.worse.verdict) == (UNMET, UNKNOWN)


def test_a_state_scale_says_that_it_asks_for_the_moment():
    one = told(dose(0), known("cadss-6.total", 3, -0.01), known("cadss-6.total", 9, 0.02))
    assert "asks for the moment" in one["cadss-6"].worse.reason
    assert one["cadss-6"].rise is None
    assert one["cadss-6"].change == 6


def test_a_state_scale_without_a_course_names_its_newest_total_alone():
    newest = known("cadss.total", 7, 0.03)
    one = told(dose(0), known("cadss.total", 9, -0.01), known("cadss.total", 8, 0.02), newest)
    assert one["cadss"].worse.evidence == (newest,)


def test_an_answer_says_by_how_much_and_what_was_asked():
    better = told(madrs(32, -1), dose(0), madrs(10, 28))["madrs"]
    assert better.response.reason == "68.8 % better; asked: 50 %"
    assert better.worse.reason == "68.8 % better; asked: 25 % worse"
    worse = told(phq(10, -1), dose(0), phq(16, 20))["phq-9"]
    assert worse.partial.reason == "60 % worse; asked: from 25 to under 50 %"
    assert worse.meaningful.reason == "6 points worse; asked: 5 points better"
    assert worse.worse.reason == "6 points worse; asked: 5 points worse"


def test_no_change_is_never_told_as_minus_nought():
    assert str(told(madrs(20, -1), dose(0), madrs(20, 28))["madrs"].change_percent) == "0.0"


def test_of_a_baseline_of_nought_nothing_is_a_share_and_it_is_named():
    base = madrs(0, -1)
    one = told(base, dose(0), madrs(10, 28))["madrs"]
    assert (one.response.verdict, one.response.evidence) == (UNKNOWN, (base,))
    assert one.response.reason == "the baseline is 0, of which nothing is a share"


@pytest.mark.parametrize(
    ("baseline", "total", "is_reached"),
    [
        (40, 20, True),  # half: a response, no remission
        (40, 21, False),
        (20, 12, True),  # 40 % better, but the remission of the phase 3 trials
        (20, 13, False),
        (15, 10, True),  # a third better, and both remissions
    ],
)
def test_a_response_or_any_remission_is_reached(baseline, total, is_reached):
    one = told(madrs(baseline, -1), dose(0), madrs(total, 28))["madrs"]
    assert one.reached_at == (day(28) if is_reached else None)


@pytest.mark.parametrize(("total", "is_lost"), [(31, True), (30, True), (29, False)])
def test_what_was_reached_is_lost_at_a_quarter_better_than_the_baseline_or_less(total, is_lost):
    one = told(madrs(40, -1), dose(0), madrs(10, 28), madrs(total, 60))["madrs"]
    assert one.relapse_at == (day(60) if is_lost else None)
    assert (one.relapse.verdict is MET) == is_lost


@pytest.mark.parametrize(("total", "is_lost"), [(23, True), (22, True), (21, False)])
def test_a_relapse_of_its_own_is_at_its_total_or_worse(total, is_lost):
    own = SCALE.model_copy(update={"relapse": Relapse(total=22, policy=True)})
    facts = [madrs(40, -1), dose(0), madrs(12, 28), madrs(total, 60)]
    assert (told(*facts, scales=[own])["madrs"].relapse.verdict is MET) == is_lost


@pytest.mark.parametrize("without", [{"response": None}, {"remission": []}])
def test_a_scale_with_a_response_or_a_remission_can_lose_it(without):
    one = SCALE.model_copy(update=without)
    facts = [madrs(20, -1), dose(0), madrs(8, 28), madrs(19, 60)]
    assert told(*facts, scales=[one])["madrs"].relapse.verdict is MET
    neither = SCALE.model_copy(update={"response": None, "remission": []})
    assert told(*facts, scales=[neither])["madrs"].relapse.verdict is UNKNOWN


@given(st.integers(1, 27), st.lists(st.integers(0, 27), min_size=1, max_size=6), st.randoms())
def test_the_order_of_facts_never_matters(baseline, totals, chance):
    facts = [phq(baseline, -1), dose(0), *(phq(t, 14 + n) for n, t in enumerate(totals))]
    shuffled = list(facts)
    chance.shuffle(shuffled)

    assert told(*shuffled) == told(*facts)


@given(st.integers(1, 60), st.integers(0, 60))
def test_a_madrs_response_is_half_or_less_and_each_remission_its_own_limit(baseline, latest):
    one = told(known("madrs.total", baseline, -1), dose(0), known("madrs.total", latest, 28))
    result = one["madrs"]

    assert (result.response.verdict is MET) == (2 * latest <= baseline)
    assert (result.partial.verdict is MET) == (2 * latest > baseline and 4 * latest <= 3 * baseline)
    assert {each.name: each.told.verdict is MET for each in result.remission} == {
        "ESCAPE-TRD": latest <= 10,
        "phase 3": latest <= 12,
    }
    assert result.best is not None
    assert result.best.value == latest


def test_every_value_that_can_be_given_has_a_term():
    given_codes = set(values(phq(20, -1), dose(0)))
    assert given_codes == set(outcome_terms(LIBRARY.shelf))
    assert outcome_terms(LIBRARY.shelf)["phq-9.best"].title == "Best PHQ-9 under treatment"


def test_a_criterion_over_an_outcome_is_met_unmet_or_unknown_with_its_evidence():
    asked = criterion(
        {"fact": "phq-9.is-response", "equals": True},
        terms=outcome_terms(LIBRARY.shelf),
        place=Place("policy", "criterion"),
    )

    def judged(*facts):
        return asked.judge(Moment(day(100), {}, values(*facts)))

    base, given_dose, better = phq(20, -1), dose(0), phq(10, 20)
    met = judged(base, given_dose, better)
    assert (met.verdict, met.evidence) == (MET, (base, better))
    assert judged(base, given_dose, phq(11, 20)).verdict is UNMET
    unknown = judged(base, given_dose)
    assert (unknown.verdict, unknown.missing) == (UNKNOWN, ("phq-9.total",))
    assert judged(base, better).missing == ("course.started-on",)


def test_days_and_treatments_of_the_course_are_values_too():
    found = values(dose(0), dose(3), dose(3.01), on=28)
    assert (found["course.days"].value, found["course.givings"].value) == (28, 2)
    assert values(phq(3, 0))["course.days"].missing == ("course.started-on",)


def test_the_days_of_a_course_begin_at_nought_and_never_below():
    assert values(dose(0), on=0.1)["course.days"].value == 0
    said = known("course.started-on", "2026-01-05", 0)
    assert values(said, on=0.1)["course.days"].value == 0
    first = dose(0)
    assert values(first, dose(0.01), on=5)["course.givings"].evidence == (first,)


def test_a_value_of_a_scale_is_as_of_the_total_it_rests_on_and_names_it_where_there_is_none():
    base, better = phq(20, -1), phq(10, 20)
    found = values(base, dose(0), better)
    for name, fact in (("baseline", base), ("latest", better), ("best", better)):
        told_of = found[f"phq-9.{name}"]
        assert (told_of.value, told_of.at) == (fact.value, fact.effective_at)
        assert told_of.evidence == (fact,)
    assert (found["phq-9.change"].value, found["phq-9.change"].at) == (-10, day(20))
    none = values(dose(0))["phq-9.best"]
    assert (none.value, none.missing) == (None, ("phq-9.total",))


def test_a_case_that_comes_out_otherwise_is_named():
    raw = {**FILE.raw, "case": [dict(FILE.raw["case"][0])]}
    raw["case"][0]["expect"] = {"latest": 11, "best": "none", "remission": {"phase 3": "unmet"}}

    _, failing = standards(replace(FILE, raw=raw), LIBRARY.shelf)
    assert sorted(reason for _, reason in failing) == [
        "best: expected None, found 10",
        "latest: expected 11, found 10",
        "remission phase 3: expected unmet, found met",
    ]
    raw["case"][0]["instrument"] = "phq9"
    with pytest.raises(ContentError, match="did you mean 'phq-9'"):
        standards(replace(FILE, raw=raw), LIBRARY.shelf)


def test_the_cases_of_the_file_give_every_answer_every_answer_can_give():
    seen: dict[str, set[object]] = {}
    for case in FILE.raw["case"]:
        for name, word in case["expect"].items():
            for verdict in word.values() if isinstance(word, dict) else [word]:
                seen.setdefault(name, set()).add(verdict)
    for name in (
        "comparable",
        "response",
        "partial",
        "worse",
        "meaningful",
        "relapse",
        "rise",
        "remission",
    ):
        assert {"met", "unmet", "unknown"} <= seen[name], name


@pytest.mark.parametrize(("day", "comparable"), [(13.62, "unmet"), (13.63, "met")])
def test_the_days_of_a_case_begin_at_nine_so_that_the_fourteenth_does_fifteen_hours_on(
    day, comparable
):
    case = {
        "name": "late in the evening",
        "instrument": "phq-9",
        "doses": [0],
        "totals": [{"day": -1, "total": 20}, {"day": day, "total": 6}],
        "at": 15,
        "expect": {"comparable": comparable},
    }
    raw = {**FILE.raw, "case": [case]}
    _, failing = standards(replace(FILE, raw=raw), LIBRARY.shelf)
    assert failing == []
