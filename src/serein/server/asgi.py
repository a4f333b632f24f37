"""The entry of the server: the live feed is async, every other page is Django behind a2wsgi."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serein.server.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from starlette.applications import Starlette
from starlette.routing import Mount, Route

django_application = get_wsgi_application()

from serein.server import feed, live, logs, pages, sweeps  # noqa: E402  models are read after Django is set up
from serein.server.treatment.tasks import sweep_overdue  # noqa: E402  as above
from serein.server.watch import PostgresWatch, SqliteWatch, Watch  # noqa: E402  as above

SWEEPS = (sweeps.Sweep("overdue", sweep_overdue, every_s=10, deadline_s=60),)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the hub and the sweeps of this process, and end both when the server stops."""
    watch = _watch()
    hub = live.Hub(admit=feed.admit, read_versions=feed.read_versions, watch=watch)
    app.state.hub = hub
    live.open_hub(hub)
    running = asyncio.create_task(hub.run())
    sweeper = sweeps.Sweeper(SWEEPS)
    yield
    await asyncio.to_thread(sweeper.stop)
    live.open_hub(None)
    hub.close()
    watch.stop()
    await running


def _watch() -> Watch:
    if connection.vendor == "sqlite":
        return SqliteWatch()
    return PostgresWatch(heard=live.heard)


def build() -> logs.RequestLog:
    """The application that uvicorn runs."""
    # Threads wait for the disk at a commit; more than a few of them per core only queue there.
    django_pages = pages.Pages(django_application, workers=settings.SEREIN_THREADS)
    routes = [
        Route("/floor/live", feed.live, name="floor_live"),
        Mount("/", app=django_pages),
    ]
    return logs.RequestLog(Starlette(routes=routes, lifespan=lifespan))


application = build()
