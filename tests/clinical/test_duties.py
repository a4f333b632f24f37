"""What is owed by which day after an event, by jurisdiction and by kind of setting."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.clinical import library
from serein.clinical.duties import deadlines, of_jurisdiction, standing, years_after
from serein.clinical.errors import ContentError, InputError
from tests.clinical.dated_files import planted, reasons

FILES = library.load().shelf.of_kind("duties")
[LAW] = FILES
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def owed(event, on, setting=None, *, files=FILES):
    return deadlines(files, event=event, on=on, setting=setting)


def due(answer):
    return {each.id: each.due for each in answer.owed}


def test_a_loss_found_on_friday_before_a_monday_holiday_has_both_deadlines():
    found = owed("controlled-substance-loss", date(2026, 1, 16))
    assert due(found) == {"dea-notice": date(2026, 1, 20), "dea-form-106": date(2026, 3, 2)}
    assert [each.checked for each in found.owed] == [True, True]
    assert "Birthday of Martin Luther King" in found.notes["martin-luther-king-day-off"]
    assert "not yet checked" in found.notes["martin-luther-king-day-off"]


def test_the_holiday_of_the_event_itself_was_left_out_of_no_count():
    found = owed("controlled-substance-loss", date(2026, 1, 19))
    assert due(found)["dea-notice"] == date(2026, 1, 20)
    assert "martin-luther-king-day-off" not in found.notes


def test_every_holiday_up_to_the_last_of_several_counts_is_told():
    [loss] = [each for each in LAW.event if each.id == "controlled-substance-loss"]
    [notice] = [each for each in loss.deadline if each.id == "dea-notice"]
    after = notice.after.model_copy(update={"business_days": 10})
    later = notice.model_copy(update={"id": "later", "after": after})
    both = loss.model_copy(update={"deadline": [notice, later]})
    file = LAW.model_copy(update={"event": [both]})
    found = owed("controlled-substance-loss", date(2026, 1, 14), files=[file])
    assert due(found) == {"dea-notice": date(2026, 1, 15), "later": date(2026, 1, 29)}
    assert "martin-luther-king-day-off" in found.notes


def test_a_loss_of_an_ordinary_day_says_nothing_of_holidays():
    found = owed("controlled-substance-loss", date(2026, 3, 4))
    assert due(found) == {"dea-notice": date(2026, 3, 5), "dea-form-106": date(2026, 4, 18)}
    assert set(found.notes) == {"state-report"}


def test_forty_five_days_across_a_leap_day_are_one_day_sooner_in_the_calendar():
    leap = due(owed("controlled-substance-loss", date(2024, 1, 31)))["dea-form-106"]
    plain = due(owed("controlled-substance-loss", date(2025, 1, 31)))["dea-form-106"]
    assert (leap, plain) == (date(2024, 3, 16), date(2025, 3, 17))


def test_a_loss_before_the_rule_gets_no_deadline_and_a_word_about_it():
    found = owed("controlled-substance-loss", date(2023, 7, 23))
    assert found.owed == ()
    assert "what held on 2023-07-23 is not in this table" in found.notes["dea-notice-not-yet"]
    assert len(owed("controlled-substance-loss", date(2023, 7, 24)).owed) == 2


def test_the_monitoring_form_counts_calendar_days_through_weekend_and_new_year():
    found = owed("rems-session", date(2025, 12, 29), "outpatient")
    assert due(found) == {"monitoring-form": date(2026, 1, 5)}
    assert found.owed[0].owner == "the healthcare setting"


def test_an_inpatient_setting_owes_no_form_and_is_told_so():
    found = owed("rems-session", date(2026, 1, 5), "inpatient")
    assert found.owed == ()
    words = "An inpatient setting or emergency department sends no monitoring form"
    assert found.notes == {"no-monitoring-form": words}


def test_where_nothing_is_known_to_be_owed_the_answer_says_that():
    found = owed("rems-session", date(2026, 1, 5), "pharmacy")
    assert found.notes == {"nothing-owed": "Nothing is known to be owed in the setting 'pharmacy'"}


def test_the_next_inventory_is_due_two_years_after_the_last_never_a_day_late():
    assert due(owed("biennial-inventory", date(2025, 12, 31))) == {
        "biennial-inventory": date(2027, 12, 31)
    }
    assert due(owed("biennial-inventory", date(2024, 2, 29))) == {
        "biennial-inventory": date(2026, 2, 28)
    }
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_a_duty_without_a_number_of_days_has_no_day_and_stands_first():
    found = owed("adverse-event", date(2026, 1, 5))
    assert [(each.id, each.due) for each in found.owed] == [
        ("rems-help-line", None),
        ("on-monitoring-form", date(2026, 1, 12)),
    ]


def test_deadlines_stand_soonest_first():
    found = owed("controlled-substance-record", date(2026, 3, 4))
    assert [each.id for each in found.owed] == ["kept-two-years", "kept-by-policy"]
    assert [each.policy for each in found.owed] == [False, True]


@given(DAYS, st.sampled_from([event.id for event in LAW.event]))
def test_nothing_is_due_before_its_event(on, event):
    for each in owed(event, on).owed:
        assert each.due is None or each.due >= on


@given(DAYS)
def test_the_form_is_always_due_exactly_seven_days_later(on):
    [form] = owed("rems-session", on).owed
    assert form.due == on + timedelta(days=7)


@given(DAYS, st.sampled_from([event.id for event in LAW.event]))
def test_every_setting_together_owes_what_is_owed_at_all(on, event):
    everything = {each.id for each in owed(event, on).owed}
    apart = {each.id for where in LAW.setting for each in owed(event, on, where.id).owed}
    assert apart == everything


@pytest.mark.parametrize(
    ("event", "setting", "words"),
    [
        ("controlled-substance-los", None, "did you mean 'controlled-substance-loss'"),
        ("zzzz", None, "no event is called 'zzzz'; there are rems-session"),
        ("rems-session", "inpatients", "did you mean 'inpatient'"),
    ],
)
def test_an_unknown_event_or_setting_is_refused_with_the_nearest(event, setting, words):
    with pytest.raises(InputError) as refusal:
        owed(event, date(2026, 1, 5), setting)
    assert words in str(refusal.value)


@pytest.mark.parametrize("year", [1899, 2201])
def test_a_day_out_of_reach_is_refused(year):
    with pytest.raises(InputError, match="give a day of 1900 to 2200"):
        owed("rems-session", date(year, 1, 5))


@pytest.mark.parametrize("year", [1900, 2200])
def test_the_first_and_the_last_year_within_reach_are_answered(year):
    assert due(owed("rems-session", date(year, 12, 31))) == {
        "monitoring-form": date(year + 1, 1, 7)
    }


def test_a_jurisdiction_is_known_whatever_its_capitals_and_else_refused():
    assert of_jurisdiction(FILES, "us") == [LAW]
    with pytest.raises(InputError, match="no jurisdiction is called 'FR'; there are US"):
        of_jurisdiction(FILES, "FR")


def test_the_registry_asks_other_things_of_each_kind_of_setting():
    asked = {
        where.id: {each.id for each in standing(FILES, setting=where.id) if each.topic == "rems"}
        for where in LAW.setting
    }
    assert {"outpatient-certified", "prescriber-on-site", "two-hours"} <= asked["outpatient"]
    assert {"inpatient-certified", "inpatient-events"} <= asked["inpatient"]
    assert asked["pharmacy"] == {"pharmacy-certified", "rems-records"}
    assert asked["patient"] == {"patient-agrees"}


def test_a_duty_of_every_setting_stands_for_each_and_carries_its_source():
    [duty] = [each for each in standing(FILES, setting="patient") if each.topic != "rems"]
    assert (duty.id, duty.checked) == ("schedule-three", True)
    assert duty.source.title.startswith("FDA National Drug Code")
    assert len(standing(FILES)) == len(LAW.standing)


def test_every_deadline_and_note_is_shown_by_a_case():
    shown = {word for case in LAW.case for word in (*case.due, *case.undated, *case.notes)}
    rows = {row.id for event in LAW.event for row in (*event.deadline, *event.note)}
    assert rows <= shown


STATE = """
kind = "duties"
id = "duties-us-xx"
version = 1
title = "Duties of the state of XX"
effective = 2026-01-01
jurisdiction = "US-XX"
setting = [{ id = "outpatient", title = "Clinic" }]
source = [{ id = "board", title = "State board", read = 2026-01-02 }]

