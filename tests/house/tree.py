"""The files of the repository, as the guard tests see them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "src" / "serein"
DOCS = REPOSITORY / "docs"
VENDORED = "vendor"


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or is about to be under version control, or all when git is missing."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(
            asked, cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (FileNotFoundError, subprocess.CalledProcessError):
        listed = _walked()
    return tuple(sorted(path for name in listed if (path := REPOSITORY / name).is_file()))


def _walked() -> list[str]:
    folders = ("src", "tests", "docs", "bench", "tools", "changelog.d", "requirements")
    below = (path for folder in folders for path in (REPOSITORY / folder).rglob("*"))
    here = (path for path in REPOSITORY.iterdir() if not path.name.startswith("."))
    found = (path.relative_to(REPOSITORY) for path in (*below, *here) if path.is_file())
    made = {"__pycache__", "_build"}
    return [str(path) for path in found if not made & set(path.parts)]


def written(*endings: str) -> Iterator[Path]:
    """Files people of this project wrote, by the end of their names."""
    for path in files():
        if path.suffix in endings and not is_vendored(path):
            yield path


def is_vendored(path: Path) -> bool:
    """Whether the file came from somebody else."""
    return any(part in (VENDORED, "fonts") for part in path.relative_to(REPOSITORY).parts)


def name(path: Path) -> str:
    """The path as a person reads it."""
    return path.relative_to(REPOSITORY).as_posix()


@cache
def syntax(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, line: int) -> str:
    """file:line, so that an editor can go there."""
    return f"{name(path)}:{line}"
