"""Survivors that were looked at and accepted, each with the reason why it may live."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

FILE = Path(__file__).parent / "survivors.toml"
Kind = Literal["equivalent", "wording", "speed", "guard"]
KINDS = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mutant may live."""

    mutant: str
    kind: Kind
    why: str


def reasons(file: Path = FILE) -> dict[str, Reason]:
    """Every accepted survivor by its id."""
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    found: dict[str, Reason] = {}
    for entry in told.get("survivor", []):
        for mutant in entry["mutants"]:
            assert mutant not in found, f"{mutant} has two reasons"
            found[mutant] = Reason(mutant, entry["kind"], entry["why"])
    return found
