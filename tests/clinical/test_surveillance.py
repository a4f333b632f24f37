"""What was never looked at is never, not fine; and an answer that matters reaches somebody."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.content_file import read_folder
from serein.clinical.course import SAME_VISIT, STARTED_ON, course_of
from serein.clinical.criteria import MET, UNKNOWN
from serein.clinical.errors import ContentError
from serein.clinical.facts import Chart
from serein.clinical.library import PACKAGED
from serein.clinical.surveillance import (
    ABOVE_SETTLED,
    COGNITION,
    COGNITION_DROP,
    State,
    derived_values,
    surveil,
)
from serein.clinical.surveillance_file import (
    SurveillanceCase,
    SurveillanceFile,
    answers,
    surveillance,
    watch_case,
)
from tests.clinical.years import day, dose, known

LIBRARY = library.load()
PLAN = LIBRARY.shelf.item("surveillance", "long-term")
FILE = next(d for d in read_folder(PACKAGED) if d.id == "long-term")
CONTENT = SurveillanceFile.model_validate(FILE.raw)


def watched(*facts, on, plan=PLAN):
    return {one.item.id: one for one in surveil(plan, facts, now=day(on))}


def test_what_was_looked_at_years_before_falls_due_on_the_day_the_course_begins():
    old = known("bp.systolic", 130, -2000), known("bp.diastolic", 80, -2000)
    begun = known(STARTED_ON, "2026-01-05", 0)

    found = watched(*old, begun, on=1)["blood-pressure"]

    assert found.state is State.DUE
    assert found.due_at == course_of(Chart.of([begun], now=day(1))).start_at


def test_before_a_course_only_what_belongs_to_its_begin_is_due_again():
    rounds = {one.id: one for one in PLAN.items}
    later = replace(rounds["cognition"], rhythm=replace(rounds["cognition"].rhythm, baseline=False))
    plan = replace(PLAN, items=(later,))

    found = watched(known(COGNITION, 28, -2000), on=1, plan=plan)["cognition"]

    assert (found.state, found.due_at) == (State.DONE, None)


def changed(**changes):
    return replace(FILE, raw={**FILE.raw, **changes})


def raised(**more):
    return known(
        "decision.dose-raise",
        {"decision": "go-ahead", "by_role": "prescriber", "reason": "Wears off", **more},
        100,
    )


def verdict(*facts, on=120.0, rule="dose-above-settled"):
    return next(a[rule] for one in watched(*facts, on=on).values() if rule in (a := answers(one)))


def test_the_cases_show_every_item_in_every_state_and_every_escalation_in_every_answer():
    states: dict[str, set[State]] = {}
    verdicts: dict[str, set[str]] = {}
    for case in CONTENT.case:
        for one in watch_case(case, PLAN):
            if one.item.id in case.expect:
                states.setdefault(one.item.id, set()).add(one.state)
            for name, word in answers(one).items():
                if name in case.escalates:
                    verdicts.setdefault(name, set()).add(word)
    for item in PLAN.items:
        assert {State.NEVER, State.DUE, State.OVERDUE, State.DONE} <= states[item.id], item.id
        for each in item.escalations:
            assert verdicts[each.rule.id] == {"met", "unmet", "unknown"}, each.rule.id


def test_blood_in_the_urine_holds_the_next_dose_and_names_who_acts():
    one = watched(dose(0), known("bladder.haematuria", True, 50), on=50)["bladder"]

    [blood] = one.escalations
    assert (blood.holds, blood.fired.for_role) == (True, "prescriber")
    assert "urology" in blood.fired.action
    assert one.missing == ("bladder.pain", "bladder.frequency", "bladder.urgency")
    assert (one.state, one.last_at) == (State.NEVER, None)
    assert "bladder-score" in one.unknown


def test_the_day_on_which_it_is_due_is_told():
    facts = [dose(0), known("cognition.total", 28, -1)]

    assert watched(*facts, on=10)["cognition"].due_at == day(179)
    late = [dose(n) for n in (0, 3, 7, 10, 14)]
    asked = [known("craving", 1, -0.1), known("misuse.signs", False, -0.1)]
    assert watched(*late, *asked, on=15)["misuse"].due_at == day(14)


def test_a_product_that_is_not_known_excuses_nothing():
    assert watched(dose(0, product=""), on=1)["weight"].state is State.NEVER
    assert watched(dose(0), on=1)["weight"].state is State.NOT_APPLICABLE


def test_a_thing_without_a_calendar_is_due_by_treatments_alone():
    [item] = [each for each in PLAN.items if each.id == "misuse"]
    rhythm = replace(item.rhythm, every_days=None, baseline=False)
    plan = replace(PLAN, items=(replace(item, rhythm=rhythm),))
    asked = [known("craving", 1, -0.1), known("misuse.signs", False, -0.1)]

    assert watched(on=1, plan=plan)["misuse"].state is State.WAITING
    assert watched(dose(0), on=1, plan=plan)["misuse"].state is State.NEVER
    assert watched(dose(0), *asked, on=300, plan=plan)["misuse"].state is State.DONE


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (raised(), "unmet"),
        (raised(reason=" "), "met"),
        (raised(by_role="nurse"), "met"),
        (raised(decision="refused"), "met"),
        (known("decision.dose-raise", "yes", 100), "met"),
        (known("decision.dose-raise", raised().value, 6), "met"),
        (known("dose.review", True, 99), "met"),
        (known("dose.review", False, 101), "met"),
        (known("dose.review", True, 101), "unmet"),
    ],
)
def test_a_rise_is_settled_by_the_prescribers_reasoned_word_alone(word, expected):
    assert verdict(dose(0), dose(7), dose(100.1, 84), word) == expected


def test_a_slow_rise_is_measured_from_the_settled_dose():
    slow = [dose(0, 50), dose(70, 54), dose(80, 58), dose(90, 62)]
    rise = watched(*slow, on=100)["dose-creep"].escalations[0].fired

    assert [fact.value["dose_mg"] for fact in rise.evidence] == [58, 62]
    assert verdict(dose(0, 50), dose(70, 54)) == "unmet"


def test_a_decision_in_the_first_treatment_of_a_product_settles_it():
    other = {"product": "ketamine-iv"}
    assert verdict(dose(0), dose(100, 40, **other)) == "unmet"
    assert verdict(dose(0), dose(100, 40, **other), dose(107, 60, **other)) == "met"


def test_a_loss_of_nothing_and_a_better_test_are_no_loss():
    def drop(before, after):
        tests = [known("cognition.total", before, -1), known("cognition.total", after, 50)]
        return verdict(dose(0), *tests, rule="cognition-lower")

    assert drop(0, 5) == "unknown"
    assert drop(20, 25) == "unmet"
    assert drop(20, 18) == "met"
    alone = [dose(0), known("cognition.total", 20, -1)]
    assert verdict(*alone, rule="cognition-lower") == UNKNOWN.value


def test_two_things_of_one_id_and_codes_that_nobody_knows_are_refused():
    twice = [*FILE.raw["item"], FILE.raw["item"][0]]
    with pytest.raises(ContentError, match="two things have this id"):
        surveillance(changed(item=twice), LIBRARY.shelf)
    odd = [{**FILE.raw["item"][0], "codes": ["bladder.pian"]}]
    with pytest.raises(ContentError, match=r"did you mean 'bladder\.pain'"):
        surveillance(changed(item=odd), LIBRARY.shelf)


def test_a_thing_that_is_never_due_is_refused():
    odd = [{**FILE.raw["item"][0], "due": {"policy": True}}]
    with pytest.raises(ValidationError, match="is never due"):
        surveillance(changed(item=odd), LIBRARY.shelf)


def test_a_case_that_comes_out_otherwise_is_named():
    case = {"name": "odd", "day": 1, "expect": {"liver": "done"}, "escalates": {"pregnant": "met"}}
    _, failing = surveillance(changed(case=[case]), LIBRARY.shelf)

    assert failing == [
        ("odd", "liver: expected done, found due"),
        ("odd", "escalation pregnant: expected met, found unknown"),
    ]


def test_outcomes_may_be_named_by_what_is_watched_for():
    rule = {**FILE.raw["item"][1]["escalation"][0], "when": {"fact": "phq-9.latest", "above": 9}}
    odd = [{**FILE.raw["item"][1], "escalation": [rule]}]
    case = [{"name": "as before", "day": 1}]
    made, failing = surveillance(changed(item=odd, case=case), LIBRARY.shelf)

    assert failing == []
    assert made.items[0].escalations[0].rule.when.codes() == {"phq-9.latest"}


def test_a_rise_known_before_a_dose_that_is_not_known_stays_seen():
    assert verdict(dose(0), dose(100, 84), dose(107, None)) == MET.value


def misuse(rhythm, last_on):
    """The questions about misuse in another rhythm, answered on these days."""
    [item] = [each for each in PLAN.items if each.id == "misuse"]
    plan = replace(PLAN, items=(replace(item, rhythm=replace(item.rhythm, **rhythm)),))
    return plan, [known("craving", 1, last_on), known("misuse.signs", False, last_on)]


def test_a_thing_of_several_questions_is_as_old_as_the_oldest_answer():
    asked = [known("craving", 1, 20), known("misuse.signs", False, 30)]
    assert watched(dose(0), *asked, on=40)["misuse"].last_at == day(20)


def test_it_goes_on_for_a_year_after_the_last_dose_and_not_the_first():
    assert watched(dose(0), dose(300), on=400)["liver"].state is State.NEVER
    assert watched(dose(0), dose(300), on=665)["liver"].state is State.NEVER
    assert watched(dose(0), dose(300), on=665.1)["liver"].state is State.OVER


def test_one_product_of_several_is_enough_for_a_thing_to_apply():
    both = [dose(0), dose(30, product="ketamine-iv")]
    assert watched(*both, on=31)["weight"].state is State.NEVER


def test_late_by_days_and_by_treatments_it_is_due_since_the_earlier_of_the_two():
    plan, asked = misuse({"every_days": 30, "grace_days": 0, "every_sessions": 2}, 0.1)
    late = watched(dose(0), *asked, dose(7), dose(14), on=31, plan=plan)["misuse"]
    assert (late.state, late.due_at) == (State.OVERDUE, day(14))
    later = watched(dose(0), *asked, dose(7), dose(40), on=41, plan=plan)["misuse"]
    assert (later.state, later.due_at) == (State.OVERDUE, day(30.1))


def test_on_the_day_itself_it_is_due_and_what_was_never_done_is_never():
    plan, asked = misuse({"every_days": 30, "grace_days": 5, "every_sessions": None}, 0)
    states = {
        on: watched(dose(0), *asked, on=on, plan=plan)["misuse"].state
        for on in (29.9, 30, 34.9, 35)
    }
    assert [*states.values()] == [State.DONE, State.DUE, State.DUE, State.OVERDUE]
    later, _ = misuse({"every_days": 30, "baseline": False}, 0)
    for on, state in ((29.9, State.WAITING), (30, State.NEVER)):
        assert watched(dose(0), on=on, plan=later)["misuse"].state is state


def test_what_was_looked_at_half_a_day_before_the_dose_was_of_that_visit():
    half_a_day = SAME_VISIT.total_seconds() / 86400
    plan, asked = misuse({"every_days": None, "every_sessions": 2}, 7 - half_a_day)
    assert watched(dose(0), *asked, dose(7), on=8, plan=plan)["misuse"].state is State.DONE
    plan, asked = misuse({"every_days": None, "every_sessions": 2}, 7 - 1.01 * half_a_day)
    assert watched(dose(0), *asked, dose(7), on=8, plan=plan)["misuse"].state is State.DUE


# --- the settled dose -----------------------------------------------------------------------------


def value(code, *facts, on=200.0, plan=PLAN):
    chart = Chart.of(facts, now=day(on))
    return derived_values(plan, chart, course=course_of(chart), now=day(on))[code]


def test_without_a_dose_or_with_one_not_known_nobody_can_say_what_is_above():
    for facts in ([], [dose(0), dose(70, None)]):
        found = value(ABOVE_SETTLED, *facts)
        assert (found.value, found.missing) == (None, ("device",))


def test_a_treatment_above_the_settled_dose_is_shown_by_its_first_device_and_dated_by_the_newest():
    first = dose(100, 84)
    facts = [dose(0), first, dose(100.01, 84), dose(107, 168)]
    found = value(ABOVE_SETTLED, *facts)
    assert (found.value, found.evidence[0], found.at) == (2, first, day(107))
    assert value(ABOVE_SETTLED, dose(0), dose(7)).at == day(7), "none above, as of the last"


@pytest.mark.parametrize(
    ("dose_mg", "is_above"), [(54.9, False), (55, False), (55.03, True), (56, True)]
)
def test_above_is_more_than_a_tenth_above(dose_mg, is_above):
    assert value(ABOVE_SETTLED, dose(0, 50), dose(70, dose_mg)).value == is_above


def test_half_more_is_not_above_where_half_more_is_let():
    plan = replace(PLAN, above_percent=50)
    assert value(ABOVE_SETTLED, dose(0, 56), dose(70, 84), plan=plan).value == 0


def test_the_dose_is_settled_after_eight_weeks_to_the_hour():
    for on, above in ((55.9, 0), (56, 1)):
        assert value(ABOVE_SETTLED, dose(0), dose(on, 84)).value == above


def test_a_word_given_with_the_treatment_before_was_about_that_one():
    word = known("decision.dose-raise", raised().value, 93)
    assert verdict(dose(0), dose(93), dose(100, 84), word) == "met"
    assert verdict(dose(0), dose(93), dose(100, 84), known("dose.review", True, 100)) == "unmet"


# --- the cognitive test ---------------------------------------------------------------------------


def cognition(*totals_by_day):
    return [known(COGNITION, total, on) for total, on in totals_by_day]


def test_the_newest_test_is_compared_with_the_last_one_up_to_the_first_dose():
    tests = cognition((30, -9), (20, 0), (19, 30), (18, 60))
    found = value(COGNITION_DROP, dose(0), *tests)
    assert (found.value, found.at) == (10.0, day(60))
    assert found.evidence == (tests[1], tests[3])


def test_a_better_test_is_a_drop_of_nought():
    assert value(COGNITION_DROP, dose(0), *cognition((20, -1), (25, 50))).value == 0


def test_a_baseline_of_a_single_point_is_one():
    assert value(COGNITION_DROP, dose(0), *cognition((1, -1), (0, 50))).value == 100


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ([], STARTED_ON),
        ([dose(0)], COGNITION),
        ([dose(0), *cognition((20, 5), (18, 50))], COGNITION),
        ([dose(0), *cognition((20, -5))], COGNITION),
        ([dose(0), *cognition((20, -9), (18, -5))], COGNITION),
        ([dose(0), *cognition((0, -5), (18, 50))], COGNITION),
    ],
)
def test_what_cannot_be_compared_names_what_is_missing(facts, missing):
    found = value(COGNITION_DROP, *facts)
    assert (found.value, found.missing) == (None, (missing,))


def test_the_days_of_a_case_are_counted_from_one_afternoon():
    """A case may name a day of the calendar beside them, such as that on which a course began."""
    case = SurveillanceCase.model_validate(
        {"name": "x", "facts": [{"code": "cognition.total", "value": 28, "day": 0}], "day": 1}
    )
    [cognition] = [one for one in watch_case(case, PLAN) if one.item.id == "cognition"]
    assert cognition.last_at == datetime(2026, 1, 5, 14, tzinfo=UTC)


@pytest.mark.parametrize(("dose_mg", "expected"), [(61, "unmet"), (62, "met")])
def test_every_dose_of_a_case_is_of_two_devices(dose_mg, expected):
    value = {"product": "esketamine-nasal", "dose_mg": dose_mg, "outcome": "given"}
    more = [{"code": "device", "value": value, "day": 70}]
    case = SurveillanceCase.model_validate({"name": "x", "doses": [0], "facts": more, "day": 71})
    found = {name: word for one in watch_case(case, PLAN) for name, word in answers(one).items()}
    assert found["dose-above-settled"] == expected
