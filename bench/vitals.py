"""One set of vitals through HTTP, against a bare durable insert and a trivial page."""

import itertools
import os
import sqlite3
import sys
from collections.abc import Iterator

import psycopg

from bench._bare import THEIRS_MS, bare_page
from bench._clinic import DATABASES, Clinic, clinic, one_set
from bench._figures import Act, Figure, in_turn, median, shown, spread, tell

TIMES = 200
LIMIT = 6.0
# The quickest of others on the machine whose bare Django page takes 0.8 ms, and "clearly ahead".
QUICKEST_MS = 11.0
CLEARLY_AHEAD = 0.75
OTHERS = "others, one client: GNU Health 11 ms, Medplum 11 ms, CARE 25 ms, OpenEMR 32 ms"
TABLE = "CREATE TABLE bare (id TEXT PRIMARY KEY, value TEXT NOT NULL)"
INSERT = "INSERT INTO bare VALUES ({}, 'one row')"


def main() -> int:
    """Measure on both databases; 1 when a limit does not hold."""
    return tell(figure for database in DATABASES for figure in _measure(database))


def _measure(database: str) -> Iterator[Figure]:
    with clinic(database) as here, bare_page() as bare:
        tablet = here.tablet()
        turns = itertools.cycle(here.sessions)

        def record() -> None:
            session, patient, _chair = next(turns)
            tablet.post(*one_set(session, patient))

        spent = in_turn(
            TIMES,
            {
                "insert": _bare_insert(database, here),
                "page": lambda: tablet.get("/healthz"),
                "vitals": record,
                "bare page": bare,
            },
        )
    insert, page, vitals = (median(spent[name]) for name in ("insert", "page", "vitals"))
    yield Figure(
        what=f"one set of vitals on {database}",
        value=vitals,
        unit="ms",
        limit=LIMIT,
        ceiling=insert + page,
        ceiling_what=f"bare durable insert ({insert:.2f}) and trivial page ({page:.2f})",
        note=f"{spread(spent['vitals'])}; 30 chairs",
    )
    scale = median(spent["bare page"]) / THEIRS_MS
    yield Figure(
        what=f"the same where a bare Django page takes {THEIRS_MS} ms, on {database}",
        value=vitals / scale,
        unit="ms",
        limit=CLEARLY_AHEAD,
        ceiling=QUICKEST_MS,
        ceiling_what="the quickest of the others",
        note=f"here the bare page behind a2wsgi takes {shown(scale * THEIRS_MS)} ms; {OTHERS}",
    )


def _bare_insert(database: str, here: Clinic) -> Act:
    numbers = itertools.count()
    if database == "postgresql":
        connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        connection.execute(TABLE)
        return lambda: connection.execute(INSERT.format("%s"), [str(next(numbers))])
    # The same folder, and so the same disk, as the server's own file.
    bare = sqlite3.connect(here.house.folder / "bare.sqlite3", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute(TABLE)
    return lambda: bare.execute(INSERT.format("?"), [str(next(numbers))])


if __name__ == "__main__":
    sys.exit(main())
