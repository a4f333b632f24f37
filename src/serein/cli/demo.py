"""`serein demo`: a whole invented clinic in one command."""

import os
import shutil
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from serein.cli import framework
from serein.cli.answers import DemoData, refusals, refuse, say

HOST = "127.0.0.1"
PORT = 8000
# A Tuesday, a quarter past ten in New York: six chairs, four of them occupied. The clinic adopted
# its protocol sixty days before, and must have found it in force: it holds from March 2026.
OPENS_AT = datetime(2026, 10, 13, 14, 12, 41, tzinfo=UTC)


def demo(
    port: Annotated[
        int | None,
        typer.Option(help="The port; without it 8000, or a free one.", min=1, max=65535),
    ] = None,
    data: DemoData = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
    live_clock: Annotated[
        bool, typer.Option("--live-clock", help="Use the time of this machine.")
    ] = False,
) -> None:
    """Open an invented clinic: six chairs, four of them occupied, staff and a day under way.

    Without --data (or SEREIN_DATA) it lives in a temporary folder that is gone after Ctrl-C. With
    it, a second start finds everything as it was left, and the clock goes on from there.
    """
    is_named = data is not None or bool(os.environ.get("SEREIN_DATA"))
    is_kept = is_named or bool(os.environ.get("DATABASE_URL"))
    with _folder(is_named=is_named):
        os.environ["SEREIN_MODE"] = "demo"
        os.environ["SEREIN_CLOCK"] = "live" if live_clock else "test"
        framework.set_up()
        from serein.server import checks, folder_lock, serving  # noqa: PLC0415  after set_up()

        _refuse_real_clinic()
        with refusals():
            checks.refuse_to_touch()
        with refusals(), folder_lock.alone(framework.data_folder()):
            framework.migrate()
            checks.refuse_unsafe_start()
            listening = serving.bind(HOST, port or PORT, or_any=port is None)
            _make_or_resume(live_clock=live_clock)
            people = people_lines()
            address = f"http://{HOST}:{listening.getsockname()[1]}/"
            ready = partial(_ready, address, people, is_kept=is_kept, opens=not no_open)
            serving.run(listening, ready=ready)
    say("Stopped.")


@contextmanager
def _folder(*, is_named: bool) -> Iterator[None]:
    """The folder named, or a temporary one that is removed at the end."""
    if is_named:
        yield
        return
    folder = tempfile.mkdtemp(prefix="serein-demo-")
    os.environ["SEREIN_DATA"] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_real_clinic() -> None:
    """Look before anything is made or upgraded; where there are no tables, no clinic is kept."""
    from django.db import Error  # noqa: PLC0415  after Django

    from serein.server.accounts.models import Clinic  # noqa: PLC0415  after Django

    try:
        is_real = Clinic.objects.filter(is_invented=False).exists()
    except Error:
        return
    if is_real:
        refuse("A real clinic is kept here; a demo needs a folder or database of its own.")


def _make_or_resume(*, live_clock: bool) -> None:
    from django.db import transaction  # noqa: PLC0415  after Django

    from serein.server import clock  # noqa: PLC0415  after Django
    from serein.server.accounts.models import Clinic  # noqa: PLC0415  after Django
    from serein.server.audit.models import Event  # noqa: PLC0415  after Django
    from serein.server.demo.actions import make_demo  # noqa: PLC0415  after Django

    last = Event.objects.order_by("-at").values_list("at", flat=True).first()
    if not live_clock:
        clock.set_to(last or OPENS_AT)
    if not Clinic.objects.exists():
        say("Making an invented clinic; the first time takes a little while ...")
        # Whole or not at all: a start that was interrupted is made anew by the next.
        with transaction.atomic():
            make_demo(now=clock.now())


def _ready(address: str, people: list[str], *, is_kept: bool, opens: bool) -> None:
    from serein.server.demo.actions import PASSWORD  # noqa: PLC0415  after Django

    say(f"\nSerein answers at {address}\n")
    say(f"Everything in it is invented. The password of everybody is: {PASSWORD}\n")
    for line in people:
        say(line)
    say(f"\n{_ending(is_kept=is_kept)}")
    if opens and _has_screen():
        webbrowser.open(address)


def _ending(*, is_kept: bool) -> str:
    """What Ctrl-C ends: the demo, and what was entered too when nothing keeps it."""
    if is_kept:
        return "Ctrl-C stops it; what you entered is kept for the next start."
    return "Ctrl-C stops it and deletes what you entered; `serein demo --data FOLDER` keeps it."


def people_lines() -> list[str]:
    """Who can sign in, and as what, one line each."""
    from serein.server.accounts.models import Membership  # noqa: PLC0415  after Django

    rows = Membership.objects.select_related("user", "clinic").order_by("clinic__name", "role")
    titles: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        key = (row.clinic.name, row.user.username, str(row.user))
        titles.setdefault(key, []).append(str(row.get_role_display()).lower())
    return [
        f"  {username:<10} {name}, {' and '.join(roles)} at {clinic}"
        for (clinic, username, name), roles in titles.items()
    ]


def _has_screen() -> bool:
    """Whether a browser would open a window, and not take over this terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
