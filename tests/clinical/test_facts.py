from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from serein.clinical.facts import Chart, Fact, entered_together
from tests.clinical.chart import at, corrected, fact


def test_times_are_held_in_utc():
    local = datetime(2025, 10, 14, 10, 0, tzinfo=ZoneInfo("America/New_York"))
    told = Fact(uuid4(), "spo2", 98, local, local)
    assert told.effective_at == at("14:00")
    assert told.effective_at.tzinfo is UTC


def test_a_time_without_a_zone_is_impossible():
    bare = datetime(2025, 10, 14, 10, 0)  # noqa: DTZ001 - the point of the test
    with pytest.raises(AssertionError, match="spo2 has no zone"):
        Fact(uuid4(), "spo2", 98, bare, bare)


def test_the_chart_reads_facts_by_when_they_were_true():
    late = fact("spo2", 95, "09:00", recorded_at=at("11:00"))
    newest = fact("spo2", 98, "10:00")
    chart = Chart.of([newest, late])
    assert chart.all("spo2") == [late, newest]
    assert chart.latest("spo2") == newest
    assert chart.latest("respiration") is None


def test_a_correction_stands_in_place_of_what_it_corrects():
    wrong = fact("spo2", 89, "09:00")
    right = corrected(wrong, 98, "09:05")
    again = corrected(right, 97, "09:06")
    assert Chart.of([again, wrong, right]).all("spo2") == [again]


def test_what_was_corrected_later_was_wrong_then_too():
    wrong = fact("spo2", 89, "09:00")
    moved = fact("spo2", 98, "09:20", replaces=wrong.id)
    assert Chart.of([wrong, moved], now=at("09:10")).all("spo2") == []


def test_a_set_is_its_panel_or_else_what_one_entry_stored():
    panel, told_at = uuid4(), at("09:02")
    upper, lower = (fact(code, 120, "09:00", panel=panel) for code in ("bp.systolic", "spo2"))
    answer, other = (fact(code, True, "09:00", recorded_at=told_at) for code in ("a", "b"))
    later = fact("c", True, "09:00", recorded_at=at("09:03"))
    known = [upper, lower, answer, other, later]

    assert entered_together(known, upper) == [upper, lower]
    assert entered_together(known, other) == [answer, other]
    assert entered_together(known, later) == [later]


def test_a_corrected_value_stays_of_its_entry_and_the_wrong_one_is_of_none():
    answer, other = (fact(code, True, "09:00") for code in ("a", "b"))
    right = fact("a", False, "09:00", recorded_at=at("09:30"), replaces=answer.id)
    known = [answer, other, right]

    assert entered_together(known, other) == [other, right]
    assert answer not in entered_together(known, answer)
