"""What is due counts from the reading that asks for it, and the latest is told first."""

from dataclasses import replace

import pytest

from serein.clinical.criteria import Moment
from serein.clinical.due import due_now
from serein.clinical.facts import Chart
from serein.clinical.protocols import Check, Protocol
from serein.clinical.vocabulary import Place, Term, criterion
from tests.clinical.chart import at, dosed, fact, fired, vitals

PRESSURES = ("bp.systolic", "bp.diastolic")
HIGH = criterion(
    {"all": [{"fact": code, "at_least": 100} for code in PRESSURES]},
    terms={code: Term(code, "mmHg") for code in PRESSURES},
    place=Place("some.v1.toml", "check.x.when"),
)


def check(name: str = "one", **more) -> Check:
    plain = {
        "id": name,
        "text": name,
        "panel": "vitals",
        "codes": PRESSURES,
        "anchor": "first-dose",
        "opens_min": 0,
        "due_min": 30,
        "overdue_min": 40,
        "every_min": None,
        "when": None,
        "is_before_dose": False,
        "overdue": None,
        "marks": frozenset(),
    }
    return Check(**{**plain, **more})


def due(protocol: Protocol, checks, *facts, now: str):
    moment = Moment(at(now), Chart.of(facts).by_code, {}, {"first-dose": at("08:00")})
    return due_now(replace(protocol, checks=tuple(checks)), moment, upcoming=None)


def test_what_is_overdue_is_told_before_what_has_been_due_for_longer(protocol):
    checks = [check("patient", due_min=5, overdue_min=90), check("late", due_min=30)]

    assert [item.id for item in due(protocol, checks, now="08:45")] == ["late", "patient"]


def test_a_check_comes_again_from_the_older_of_its_readings(protocol):
    readings = [fact("bp.systolic", 120, "08:10"), fact("bp.diastolic", 80, "08:20")]

    (again,) = due(protocol, [check(every_min=15)], *readings, now="08:21")

    assert again.due_at == at("08:25")


@pytest.mark.parametrize(("time", "is_taken"), [("08:04", False), ("08:05", True)])
def test_a_reading_counts_from_the_minute_its_window_opens(protocol, time, is_taken):
    readings = [fact(code, 90, time) for code in PRESSURES]

    assert (due(protocol, [check(opens_min=5)], *readings, now="08:30") == []) is is_taken


def test_a_check_that_readings_ask_for_counts_from_the_newest_of_them(protocol):
    readings = [fact("bp.systolic", 190, "08:10"), fact("bp.diastolic", 110, "08:20")]
    asked = check(when=HIGH, opens_min=2, due_min=5, overdue_min=9)

    (item,) = due(protocol, [asked], *readings, now="08:21")

    assert (item.opens_at, item.due_at, item.overdue_at) == (at("08:22"), at("08:25"), at("08:29"))


def test_what_is_due_names_the_fact_that_its_minutes_count_from(protocol):
    device = fact("device", {"outcome": "given"}, "08:00")
    readings = [fact("bp.systolic", 190, "08:10"), fact("bp.diastolic", 110, "08:20")]
    asked = check(when=HIGH, opens_min=2, due_min=5, overdue_min=9)
    known = {"now": "08:21"}

    (once,) = due(protocol, [check()], device, readings[0], **known)
    (again,) = due(protocol, [check(every_min=15)], device, *readings, **known)
    (recheck,) = due(protocol, [asked], device, *readings, **known)

    assert (once.since, again.since, recheck.since) == ((device,), (readings[0],), (readings[1],))


def test_a_missed_window_stays_missed_to_the_end_and_a_reading_written_down_late_fills_it(read):
    told = [*dosed(), *vitals("09:37")]
    assert "forty-minute-overdue" in fired(read(told, "09:37"))
    ended = [*told, fact("session.ended", {"ending": "released"}, "10:40")]
    assert "forty-minute-overdue" in fired(read(ended, "10:50"))
    left = [*dosed(), fact("session.ended", {"ending": "against-advice"}, "09:00")]
    assert "forty-minute-overdue" not in fired(read(left, "10:50"))

    for minute, missed in (("09:02", True), ("09:03", False), ("09:23", False), ("09:24", True)):
        late = [replace(each, recorded_at=at("09:40")) for each in vitals(minute)]
        found = fired(read([*told, *late], "09:41"))
        assert ("forty-minute-overdue" in found) is missed, minute
