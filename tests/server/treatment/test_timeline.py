"""The timeline draws what was recorded, where it happened."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from serein.clinical.facts import Chart, Fact
from serein.server.treatment.paper.timeline import (
    LEFT,
    MARK_WIDTH,
    OXYGEN,
    PRESSURE,
    RIGHT,
    Mark,
    Story,
    Threshold,
    Window,
    draw,
    in_words,
    reach_of,
)

SEATED_AT = datetime(2025, 10, 14, 12, 30, tzinfo=UTC)
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
    return Story(facts=Chart.of(facts), reach=reach, zone=ZONE, late_min=5, **more)


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


def test_a_value_beyond_the_scale_stays_at_the_edge_of_its_lane():
    assert PRESSURE.y(260) == PRESSURE.top
    assert OXYGEN.y(60) == OXYGEN.bottom


def test_a_sedation_holds_until_the_next_one_is_taken():
    drawing = draw(story(taken("sedation", 4, minute=20), taken("sedation", 5, minute=35)))

    drowsy, alert = drawing["sedation"]
    assert (drowsy["word"], drowsy["is_calm"]) == ("slow to name", False)
    assert (alert["word"], alert["is_calm"]) == ("alert", True)
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


def test_marks_of_close_moments_stand_beside_one_another_within_the_frame():
    at = SEATED_AT + timedelta(minutes=149)
    marks = [Mark(f"note {count}", at + timedelta(seconds=count)) for count in range(4)]

    for row in ("devices", "events"):
        placed = [one["x"] for one in draw(story(**{row: marks}))[row]]
        gaps = [later - earlier for earlier, later in pairwise(placed)]
        assert min(gaps) >= MARK_WIDTH - 0.2
        assert placed[-1] <= RIGHT


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


def test_the_last_box_of_a_scale_stays_within_the_frame():
    drawing = draw(story(taken("sedation", 4, minute=100), taken("sedation", 5, minute=150)))

    last = drawing["sedation"][-1]
    assert last["x"] + last["width"] <= RIGHT


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
