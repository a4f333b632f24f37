"""What was never looked at is never, not fine; and an answer that matters reaches somebody."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.content_file import read_folder
from serein.clinical.criteria import MET, UNKNOWN
from serein.clinical.errors import ContentError
from serein.clinical.library import PACKAGED
from serein.clinical.surveillance import State, surveil
from serein.clinical.surveillance_file import (
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
