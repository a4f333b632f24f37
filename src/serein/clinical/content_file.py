"""Content files as they lie on disk: their bytes, their hash, their name, what is unchecked."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from serein.clinical.content_lines import line_of, line_of_error
from serein.clinical.criteria import shown
from serein.clinical.errors import ChangedContentError, ContentError

RELEASED = "RELEASED"
# The kind of a file that does not say its own.
FOLDERS: Mapping[str, str] = {
    "codes": "dictionary",
    "instruments": "instrument",
    "policies": "policy",
    "protocols": "protocol",
    "outcomes": "outcomes",
    "surveillance": "surveillance",
    "wordings": "wording",
}
_NAME = re.compile(r"^(?P<id>[a-z0-9]+(?:-[a-z0-9]+)*)\.v(?P<version>[1-9]\d*)\.toml$")
_MARKS = frozenset(("source", "checked", "policy"))
_SAYING = frozenset(
    ("equals", "before", "after", "column", "by", "only", "unsaid", "counts", "class")
)
_HEADER = """\
# Every released content file and its SHA-256: `sha256  name`. A released file never changes;
# a fix is a new version. The library refuses a file that differs.
"""


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """A number that nobody confirmed in its source, or that is the clinic's own policy."""

    key: str
    value: str
    text: str
    policy: bool


@dataclass(frozen=True, slots=True)
class ContentFile:
    """One file of the library, as the adoption page shows it."""

    id: str
    version: int
    kind: str
    path: Path
    sha256: str
    title: str
    to_confirm: tuple[ToConfirm, ...]
    cases: int
    is_released: bool
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def unchecked(self) -> int:
        """How many values are recalled, and not compared with their source."""
        return len(self.to_confirm) - self.policy

    @property
    def policy(self) -> int:
        """How many values are ours: no source fixes them, and the clinic decides."""
        return sum(one.policy for one in self.to_confirm)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one file: where, and why; a file that is not there has no line."""

    file: str
    key: str
    reason: str
    path: Path
    is_change: bool = False
    line: int | None = None

    def error(self) -> ContentError:
        """The refusal to raise."""
        kind = ChangedContentError if self.is_change else ContentError
        return kind(self.reason, file=self.file, key=self.key, line=self.line)


@dataclass(frozen=True)
class Draft:
    """A file as it was read, before anything in it is believed."""

    folder: Path
    path: Path
    file: str
    kind: str
    id: str
    version: int
    sha256: str
    is_released: bool
    raw: Mapping[str, Any] = field(repr=False)
    problems: tuple[Problem, ...] = ()
    text: str = field(default="", repr=False)

    def problem(self, key: str, reason: str) -> Problem:
        """Something wrong with this file, and the line where."""
        return Problem(self.file, key, reason, self.path, line=line_of(self.text, key))

    def described(self) -> ContentFile:
        """What the adoption page and the checker say of it."""
        cases = self.raw.get("case", ())
        return ContentFile(
            self.id,
            self.version,
            self.kind,
            self.path,
            self.sha256,
            str(self.raw.get("title", "")),
            tuple(to_confirm(self.raw)),
            len(cases) if isinstance(cases, list) else 0,
            self.is_released,
            self.raw,
        )


def read_folder(folder: Path) -> Iterator[Draft]:
    """Every content file under a folder, in a fixed order; a stranger among them is a problem."""
    if not folder.is_dir():
        raise ContentError("there is no such folder", file=str(folder))
    hashes = released(folder)
    for path in sorted(folder.rglob("*.toml")):
        yield _draft(folder, path, hashes)


def _draft(folder: Path, path: Path, hashes: Mapping[str, str]) -> Draft:
    file = path.relative_to(folder).as_posix()
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    raw, text, problems = _parsed(content, file=file, path=path)
    name = _NAME.match(path.name)
    draft = Draft(
        folder=folder,
        path=path,
        file=file,
        kind=str(raw.get("kind") or FOLDERS.get(path.parent.name, "")),
        id=name["id"] if name else path.stem,
        version=int(name["version"]) if name else 0,
        sha256=sha256,
        is_released=file in hashes,
        raw=raw,
        text=text,
    )
    problems += _misnamed(draft, is_named=name is not None)
    if file in hashes and hashes[file] != sha256:
        reason = "differs from what was released; a fix is a new version"
        problems.append(Problem(file, RELEASED, reason, path, is_change=True, line=1))
    return replace(draft, problems=tuple(problems))


def _misnamed(draft: Draft, *, is_named: bool) -> list[Problem]:
    """A file whose name is no name of content, or another than its own."""
    if not is_named:
        return [draft.problem("id", "is not named like 'some-id.v1.toml'")]
    raw = draft.raw
    if not raw or (raw.get("id"), raw.get("version")) == (draft.id, draft.version):
        return []
    said = f"{raw.get('id')} version {raw.get('version')}"
    return [draft.problem("id", f"says it is {said}; its name says otherwise")]


def _parsed(content: bytes, *, file: str, path: Path) -> tuple[dict[str, Any], str, list[Problem]]:
    """What the file says and its text, both empty when it is no TOML."""
    try:
        text = content.decode()
        return _tables(text), text, []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = line_of_error(error, content)
        return {}, "", [Problem(file, "", f"is not readable TOML: {error}", path, line=line)]


@lru_cache(maxsize=512)
def _tables(text: str) -> dict[str, Any]:
    """The tables of a text, read once: the packaged files come with every check of a folder."""
    return tomllib.loads(text)


def released(folder: Path) -> dict[str, str]:
    """The hash of every released file of a folder, by its name."""
    path = folder / RELEASED
    if not path.exists():
        return {}
    hashes: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        parts = line.split("  ", maxsplit=1)
        if len(parts) != 2:  # noqa: PLR2004 - a hash and a name
            raise ContentError(
                "is not a hash, two spaces and a name", file=RELEASED, key=f"line {number}"
            )
        hashes[parts[1]] = parts[0]
    return hashes


def release_file(folder: Path, path: Path) -> str:
    """Enter a new file in `RELEASED` for good, and return its hash; the same again adds nothing."""
    name = path.resolve().relative_to(folder.resolve()).as_posix()
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    known = released(folder)
    if known.get(name, sha256) != sha256:
        raise ChangedContentError(
            "was released with another content; a fix is a new version", file=name, key=RELEASED
        )
    if name not in known:
        lines = sorted({**known, name: sha256}.items())
        text = "".join(f"{digest}  {each}\n" for each, digest in lines)
        (folder / RELEASED).write_text(_HEADER + text)
    return sha256


def to_confirm(raw: Mapping[str, Any], key: str = "") -> Iterator[ToConfirm]:
    """Every table that carries marks and is not confirmed in its source, in the file's order."""
    if key and _MARKS & raw.keys() and (raw.get("policy") or not raw.get("checked")):
        text = str(raw.get("text") or raw.get("title") or key)
        yield ToConfirm(key, _numbers(raw), text, bool(raw.get("policy")))
    for name, inner in raw.items():
        if not key and name in ("case", "source", "scene"):
            continue
        place = f"{key}.{name}" if key else name
        if isinstance(inner, Mapping):
            yield from to_confirm(inner, place)
        elif isinstance(inner, list):
            for number, each in enumerate(inner, start=1):
                if isinstance(each, Mapping):
                    yield from to_confirm(each, f"{place}.{row_name(each, number)}")


