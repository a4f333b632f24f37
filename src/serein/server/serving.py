"""Running the server: one socket, one process, and a Ctrl-C that ends open feeds at once."""

import errno
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from serein.clinical.errors import SereinError
from serein.server import live

# A page in flight may finish; an open feed is told to end and reconnects by itself.
GRACE_S = 5


class PortTakenError(SereinError):
    """Another program listens on this port; choose another with --port."""


class Server(uvicorn.Server):
    """uvicorn, which says when it is ready and ends the live feeds before it waits for them."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[], None]) -> None:
        """Keep what is called when the first request can be answered."""
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if not self.should_exit:
            self.ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop: first the feeds, so that nothing is left to wait for.

        A second Ctrl-C changes nothing: the stop takes no longer than the grace.
        """
        if not self.should_exit:
            live.close_hub()
            super().handle_exit(sig, frame)


def bind(host: str, port: int, *, or_any: bool = False) -> socket.socket:
    """A listening socket; with `or_any`, on a free port when this one is taken.

    Raises:
        PortTakenError: Somebody else listens there.
    """
    try:
        return _prompt(socket.create_server((host, port)))
    except OSError as reason:
        if reason.errno != errno.EADDRINUSE:
            raise PortTakenError(f"cannot listen on {host}:{port}: {reason.strerror}") from reason
        if or_any:
            return _prompt(socket.create_server((host, 0)))
        raise PortTakenError(
            f"another program listens on port {port}; choose another with --port"
        ) from reason


def _prompt(listening: socket.socket) -> socket.socket:
    """Send each answer at once: held back to be joined with more, it waits 40 ms for nothing."""
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def run(listening: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    config = uvicorn.Config(
        "serein.server.asgi:application",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE_S,
    )
    try:
        Server(config, ready=ready).run(sockets=[listening])
    except KeyboardInterrupt:
        # uvicorn has stopped cleanly and raises the signal once more.
        return
