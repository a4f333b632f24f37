"""Everything that shows a session, asked for once: its page, floor, wall and both papers."""

from django.test import Client

from serein.server import clock
from serein.server.treatment.floor import tiles
from serein.server.treatment.paper.aftercare import aftercare_content, aftercare_pdf
from serein.server.treatment.paper.record import record_content, record_pdf
from tests.server.treatment.day import Day

SIGN_IN = "serein.server.accounts.adapter.HouseBackend"


def draw_pages(day: Day) -> str:
    """The session's page at this day's time, once every screen and both papers answered."""
    clock.set_to(day.now, frozen=True)
    tablet = Client()
    tablet.force_login(day.nurse, backend=SIGN_IN)
    tiles.forget()
    shown = {
        at: tablet.get(at) for at in (f"/sessions/{day.session.pk}/", "/floor/wall/", "/floor/")
    }
    assert {answer.status_code for answer in shown.values()} == {200}
    record_content(day.session, by=day.nurse, now=day.now)
    aftercare_content(day.session, by=day.nurse, now=day.now)
    return shown[f"/sessions/{day.session.pk}/"].content.decode()


def print_papers(day: Day) -> None:
    """Both papers as they would be printed now."""
    day.session.refresh_from_db()
    for paper in (record_pdf, aftercare_pdf):
        assert paper(day.session, by=day.nurse, now=day.now).startswith(b"%PDF")
