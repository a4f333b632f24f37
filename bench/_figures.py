"""Figures with their ceilings: measured in turn, printed, and kept for the page of results."""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

KEEP_IN = "SEREIN_BENCH_FIGURES"
WARM_UP = 10
Act = Callable[[], object]


@dataclass(frozen=True)
class Figure:
    """One thing measured; `limit` bounds the ratio to the ceiling, or the value without one."""

    what: str
    value: float
    unit: str
    limit: float
    ceiling: float | None = None
    ceiling_what: str = ""
    note: str = ""

    @property
    def compared(self) -> float:
        """What is held against the limit."""
        return self.value if self.ceiling is None else self.value / self.ceiling

    @property
    def is_within(self) -> bool:
        """Whether the limit holds."""
        return self.compared <= self.limit

    def line(self) -> str:
        """One line for who runs the script."""
        sign = "✓" if self.is_within else "▲"
        said = f"{sign} {self.what}: {shown(self.value)} {self.unit}"
        if self.ceiling is None:
            return f"{said} (limit {shown(self.limit)} {self.unit}). {self.note}".rstrip()
        return (
            f"{said}, {self.compared:.2f} times {shown(self.ceiling)} {self.unit}"
            f" of {self.ceiling_what} (limit {shown(self.limit)}). {self.note}"
        ).rstrip()


def shown(number: float) -> str:
    """A figure without digits that nobody measured."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"  # noqa: PLR2004  three digits


def tell(figures: Iterable[Figure]) -> int:
    """Print each figure and keep it for the page of results; 1 when a limit does not hold."""
    broken = False
    for figure in figures:
        broken = broken or not figure.is_within
        sys.stdout.write(figure.line() + "\n")
        sys.stdout.flush()
        if path := os.environ.get(KEEP_IN):
            with Path(path).open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(asdict(figure)) + "\n")
    return int(broken)


def in_turn(times: int, acts: Mapping[str, Act]) -> dict[str, list[float]]:
    """Milliseconds of each act, done in turn, so that a slow second of the machine meets all."""
    spent: dict[str, list[float]] = {name: [] for name in acts}
    for turn in range(WARM_UP + times):
        for name, act in acts.items():
            begun = time.perf_counter()
            act()
            if turn >= WARM_UP:
                spent[name].append((time.perf_counter() - begun) * 1000)
    return spent


def median(values: list[float]) -> float:
    """The middle of what was measured."""
    return statistics.median(values)


def at_95(values: list[float]) -> float:
    """What nineteen of twenty stayed under."""
    return statistics.quantiles(values, n=20)[-1]


def spread(values: list[float]) -> str:
    """Median and 95th of a hundred, in milliseconds, for a note."""
    return f"p50 {shown(median(values))} ms, p95 {shown(at_95(values))} ms"
