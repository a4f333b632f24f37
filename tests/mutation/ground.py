"""What is mutated and which tests are asked: the clinical rules, or a planted example."""

import importlib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Ground:
    """A package, the tests that ought to notice a change in it, and where answers are kept."""

    package: str
    source: Path
    tests: tuple[str, ...]
    kept: Path
    loads_content: bool

    def file(self, module: str) -> Path:
        """The source of a module."""
        return self.source / f"{module}.py"

    def modules(self) -> list[str]:
        """Every module of the package that holds rules."""
        return sorted(path.stem for path in self.source.glob("*.py") if path.stem != "__init__")

    def name(self, module: str) -> str:
        """The module as it is imported."""
        return f"{self.package}.{module}"

    def load(self) -> None:
        """Read everything that the package reads at a start, its worked cases run anew."""
        if self.loads_content:
            library = importlib.import_module("serein.clinical.library")
            library._BUILT.clear()
            library.load()


CLINICAL = Ground(
    "serein.clinical",
    ROOT / "src" / "serein" / "clinical",
    ("tests/clinical", "src/serein/clinical", "--doctest-modules"),
    ROOT / "build" / "mutation",
    loads_content=True,
)


def planted(kept: Path) -> Ground:
    """Three rules of which one is tested too little."""
    here = Path(__file__).parent / "planted"
    tests = (str(here / "checks.py"),)
    return Ground("tests.mutation.planted", here, tests, kept, loads_content=False)
