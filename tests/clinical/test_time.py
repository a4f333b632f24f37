from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from serein.clinical import library
from serein.clinical.monitoring import fired_by, read_session
from tests.clinical.chart import (
    at,
    blocker_ids,
    corrected,
    device,
    dosed,
    fact,
    facts,
    fired,
    leaving,
    order,
    ready,
    vitals,
)


def test_a_change_of_clocks_shortens_no_observation(shelf, protocol):
    zone = ZoneInfo("America/New_York")
    start = datetime(2025, 11, 2, 0, 30, tzinfo=zone)
    shift = start - at("08:33")
    told = [
        replace(
            each,
            id=uuid4(),
            effective_at=(each.effective_at + shift).astimezone(zone),
            recorded_at=(each.recorded_at + shift).astimezone(zone),
        )
        for each in dosed()
    ]
    wall = datetime(2025, 11, 2, 1, 40, tzinfo=zone, fold=1)
    reading = read_session(protocol, told, now=wall, dictionary=shelf.dictionary)
    assert reading.minutes_since_last == 125
    early = datetime(2025, 11, 2, 1, 34, fold=1, tzinfo=zone)
    reading = read_session(protocol, told, now=early, dictionary=shelf.dictionary)
    assert "time" in blocker_ids(reading)


def test_a_fact_of_the_future_does_not_count_yet(read):
    told = [*ready(), device(1, "08:33")]
    reading = read(told, "08:32")
    assert reading.first_dose_at is None
    assert reading.next_change_at == at("08:33")


def test_the_next_change_is_never_this_very_moment(read):
    told = [*ready(), device(1, "08:33")]
    assert read(told, "08:37").next_change_at == at("08:38"), "the end of the rest"
    assert read(told, "08:38").next_change_at > at("08:38")


def test_values_grow_old(read):
    reading = read(ready(), "08:30")
    assert not reading.is_stale["bp.systolic"]
    assert reading.stale_at["bp.systolic"] == at("09:05")
    assert read(ready(), "09:05").is_stale["bp.systolic"]
    assert "sedation" not in reading.is_stale


def test_an_ended_session_stands_still(read):
    told = [*dosed(), *leaving(), fact("session.ended", {"ending": "released"}, "10:40")]
    reading = read(told, "12:00")
    assert (reading.stage, reading.ended_at, reading.at) == ("ended", at("10:40"), at("10:40"))
    assert reading.minutes_since_first == 127
    assert reading.due == []
    assert reading.next_device is None
    assert reading.next_change_at is None
    assert not reading.release.may_release
    assert not reading.may_end_undosed


GONE = fact("session.ended", {"ending": "released"}, "10:40")


def test_after_the_end_an_alert_of_the_session_stays_and_a_later_one_takes_the_place_of_its_own(
    read,
):
    told = [*dosed(), *vitals("09:13", 185, 96), *leaving(), GONE]
    late = fact("danger.chest-pain", True, "11:00")
    stood = {hit.rule for hit in read(told, "11:05").alerts}
    after = {hit.rule for hit in read([*told, late], "11:05").alerts}
    assert after == {*stood, "danger-chest-pain"}
    early = fact("danger.chest-pain", True, "10:30")
    once = read([*dosed(), early, *leaving(), GONE, late], "11:05").alerts
    (pain,) = (hit for hit in once if hit.rule == "danger-chest-pain")
    assert pain.evidence[-1].effective_at == at("11:00")


def test_a_rise_measured_after_the_end_fires_though_its_baseline_was_before(read):
    told = [*dosed(), *leaving(), GONE, *vitals("11:00", 175)]
    assert "pressure-rise" in fired(read(told, "11:05"))


def test_a_rise_seen_again_fires_again_though_its_baseline_is_the_old_one(shelf, protocol):
    told = [*dosed(), *vitals("09:13", 175)]
    new = vitals("09:20", 175)
    hits = fired_by(protocol, [*told, *new], new=new, now=at("09:20"), dictionary=shelf.dictionary)
    assert "pressure-rise" in {hit.rule for hit in hits}


def test_what_happens_after_the_end_fires_and_changes_nothing_of_how_it_ended(read):
    told = [*dosed(), *leaving(), fact("session.ended", {"ending": "released"}, "10:40")]
    before = read(told, "11:00")
    after = read([*told, fact("danger.seizure", True, "10:50")], "11:00")
    assert after.latest == before.latest
    assert after.release == before.release
    new = [hit for hit in after.alerts if hit.rule not in {one.rule for one in before.alerts}]
    assert new
    assert {one.code for hit in new for one in hit.evidence} == {"danger.seizure"}


