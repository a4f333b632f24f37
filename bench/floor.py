"""The floor's page with thirty chairs occupied, alone and beside a million facts, and one tile."""

import sys
from collections.abc import Iterator

from bench._clinic import DATABASES, Clinic, clinic
from bench._figures import Figure, in_turn, median, spread, tell

TIMES = 60
LIMIT = 12.0
GROWTH = 1.2
PATIENTS, FACTS = 5_000, 1_000_000
OTHERS = "other boards: 15 to 283 ms"


def main() -> int:
    """Measure on both databases; 1 when a limit does not hold."""
    return tell(figure for database in DATABASES for figure in _measure(database))


def _measure(database: str) -> Iterator[Figure]:
    with clinic(database) as here:
        spent = _read(here)
        page, floor = median(spent["page"]), median(spent["floor"])
        yield Figure(
            what=f"floor page, 30 chairs occupied, on {database}",
            value=floor,
            unit="ms",
            limit=LIMIT,
            ceiling=page,
            ceiling_what="a trivial page",
            note=f"{spread(spent['floor'])}; {OTHERS}",
        )
        yield _one_tile(here, database)
        here.python(f"from bench._fill import load; load(patients={PATIENTS}, facts={FACTS})")
        full = _read(here)
        # Both as multiples of the trivial page of their own minute: the machine's speed drifts.
        yield Figure(
            what=f"the same beside {PATIENTS:,} patients and {FACTS:,} facts on {database}",
            value=median(full["floor"]) / median(full["page"]),
            unit="trivial pages",
            limit=GROWTH,
            ceiling=floor / page,
            ceiling_what="the small clinic's",
            note=spread(full["floor"]),
        )


def _read(here: Clinic) -> dict[str, list[float]]:
    tablet = here.tablet()
    return in_turn(
        TIMES, {"page": lambda: tablet.get("/healthz"), "floor": lambda: tablet.get("/floor/")}
    )


def _one_tile(here: Clinic, database: str) -> Figure:
    """What a change costs the line: one tile and the strip, not the board."""
    tablet = here.tablet()
    _session, _patient, chair = here.sessions[-1]
    board = len(tablet.get("/floor/"))
    return Figure(
        what=f"one changed tile on {database}",
        value=len(tablet.get(f"/floor/chairs/{chair}/")) / 1024,
        unit="KiB",
        limit=0.1,
        ceiling=board / 1024,
        ceiling_what="the whole board",
    )


if __name__ == "__main__":
    sys.exit(main())
