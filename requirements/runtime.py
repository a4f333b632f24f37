"""What a clinic's server needs of the lock, hashes and all: `python3 requirements/runtime.py`.

The lock also holds what tests, linters and the documentation need. Each of its entries says who
asked for it; those that Serein itself asked for stay, with what they ask for, and what builds it.
"""

import re
import sys
from pathlib import Path

LOCK = Path(__file__).with_name("lock.txt")
ASKED_FOR_BY = {"serein (pyproject.toml)", "serein (pyproject.toml:build)"}
# An entry begins at the margin; its hashes and its reasons are indented.
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==[^\n]+\n(?:[ ]+[^\n]+\n)+", re.M)
REASON = re.compile(r"^ +#(?: via)?(?: +(?P<by>\S.*))?$", re.M)


def entries(lock: str) -> dict[str, str]:
    """The entries to install, by name, each as it stands in the lock."""
    found = {entry["name"]: entry[0] for entry in ENTRY.finditer(lock)}
    asking = {
        name: {reason["by"] for reason in REASON.finditer(entry)} for name, entry in found.items()
    }
    kept: set[str] = set()
    while more := {name for name in found if asking[name] & (ASKED_FOR_BY | kept)} - kept:
        kept |= more
    return {name: entry for name, entry in found.items() if name in kept}


if __name__ == "__main__":
    sys.stdout.write("".join(entries(LOCK.read_text(encoding="utf-8")).values()))
