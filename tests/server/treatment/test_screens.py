"""Whatever came of the devices, every screen shows the session and no clock starts at nothing."""

import pytest

from serein.server.treatment import actions
from serein.server.treatment.floor import board
from serein.server.treatment.queries import floor, observations, reading
from tests.server.treatment.screens import draw_pages, print_papers

pytestmark = pytest.mark.usefixtures("server_clock")


@pytest.mark.parametrize("outcome", ["given", "partly", "failed", "refused"])
def test_every_screen_shows_a_session_whatever_came_of_the_first_device(day, outcome):
    day.check()
    day.order()
    day.device(1, outcome=outcome)
    day.later(3)

    assert draw_pages(day)
    print_papers(day)


def test_a_failed_first_device_is_timed_from_its_own_try(day):
    day.later(6)
    day.check()
    day.order()
    day.device(1, outcome="failed")
    tried_at = day.now
    day.later(3)

    assert reading(day.session, now=day.now).begun_at == tried_at
    [tile] = floor(day.nurse, day.session.clinic, now=day.now)
    face = board.face(tile, observations=observations())
    assert (face.since, face.caption) == (tried_at, "since the first try, nothing given")
    page = draw_pages(day)
    assert "0:03:00" in page
    assert "since the first try, nothing given" in page


def test_before_any_try_the_clock_runs_from_the_chair(day):
    day.later(2)

    assert reading(day.session, now=day.now).begun_at == day.session.seated_at
    assert "0:02:00" in draw_pages(day)


@pytest.mark.parametrize("kind", ["not-dosed", "against-advice", "transfer", "death"])
def test_every_screen_shows_a_visit_that_ended_without_a_dose(day, kind):
    day.check()
    day.order()
    day.device(1, outcome="failed")
    day.act(actions.end_session, kind=kind, told="Dr Lind", state="awake")
    day.session.refresh_from_db()

    assert draw_pages(day)
    print_papers(day)
