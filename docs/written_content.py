"""A page for each content file: every table of it in words, where it comes from, who checked it.

It walks the TOML of any kind, so that a new kind has its pages without a line here.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from serein.clinical import content_kinds
from serein.clinical.content_file import ContentFile
from serein.clinical.criteria import All, AnyOf, Comparison, Criterion, shown
from serein.clinical.errors import ContentError
from serein.clinical.library import Library
from serein.clinical.vocabulary import JOINING, Place, Term, criterion

FOLDER = "content"
_HEAD = ("id", "version", "kind", "title", "effective", "jurisdiction", "source", "case", "scene")
_MARKS = ("source", "also", "checked", "policy")
_NAMES = ("title", "measure", "text", "name", "id", "code", "codes", "reaction", "drug")
_CODES = ("id", "code", "codes", "reaction")
_LONG = 60
_UNITS = {
    "mg": "mg",
    "min": "min",
    "days": "days",
    "weeks": "weeks",
    "percent": "%",
    "ml": "mL",
    "mmhg": "mmHg",
    "minutes": "min",
    "hours": "h",
}
_WORDS = {"p": "p", "n": "n", "ci": "95 % interval", "se": "standard error", "sd": "SD"}
_SPECIAL = re.compile(r"([\\`*\[\]])|<(?=[A-Za-z/!])")


class Speech(NamedTuple):
    """What a page is written with: the words for codes, and the sources it may name."""

    terms: Mapping[str, Term]
    sources: Mapping[str, str]


def pages(library: Library) -> dict[str, str]:
    """The page of each file, by its name under `content/`."""
    terms = content_kinds.terms(library.dictionary)
    return {page_name(file): _page(file, terms) for file in library.files}


def page_name(file: ContentFile) -> str:
    """What the page of a file is called."""
    return f"{file.id}.v{file.version}.md"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing in a cell can break it."""
    lines = [headings, ["---"] * len(headings), *rows]
    escaped = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in escaped)


def _page(file: ContentFile, terms: Mapping[str, Term]) -> str:
    text = file.path.read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    sources = {each["id"]: _source(each) for each in raw.get("source", [])}
    speech = Speech(terms, sources)
    parts = [f"# {_plain(raw['title'])}\n", _introduction(text), _state(file, raw)]
    parts += [
        part
        for name, inner in raw.items()
        if name not in _HEAD
        for part in _part(name, inner, speech)
    ]
    if cases := raw.get("case"):
        names = "".join(
            f"- {_plain(str(each.get('name', number)))}\n" for number, each in enumerate(cases, 1)
        )
        parts.append(f"## Worked cases\n\nRun each time the file is loaded.\n\n{names}")
    rows = [
        (sources[each["id"]], _plain(each.get("section", "")), str(each.get("read", "")))
        for each in raw.get("source", [])
    ]
    parts.append(f"## Sources\n\n{table(('source', 'section', 'read on'), rows)}")
    return "\n".join(part for part in parts if part)


def _source(row: Mapping[str, Any]) -> str:
    url = str(row.get("url", "")).replace("(", "%28").replace(")", "%29").replace(" ", "%20")
    title = _plain(str(row["title"]))
    return f"[{title}]({url})" if url else title


