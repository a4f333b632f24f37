"""Django's pages inside the event loop: a2wsgi, with answers that nobody waits for.

As it comes, a2wsgi holds the thread that answers until the loop has taken each part of the answer:
head, body, end. A page is whole before its head is sent, so the thread may hand over all parts and
go on; what it spares is four changes of thread a page (docs/decisions/0015).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import WSGIResponder
from starlette.types import Receive, Scope, Send

WITHOUT_END = 0


class Pages:
    """An ASGI application for a WSGI one.

    Args:
        app: The WSGI application; every answer of it is whole in memory or a small file.
        workers: How many answers are made at a time, each in a thread of its own.
    """

    def __init__(self, app: Any, *, workers: int) -> None:
        """Threads are started as they are needed."""
        self._app = app
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer: Any = _Answer(self._app, self._threads, WITHOUT_END)
        await answer(scope, receive, send)


class _Answer(WSGIResponder):
    """One answer, whose parts are handed to the loop in their order."""

    def send(self, message: Any) -> None:
        self.loop.call_soon_threadsafe(self.send_queue.put_nowait, message)
