"""The timeline draws what was recorded, where it happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string

from serein.clinical.facts import Chart, Fact
from serein.server.library import library
from serein.server.treatment.paper.story import (
    LEFT,
    Mark,
    Run,
    Story,
    Threshold,
    Window,
    reach_of,
)
from serein.server.treatment.paper.timeline import (
    BAR_ROW,
    DEVICE_WIDTH,
    DOSE_TOP,
    MARK_WIDTH,
    NUMBER_WIDTH,
    OXYGEN,
    PAIR_WIDTH,
    PRESSURE,
    draw,
    in_words,
)

SEATED_AT = datetime(2025, 10, 14, 12, 30, tzinfo=UTC)
WORDS = {3: "loud voice only", 4: "slow to name", 5: "alert"}
RECORD = library().protocol("esketamine-trd-us").record
ZONE = ZoneInfo("America/New_York")


def taken(code, value, *, minute, panel=None, late_min=0):
    at = SEATED_AT + timedelta(minutes=minute)
    return Fact(
        id=uuid4(),
        code=code,
        value=value,
        effective_at=at,
        recorded_at=at + timedelta(minutes=late_min),
        by="A. Alvarez",
        panel=panel,
    )


def story(*facts, **more):
    reach = reach_of(SEATED_AT, until=SEATED_AT + timedelta(minutes=40))
    return Story(
        facts=Chart.of(facts),
        reach=reach,
        zone=ZONE,
        late_by=RECORD.late_by,
        sedation=WORDS,
        **more,
    )


def test_a_short_session_is_drawn_two_and_a_half_hours_wide():
    reach = reach_of(SEATED_AT, until=SEATED_AT + timedelta(minutes=40))

    assert reach.ends_at - reach.begins_at == timedelta(minutes=150)


def test_a_cuff_reading_is_one_bar_from_systolic_to_diastolic():
    panel = uuid4()
    drawing = draw(
        story(
            taken("bp.systolic", 162, minute=5, panel=panel),
            taken("bp.diastolic", 97, minute=5, panel=panel),
            thresholds=[Threshold("bp.systolic", 160)],
        )
    )

    (bar,) = drawing["pressures"]
    assert (bar["top"], bar["bottom"]) == (PRESSURE.y(162), PRESSURE.y(97))
    assert bar["is_high"]
    assert bar["words"] == "162/97 mmHg at 08:35, A. Alvarez"


def test_a_late_entry_says_how_late_it_was_entered():
    drawing = draw(story(taken("spo2", 97, minute=10, late_min=12)))

    (point,) = drawing["lines"][1]["points"]
    assert point["words"] == "SpO₂ 97 % at 08:40, A. Alvarez, entered 12 min later"
    assert point["y"] == OXYGEN.y(97)


def test_a_correction_is_told_as_one_and_not_as_a_late_entry():
    wrong = taken("spo2", 79, minute=10)
    right = replace(taken("spo2", 97, minute=10, late_min=12), by="A. Lind", replaces=wrong.id)

    (point,) = draw(story(wrong, right))["lines"][1]["points"]
    assert point["words"] == "SpO₂ 97 % at 08:40, corrected by A. Lind"


def test_a_value_beyond_the_scale_stays_at_the_edge_of_its_lane():
    assert PRESSURE.y(260) == PRESSURE.top
    assert OXYGEN.y(60) == OXYGEN.bottom


def test_a_sedation_holds_until_the_next_one_is_taken():
    drawing = draw(story(taken("sedation", 4, minute=20), taken("sedation", 5, minute=35)))

    drowsy, alert = drawing["steps"]
    assert (drowsy["shown"], drowsy["height"] > 0) == ("slow to name", True)
    assert (alert["shown"], alert["height"], alert["width"]) == ("alert", 0, 0)
    assert drowsy["x"] + drowsy["width"] == alert["x"]


def test_ticks_stand_on_the_quarters_of_the_clinics_wall_clock():
    words = [tick["words"] for tick in draw(story())["hours"]]

    assert words[:4] == ["08:30", "", "09:00", ""]


def test_an_empty_session_draws_its_lanes_and_says_that_nothing_was_taken():
    empty = story()

    svg = render_to_string("treatment/timeline.svg", {**draw(empty), "in_words": in_words(empty)})

    assert "BP" in svg
    assert "never taken" in svg


def test_words_from_people_are_escaped_in_the_drawing():
    window = Window("<script>", SEATED_AT, SEATED_AT + timedelta(minutes=5))
    device = Mark('"1"', SEATED_AT, sign="1")
    marked = story(windows=[window], devices=[device])

    svg = render_to_string("treatment/timeline.svg", {**draw(marked), "in_words": "x"})

    assert "<script>" not in svg


def crowd():
    """Fourteen sets, 1.3 minutes apart, and much that happened in the same minutes."""
    facts = []
    for place in range(14):
        minute, panel = 5 + 1.3 * place, uuid4()
        values = {
            "bp.systolic": 186 if place in (6, 7) else 128,
            "bp.diastolic": 82,
            "heart-rate": 76 + place,
            "spo2": 90 if place == 5 else 98,
            "sedation": (5, 4, 3)[place % 3],
            "dissociation": ("none", "severe")[place % 2],
        }
        facts += [taken(code, one, minute=minute, panel=panel) for code, one in values.items()]
    at = [SEATED_AT + timedelta(minutes=minute) for minute in (4, 9, 11, 11.5, 11.6, 13, 149.9)]
    return story(
        *facts,
        devices=[Mark(f"device {place}", one, str(place)) for place, one in enumerate(at[:4])],
        events=[Mark(f"alert {place}", one, "▲") for place, one in enumerate(at)],
        thresholds=[Threshold("bp.systolic", 160)],
    )


def test_every_mark_of_a_crowded_hour_stands_at_its_time_and_none_covers_another():
    told = crowd()
    drawing = draw(told)

    for marks, drawn, width in (
        (told.devices, drawing["devices"], DEVICE_WIDTH),
        (told.events, drawing["events"], MARK_WIDTH),
    ):
        assert {one["x"] for one in drawn} <= {told.reach.x(mark.at) for mark in marks}
        assert sum(one["count"] for one in drawn) == len(marks)
        assert all(one["y"] < drawing["height"] for one in drawn)
        for first, second in combinations(drawn, 2):
            assert first["y"] != second["y"] or abs(first["x"] - second["x"]) >= width
    assert drawing["devices"][-1]["y"] < drawing["events"][0]["y"]


def test_marks_of_one_minute_are_one_with_their_number_and_the_words_of_each():
    (one,) = draw(story(events=[Mark(f"alert {place}", SEATED_AT, "▲") for place in range(3)]))[
        "events"
    ]

    assert one["count"] == 3
    assert one["words"] == "alert 0, 08:30; alert 1, 08:30; alert 2, 08:30"


def test_every_step_of_a_crowded_hour_is_as_wide_as_its_value_held():
    told = crowd()

    for code in ("sedation", "dissociation"):
        steps = [one for one in draw(told)["steps"] if one["words"].startswith(code)]
        at = [told.reach.x(fact.effective_at) for fact in told.facts.all(code)]
        assert [one["x"] for one in steps] == at
        assert [one["x"] + one["width"] for one in steps[:-1]] == pytest.approx(at[1:])
        assert len({one["height"] for one in steps}) == len({one["word"] for one in steps})


def test_the_labels_of_a_crowded_hour_stand_at_their_readings_and_cover_nothing():
    drawing = draw(crowd())

    for drawn, width in (
        (drawing["pressures"], PAIR_WIDTH),
        (drawing["lines"][0]["points"], NUMBER_WIDTH),
    ):
        shown = [one for one in drawn if one["value"]]
        assert shown[-1] is drawn[-1]
        assert all(one["label_x"] == one["x"] for one in shown[1:])
        assert all(b["label_x"] - a["label_x"] >= width for a, b in pairwise(shown))
    high, *_ = [one["value"] for one in drawing["pressures"] if one["is_high"]]
    assert high == "186/82"
    assert 90 in [one["value"] for one in drawing["lines"][1]["points"]]


def test_the_first_label_leaves_the_numbers_of_the_axis_free():
    panel = uuid4()
    facts = [
        taken("bp.systolic", 162, minute=0, panel=panel),
        taken("bp.diastolic", 97, minute=0, panel=panel),
        taken("spo2", 97, minute=0),
    ]

    drawing = draw(story(*facts))

    assert drawing["pressures"][0]["label_x"] - 20 > LEFT
    assert drawing["lines"][1]["points"][0]["label_x"] - 9 > LEFT


def test_labels_of_close_readings_do_not_cover_one_another():
    panels = [uuid4() for _ in range(4)]
    facts = [
        taken(code, value, minute=5 * place, panel=panel)
        for place, panel in enumerate(panels)
        for code, value in (("bp.systolic", 140), ("bp.diastolic", 90))
    ]

    shown = [one["label_x"] for one in draw(story(*facts))["pressures"] if one["value"]]

    assert 1 < len(shown) < 5
    assert all(later - earlier >= 40 for earlier, later in pairwise(shown))


def at(minute):
    return SEATED_AT + timedelta(minutes=minute)


def test_an_infusion_is_a_bar_as_high_as_its_rate_above_the_acts_at_its_pump():
    runs = [Run("60 mL/h", at(30), at(40), 1), Run("30 mL/h", at(45), at(70), 0.5)]
    acts = [Mark("started", at(30), "▶"), Mark("paused", at(40), "‖")]
    drawn = draw(story(runs=runs, devices=acts))
    full, half = drawn["runs"]

    assert full["height"] == 2 * half["height"]
    assert full["y"] + full["height"] == half["y"] + half["height"] <= DOSE_TOP + BAR_ROW
    assert full["x"] + full["width"] < half["x"], "nothing runs while it is paused"
    assert full["x"] == drawn["devices"][0]["x"]
    assert min(one["y"] for one in drawn["devices"]) == DOSE_TOP + BAR_ROW
    assert draw(story(devices=acts))["devices"][0]["y"] == DOSE_TOP
