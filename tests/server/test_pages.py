"""Django's pages inside the event loop."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from serein.server.pages import Pages

REQUEST = {
    "type": "http",
    "method": "POST",
    "path": "/note/",
    "query_string": b"",
    "http_version": "1.1",
    "headers": [],
}
Message = dict[str, Any]


def answer(app: Any, send: Any, *, body: list[bytes]) -> None:
    """One request with this body, on a loop of its own."""
    parts = [
        {"type": "http.request", "body": part, "more_body": number < len(body)}
        for number, part in enumerate(body, start=1)
    ]

    async def receive() -> Message:
        return parts.pop(0)

    pages = Pages(app, workers=2)
    asyncio.run(pages(dict(REQUEST), receive, send))


def test_an_answer_arrives_whole_and_in_order() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("201 Created", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read(), b", ", b"kept"]

    answer(app, send, body=[b"wri", b"tten"])

    assert sent[0]["status"] == 201
    assert b"".join(message["body"] for message in sent[1:]) == b"written, kept"
    assert not sent[-1].get("more_body")


def test_the_thread_that_answers_is_free_before_the_loop_has_sent_anything() -> None:
    is_free = threading.Event()
    was_free: list[bool] = []

    async def send(_message: Message) -> None:
        was_free.append(is_free.wait(5))  # the loop does nothing else meanwhile

    def app(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            yield b"a page"
        finally:
            is_free.set()

    answer(app, send, body=[b""])

    assert all(was_free)
    assert len(was_free) == 3


def test_a_page_that_fails_is_the_servers_to_answer() -> None:
    async def send(_message: Message) -> None:
        raise AssertionError("nothing was to be sent")

    def app(_environ: Any, _start_response: Any) -> list[bytes]:
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError, match="the database is gone"):
        answer(app, send, body=[b""])
