"""How far a depression has resisted treatment, by the Maudsley method, and what keeps it open."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.criteria import Derived, Range
from serein.clinical.errors import ContentError
from serein.clinical.facts import Fact
from serein.clinical.staging import KIND, Staging, stage, staged
from serein.clinical.trials import rules_named

LIBRARY = library.load()
METHOD = LIBRARY.shelf.item(KIND, "maudsley")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
FILE = library.PACKAGED / "medications" / "maudsley.v1.toml"


def fact(code, value):
    return Fact(uuid4(), code, value, NOW, NOW)


def trial(drug, **parts):
    good = {"dose_mg_per_day": 100, "weeks": 12, "outcome": "none", "episode": "current"}
    return fact("trial", {"drug": drug, **good, **parts})


EPISODE = [
    fact("episode.months", 18),
    fact("episode.severity", "severe"),
    fact("treatment.augmentation", False),
    fact("treatment.ect", False),
]


def of(facts, rules="label-effective"):
    return staged(METHOD, facts, rules=rules_named(LIBRARY.shelf, rules), now=NOW)


def test_a_whole_chart_gives_total_and_band_and_names_each_part():
    found = of([*EPISODE, trial("sertraline"), trial("fluoxetine"), trial("citalopram")])
    assert (found.total, found.band, found.missing) == (8, "moderate", ())
    assert found.why == (
        "Length of the episode: 2; Severity of the episode: 4; Failed antidepressants: 2;"
        " Augmentation: 0; Electroconvulsive therapy: 0"
    )
    assert [len(item.evidence) for item in found.items] == [1, 1, 3, 1, 1]
    assert all(item.checked and item.source.url for item in found.items)


def test_an_empty_chart_is_open_from_end_to_end_and_names_everything():
    found = of([])
    assert (found.total, found.band, found.low, found.high) == (None, None, 3, 15)
    assert found.missing == (
        "episode.months",
        "episode.severity",
        "trial",
        "treatment.augmentation",
        "treatment.ect",
    )


def test_an_open_trial_that_crosses_a_step_leaves_the_total_open():
    trials = [trial("sertraline"), trial("fluoxetine"), trial("citalopram", weeks=None)]
    found = of([*EPISODE, *trials])
    assert (found.total, found.low, found.high) == (None, 7, 8)
    assert (found.band, found.missing) == ("moderate", ("trials.failed",))


def test_without_a_failed_trial_there_is_nothing_to_stage():
    found = of([*EPISODE, trial("sertraline", outcome="response")])
    assert (found.total, found.band, found.low, found.high) == (None, None, None, None)
    assert "Failed antidepressants: the method begins later" in found.why


def test_a_failed_trial_that_is_not_sure_is_not_staged_yet():
    found = of([*EPISODE, trial("sertraline", weeks=None)])
    assert (found.total, found.band, found.low, found.high) == (None, None, 7, 7)
    assert found.missing == ("trials.failed",)


@pytest.mark.parametrize(
    ("episode", "rules", "points"),
    [
        ("current", "label-effective", 1),
        ("earlier", "label-effective", 0),
        (None, "label-effective", 0),
        (None, "atrq", 1),
        ("earlier", "atrq", 0),
    ],
)
def test_an_augmentation_of_this_episode_on_file_counts_whatever_was_said(episode, rules, points):
    added = trial("aripiprazole", weeks=1, augmentation_of="sertraline", episode=episode)
    found = of([*EPISODE, trial("sertraline"), added], rules)
    (augmentation,) = [item for item in found.items if item.id == "augmentation"]
    assert augmentation.low == augmentation.high == points
    assert [one.code for one in augmentation.evidence] == [
        "trial" if points else "treatment.augmentation"
    ]


ANSWERS = {
    "episode.months": st.sampled_from([0, 12, 12.5, 24, 25, 400]),
    "episode.severity": st.sampled_from(["subsyndromal", "mild", "moderate", "severe"]),
    "trials.failed": st.integers(1, 12),
    "treatment.augmentation": st.booleans(),
    "treatment.ect": st.booleans(),
}


def answered(values):
    return {
        code: Derived(values.get(code), NOW, (), () if code in values else (code,))
        for code in ANSWERS
    }


def test_a_method_may_have_one_question_one_band_and_one_case_and_none_less():
    """Electroconvulsive therapy alone: yes is one point, no is none."""
    raw = METHOD.model_dump(by_alias=True)
    ect, band = raw["item"][-1], {**raw["band"][0], "low": 0, "high": 1}
    case = {"name": "yes", "given": {"treatment.ect": True}, "total": 1, "band": "mild"}
    small = {**raw, "item": [ect], "band": [band], "case": [case]}

    assert len(Staging.model_validate(small).item) == 1
    for part in ("item", "band", "case"):
        with pytest.raises(ValidationError, match=rf"{part}\n  List should have at least 1"):
            Staging.model_validate({**small, part: []})
    lone = {**ect, "grade": ect["grade"][:1]}
    with pytest.raises(ValidationError, match="at least 2 items"):
        Staging.model_validate({**small, "item": [lone]})


@given(whole=st.fixed_dictionaries(ANSWERS), known=st.sets(st.sampled_from(sorted(ANSWERS))))
def test_filling_in_what_is_missing_only_narrows_the_stage(whole, known):
    full = stage(METHOD, answered(whole))
    partial = stage(METHOD, answered({code: whole[code] for code in known}))
    assert full.total is not None
    assert partial.low is not None
    assert partial.high is not None
    assert partial.low <= full.total <= partial.high
    assert partial.band in (None, full.band)
    assert set(partial.missing) == set(ANSWERS) - known


@given(
    whole=st.fixed_dictionaries(ANSWERS),
    ends=st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted),
)
def test_a_range_of_failures_holds_the_total_of_each_number_in_it(whole, ends):
    low, high = ends
    found = stage(METHOD, answered({**whole, "trials.failed": Range(low, high)}))
    for number in range(max(low, 1), high + 1):
        total = stage(METHOD, answered({**whole, "trials.failed": number})).total
        assert total in range(found.low or 0, (found.high or 0) + 1)
        assert found.total in (None, total)
    assert (found.low is None) == (high == 0)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('reads = "treatment.ect"', 'reads = "treatment.etc"', "did you mean 'treatment.ect'"),
        ('{ equals = "mild", points = 2 },', "", "item.severity: gives no points to mild"),
        ("{ equals = true, points = 1 },\n  ] },\n]",
         "{ equals = false, points = 1 },\n  ] },\n]", "gives no points to True"),
        ("{ equals = false, points = 0 },\n    { equals = true, points = 1 },\n  ] },\n]",
         "{ equals = true, points = 1 },\n    { equals = true, points = 0 },\n  ] },\n]",
         "item.ect: gives no points to False"),
        ("{ at_most = 12, points = 1 }", "{ at_most = 12, points = -1 }", "equal to 0"),
        ("{ points = 5 }", "{ at_most = 12, points = 5 }", "gives no points to inf"),
        ("low = 7, high = 10", "low = 8, high = 10", "each total from 3 to 15 once"),
        ("total = 3", "total = 4", "gives the total 3"),
        ("total = 3", "between = [3, 3]", "gives the total 3"),
        ('band = "mild"\n', 'band = "severe"\n', "gives the band mild"),
        ('missing = ["treatment.ect"]', "", "misses ['treatment.ect']"),
    ],
)  # fmt: skip
def test_a_wrong_method_is_refused_when_it_is_loaded(tmp_path, old, new, reason):
    text = FILE.read_text().replace('id = "maudsley"', 'id = "mine"', 1)
    assert old in text
    (tmp_path / "mine.v1.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(ContentError) as refusal:
        library.load(tmp_path)
    assert reason in str(refusal.value)
