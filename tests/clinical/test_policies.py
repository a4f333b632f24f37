from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical import library, policies
from serein.clinical.criteria import UNKNOWN
from serein.clinical.facts import Fact
from serein.clinical.library import PACKAGED

SHELF = library.load().shelf
POLICIES = SHELF.of_kind("policy")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRIAL = {
    "drug": "sertraline",
    "dose_mg_per_day": 100,
    "weeks": 8,
    "improvement_percent": 10,
    "episode": "current",
}


def told(code, value, *, days_ago=0, name="", replaces=None):
    at = NOW - timedelta(days=days_ago)
    return Fact(
        uuid5(NAMESPACE_OID, f"{code} {value} {name}"), code, value, at, at, replaces=replaces
    )


def judged(content_id, *facts, now=NOW):
    of = SHELF.item("policy", content_id)
    return {each.id: each for each in policies.judge(of, facts, now=now, on=SHELF)}


def test_the_same_trials_get_another_answer_from_another_payer_and_each_names_its_source():
    facts = [told("trial", TRIAL), told("trial", {**TRIAL, "drug": "citalopram"})]
    label = judged("trd-label-us", *facts)["failed-trials"]
    cigna = judged("cigna-esketamine-trd", *facts)["failed-trials"]
    assert (label.verdict, cigna.verdict) == ("met", "unmet")
    assert label.source.title != cigna.source.title


def test_one_payer_counts_all_failures_and_asks_that_one_is_of_this_episode():
    drugs = ("sertraline", "venlafaxine XR", "bupropion XL")
    known = {**TRIAL, "dose_mg_per_day": 300, "episode": "earlier"}
    earlier = [told("trial", {**known, "drug": drug}, name=drug) for drug in drugs]
    found = judged("bcbs-nd-esketamine-2024", *earlier)
    assert (found["failed-trials"].verdict, found["failed-in-episode"].verdict) == ("met", "unmet")


def test_the_newer_version_of_a_policy_is_not_weighed_by_the_rules_of_the_older():
    short = {**TRIAL, "improvement_percent": 40, "episode": "earlier", "weeks": 5}
    trials = [told("trial", short), told("trial", {**short, "drug": "duloxetine"})]
    older = judged("bcbs-nd-esketamine-2024", *trials)["failed-trials"]
    newer = judged("bcbs-nd-esketamine", *trials)["failed-trials"]
    assert (older.verdict, newer.verdict) == ("unmet", "met")


@pytest.mark.parametrize("payer", ["uhc-esketamine-mdsi", "bcbs-nd-esketamine-2024"])
def test_a_patients_enrolment_does_not_certify_the_site(payer):
    facts = [told("rems.enrolled", value=True), told("site.certified", value=False)]
    assert judged(payer, *facts)["certified"].verdict == "unmet"


def test_a_count_of_trials_is_no_surer_than_what_each_trial_was_weighed_by():
    trials = [told("trial", TRIAL), told("trial", {**TRIAL, "drug": "bupropion"})]
    found = judged("cigna-esketamine-trd", *trials)
    assert SHELF.item("policy", "cigna-esketamine-trd").rules[2].checked
    assert not found["failed-trials"].checked
    assert found["failed-trials"].rests_on == ("unchecked",)
    assert found["adult"].rests_on == ()
    label = judged("trd-label-us", *trials)["failed-trials"]
    assert label.rests_on == ("unchecked", "policy")


def test_an_answer_that_rests_on_no_trial_keeps_its_own_mark():
    facts = [told("psychotherapy.evidence-based", value=True), told("trial", TRIAL)]
    found = judged("carefirst-esketamine-trd", *facts)["augmentation-or-therapy"]
    assert (found.verdict, found.checked, found.rests_on) == ("met", True, ())


@pytest.mark.parametrize(("total", "verdict"), [(20, "unmet"), (10, "unmet"), (9, "met")])
def test_more_than_half_better_is_asked_of_the_score_and_not_of_a_tick(total, verdict):
    start = NOW - timedelta(days=40)
    dose = {"product": "esketamine-nasal", "dose_mg": 56, "outcome": "given", "mg": 28}
    facts = [
        told("esketamine.before", value=True),
        told("improvement.documented", value=True),
        told("phq-9.total", 20, days_ago=41, name="before"),
        told("phq-9.total", total, name="after"),
        Fact(uuid5(NAMESPACE_OID, "dose"), "device", dose, start, start),
    ]
    assert judged("qualchoice-esketamine-trd", *facts)["first"].verdict == verdict