def _introduction(text: str) -> str:
    """What the file says of itself before its first line."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        # Backticks are meant in a comment.
        lines.append(_plain(line.lstrip("# ").rstrip()).replace("\\`", "`"))
    return "\n".join(lines) + "\n" if lines else ""


def _state(file: ContentFile, raw: Mapping[str, Any]) -> str:
    released = (
        f"released, SHA-256 `{file.sha256}`"
        if file.is_released
        else "not released: it may still change"
    )
    rows = [
        ("id and version", f"`{file.id}`, version {file.version}"),
        ("kind", file.kind),
        ("holds from", str(raw["effective"])),
        ("holds in", "any place" if raw["jurisdiction"] == "any" else str(raw["jurisdiction"])),
        ("state", released),
        ("not yet checked", f"{file.unchecked} of its tables"),
        ("clinic policy", f"{file.policy} of its tables"),
    ]
    return table(("this file", ""), rows)


def _part(name: str, inner: Any, speech: Speech) -> Iterator[str]:
    """One top-level key: a table of rows, or a line."""
    heading = f"## {_spoken(name).capitalize()}\n"
    if isinstance(inner, Mapping):
        yield f"{heading}\n{_rows([inner], speech)}"
    elif isinstance(inner, list) and inner and isinstance(inner[0], Mapping):
        yield heading
        yield from _sections(inner, speech) if any(map(_marked, inner)) else [_rows(inner, speech)]
    else:
        yield f"**{_spoken(name).capitalize()}:** {_value(name, inner, speech)}\n"


def _marked(row: Mapping[str, Any]) -> list[str]:
    """The words of a row that hold tables with sources of their own: they get their own place."""
    return [
        name
        for name, inner in row.items()
        if isinstance(inner, list) and inner and isinstance(inner[0], Mapping) and mark(inner[0])
    ]


def _sections(rows: Sequence[Mapping[str, Any]], speech: Speech) -> Iterator[str]:
    for number, row in enumerate(rows, 1):
        inner = _marked(row)
        says, grounds, checked = _said({k: v for k, v in row.items() if k not in inner}, speech)
        ground = f"*{checked}:* {grounds}" if checked else ""
        yield f"### {_called(row) or number}\n"
        yield "<br>".join(part for part in (says, ground) if part) + "\n"
        for name in inner:
            yield _rows(row[name], speech)


def _rows(rows: Sequence[Mapping[str, Any]], speech: Speech) -> str:
    columns = [
        (_called(row) or _counted(number, rows), *_said(row, speech))
        for number, row in enumerate(rows, 1)
    ]
    headings = ("what", "says", "source", "mark")
    kept = [index for index in range(4) if any(row[index] for row in columns)]
    return table(
        [headings[index] for index in kept], [[row[index] for index in kept] for row in columns]
    )


def _counted(number: int, rows: Sequence[Mapping[str, Any]]) -> str:
    return str(number) if len(rows) > 1 else ""


def _said(row: Mapping[str, Any], speech: Speech) -> tuple[str, str, str]:
    """What a row says, where it comes from, and whether somebody checked it."""
    names = _naming(row)
    rest = {name: inner for name, inner in row.items() if name not in (*_MARKS, *names)}
    return _phrases(rest, speech), _grounds(row, speech), mark(row)


def _naming(row: Mapping[str, Any]) -> list[str]:
    """The words a row is called by: the first readable one, and its id."""
    called = [name for name in _NAMES if isinstance(row.get(name), str | list)][:1]
    return [*called, *(name for name in _CODES if name in row and name not in called)]


def _called(row: Mapping[str, Any]) -> str:
    """What a row is called, and its codes; nothing when it has no name."""
    return " ".join(
        f"`{shown(row[name])}`" if name in _CODES else _plain(shown(row[name]))
        for name in _naming(row)
    )


def _grounds(row: Mapping[str, Any], speech: Speech) -> str:
    named = [row["source"]] if isinstance(row.get("source"), str) else []
    also = row.get("also", [])
    named += also if isinstance(also, list) else []
    return "; ".join(speech.sources.get(each, each) for each in named)


def mark(row: Mapping[str, Any]) -> str:
    """Checked, not yet checked, clinic policy; nothing where a table carries no marks."""
    if not {"source", "checked", "policy"} & row.keys():
        return ""
    words = ["checked" if row.get("checked") else "not yet checked"] if "source" in row else []
    return ", ".join(words + (["clinic policy"] if row.get("policy") else []))


def _phrases(row: Mapping[str, Any], speech: Speech) -> str:
    """What each key says, on lines of their own when one of them is long."""
    values = {name: _value(name, inner, speech) for name, inner in row.items()}
    said = [
        value if name == "when" else f"{_spoken(name)}: {value}"
        for name, value in values.items()
        if value
    ]
    return ("<br>" if any(len(each) > _LONG for each in said) else "; ").join(said)


def _value(name: str, inner: Any, speech: Speech) -> str:
    if isinstance(inner, Mapping):
        said = _criterion(inner, speech)
        return said if said is not None else _nested(inner, speech)
    if isinstance(inner, list):
        if inner and isinstance(inner[0], Mapping):
            return "".join(f"<br>• {_value(name, each, speech)}" for each in inner)
        return _plain(", ".join(_scalar(name, each) for each in inner))
    return _plain(_scalar(name, inner))


def _nested(row: Mapping[str, Any], speech: Speech) -> str:
    """A table inside a row: its name, what it says, and its own mark and source."""
    says, grounds, checked = _said(row, speech)
    called = _called(row)
    ground = f"({'; '.join(each for each in (checked, grounds) if each)})" if checked else ""
    return " ".join(
        each for each in (called, f"({says})" if called and says else says, ground) if each
    )


def _criterion(inner: Mapping[str, Any], speech: Speech) -> str | None:
    """A criterion in words; None where the table is none."""
    if "fact" not in inner and not any(word in inner for word in JOINING):
        return None
    try:
        return _plain(_words(criterion(inner, terms=speech.terms, place=Place("", ""))))
    except ContentError:
        return None


def _words(asked: Criterion, *, is_inner: bool = False) -> str:
    if isinstance(asked, Comparison):
        when = asked.selection.words() if asked.selection else ""
        return f"{asked.title}: {asked.limit()}{', ' + when if when else ''}"
    if isinstance(asked, All | AnyOf):
        joint = " and " if isinstance(asked, All) else " or "
        said = joint.join(_words(part, is_inner=True) for part in asked.parts)
        return f"({said})" if is_inner and len(asked.parts) > 1 else said
    return f"not ({_words(asked.part)})"


def _scalar(name: str, value: object) -> str:
    if isinstance(value, list):
        return f"({', '.join(_scalar('', each) for each in value)})"
    number = f"{value:g}" if isinstance(value, float) else shown(value)
    unit = _UNITS.get(name.rpartition("_")[2], "") if "_" in name else ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{number} {unit}" if unit and is_number else number


def _spoken(name: str) -> str:
    """A key in words, without the unit that goes behind its number."""
    if name in _WORDS:
        return _WORDS[name]
    words = name.removeprefix("is_").replace("-", "_").split("_")
    if len(words) > 1 and words[-1] in _UNITS:
        words = words[:-1]
    return " ".join(words)


def _plain(text: str) -> str:
    """The text with nothing in it that a page would take for a mark."""
    return _SPECIAL.sub(lambda found: f"\\{found[1]}" if found[1] else "&lt;", text)


def write(folder: Path, written: Mapping[str, str]) -> None:
    """Write every page anew, and take away those of files that are gone."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in written:
            path.unlink()
    for name, page in written.items():
        (folder / name).write_text(page, encoding="utf-8")
