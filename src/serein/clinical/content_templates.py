"""A content file to start from, for each kind that clinics write: `templates/KIND.toml.txt`."""

from __future__ import annotations

import re
from pathlib import Path

from serein.clinical.errors import InputError
from serein.clinical.vocabulary import nearest

FOLDER = Path(__file__).parent / "templates"
_ENDING = ".toml.txt"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ID_LINE = re.compile(r'^id = "[^"]*"', re.MULTILINE)
_NAME = re.compile(r"(?P<id>[a-z0-9]+(?:-[a-z0-9]+)*)\.v1\.toml")


def kinds() -> tuple[str, ...]:
    """The kinds that have a template."""
    return tuple(sorted(path.name.removesuffix(_ENDING) for path in FOLDER.glob(f"*{_ENDING}")))


def template(kind: str, *, content_id: str | None = None) -> str:
    """The commented template of a kind, under this id or the template's own.

    Raises:
        InputError: No kind of that name has one, or the id cannot be one.
    """
    if kind not in kinds():
        hint = nearest(kind, kinds())
        raise InputError(f"no template for '{kind}'{hint or ';'} there are: {', '.join(kinds())}")
    text = (FOLDER / f"{kind}{_ENDING}").read_text(encoding="utf-8")
    if content_id is None:
        return text
    if not _ID.fullmatch(content_id):
        raise InputError(f"'{content_id}' is no id; write small letters, digits and single hyphens")
    return _ID_LINE.sub(f'id = "{content_id}"', text, count=1)


def id_in_name(file_name: str) -> str:
    """The id that a new file's name says.

    Raises:
        InputError: It is not named as a first version is.
    """
    found = _NAME.fullmatch(file_name)
    if found is None:
        raise InputError(f"a new file is named like some-id.v1.toml, not {file_name}")
    return found["id"]
