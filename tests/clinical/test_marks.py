"""What was only recalled, or stands on a secondary page, is never marked as checked."""

import pytest

from serein.clinical import library

LIBRARY = library.load()


@pytest.mark.parametrize(
    ("content_id", "key"),
    [
        ("aetna-esketamine-trd", "criterion.adult"),
        ("rx501-esketamine", "criterion.adult"),
        ("va-ketamine", "criterion.adult"),
        ("evicore-esketamine-trd", "criterion.adult"),
        ("ketamine-iv", "decision.dose-at-four"),
        ("ketamine-sublingual", "phase.induction"),
        ("ketamine-sublingual", "phase.optimization"),
        ("ketamine-im", "dose.1"),
        ("ketamine-sc", "dose.1"),
        ("evidence", "study.murrough-2013"),
    ],
)
def test_what_no_primary_source_confirms_is_listed_for_adoption(content_id, key):
    assert key in {each.key for each in LIBRARY.file(content_id).to_confirm}


@pytest.mark.parametrize(
    ("content_id", "kind", "row", "source"),
    [
        ("ketamine-im", "dose", 0, "no source named yet"),
        ("ketamine-sc", "dose", 0, "no source named yet"),
        ("phq-9", "band", 0, "clinic cohort"),
        ("reauthorisation-common", "criterion", 0, "continuation rules"),
    ],
)
def test_a_number_names_the_source_it_came_from(content_id, kind, row, source):
    raw = LIBRARY.file(content_id).raw
    titles = {each["id"]: each["title"] for each in raw["source"]}
    assert source in titles[raw[kind][row]["source"]]


def test_a_rise_that_the_esketamine_label_counts_is_carried_over_by_policy():
    protocol = LIBRARY.protocol("ketamine-iv")
    [rise] = [each for each in protocol.alerts if each.id == "pressure-rise"]
    assert (rise.policy, "esketamine label" in rise.source.title) == (True, True)


def test_what_a_study_without_a_control_group_found_says_so():
    studies = LIBRARY.shelf.of_kind("evidence")[0].study
    [harm] = [each for each in studies if each.id == "sustain-3-harm"]
    assert "Nothing new" not in harm.text
    assert "control group" in harm.text
