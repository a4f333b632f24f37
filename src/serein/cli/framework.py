"""Setting Django up for a command, and bringing the database's tables up to date."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from serein.cli.answers import refuse


def set_up(*, is_quiet: bool = True) -> None:
    """Read the settings and the models; every command that touches the database calls it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serein.server.settings")
    import django  # noqa: PLC0415  half a second that `serein --help` does not need

    django.setup()
    from serein.server import logs  # noqa: PLC0415  after Django

    logs.configure(is_quiet=is_quiet)


def data_folder() -> Path:
    """The data folder of this command."""
    from django.conf import settings  # noqa: PLC0415  after set_up()

    return Path(settings.SEREIN_DATA)


def need_house() -> None:
    """Refuse when nothing has been set up where the command looks."""
    from serein.server import checks  # noqa: PLC0415  after set_up()

    missing = [found for found in checks.tables() if found.level == "error"]
    if missing:
        refuse(checks.in_words(missing))


def migrate() -> None:
    """Make the tables or bring them up to date; one process at a time on PostgreSQL."""
    from django.core.management import call_command  # noqa: PLC0415  after set_up()

    data_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    _make_private_file()
    with _one_at_a_time():
        call_command("migrate", verbosity=0, interactive=False)


def _make_private_file() -> None:
    """Make SQLite's file for its owner alone; SQLite gives the ones beside it the same rights."""
    from django.db import connection  # noqa: PLC0415  after set_up()

    if connection.vendor == "sqlite":
        with suppress(FileExistsError):
            file = connection.settings_dict["NAME"]
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold PostgreSQL's lock for the upgrade, on a connection of its own that lets go by closing.

    SQLite has one serving process.
    """
    from django.db import connection, connections  # noqa: PLC0415  after set_up()

    if connection.vendor != "postgresql":
        yield
        return
    waiting = connections.create_connection("default")
    try:
        with waiting.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('serein.migrate'))")
        yield
    finally:
        waiting.close()


def now() -> datetime:
    """The server's time, for a command that writes."""
    from serein.server import clock  # noqa: PLC0415  after set_up()

    return clock.now()
