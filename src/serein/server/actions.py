"""The frame of every action: one transaction, one writer at a time on SQLite, rows held."""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import ParamSpec, TypeVar

from django.db import connection, transaction
from django.db.models import Model

P = ParamSpec("P")
R = TypeVar("R")
Row = TypeVar("Row", bound=Model)

# SQLite lets one connection write. Waiting in its busy loop is unfair and slow (p99 118-167 ms
# against 29 ms with a lock); PostgreSQL needs no such lock and would lose a quarter of its rate.
_sqlite_writer = threading.RLock()


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Run the whole function in one transaction; what it wrote is there together or not at all."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with one_writer(), transaction.atomic():
            return function(*args, **kwargs)

    return run


@contextmanager
def one_writer() -> Iterator[None]:
    """Hold the process's write lock when the database is SQLite."""
    with _sqlite_writer if connection.vendor == "sqlite" else nullcontext():
        yield


def hold(row: Row) -> Row:
    """The row read anew, and nobody else's to hold until this action is over.

    Its key stays free (`no_key`): a fact or a dose that names the row is written meanwhile.
    """
    return type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
