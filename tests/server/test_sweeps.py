"""Sweeps start from the clock, outlive what breaks in them, and say when they no longer run."""

import json
import threading
import time
import urllib.request
from datetime import UTC, datetime

import pytest

from serein.server import checks, sweeps
from serein.server.sweeps import Sweep, Sweeper
from tests.house_of_its_own import new_house
from tests.serving import serving

NOW = datetime(2025, 10, 14, 14, 12, 41, tzinfo=UTC)
AT_WORK = {
    "DJANGO_SETTINGS_MODULE": "serein.server.settings",
    "SEREIN_MODE": "demo",
    "SEREIN_CLOCK": "test",
}
FORWARD = """
from datetime import timedelta
from serein.server import clock
clock.advance(timedelta(minutes=45))
"""


@pytest.fixture
def sweeper():
    """Runs these sweeps until the test ends."""
    begun = []

    def begin(*some):
        begun.append(Sweeper(some, now=lambda: NOW))
        return begun[-1]

    yield begin
    for one in begun:
        one.stop()


def until(is_so):
    gives_up_at = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < gives_up_at
        time.sleep(0.005)


def test_a_sweep_runs_at_once_and_again_without_any_request(sweeper):
    times = []
    sweeper(Sweep("count", lambda *, now: times.append(now), every_s=0.01, deadline_s=60))

    until(lambda: len(times) >= 3)
    assert set(times) == {NOW}
    assert sweeps.standing()["count"].well_on is not None
    assert sweeps.late() == []


def test_a_pass_that_breaks_is_no_success_and_the_next_one_runs(sweeper):
    passes = []

    def breaks_first(*, now):
        passes.append(now)
        if len(passes) == 1:
            raise RuntimeError("the first pass")

    sweeper(Sweep("shaky", breaks_first, every_s=0.01, deadline_s=60))
    until(lambda: len(passes) >= 2 and sweeps.standing()["shaky"].well_at is not None)


def test_a_sweep_that_never_succeeds_is_late_and_every_page_says_so(sweeper):
    def breaks(*, now):
        raise RuntimeError(str(now))

    sweeper(Sweep("broken", breaks, every_s=0.01, deadline_s=0.02))
    until(lambda: sweeps.late() == ["broken"])

    [said] = checks.late_sweeps()
    assert "watch every chair yourself" in said


def test_one_sweep_that_breaks_does_not_hold_up_another(sweeper):
    ran = threading.Event()

    def breaks(*, now):
        raise RuntimeError(str(now))

    def good(*, now):
        assert now == NOW
        ran.set()

    sweeper(
        Sweep("broken", breaks, every_s=60, deadline_s=60),
        Sweep("good", good, every_s=60, deadline_s=60),
    )
    assert ran.wait(5)


def test_after_the_stop_nothing_is_said_of_it(sweeper):
    one = sweeper(Sweep("gone", lambda *, now: now, every_s=0.01, deadline_s=60))
    one.stop()
    assert "gone" not in sweeps.standing()


def test_a_served_floor_opens_what_is_overdue_with_no_request_at_all(tmp_path):
    house = new_house(tmp_path / "house")
    words = ("demo", "--no-open", "--data", str(house.folder))
    with serving(house.folder, *words, environment=house.environment) as server:
        before = alerts(house)
        house.python(FORWARD, **AT_WORK)
        until_long(lambda: alerts(house) > before)
        opened = alerts(house)
        with urllib.request.urlopen(f"{server.url}/healthz") as answer:  # noqa: S310  our own address
            told = json.load(answer)["sweeps"]["overdue"]
        assert told["last_success"] is not None
        assert (told["deadline_s"], told["is_late"]) == (60, False)
        time.sleep(11)
        assert alerts(house) == opened, "the next pass opens nothing twice"


def alerts(house):
    return int(
        house.python(
            "from serein.server.alerts.models import Alert; print(Alert.objects.count())", **AT_WORK
        )
    )


def until_long(is_so):
    gives_up_at = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < gives_up_at, "no pass opened anything within 30 s"
        time.sleep(0.5)
