"""What every dated table shares: a bound in time, the newest version, words that show a doubt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from serein.clinical.errors import InputError
from serein.clinical.tables import ContentTable, Marked, Words
from serein.clinical.vocabulary import nearest

FileT = TypeVar("FileT", bound=ContentTable)


class Bound(Marked):
    """The first or the last day on which something holds, and why."""

    on: date
    text: Words


def newest(files: Iterable[FileT]) -> list[FileT]:
    """The newest version of every file.

    A table keeps its own past in dated rows, so its newest version answers for every day.
    """
    in_order = sorted(files, key=lambda each: (each.id, each.version))
    return list({each.id: each for each in in_order}.values())


def said(text: str, mark: Marked) -> str:
    """A sentence as it may be shown: what nobody checked, or a clinic's own rule, says so."""
    if mark.policy:
        return f"{text} (clinic policy)"
    return text if mark.checked else f"{text} (not yet checked against its source)"


def known(word: str, among: Sequence[str], *, what: str) -> str:
    """The word as it is written in the file, whatever its capitals.

    Raises:
        InputError: There is none; the sentence names the nearest, or else all of them.
    """
    for each in among:
        if each.casefold() == word.casefold():
            return each
    # "esketamine" lies nearer to "ketamine" by its letters, and is not that product.
    begun = [each for each in among if word and each.casefold().startswith(word.casefold())]
    hint = nearest(word.casefold(), tuple(begun or among)) or f"; there are {', '.join(among)}"
    raise InputError(f"no {what} is called '{word}'{hint}")


def repeated(words: Iterable[str]) -> list[str]:
    """The words that stand more than once, in order."""
    all_words = list(words)
    return sorted({word for word in all_words if all_words.count(word) > 1})
