"""The only reader of content: every file checked whole before anything is taken from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serein.clinical import content_kinds
from serein.clinical.content_file import (
    RELEASED,
    ContentFile,
    Draft,
    Problem,
    read_folder,
    released,
)
from serein.clinical.dictionary import Dictionary
from serein.clinical.errors import ContentError, UnknownContentError
from serein.clinical.vocabulary import nearest

if TYPE_CHECKING:
    from serein.clinical.instruments import Instrument, Observations
    from serein.clinical.protocols import Protocol

PACKAGED = Path(__file__).parent.parent / "content"
Key = tuple[str, str, int]
_ORDER = ("dictionary", "instrument", "observations", "protocol", "")


@dataclass(frozen=True)
class Library:
    """Everything that was read: files, and what they hold by kind, id and version."""

    files: tuple[ContentFile, ...]
    dictionary: Dictionary
    items: Mapping[Key, Any] = field(repr=False)

    def protocol(self, content_id: str, version: int | None = None) -> Protocol:
        """The protocol with this id, in this version or the newest."""
        found: Protocol = self._item("protocol", content_id, version)
        return found

    def instrument(self, content_id: str, version: int | None = None) -> Instrument:
        """The scale with this id, in this version or the newest."""
        found: Instrument = self._item("instrument", content_id, version)
        return found

    def observations(self, content_id: str, version: int | None = None) -> Observations:
        """The nurse's observations with this id, in this version or the newest."""
        found: Observations = self._item("observations", content_id, version)
        return found

    def file(self, content_id: str, version: int | None = None) -> ContentFile:
        """The file with this id, in this version or the newest."""
        held = [each for each in self.files if each.id == content_id]
        for each in sorted(held, key=lambda each: each.version, reverse=True):
            if version in (None, each.version):
                return each
        ids = tuple(each.id for each in self.files)
        raise UnknownContentError(_no_such("content file", content_id, version, ids))

    def _item(self, kind: str, content_id: str, version: int | None) -> Any:
        versions = [key[2] for key in self.items if key[:2] == (kind, content_id)]
        wanted = version if version is not None else max(versions, default=None)
        if wanted not in versions or wanted is None:
            ids = tuple(key[1] for key in self.items if key[0] == kind)
            raise UnknownContentError(_no_such(kind, content_id, version, ids))
        return self.items[kind, content_id, wanted]


def _no_such(kind: str, content_id: str, version: int | None, ids: tuple[str, ...]) -> str:
    which = f" version {version}" if version is not None else ""
    return f"no {kind} is called '{content_id}'{which}{nearest(content_id, ids)}"


@dataclass(frozen=True, slots=True)
class Report:
    """What `serein content check` says of one file."""

    file: str
    id: str
    version: int
    kind: str
    unchecked: int
    cases: int
    problems: list[Problem]


def load(*folders: Path) -> Library:
    """The packaged content, then a clinic's own folders; the first wrong file is refused.

    Every worked case is run here, so that a wrong rule is found before a patient is in the chair.
    """
    drafts = [draft for folder in (PACKAGED, *folders) for draft in read_folder(folder)]
    for draft in drafts:
        if draft.problems:
            raise draft.problems[0].error()
    for folder in (PACKAGED, *folders):
        for problem in _lost(folder, drafts):
            raise problem.error()
    dictionary, items, problems = _build(drafts)
    if problems:
        raise problems[0].error()
    return Library(tuple(draft.described() for draft in drafts), dictionary, items)


def check(folder: Path = PACKAGED) -> list[Report]:
    """Every file of a folder with everything that is wrong with it, beside the packaged content."""
    mine = list(read_folder(folder))
    is_packaged = folder.resolve() == PACKAGED.resolve()
    others = [] if is_packaged else list(read_folder(PACKAGED))
    _, _, problems = _build([*others, *mine])
    problems += [problem for draft in mine for problem in draft.problems]
    reports = [
        _report(draft, [each for each in problems if each.path == draft.path]) for draft in mine
    ]
    lost = _lost(folder, mine)
    return reports + [Report(each.file, "", 0, "", 0, 0, [each]) for each in lost]


def _report(draft: Draft, problems: list[Problem]) -> Report:
    described = draft.described()
    return Report(
        draft.file,
        described.id,
        described.version,
        described.kind,
        len(described.unchecked),
        described.cases,
        problems,
    )


def _lost(folder: Path, drafts: Iterable[Draft]) -> list[Problem]:
    """Files that were released from this folder and are no longer there."""
    here = {draft.file for draft in drafts if draft.folder == folder}
    return [
        Problem(name, RELEASED, "a released file is missing", folder / name)
        for name in released(folder)
        if name not in here
    ]


def _build(
    drafts: Sequence[Draft],
) -> tuple[Dictionary, dict[Key, Any], list[Problem]]:
    """What the files hold: the dictionary first, then the scales, whose codes others speak."""
    dictionary = _dictionary(drafts)
    problems: list[Problem] = []
    items: dict[Key, Any] = {}
    for draft in sorted(drafts, key=lambda draft: _ORDER.index(draft.kind)):
        if draft.problems:
            continue
        key = (draft.kind, draft.id, draft.version)
        if key in items:
            reason = f"{draft.kind} {draft.id} version {draft.version} exists already"
            problems.append(draft.problem("id", f"{reason}; give it an id of its own"))
            continue
        try:
            items[key], failing = content_kinds.build(draft, dictionary=dictionary)
        except ContentError as error:
            problems.append(draft.problem(error.key, error.reason))
            continue
        if draft.kind == "instrument":
            dictionary = dictionary.with_entries(content_kinds.codes_of(items[key]))
        problems += [draft.problem(f"case: {name}", reason) for name, reason in failing]
    return dictionary, items, problems


def _dictionary(drafts: Sequence[Draft]) -> Dictionary:
    """The newest dictionary of the packaged content."""
    held = [draft for draft in drafts if draft.kind == "dictionary" and draft.folder == PACKAGED]
    newest = max(held, key=lambda draft: draft.version)
    built, _ = content_kinds.build(newest, dictionary=Dictionary(()))
    assert isinstance(built, Dictionary)
    return built