def sources_named(raw: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every source that a table of the file names, with the place of the table."""
    if isinstance(raw, Mapping):
        if key and isinstance(raw.get("source"), str):
            yield key, raw["source"]
        for name, inner in raw.items():
            if key or name not in ("case", "source", "scene"):
                yield from sources_named(inner, f"{key}.{name}" if key else name)
    elif isinstance(raw, list):
        for number, each in enumerate(raw, start=1):
            yield from sources_named(each, f"{key}.{row_name(each, number)}")


def row_name(row: object, number: int) -> str:
    """What a listed table is called in a key; several may share a code, so it keeps its number."""
    if not isinstance(row, Mapping):
        return str(number)
    if "id" in row:
        return str(row["id"])
    return f"{row['code']}.{number}" if "code" in row else str(number)


def _numbers(raw: Mapping[str, Any]) -> str:
    """The numbers and answers of a table, by their words."""
    return ", ".join(dict.fromkeys(_leaves(raw)))


def _leaves(raw: Mapping[str, Any], within: str = "") -> Iterator[str]:
    for name, value in raw.items():
        if name in _MARKS or name in ("id", "text", "title", "fact", "action"):
            continue
        label = f"{within} {name}".strip() if name not in ("when", "all", "any") else within
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{label} {value.get('fact', '')}".strip())
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, Mapping):
                    yield from _leaves(each, f"{label} {each.get('fact', '')}".strip())
            if value and not isinstance(value[0], Mapping):
                yield f"{label} {', '.join(map(_written, value))}"
        elif name in _SAYING or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield f"{label} {_written(value)}"


def _written(value: Any) -> str:
    """A value as the file has it: a director who adopts 1.5 must not read 1."""
    return f"{value:g}" if isinstance(value, float) else shown(value)
