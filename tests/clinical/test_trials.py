"""Which trials of antidepressants count, by which rules, and the reason a prescriber reads."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical import library
from serein.clinical.criteria import MET, UNKNOWN, UNMET, Moment, Range
from serein.clinical.errors import ContentError, UnknownContentError
from serein.clinical.facts import Fact
from serein.clinical.trial_content import case_fact
from serein.clinical.trial_tables import Floor, RuleSet
from serein.clinical.trials import (
    FAILED,
    TERMS,
    augmentations,
    failed,
    rules_named,
    weigh,
    weigh_augmentations,
)
from serein.clinical.vocabulary import Place, criterion

LIBRARY = library.load()
SETS: list[RuleSet] = LIBRARY.shelf.of_kind("trial-rules")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
MEDICATIONS = library.PACKAGED / "medications"


def rules(name):
    return rules_named(LIBRARY.shelf, name)


def trial(drug, *, days=0, replaces=None, **parts):
    at = NOW - timedelta(days=days)
    return Fact(uuid4(), "trial", {"drug": drug, **parts}, at, at, replaces=replaces)


def good(drug, **parts):
    """A trial that every rule set counts."""
    known = {"dose_mg_per_day": 100, "weeks": 12, "outcome": "none", "episode": "current"}
    kept = {"dose_was_maximal": True, "ended_on": "2025-06-01"}
    return trial(drug, **{**known, **kept, **parts})


def only(name, fact):
    (one,) = weigh(rules(name), [fact], now=NOW)
    return one


def test_a_trial_at_too_low_a_dose_is_not_counted_and_says_so():
    one = only("atrq", trial("venlafaxine", dose_mg_per_day=75, weeks=7))
    assert one.counted is False
    assert one.reason == "Dose too low: 75 mg a day, at least 150 mg asked."
    assert one.source.title.startswith("Least adequate doses")
    assert not one.checked


def test_the_same_trial_is_enough_by_the_column_of_the_label():
    assert only("label-effective", good("venlafaxine", dose_mg_per_day=75)).counted is True


def test_a_counted_trial_says_what_was_found_and_what_was_asked():
    one = only("trials-cigna", good("Zoloft", improvement_percent=10))
    assert (one.drug, one.name, one.of_class) == ("Zoloft", "sertraline", "ssri")
    assert one.reason == (
        "Counted: in the current episode; 100 mg a day (at least 50 mg asked);"
        " 12 weeks (at least 6 weeks asked); 10 % better (at most 25 % asked)."
    )
    assert one.source.title.startswith("Cigna")


def test_a_trial_that_lacks_its_weeks_is_left_open_and_names_them():
    one = only("atrq", trial("sertraline", dose_mg_per_day=100, outcome="none"))
    assert one.counted is None
    assert one.lacking == ("weeks",)
    assert one.reason == (
        "Cannot say: for how many weeks it was taken is not recorded (at least 6 weeks asked)."
    )


def test_every_reason_against_a_trial_is_told_at_once():
    fact = trial("sertraline", dose_mg_per_day=25, weeks=1, outcome="none", episode="earlier")
    assert only("atrq", fact).reason == (
        "Outside the current episode; dose too low: 25 mg a day, at least 50 mg asked;"
        " too short: 1 week, at least 6 weeks asked."
    )


def test_a_fixed_combination_says_which_part_is_counted():
    one = only("atrq", good("Auvelity", dose_mg_per_day=45))
    assert one.reason == ("Dose too low: 45 mg a day of dextromethorphan, at least 90 mg asked.")


def test_the_count_is_a_range_from_the_sure_to_the_possible():
    facts = [good("sertraline"), trial("fluoxetine"), trial("citalopram", outcome="remission")]
    count = failed(rules("atrq"), facts, now=NOW)
    assert count.value == Range(1, 2)
    assert {one.id for one in count.evidence} == {one.id for one in facts}
    assert count.at == NOW


def test_no_trial_on_file_is_no_count():
    for count in (failed, augmentations):
        assert count(rules("atrq"), [], now=NOW) == (None, NOW, (), ("trial",))


def test_an_open_trial_of_a_counted_class_cannot_add_to_the_count():
    facts = [good("sertraline"), good("citalopram", weeks=None)]
    assert failed(rules("trials-cigna"), facts, now=NOW).value == Range(1, 1)
    assert failed(rules("label-effective"), facts, now=NOW).value == Range(1, 2)


def test_drugs_on_no_list_may_each_be_of_a_class_of_their_own():
    facts = [good("novelamine"), good("otherazine"), good("Novelamine")]
    assert failed(rules("trials-cigna"), facts, now=NOW).value == Range(0, 2)


@pytest.mark.parametrize(
    ("drug", "hint"),
    [("setraline", "; did you mean 'sertraline'?"), ("esketamine", ""), ("tianeptine", "")],
)
def test_only_a_slip_of_the_pen_is_offered_another_name(drug, hint):
    one = only("atrq", trial(drug, dose_mg_per_day=100, weeks=8, outcome="none"))
    assert one.reason == f"Cannot say: '{drug}' is not on the list of antidepressants{hint}."


def test_augmentations_are_counted_apart_by_their_own_weeks():
    facts = [
        good("aripiprazole", augmentation_of="sertraline", dose_mg_per_day=5, weeks=8),
        good("lithium", dose_mg_per_day=None, level_mmol_per_l=0.8, weeks=8),
        good("bupropion", augmentation=True, dose_mg_per_day=300, weeks=7),
        good("sertraline"),
    ]
    counts = {
        name: augmentations(rules(name), facts, now=NOW).value
        for name in ("trials-carefirst", "trials-qualchoice")
    }
    assert counts == {"trials-carefirst": Range(2, 2), "trials-qualchoice": Range(3, 3)}
    found = weigh_augmentations(rules("trials-carefirst"), facts, now=NOW)
    assert [one.name for one in found] == ["aripiprazole", "lithium", "bupropion"]
    assert "too short: 7 weeks" in found[2].reason.casefold()


def test_augmentation_is_said_by_the_other_drug_even_where_it_was_denied():
    fact = good("bupropion", augmentation=False, augmentation_of="sertraline")
    assert only("label-effective", fact).is_augmentation


def test_a_trial_of_the_look_back_counts_from_the_28th_where_february_was_shorter():
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    for day, counted in (("2023-02-28", True), ("2023-02-27", False)):
        (one,) = weigh(rules("trials-carefirst"), [good("x", ended_on=day)], now=leap)
        assert ("longer ago" in one.reason) is not counted


def test_a_trial_recorded_later_than_asked_about_is_not_there_yet():
    assert weigh(rules("atrq"), [trial("sertraline", days=-1)], now=NOW) == []


def test_the_count_is_compared_as_any_other_number():
    terms = {**TERMS, **LIBRARY.dictionary.terms}
    two = criterion({"fact": FAILED, "at_least": 2}, terms=terms, place=Place("x", "y"))

    def verdict(*facts):
        count = failed(rules("atrq"), facts, now=NOW)
        return two.judge(Moment(NOW, {}, {FAILED: count}))

    assert verdict(good("sertraline"), good("citalopram")).verdict is MET
    assert verdict(good("sertraline")).verdict is UNMET
    assert verdict(good("sertraline"), trial("citalopram")).verdict is UNKNOWN
    assert verdict().missing == ("trial",)


def test_a_rule_set_is_named_with_or_without_its_version():
    assert rules("atrq") is rules("atrq.v1")
    assert rules("atrq").name == "atrq.v1"
    with pytest.raises(UnknownContentError, match="did you mean 'athf-sf'"):
        rules("athf")
    with pytest.raises(UnknownContentError, match="version 7"):
        rules("atrq.v7")


def test_the_two_ends_of_a_range_are_kept():
    ends = Floor(75, 100)
    assert [ends.reached(dose) for dose in (74, 75, 99, 100)] == [False, None, None, True]
    more = Floor(4, 4, is_above=True)
    assert [more.reached(weeks) for weeks in (4, 4.1)] == [False, True]


def test_every_rule_set_has_a_case_for_each_answer_of_each_of_its_questions():
    """A question that a set answers one way only (what always counts) has that answer alone."""
    for held in SETS:
        seen: dict[str, set[object]] = {}
        for number, case in enumerate(held.rules.case):
            facts = [
                case_fact(row, number=number * 100 + n, at=NOW) for n, row in enumerate(case.trial)
            ]
            for one in weigh(held, facts, now=NOW):
                for step in one.steps:
                    seen.setdefault(step.id, set()).add(step.verdict)
        for name in ("dose", "weeks", "improvement"):
            assert seen[name] == {MET, UNMET, UNKNOWN}, (held.name, name)
        if held.rules.episode.only == "current":
            asked = {MET, UNMET} | ({UNKNOWN} if held.rules.episode.unsaid == "unknown" else set())
            assert seen["episode"] == asked, held.name
        if held.rules.look_back:
            assert seen["look-back"] == {MET, UNMET, UNKNOWN}, held.name
        assert seen["augmentation"] == {MET if held.rules.augmentation.counts else UNMET}
        assert {"loss", "intolerance"} <= seen.keys(), held.name


# --- whatever the facts ---------------------------------------------------------------------------

FIELDS = {field.name: field for field in LIBRARY.dictionary.code("trial").fields}
DRUGS = ["sertraline", "Celexa", "amitriptyline", "nortriptyline", "gepirone", "lithium"]
DRUGS += ["aripiprazole", "St John's wort", "nobody-knows"]
PARTS = {
    "drug": st.sampled_from(DRUGS),
    "dose_mg_per_day": st.sampled_from([0, 5, 50, 60, 80, 150, 300]),
    "weeks": st.sampled_from([0, 2, 3, 4, 6, 7, 8, 12]),
    "improvement_percent": st.sampled_from([0, 24, 25, 26, 49, 50, 100]),
    "outcome": st.sampled_from(list(FIELDS["outcome"].choices)),
    "episode": st.sampled_from(["current", "earlier"]),
    "augmentation": st.booleans(),
    "augmentation_of": st.just("sertraline"),
    "dose_was_maximal": st.booleans(),
    "level_mmol_per_l": st.sampled_from([0.5, 0.6]),
    "level_ng_per_ml": st.sampled_from([40, 50, 150, 151]),
    "ended_on": st.sampled_from(["2015-01-01", "2025-01-01"]),
    "is_ongoing": st.booleans(),
}
# A rule set of no payer: everything counts that may, so that each switch is met in both positions.
GENEROUS = RuleSet(
    SETS[0].rules.model_copy(
        update={
            "intolerance": SETS[0].rules.intolerance.model_copy(update={"counts": True}),
            "loss": SETS[0].rules.loss.model_copy(update={"counts": True}),
            "augmentation": SETS[0].rules.augmentation.model_copy(update={"counts": True}),
        }
    ),
    SETS[0].drugs,
)
ANY_SET = st.sampled_from([*SETS, GENEROUS])
NAME = PARTS["drug"]
TRIALS = st.lists(
    st.fixed_dictionaries(
        {"drug": NAME}, optional={part: how for part, how in PARTS.items() if part != "drug"}
    ),
    min_size=1,
    max_size=5,
)


def told(values):
    return [Fact(UUID(int=n), "trial", value, NOW, NOW) for n, value in enumerate(values)]


@given(held=ANY_SET, values=TRIALS, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_facts_never_matters(held, values, shuffle):
    facts = told(values)
    mixed = shuffle.sample(facts, len(facts))
    assert failed(held, facts, now=NOW) == failed(held, mixed, now=NOW)
    assert augmentations(held, facts, now=NOW) == augmentations(held, mixed, now=NOW)
    assert {one.fact.id: one for one in weigh(held, facts, now=NOW)} == {
        one.fact.id: one for one in weigh(held, mixed, now=NOW)
    }


@given(held=ANY_SET, values=TRIALS, wrong=PARTS["drug"])
def test_a_corrected_trial_behaves_as_if_the_old_had_never_been(held, values, wrong):
    right, *others = told(values)
    old = replace(right, id=UUID(int=99), value={"drug": wrong})
    corrected = replace(right, replaces=old.id)
    assert failed(held, [old, corrected, *others], now=NOW) == failed(
        held, [corrected, *others], now=NOW
    )
    assert weigh(held, [old, corrected, *others], now=NOW) == weigh(
        held, [corrected, *others], now=NOW
    )


@given(held=ANY_SET, values=TRIALS, filling=st.fixed_dictionaries(PARTS))
def test_filling_in_a_missing_part_never_makes_a_known_answer_unknown(held, values, filling):
    value = values[0]
    (before,) = weigh(held, told([value]), now=NOW)
    for part in filling.keys() - value.keys():
        if part in ("augmentation", "augmentation_of"):
            continue  # these two say what the trial was, not how it went
        if part == "outcome" and held is GENEROUS and "improvement_percent" in value:
            continue  # a loss, or side effects, said where a percent told how it went, corrects it
        (after,) = weigh(held, told([{**value, part: filling[part]}]), now=NOW)
        assert before.counted is None or after.counted is not None, (part, filling[part])


@given(held=ANY_SET, values=TRIALS)
def test_an_open_trial_names_what_it_lacks_or_where_the_sources_differ(held, values):
    for one in weigh(held, told(values), now=NOW):
        assert one.reason.startswith("Cannot say: ") == (one.counted is None)
        assert one.reason.startswith("Counted: ") == (one.counted is True)
        assert one.counted is not None or one.lacking or "sources differ" in one.reason


@given(held=ANY_SET, values=TRIALS)
def test_the_count_lies_between_the_counted_and_the_trials(held, values):
    low, high = failed(held, told(values), now=NOW).value
    found = weigh(held, told(values), now=NOW)
    assert 0 <= low <= high <= len({one.name for one in found})
    assert (low > 0) == any(one.counted for one in found)


def test_what_the_rule_set_lets_count_counts():
    for outcome, said in (("not-tolerated", "which counts"), ("response-then-loss", "counted as")):
        fact = trial("sertraline", dose_mg_per_day=100, weeks=8, outcome=outcome)
        (one,) = weigh(GENEROUS, [fact], now=NOW)
        assert one.counted is True
        assert said in one.reason
    (early,) = weigh(GENEROUS, [trial("sertraline", weeks=1, outcome="not-tolerated")], now=NOW)
    assert early.counted is True
    (unsaid,) = weigh(GENEROUS, [trial("sertraline", weeks=1)], now=NOW)
    assert unsaid.counted is None
    (short,) = weigh(GENEROUS, [trial("sertraline", weeks=1, outcome="none")], now=NOW)
    assert short.counted is False


# --- files of a clinic's own ----------------------------------------------------------------------


def planted(folder, source, *changes):
    text = (MEDICATIONS / f"{source}.v1.toml").read_text()
    text = text.replace(f'id = "{source}"', 'id = "mine"', 1)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "mine.v1.toml").write_text(text)
    return folder


def test_a_clinics_own_rule_set_is_one_file_and_no_code(tmp_path):
    planted(
        tmp_path, "trials-rx501", ("improvement = { below = 50,", "improvement = { below = 40,")
    )
    held = rules_named(library.load(tmp_path).shelf, "mine.v1")
    for percent, counted in ((39, True), (40, False)):
        fact = trial("sertraline", dose_mg_per_day=50, weeks=6, improvement_percent=percent)
        assert [one.counted for one in weigh(held, [fact], now=NOW)] == [counted]


@pytest.mark.parametrize(
    ("source", "old", "new", "reason"),
    [
        ("atrq", '"antidepressants.v1"', '"antidepressants.v9"', "version 9"),
        ("atrq", '"antidepressants.v1"', '"antidepressants"', "names no version"),
        ("atrq", "{ at_least = 6, ", "{ at_least = 6, above = 5, ", "give at_least or above"),
        ("atrq", "{ below = 50, ", "{ below = 50, at_most = 40, ", "give at_most or below"),
        ("atrq", "{ at_least = 6, ", "{ at_least = 14, ", "case: the worked example"),
        ("atrq", "failed = [2, 2]", "failed = [1, 2]", "gives [2, 2] failed"),
        ("atrq", 'says = "augmentation of duloxetine"', 'says = "zzz"', "aripiprazole says:"),
        ("atrq", "weeks = 4.3", "weekz = 4.3", "has no part 'weekz'"),
        ("atrq", "source = \"recalled\"", "source = \"recaled\"", "did you mean 'recalled'"),
        ("antidepressants", 'aliases = ["Celexa"', 'aliases = ["Prozac"', "names two things"),
        ("antidepressants", 'class = "ssri"', 'class = "ssr"', "a class 'ssr' that is not listed"),
        ("antidepressants", 'id = "minimal", low', 'id = "none", low', "says in percent"),
        ("antidepressants", "least_mg = 2, ", "", "give least_mg, level or both"),
        ("antidepressants", 'strict = "too-low"', 'strict = "enough"', "75 mg is too-low by"),
        ("antidepressants", 'expect = "unknown"', 'expect = "sertraline"', " is unknown"),
        (
            "antidepressants",
            'strict = "too-low"\nlabel = "enough"',
            'label = "too-low"',
            "75 mg is enough by the label column",
        ),
        ("atrq", 'counted = "yes", says = "100', 'counted = "no", says = "100', "comes out as yes"),
        (
            "antidepressants",
            'expect = "aripiprazole"',
            'expect = "aripiprazole"\nmg = 2\nstrict = "enough"',
            "of no dose or no antidepressant",
        ),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_when_it_is_loaded(tmp_path, source, old, new, reason):
    planted(tmp_path, source, (old, new))
    with pytest.raises(ContentError) as refusal:
        library.load(tmp_path)
    assert reason in str(refusal.value)


def test_a_drug_case_without_a_dose_is_told_of_each_column_that_it_asks(tmp_path):
    columns = 'expect = "aripiprazole"\nstrict = "enough"\nlabel = "enough"'
    planted(tmp_path, "antidepressants", ('expect = "aripiprazole"', columns))
    told = [each.reason for report in library.check(tmp_path) for each in report.problems]
    assert told == [
        f"asks the {column} column of no dose or no antidepressant"
        for column in ("strict", "label")
    ]
