"""The packaged protocol under another id in a folder of its own, changed where a test says."""

from pathlib import Path

from serein.clinical import library
from serein.clinical.library import PACKAGED

PROTOCOL = PACKAGED / "protocols" / "esketamine-trd-us.v1.toml"
SHARED = PACKAGED / "protocols" / "esketamine-session-us.v1.toml"


def planted(folder: Path, *changes: tuple[str, str], name: str = "mine") -> Path:
    """The packaged protocol and the rules it takes under other ids, changed in these places."""
    shared = SHARED.read_text().replace('id = "esketamine-session-us"', f'id = "{name}-day"', 1)
    own = PROTOCOL.read_text().replace('id = "esketamine-trd-us"', f'id = "{name}"', 1)
    own = own.replace('takes = "esketamine-session-us.v1"', f'takes = "{name}-day.v1"', 1)
    for old, new in changes:
        assert old in own or old in shared, old
        if old in own:
            own = own.replace(old, new, 1)
        else:
            shared = shared.replace(old, new, 1)
    (folder / "protocols" / f"{name}-day.v1.toml").write_text(shared)
    path = folder / "protocols" / f"{name}.v1.toml"
    path.write_text(own)
    return path


def problems(folder: Path) -> list[tuple[str, str, str]]:
    """What is wrong in a folder: file, key and reason."""
    return [
        (each.file, each.key, each.reason)
        for report in library.check(folder)
        for each in report.problems
    ]
