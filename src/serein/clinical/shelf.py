"""What has been read so far: the codes a file may speak, and the things it may name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from serein.clinical.dictionary import CodeEntry, Dictionary
from serein.clinical.errors import UnknownContentError
from serein.clinical.vocabulary import nearest

Key = tuple[str, str, int]


@dataclass(frozen=True)
class Shelf:
    """Everything read before a file, by kind, id and version."""

    dictionary: Dictionary = field(default_factory=lambda: Dictionary(()))
    items: Mapping[Key, Any] = field(default_factory=dict, repr=False)

    def with_item(self, key: Key, item: Any, *, codes: Iterable[CodeEntry]) -> Shelf:
        """The same with one thing more, and with the codes it brings."""
        return replace(
            self,
            dictionary=self.dictionary.with_entries(codes),
            items={**self.items, key: item},
        )

    def of_kind(self, kind: str) -> list[Any]:
        """Everything of one kind: by id, then by version."""
        return [self.items[key] for key in sorted(self.items) if key[0] == kind]

    def item(self, kind: str, content_id: str, version: int | None = None) -> Any:
        """The thing with this id, in this version or the newest.

        Raises:
            UnknownContentError: Nothing of that kind has the id; the sentence names the nearest.
        """
        versions = [key[2] for key in self.items if key[:2] == (kind, content_id)]
        wanted = version if version is not None else max(versions, default=None)
        if wanted is None or wanted not in versions:
            ids = tuple(key[1] for key in self.items if key[0] == kind)
            raise UnknownContentError(no_such(kind, content_id, version, ids))
        return self.items[kind, content_id, wanted]

    def pinned(self, kind: str, name: str) -> Any:
        """The thing that another file names with its version, such as `athf-sf.v1`."""
        content_id, _, version = name.rpartition(".v")
        if not version.isdecimal():
            raise UnknownContentError(f"'{name}' names no version; write it as some-id.v1")
        return self.item(kind, content_id, int(version))


def no_such(kind: str, content_id: str, version: int | None, ids: tuple[str, ...]) -> str:
    """The refusal of a name that nothing has."""
    which = f" version {version}" if version is not None else ""
    hint = nearest(content_id, ids) or "; `serein content list` names what there is"
    return f"no {kind} is called '{content_id}'{which}{hint}"