@pytest.mark.parametrize(
    ("policy", "criterion", "code", "value"),
    [
        ("rx501-esketamine", "severity", "phq-9.total", 27),
        ("va-ketamine", "severity", "phq-9.total", 27),
        ("va-ketamine", "toxicology", "urine.screen", "expected"),
        ("va-ketamine", "pregnancy", "pregnancy.now", "no"),
        ("carefirst-esketamine-trd", "severity", "madrs.total", 45),
        ("cigna-esketamine-trd", "pdmp", "pdmp.checked", True),
        ("cigna-esketamine-mdsi", "pdmp", "pdmp.checked", True),
    ],
)
def test_what_was_true_years_ago_is_not_taken_for_today(policy, criterion, code, value):
    assert judged(policy, told(code, value, days_ago=1))[criterion].verdict == "met"
    old = judged(policy, told(code, value, days_ago=5 * 365))[criterion]
    assert old.verdict == "unknown"
    assert code in old.missing
    assert old.policy


@pytest.mark.parametrize("of", POLICIES, ids=lambda of: of.id)
def test_every_payers_file_says_how_sure_the_days_are_from_which_and_until_which_it_holds(of):
    if of.table.about in ("coverage", "continuation"):
        assert of.table.in_force is not None


def test_a_set_of_criteria_holds_from_its_first_day_to_its_last():
    of = SHELF.item("policy", "bcbs-nd-esketamine-2024").table
    days = [date(2023, 12, 31), date(2024, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    assert [of.holds(day) for day in days] == [False, True, True, False]
    assert SHELF.item("policy", "bcbs-nd-esketamine").table.holds(date(2099, 1, 1))


def test_the_europeans_count_trials_by_a_text_of_their_own():
    of = SHELF.item("policy", "trd-ema").table.trial_rules
    (source,) = SHELF.pinned("trial-rules", of).rules.source
    assert "EMA" in source.title


def test_an_arteriovenous_malformation_forbids_in_the_us_and_is_not_asked_in_the_eu():
    fact = told("history.arteriovenous-malformation", value=True)
    us = judged("contraindications-esketamine-us", fact)["arteriovenous-malformation"]
    assert (us.verdict, us.waiver) == ("unmet", "never")
    assert "arteriovenous-malformation" not in judged("contraindications-esketamine-eu", fact)


@pytest.mark.parametrize(("days", "verdict"), [(41, "unmet"), (42, "met")])
def test_a_cardiovascular_event_forbids_in_the_eu_for_six_weeks(days, verdict):
    fact = told("cardiovascular-event", value=True, days_ago=days)
    eu = judged("contraindications-esketamine-eu", fact)["cardiovascular-event"]
    assert (eu.verdict, eu.waiver) == (verdict, "never")
    us = judged("contraindications-esketamine-us", fact)["cardiovascular-event"]
    assert (us.verdict, us.waiver) == ("unmet", "prescriber")


def test_bipolar_depression_without_a_stabiliser_is_the_prescribers_to_decide_with_a_reason():
    facts = [told("diagnosis", "bipolar-1"), told("mood-stabiliser.is-therapeutic", value=False)]
    before = judged("bipolar-racemic", *facts)["mood-stabiliser"]
    assert before.verdict == "unmet"
    word = {
        "decision": "go-ahead",
        "reason": "Declined lithium; weekly calls",
        "by_role": "prescriber",
    }
    after = judged("bipolar-racemic", *facts, told("decision.mood-stabiliser", word))
    assert after["mood-stabiliser"].is_met
    assert "Declined lithium" in after["mood-stabiliser"].why


def test_manic_symptoms_hold_whoever_decides():
    word = {"decision": "go-ahead", "reason": "Mild", "by_role": "prescriber"}
    facts = [told("mania.current", value=True), told("decision.mania", word)]
    assert judged("bipolar-racemic", *facts)["mania"].verdict == "unmet"


def test_nobody_under_eighteen_is_met_by_any_set_that_speaks_of_age():
    child = told("birth-date", "2010-01-01")
    for of in POLICIES:
        found = judged(of.id, child)
        for criterion in ("adult", "age"):
            if criterion in found:
                assert found[criterion].verdict == "unmet", of.id


def test_a_criterion_that_lacks_facts_names_them():
    found = judged("cigna-esketamine-trd")
    assert found["failed-trials"].missing == ["trial"]
    assert found["adult"].missing == ["birth-date"]


@pytest.mark.parametrize("of", POLICIES, ids=lambda of: of.id)
def test_what_is_not_known_is_never_met(of):
    assert {each.verdict for each in policies.judge(of, [], now=NOW, on=SHELF)} == {UNKNOWN}


CODES = st.sampled_from(
    sorted({code for of in POLICIES for rule in of.rules for code in rule.when.codes()})
)


@st.composite
def charts(draw):
    facts = []
    for number, code in enumerate(draw(st.lists(CODES, max_size=12))):
        entry = SHELF.dictionary.entries.get(code)
        if entry is None or entry.derived_by == "history":
            continue
        value = {
            "boolean": st.booleans(),
            "choice": st.sampled_from(sorted(entry.choices) or [""]),
            "integer": st.integers(0, 60),
            "decimal": st.floats(1, 100),
            "text": st.just("1980-05-01"),
        }[entry.type]
        days = draw(st.integers(0, 400))
        facts.append(told(code, draw(value), days_ago=days, name=str(number)))
    return facts


@given(facts=charts(), order=st.randoms(use_true_random=False), of=st.sampled_from(POLICIES))
def test_the_order_in_which_facts_are_told_never_matters(facts, order, of):
    apart = [fact for number, fact in enumerate(facts) if _is_alone(fact, facts[:number])]
    shuffled = apart[:]
    order.shuffle(shuffled)
    assert _verdicts(of, apart) == _verdicts(of, shuffled)


def _is_alone(fact, earlier):
    """Two facts of one code true at one moment have no order."""
    return all((fact.code, fact.effective_at) != (one.code, one.effective_at) for one in earlier)


@given(facts=charts(), of=st.sampled_from(POLICIES))
def test_a_corrected_fact_is_as_if_it_had_never_been(facts, of):
    if not facts:
        return
    wrong, rest = facts[0], facts[1:]
    right = Fact(
        uuid5(NAMESPACE_OID, "right"),
        wrong.code,
        wrong.value,
        wrong.effective_at,
        NOW,
        replaces=wrong.id,
    )
    never = Fact(uuid5(NAMESPACE_OID, "right"), wrong.code, wrong.value, wrong.effective_at, NOW)
    assert _verdicts(of, [wrong, right, *rest]) == _verdicts(of, [never, *rest])


@given(facts=charts(), of=st.sampled_from(POLICIES), code=CODES)
def test_filling_in_what_was_missing_never_makes_a_known_answer_unknown(facts, of, code):
    entry = SHELF.dictionary.entries.get(code)
    if entry is None or entry.derived_by == "history" or any(fact.code == code for fact in facts):
        return
    value = {"boolean": True, "choice": next(iter(entry.choices), ""), "text": "1980-05-01"}
    new = told(code, value.get(entry.type, 20), name="new")
    before, after = _verdicts(of, facts), _verdicts(of, [*facts, new])
    assert [rule for rule, verdict in before.items() if verdict != "unknown" == after[rule]] == []


def _verdicts(of, facts):
    return {each.id: each.verdict.value for each in policies.judge(of, facts, now=NOW, on=SHELF)}


MINE = """
id = "mine"
version = 1
title = "A payer of our own"
effective = 2026-01-01
jurisdiction = "US"
about = "coverage"
source = [{ id = "letter", title = "Letter of the payer", read = 2026-01-01 }]

[[criterion]]
id = "score"
text = "PHQ-9 of 15 or more"
when = { fact = "phq-9.total", at_least = 15 }
source = "letter"

[[case]]
name = "fifteen is enough"
facts = { "phq-9.total" = 15 }
expect = { score = "met" }
"""


def planted(folder: Path, *changes: tuple[str, str]) -> list[str]:
    text = MINE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "mine.v1.toml").write_text(text)
    return [
        f"{each.key}: {each.reason}" for report in library.check(folder) for each in report.problems
    ]


def wrong(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """What is wrong beside the answers that the one case of `MINE` does not show."""
    return [each for each in planted(folder, *changes) if "no case shows" not in each]


OTHER_ANSWERS = """
[[case]]
name = "fourteen is not"
facts = { "phq-9.total" = 14 }
expect = { score = "unmet" }

[[case]]
name = "no score is unknown"
expect = { score = "unknown" }
"""


def test_a_new_payer_is_one_file_and_no_code(tmp_path):
    last = MINE[MINE.index("expect = {") :]
    assert planted(tmp_path, (last, last + OTHER_ANSWERS)) == []
    shelf = library.load(tmp_path).shelf
    of = shelf.item("policy", "mine")
    (found,) = policies.judge(of, [told("phq-9.total", 14)], now=NOW, on=shelf)
    assert (found.verdict, of.version) == ("unmet", 1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at_least = 15", "least = 15", "unknown word 'least'"),
        ('"phq-9.total", at', '"phq-9.totl", at', "unknown fact 'phq-9.totl'"),
        ('"phq-9.total" = 15', '"phq-9.total" = 14', "score: expected met, found unmet"),
        ('"phq-9.total" = 15', '"phq-9.tota" = 15', "no fact is called 'phq-9.tota'"),
        ("expect = {", 'days_ago = { "phq-9.tota" = 3 }\nexpect = {', "is no fact of this case"),
        ("{ score =", "{ scor =", "there is no criterion 'scor'"),
        ("expect = {", 'verdict = "unmet"\nexpect = {', "the whole: expected unmet, found met"),
        ('source = "letter"\n\n', "\n", "names no source"),
        (
            "[[case]]",
            MINE[MINE.index("[[criterion]]") : MINE.index("[[case]]")] + "[[case]]",
            "two",
        ),
        ('about = "coverage"', 'about = "coverage"\ntrial_rules = "athf.v1"', "no trial-rules is"),
        (
            'fact = "phq-9.total", at_least = 15',
            'fact = "trials.failed", at_least = 2',
            "a criterion counts trials (trials.failed) and no rules are named",
        ),
        (
            'about = "coverage"',
            'about = "coverage"\ntrial_rules = "athf-sf"',
            "should match pattern",
        ),
    ],
)
def test_a_wrong_file_of_criteria_is_refused_with_its_reason(tmp_path, old, new, said):
    assert said in " ".join(planted(tmp_path, (old, new)))


@pytest.mark.parametrize("part", ["criterion", "case"])
def test_a_file_of_criteria_without_a_criterion_or_a_worked_case_is_refused(tmp_path, part):
    begun = MINE.index(f"[[{part}]]")
    ended = MINE.find("[[case]]", begun + 1)
    removed = MINE[begun:] if ended < 0 else MINE[begun:ended]
    empty = ('jurisdiction = "US"', f'jurisdiction = "US"\n{part} = []')

    assert planted(tmp_path, (removed, ""), empty) == [
        f"{part}: list should have at least 1 item after validation, not 0"
    ]


def test_a_worked_case_that_says_no_day_is_of_the_second_of_march_2026(tmp_path):
    of_age = ('fact = "phq-9.total", at_least = 15', 'fact = "age-years", at_least = 18')
    for born, verdict in (("2008-03-02", "met"), ("2008-03-03", "unmet")):
        known = ('"phq-9.total" = 15', f'"birth-date" = "{born}"')
        said = ('score = "met"', f'score = "{verdict}"')
        assert wrong(tmp_path, of_age, known, said) == []


def test_a_fact_of_a_case_that_says_no_days_is_of_that_very_hour(tmp_path):
    fresh = ("at_least = 15 }", "at_least = 15, within = { hours = 1 } }")
    assert wrong(tmp_path, fresh) == []


def test_a_criterion_may_name_an_outcome(tmp_path):
    better = ('fact = "phq-9.total", at_least = 15', 'fact = "phq-9.is-response", equals = true')
    known = ('facts = { "phq-9.total" = 15 }', 'facts = { "phq-9.is-response" = true }')
    assert wrong(tmp_path, better, known) == []
    shelf = library.load(tmp_path).shelf
    of = shelf.item("policy", "mine")
    facts = [
        told("phq-9.total", 20, days_ago=40),
        told("device", {"outcome": "given", "number": 1}, days_ago=35),
        told("phq-9.total", 9),
    ]
    (found,) = policies.judge(of, facts, now=NOW, on=shelf)
    assert (found.verdict, of.scales) == ("met", ("phq-9",))


def test_the_packaged_payers_are_there():
    assert len(list((PACKAGED / "policies").glob("*.toml"))) == len(POLICIES) > 20
