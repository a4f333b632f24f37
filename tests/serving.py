"""A real server of the project's own, as a child process, for flows, kills and benches."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

READY_WITHIN_S = 60.0


@dataclass
class Server:
    """One serving process; killed and started again on the same data by the kill test."""

    folder: Path
    words: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder.with_name(self.folder.name + ".log")

    def start(self) -> None:
        """Start and wait until it says it is well."""
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "serein.cli", *self.words, "--port", str(self.port)],
                env={**os.environ, "SEREIN_DATA": str(self.folder), **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Ask /healthz until it answers 200."""
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            assert self.child is not None
            if self.child.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310  our own address
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """Kill it as a power cut would the process: no time to tidy up."""
        assert self.child is not None
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def stop(self) -> int:
        """Stop it as Ctrl-C does; returns its exit code."""
        assert self.child is not None
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)
        try:
            return self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("Ctrl-C did not stop the server within 20 s") from None


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    folder: Path, *words: str, environment: dict[str, str] | None = None
) -> Iterator[Server]:
    """A server on this folder, stopped at the end."""
    server = Server(folder, list(words), environment or {})
    server.start()
    try:
        yield server
    finally:
        if server.child is not None and server.child.poll() is None:
            server.stop()
