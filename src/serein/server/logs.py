"""Logs: one JSON object a line on standard error, with a request id; no name, answer or token."""

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.types import EventDict, ExcInfo, Processor

from serein.server.ids import new_id

# Long runs of letters and digits are tokens; an id (8-4-4-4-12) is what a log is searched by.
TOKEN = re.compile(r"(?<![\w-])(?![0-9a-f]{8}-[0-9a-f]{4}-)[\w-]{20,}")
REQUEST_ID = b"x-request-id"
QUIET = frozenset({"/healthz", "/floor/live"})
log = structlog.get_logger("serein.request")


class RequestLog:
    """One line for each request: method, path without tokens, status, milliseconds."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request an id, which the answer carries too."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = str(new_id())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        begun = time.perf_counter()
        status = 500

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_marked)
        finally:
            spent_ms = round((time.perf_counter() - begun) * 1000, 1)
            write = log.debug if scope["path"] in QUIET and status < 400 else log.info  # noqa: PLR2004  refusals
            write("request", method=scope["method"], path=scope["path"], status=status, ms=spent_ms)


def configure(*, is_quiet: bool = False) -> None:
    """Send the logs of the house and of its libraries to standard error, as JSON.

    Args:
        is_quiet: Warnings only: the terminal of a demo is for its address and its people.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_tokens,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _frames,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [output]
    root.setLevel(logging.WARNING if is_quiet else logging.INFO)
    for name in ("django", "uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
    # One line per request is written above; Django's says the same again.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


def _without_tokens(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for key in ("event", "path"):
        if isinstance(text := event.get(key), str):
            event[key] = TOKEN.sub("…", text)
    return event


def _frames(_logger: Any, _method: str, event: EventDict) -> MutableMapping[str, Any]:
    """An error by its kind and the lines it came through; its message may quote what was typed."""
    given: ExcInfo | bool | None = event.pop("exc_info", None)
    found = sys.exc_info() if given is True else given
    if isinstance(found, tuple) and found[0] is not None:
        event["error"] = found[0].__name__
        event["frames"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(found[2])
        ]
    return event
