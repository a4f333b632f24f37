"""The line of a content file at which a key stands; the TOML reader tells values and no places.

A key is what a problem names: `gate.baseline-pressure.when.all.2`, `dose.1.allowed_mg`,
`case: name of the case`. A listed table answers to its id, its name, its code, or its number.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

_AT_LINE = re.compile(r"at line (\d+)")
_BARE = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")
_NAME = re.compile(r"[\w-]+")
_QUOTES = ('"""', "'''", '"', "'")


@dataclass(slots=True)
class Spot:
    """One value of a file: the line it begins on, and the places of what it holds.

    What a list holds answers to its number, counted from 1.
    """

    line: int
    inside: dict[str, Spot] = field(default_factory=dict)
    is_list: bool = False

    def entered(self) -> Spot:
        """The table in which a dotted key goes on: of a list of tables, the newest."""
        return list(self.inside.values())[-1] if self.is_list else self


def line_of(text: str, key: str) -> int:
    """The line at which this key stands, or the nearest table around it.

    Args:
        text: The file, readable TOML.
        key: The place, as a problem names it.

    Returns:
        The line, counted from 1; 1 when the file has nothing of that name.
    """
    root, raw = _read(text)
    if key.startswith("case: "):
        key = f"case.{key.removeprefix('case: ')}"
    found = _descended(root, raw, key)
    return found.line if found is not root else _named_anywhere(root, raw, key)


@lru_cache(maxsize=4)
def _read(text: str) -> tuple[Spot, dict[str, Any]]:
    """Places and values of a file; one wrong number may fail every case of it."""
    return spots(text), tomllib.loads(text)


def line_of_error(error: tomllib.TOMLDecodeError | UnicodeDecodeError, content: bytes) -> int:
    """The line at which a file stops to be TOML."""
    if isinstance(error, UnicodeDecodeError):
        return content.count(b"\n", 0, error.start) + 1
    told = _AT_LINE.search(str(error))
    return int(told[1]) if told else max(1, len(content.splitlines()))


def _descended(spot: Spot, raw: Any, key: str) -> Spot:
    """The place of a dotted key below this one, or the last table on the way to it."""
    for name, step, inner in _steps(spot, raw):
        if key == name:
            return step
        if key.startswith(f"{name}."):
            return _descended(step, inner, key[len(name) + 1 :])
    return spot


def _steps(spot: Spot, raw: Any) -> list[tuple[str, Spot, Any]]:
    """Every name that something directly inside answers to; the longest first: ids hold dots."""
    found: list[tuple[str, Spot, Any]] = []
    if isinstance(raw, Mapping):
        found = [(name, spot.inside[name], inner) for name, inner in raw.items()]
    elif isinstance(raw, list):
        for number, inner in enumerate(raw, start=1):
            step = spot.inside[str(number)]
            found += [(name, step, inner) for name in names_of(inner, number)]
    return sorted(found, key=lambda each: -len(each[0]))


def names_of(row: Any, number: int) -> list[str]:
    """Everything that a listed table is called in a key."""
    if not isinstance(row, Mapping):
        return [str(number)]
    said = [str(row[word]) for word in ("id", "name", "code") if word in row]
    numbered = [f"{row['code']}.{number}"] if "code" in row else []
    return [*numbered, *said, str(number)]


def _named_anywhere(root: Spot, raw: Mapping[str, Any], key: str) -> int:
    """The last row of that id, name or code, which is the one too many when it stands twice."""
    rows = [
        spot.inside[str(number)].line
        for spot, listed in _lists(root, raw)
        for number, row in enumerate(listed, start=1)
        if isinstance(row, Mapping) and key in names_of(row, number)[:-1]
    ]
    return rows[-1] if rows else 1


def _lists(spot: Spot, raw: Mapping[str, Any]) -> Iterator[tuple[Spot, list[Any]]]:
    for name, inner in raw.items():
        if isinstance(inner, list):
            yield spot.inside[name], inner


def spots(text: str) -> Spot:
    """The places of everything in a file that the TOML reader has found readable."""
    return _Scan(text).root()


class _Scan:
    """One pass over the text; the grammar was checked before, so only places are kept."""

    def __init__(self, text: str) -> None:
        """Read as the TOML reader does, to which every end of line is one sign."""
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.line = 1

    def root(self) -> Spot:
        """The whole file."""
        root = table = Spot(1)
        while self._skip():
            if self._takes("[["):
                table = self._row(root, self._key(), self.line)
                self._takes("]]")
            elif self._takes("["):
                table = self._table(root, self._key(), self.line)
                self._takes("]")
            else:
                self._pair(table)
        return root

    def _row(self, root: Spot, key: list[str], line: int) -> Spot:
        listed = self._table(root, key[:-1], line).inside.setdefault(key[-1], Spot(line))
        listed.is_list = True
        return listed.inside.setdefault(str(len(listed.inside) + 1), Spot(line))

    def _table(self, table: Spot, key: list[str], line: int) -> Spot:
        for name in key:
            table = table.inside.setdefault(name, Spot(line)).entered()
        return table

    def _pair(self, table: Spot) -> None:
        line = self.line
        *around, name = self._key()
        self._takes("=")
        holder = self._table(table, around, line)
        holder.inside[name] = self._value(line)

    def _value(self, line: int) -> Spot:
        self._skip()
        spot = Spot(line)
        if self._takes("["):
            spot.is_list = True
            while not self._ends("]"):
                spot.inside[str(len(spot.inside) + 1)] = self._value(self.line)
        elif self._takes("{"):
            while not self._ends("}"):
                self._pair(spot)
        elif self._string() is None:
            bare = _BARE.match(self.text, self.at)
            assert bare is not None, "the TOML reader refuses a key without a value"
            self._move(len(bare[0]))
        return spot

    def _ends(self, bracket: str) -> bool:
        """Whether the list or table ends here; the comma between two is passed by."""
        self._takes(",")
        return self._takes(bracket)

    def _key(self) -> list[str]:
        """The parts of a dotted key, quoted or bare."""
        parts = [self._part()]
        while self._takes("."):
            parts.append(self._part())
        return parts

    def _part(self) -> str:
        self._skip()
        quoted = self._string()
        if quoted is not None:
            return quoted
        bare = _NAME.match(self.text, self.at)
        assert bare is not None, "the TOML reader refuses an empty key"
        self._move(len(bare[0]))
        return bare[0]

    def _string(self) -> str | None:
        """The text in quotes that begins here, or None."""
        quote = next((each for each in _QUOTES if self.text.startswith(each, self.at)), None)
        if quote is None:
            return None
        end = self.at + len(quote)
        while not self.text.startswith(quote, end):
            end += 2 if self.text[end] == "\\" and quote[0] == '"' else 1
        end += len(quote)
        # Up to two quotes more may close a long string and still belong to it.
        while len(quote) > 1 and self.text.startswith(quote[0], end):
            end += 1
        written = self.text[self.at : end]
        self._move(len(written))
        return str(tomllib.loads(f"text = {written}")["text"])

    def _takes(self, sign: str) -> bool:
        self._skip()
        if not self.text.startswith(sign, self.at):
            return False
        self._move(len(sign))
        return True

    def _skip(self) -> bool:
        """Pass by what says nothing; whether anything is left."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = end if end >= 0 else len(self.text)
            elif self.text[self.at].isspace():
                self._move(1)
            else:
                return True
        return False

    def _move(self, count: int) -> None:
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count
