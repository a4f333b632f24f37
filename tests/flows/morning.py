"""The demo's morning, made once in a run: each flow begins with a copy of it."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.house_of_its_own import House, copy_of, new_house
from tests.serving import Server, serving

# A copy goes on from the time of the last line of its log, which is older than the first morning.
LAST_LINE = """
from django.db import transaction
from serein.server import clock
from serein.server.accounts.models import Clinic
from serein.server.audit import actions as audit
with transaction.atomic():
    clinic = Clinic.objects.get(name="Main St")
    audit.record(clinic=clinic, by=None, verb="test.acted", subject=None, now=clock.now())
"""


@contextmanager
def demo(folder: Path) -> Iterator[Server]:
    """The demo in that folder, at its morning."""
    with serve_demo(copy_of(morning(), folder)) as running:
        yield running


@functools.cache
def morning() -> House:
    """The demo's first morning: it is made once, and each flow begins with a copy of it."""
    folder = Path(tempfile.mkdtemp(prefix="serein-morning-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    house = new_house(folder / "data")
    with serve_demo(house):
        house.python(LAST_LINE, SEREIN_MODE="demo", SEREIN_CLOCK="test")
        return house


def serve_demo(house: House) -> AbstractContextManager[Server]:
    words = ("demo", "--no-open", "--data", str(house.folder))
    return serving(house.folder, *words, environment=house.environment)