[[event]]
id = "controlled-substance-loss"
title = "Loss"
day = "the day of discovery"

[[event.deadline]]
id = "state-notice"
text = "Tell the state board"
owner = "the registrant"
after = { calendar_days = 3 }
source = "board"

[[case]]
name = "three days"
event = "controlled-substance-loss"
on = 2026-03-04
due = { state-notice = 2026-03-07 }
"""


def written(folder, *changes):
    text = STATE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "duties-us-xx.v1.toml").write_text(text)


def test_a_state_adds_its_own_duties_to_those_of_the_country(tmp_path):
    written(tmp_path)
    files = library.load(tmp_path).shelf.of_kind("duties")
    found = owed(
        "controlled-substance-loss", date(2026, 3, 4), files=of_jurisdiction(files, "US-XX")
    )
    assert list(due(found)) == ["dea-notice", "state-notice", "dea-form-106"]
    assert of_jurisdiction(files, "US") == [LAW]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("calendar_days = 3", "calendar_days = 3, years = 1", "says one of calendar_days"),
        ("calendar_days = 3", "business_days = 3", "so it lists [[holiday]] and [observed]"),
        ("after =", 'settings = ["ward"]\nafter =', "names the setting 'ward'"),
        (
            "[[case]]",
            '[[event.note]]\nid = "n"\ntext = "t"\nsettings = ["ward"]\npolicy = true\n\n[[case]]',
            "names the setting 'ward'",
        ),
        (
            "[[case]]",
            '[[standing]]\nid = "n"\ntopic = "t"\ntext = "t"\n'
            'settings = ["ward"]\npolicy = true\n\n[[case]]',
            "names the setting 'ward'",
        ),
        (
            "setting = [",
            'setting = [{ id = "outpatient", title = "A" }, ',
            "'outpatient' stands in it twice",
        ),
        ("2026-03-07", "2026-03-08", "is due state-notice 2026-03-07"),
        ("due = {", 'undated = ["x"]\ndue = {', "leaves undated []"),
        ("due = {", 'notes = ["x"]\ndue = {', "notes []"),
        ('event = "controlled', 'event = "un-controlled', "no event is called"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_with_the_reason(tmp_path, old, new, reason):
    written(tmp_path, (old, new))
    [found] = reasons(tmp_path)
    assert reason in found


def test_one_deadline_of_business_days_among_others_asks_for_the_days_off(tmp_path):
    start, end = STATE.index("[[event.deadline]]"), STATE.index("[[case]]")
    second = STATE[start:end].replace("state-notice", "later")
    written(tmp_path, ("[[case]]", f"{second.replace('calendar_days', 'business_days')}[[case]]"))
    [found] = reasons(tmp_path)
    assert "so it lists [[holiday]] and [observed]" in found


def test_a_deadline_stands_once_in_its_event(tmp_path):
    twice = STATE[STATE.index("[[event.deadline]]") : STATE.index("[[case]]")]
    written(tmp_path, ("[[case]]", f"{twice}[[case]]"))
    assert "'state-notice' stands in it twice" in reasons(tmp_path)[0]


def test_a_source_that_the_file_does_not_list_is_refused(tmp_path):
    planted(tmp_path, "duties-us", ('source = "filing"', 'source = "filling"'))
    with pytest.raises(ContentError, match="no source 'filling'; did you mean 'filing'"):
        library.load(tmp_path)
