"""A packaged file of codes under another id, changed in some places, in a clinic's own folder."""

from pathlib import Path

from serein.clinical import library
from serein.clinical.library import PACKAGED


def planted(folder: Path, original: str, *changes: tuple[str, str], name: str = "mine") -> Path:
    """The packaged file `original` as `name`, each change made once."""
    text = (PACKAGED / "codes" / f"{original}.v1.toml").read_text()
    text = text.replace(f'id = "{original}"', f'id = "{name}"', 1)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / f"{name}.v1.toml"
    path.write_text(text)
    return path


def reasons(folder: Path) -> list[str]:
    """Everything wrong in the folder, as key and reason."""
    return [
        f"{each.key}: {each.reason}" for report in library.check(folder) for each in report.problems
    ]
