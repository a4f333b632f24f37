"""What a sheet says where something is missing, reversed or skipped, and what it never says."""

import pytest
from pydantic import ValidationError

from serein.clinical import library
from serein.clinical.errors import InputError
from serein.clinical.instruments import Instrument
from serein.clinical.scoring import score

LIBRARY = library.load()
PHQ9 = LIBRARY.instrument("phq-9")
SCREEN = LIBRARY.instrument("c-ssrs-screen")


def test_what_a_sheet_said_is_never_rewritten():
    told = score(PHQ9, {"1": 1})

    with pytest.raises(ValidationError, match="frozen"):
        told.total = 0  # type: ignore[misc]  # what the test tries


def test_a_question_nobody_answered_is_said_and_raises_no_flag_even_where_every_answer_does():
    sheet = PHQ9.model_dump()
    sheet["flag"][0]["at_least"] = 0
    always = Instrument(**sheet)

    assert score(always, {"1": 1}).flags == ["Not answered: Thoughts of death or self-harm"]
    assert score(always, {"9": 0}).flags == [sheet["flag"][0]["text"]]


@pytest.mark.parametrize("part", ["urgency", "for_role", "action", "recent_days"])
def test_an_answer_that_calls_somebody_says_whom_how_soon_what_for_and_for_how_long(part):
    sheet = PHQ9.model_dump()
    sheet["flag"][0]["ask"] = ""
    sheet["flag"][0][part] = None if part in ("urgency", "recent_days") else ""

    with pytest.raises(ValidationError, match="say whom it calls"):
        Instrument(**sheet)


def test_an_answer_that_leads_to_another_scale_always_calls_somebody():
    sheet = PHQ9.model_dump()
    calls = ("urgency", "for_role", "action", "recent_days")
    sheet["flag"][0] = {key: one for key, one in sheet["flag"][0].items() if key not in calls}

    with pytest.raises(ValidationError, match="say whom it calls"):
        Instrument(**sheet)
    assert not Instrument(**{**sheet, "flag": [{**sheet["flag"][0], "ask": ""}]}).flag[0].action


def test_a_reversed_item_of_one_to_six_turns_its_one_into_six():
    """The ASEX counts each of its five questions from 1 to 6."""
    sheet = LIBRARY.instrument("asex").model_dump()
    sheet["item"][0]["is_reversed"] = True
    scale = Instrument(**sheet)

    assert score(scale, dict.fromkeys("12345", 1)).total == 6 + 4
    assert score(scale, {**dict.fromkeys("12345", 1), "1": 6}).total == 1 + 4


def test_a_count_of_items_is_open_while_the_missing_ones_would_just_suffice():
    scale, name = LIBRARY.instrument("asex"), "dysfunction by three items"

    assert score(scale, {"1": 4, "2": 1, "3": 1}).thresholds[name] is None


def test_a_triage_is_open_while_one_question_of_a_higher_step_was_not_asked():
    """Intent (4) was denied, but nobody asked for a plan (5): that step cannot be ruled out."""
    assert score(SCREEN, {"1": 1, "2": 1, "4": 0, "6": 0}).band is None
    assert score(SCREEN, {"1": 1, "2": 1, "3": 0, "4": 0, "5": 0, "6": 0}).band == "low"


@pytest.mark.parametrize("limits", [{}, {"at_least": 3, "at_most": 9}])
def test_a_threshold_has_one_limit_and_not_two_or_none(limits):
    sheet = LIBRARY.instrument("audit-c").model_dump()
    sheet["threshold"][0] |= {"at_least": None, "at_most": None, **limits}

    with pytest.raises(ValidationError, match="give at_least or at_most"):
        Instrument(**sheet)


def test_an_item_answered_by_number_and_by_name_is_asked_for_one_answer():
    phq = library.load().instrument("phq-9")
    with pytest.raises(InputError, match="answered twice, by number and by name"):
        score(phq, {"1": 2, phq.item[0].id: 1})