def test_what_is_due_is_ordered_by_urgency(read):
    told = [*dosed(), *vitals("08:50", 165, 100)]
    states = [item.state for item in read(told, "09:13").due]
    assert states == ["overdue", "due", "due", "later"]


def test_a_late_crossing_reaches_somebody_although_the_newest_value_is_well(shelf, protocol):
    told = [*dosed(), *vitals("09:20"), fact("sedation", 5, "09:20")]
    late = fact("spo2", 85, "09:10", recorded_at=at("09:30"))
    hits = fired_by(
        protocol, [*told, late], new=[late], now=at("09:30"), dictionary=shelf.dictionary
    )
    assert [hit.rule for hit in hits] == ["oxygen-low"]


def test_what_fired_before_is_not_fired_again_by_other_facts(shelf, protocol):
    told = [*dosed(), *vitals("09:13", 185, 96)]
    more = facts("09:20", {"nausea": "mild"})
    again = fired_by(
        protocol, [*told, *more], new=more, now=at("09:20"), dictionary=shelf.dictionary
    )
    assert again == []
    first = fired_by(protocol, told, new=told[-5:], now=at("09:13"), dictionary=shelf.dictionary)
    assert [hit.rule for hit in first] == ["pressure-severe", "pressure-high", "pressure-rise"]


def test_a_correction_that_shuts_a_gate_after_the_dose_fires(shelf, protocol):
    told = dosed()
    consent = next(each for each in told if each.code == "consent.seen")
    wrong = corrected(consent, False, "09:00")
    hits = fired_by(
        protocol, [*told, wrong], new=[wrong], now=at("09:00"), dictionary=shelf.dictionary
    )
    assert "dose-outside-gate" in {hit.rule for hit in hits}


def test_an_order_from_before_the_seating_fires_as_of_the_seating(shelf, protocol):
    told = ready(number=1)
    late = order(84, "08:10")
    hits = fired_by(
        protocol, [*told, late], new=[late], now=at("08:30"), dictionary=shelf.dictionary
    )
    assert [hit.rule for hit in hits] == ["order-outside"]


SHELF = library.load()
PROTOCOL = SHELF.protocol("esketamine-trd-us")


def told_by_time(reading):
    return (
        reading.stage,
        reading.next_device,
        [each.verdict for each in reading.gates],
        {(item.id, item.state, item.due_at) for item in reading.due},
        fired(reading),
        [(each.id, each.verdict) for each in reading.release.findings],
        reading.release.may_release,
        reading.is_stale,
    )


STORY = [
    *dosed(),
    *vitals("09:13", 162, 97),
    *vitals("09:20"),
    fact("sedation", 5, "09:21"),
    *leaving(),
]


@settings(max_examples=120, deadline=None)
@given(
    st.sets(st.integers(0, len(STORY) - 1)),
    st.integers(0, 200 * 60),
    st.floats(0, 1, exclude_max=True),
)
def test_nothing_changes_by_time_alone_before_next_change(left_out, second, share):
    kept = [each for index, each in enumerate(STORY) if index not in left_out]
    now = at("08:10") + timedelta(seconds=second)
    reading = read_session(PROTOCOL, kept, now=now, dictionary=SHELF.dictionary)
    horizon = reading.next_change_at or now + timedelta(hours=5)
    assert horizon > now
    then = min(now + (horizon - now) * share, horizon - timedelta(microseconds=1))
    later = read_session(PROTOCOL, kept, now=then, dictionary=SHELF.dictionary)
    assert told_by_time(later) == told_by_time(reading)


@settings(max_examples=120, deadline=None)
@given(st.sets(st.integers(0, len(STORY) - 1)), st.integers(0, 170 * 60))
def test_nobody_is_released_early_or_on_a_missing_reading(left_out, second):
    kept = [each for index, each in enumerate(STORY) if index not in left_out]
    now = at("08:10") + timedelta(seconds=second)
    reading = read_session(PROTOCOL, kept, now=now, dictionary=SHELF.dictionary)
    if reading.release.may_release:
        assert reading.last_dose_at is not None
        assert now - reading.last_dose_at >= timedelta(minutes=120)
        needed = {"bp.systolic", "spo2", "respiration", "sedation", "dissociation"}
        assert needed <= set(reading.latest)
