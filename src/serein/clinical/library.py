"""The only reader of content: every file checked whole before anything is taken from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from serein.clinical import content_kinds
from serein.clinical.content_file import (
    FOLDERS,
    RELEASED,
    ContentFile,
    Draft,
    Problem,
    read_folder,
    released,
)
from serein.clinical.content_kinds import Kind
from serein.clinical.dictionary import Dictionary
from serein.clinical.errors import ContentError, UnknownContentError
from serein.clinical.session_rules import joined
from serein.clinical.shelf import Shelf, no_such

if TYPE_CHECKING:
    from serein.clinical.instruments import Instrument
    from serein.clinical.observations import Observations
    from serein.clinical.protocols import Protocol

PACKAGED = Path(__file__).parent.parent / "content"
# What the packaged files hold, by their contents: each start and check reads them, none rewrites.
_BUILT: dict[tuple[tuple[str, str], ...], tuple[Shelf, list[Problem]]] = {}
_NAMES = tuple(kind.name for kind in content_kinds.KINDS)


@dataclass(frozen=True)
class Library:
    """Everything that was read: files, and what they hold by kind, id and version."""

    files: tuple[ContentFile, ...]
    shelf: Shelf = field(repr=False)

    @property
    def dictionary(self) -> Dictionary:
        """Every fact code, those that the scales bring along included."""
        return self.shelf.dictionary

    def protocol(self, content_id: str, version: int | None = None) -> Protocol:
        """The protocol with this id, in this version or the newest."""
        found: Protocol = self.shelf.item("protocol", content_id, version)
        return found

    def instrument(self, content_id: str, version: int | None = None) -> Instrument:
        """The scale with this id, in this version or the newest."""
        found: Instrument = self.shelf.item("instrument", content_id, version)
        return found

    def observations(self, content_id: str, version: int | None = None) -> Observations:
        """The nurse's observations with this id, in this version or the newest."""
        found: Observations = self.shelf.item("observations", content_id, version)
        return found

    def file(self, content_id: str, version: int | None = None) -> ContentFile:
        """The file with this id, in this version or the newest."""
        held = [each for each in self.files if each.id == content_id]
        for each in sorted(held, key=lambda each: each.version, reverse=True):
            if version in (None, each.version):
                return each
        ids = tuple(each.id for each in self.files)
        raise UnknownContentError(no_such("content file", content_id, version, ids))


@dataclass(frozen=True, slots=True)
class Report:
    """What `serein content check` says of one file."""

    file: str
    id: str
    version: int
    kind: str
    unchecked: int
    policy: int
    cases: int
    problems: list[Problem]


def load(*folders: Path) -> Library:
    """The packaged content, then a clinic's own folders; the first wrong file is refused.

    Every worked case is run here, so that a wrong rule is found before a patient is in the chair.
    """
    drafts = joined([draft for folder in (PACKAGED, *folders) for draft in read_folder(folder)])
    for draft in drafts:
        if draft.problems:
            raise draft.problems[0].error()
    for folder in (PACKAGED, *folders):
        for problem in _lost(folder, drafts):
            raise problem.error()
    shelf, problems = _build(drafts)
    if problems:
        raise problems[0].error()
    return Library(tuple(draft.described() for draft in drafts), shelf)


def check(folder: Path = PACKAGED) -> list[Report]:
    """Every file of a folder with everything that is wrong with it, beside the packaged content."""
    is_packaged = folder.resolve() == PACKAGED.resolve()
    others = [] if is_packaged else list(read_folder(PACKAGED))
    drafts = joined([*others, *read_folder(folder)])
    mine = [draft for draft in drafts if draft.folder == folder]
    shelf, problems = _build(drafts)
    problems += [problem for draft in mine for problem in draft.problems]
    problems += [problem for draft in mine for problem in _lacking(draft, shelf)]
    reports = [
        _report(draft, [each for each in problems if each.path == draft.path]) for draft in mine
    ]
    lost = _lost(folder, mine)
    return reports + [Report(each.file, "", 0, "", 0, 0, 0, [each]) for each in lost]


def _lacking(draft: Draft, shelf: Shelf) -> Iterable[Problem]:
    """The rules of a file that no worked case shows in every answer they can give."""
    item = shelf.items.get((draft.kind, draft.id, draft.version))
    lacking = next((kind.lacking for kind in content_kinds.KINDS if kind.name == draft.kind), None)
    if item is None or lacking is None:
        return []
    return [draft.problem(key, reason) for key, reason in lacking(item)]


def _report(draft: Draft, problems: list[Problem]) -> Report:
    described = draft.described()
    return Report(
        draft.file,
        described.id,
        described.version,
        described.kind,
        described.unchecked,
        described.policy,
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


def _build(drafts: Sequence[Draft]) -> tuple[Shelf, list[Problem]]:
    """What the files hold: those that come with Serein first, then a clinic's own."""
    packaged = tuple(draft for draft in drafts if draft.folder == PACKAGED)
    shelf, problems = _built_once(packaged)
    shelf, more = _shelve(shelf, [draft for draft in drafts if draft.folder != PACKAGED])
    return shelf, [*problems, *more]


def _built_once(packaged: tuple[Draft, ...]) -> tuple[Shelf, list[Problem]]:
    """The packaged files on a shelf, their cases run once for the same contents."""
    key = tuple((draft.file, draft.sha256) for draft in packaged)
    if key not in _BUILT:
        _BUILT.clear()
        _BUILT[key] = _shelve(Shelf(), packaged)
    return _BUILT[key]


def _shelve(shelf: Shelf, drafts: Sequence[Draft]) -> tuple[Shelf, list[Problem]]:
    """The shelf with these files on it, kind by kind: fact codes first, which all others speak."""
    problems = [_of_no_kind(draft) for draft in drafts if draft.raw and draft.kind not in _NAMES]
    for kind in content_kinds.KINDS:
        mine = [draft for draft in drafts if draft.kind == kind.name and not draft.problems]
        # The newest version first: what a code means is said by the newest file that brings it.
        for draft in sorted(mine, key=lambda draft: (draft.id, -draft.version)):
            shelf, found = _shelved(shelf, kind, draft)
            problems += found
    return shelf, problems


def _shelved(shelf: Shelf, kind: Kind, draft: Draft) -> tuple[Shelf, list[Problem]]:
    """The shelf with this file on it, or as it was with what is wrong."""
    key = (draft.kind, draft.id, draft.version)
    if key in shelf.items:
        reason = f"{draft.kind} {draft.id} version {draft.version} exists already"
        return shelf, [draft.problem("id", f"{reason}; give it an id of its own")]
    try:
        item, failing = content_kinds.build(kind, draft, on=shelf)
    except ContentError as error:
        return shelf, [draft.problem(error.key, error.reason)]
    problems = [draft.problem(f"case: {name}", reason) for name, reason in failing]
    shelf = shelf.with_item(key, item, codes=kind.codes(item))
    for other, completed in kind.joined(item).items():
        shelf = shelf.with_item(other, completed, codes=())
    return shelf, problems


def _of_no_kind(draft: Draft) -> Problem:
    shelves = ", ".join(f"{name}/" for name in FOLDERS)
    reason = f"is none of {', '.join(_NAMES)}; say kind = '...' or put it in {shelves}"
    return draft.problem("kind", reason)
