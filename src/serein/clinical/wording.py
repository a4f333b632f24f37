"""The clinic's own licensed text of a scale of which only the structure is packaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from serein.clinical.content_file import Draft
from serein.clinical.errors import ContentError, UnknownContentError
from serein.clinical.instruments import Answer, Instrument, Item
from serein.clinical.shelf import Shelf
from serein.clinical.tables import ContentTable, Table, Words

Failing = list[tuple[str, str]]


class WordedAnswer(Table):
    """What one answer says, and what it counts."""

    value: int
    text: Words


class WordedItem(Table):
    """What one question says; its own answers, or those of the whole scale."""

    id: Words
    text: Words
    answer: list[WordedAnswer] = Field(default_factory=list)


class WordedCase(Table):
    """A worked example: what stands beside one answer to one question; empty for a bare number."""

    name: Words
    item: Words
    value: int
    text: str


class WordingFile(ContentTable):
    """The text of one version of one scale, under the licence that the clinic holds."""

    instrument: Words
    instrument_version: Annotated[int, Field(ge=1)]
    licence: Words
    stem: str = ""
    answer: list[WordedAnswer] = Field(default_factory=list)
    item: list[WordedItem] = Field(min_length=1)
    case: list[WordedCase] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Wording:
    """A text and the scale that carries it."""

    content: WordingFile
    worded: Instrument

    @property
    def joined(self) -> Mapping[tuple[str, str, int], Any]:
        """The scale with its text, in the place of the one without."""
        return {("instrument", self.worded.id, self.worded.version): self.worded}


def wording(draft: Draft, on: Shelf) -> tuple[Wording, Failing]:
    """The scale with the text of this file; refused when the two do not fit together."""
    content = WordingFile.of(draft.raw)
    scale = _scale(content, on=on, file=draft.file)
    _refuse_other_items(content, scale, file=draft.file)
    worded = scale.model_copy(
        update={
            "wording": "licensed",
            "licence": content.licence,
            "stem": content.stem,
            "item": [
                _worded(scale, mine, text=theirs, content=content, file=draft.file)
                for mine, theirs in zip(scale.item, content.item, strict=True)
            ],
        }
    )
    return Wording(content, worded), list(_failing(content, worded))


def _scale(content: WordingFile, *, on: Shelf, file: str) -> Instrument:
    try:
        found: Instrument = on.item("instrument", content.instrument, content.instrument_version)
    except UnknownContentError as error:
        raise ContentError(error.reason, file=file, key="instrument") from error
    if found.wording != "structure":
        state = "text of its own" if found.wording == "embedded" else "its text from another file"
        raise ContentError(f"{found.title} has {state}", file=file, key="instrument")
    return found


def _refuse_other_items(content: WordingFile, scale: Instrument, *, file: str) -> None:
    mine, theirs = [item.id for item in scale.item], [item.id for item in content.item]
    if mine == theirs:
        return
    if len(mine) != len(theirs):
        reason = f"{scale.title} has {len(mine)} items, not {len(theirs)}"
    else:
        pairs = zip(mine, theirs, strict=True)
        wanted, found = next(pair for pair in pairs if pair[0] != pair[1])
        reason = f"item '{wanted}' of {scale.title} is expected here, not '{found}'"
    raise ContentError(reason, file=file, key="item")


def _worded(
    scale: Instrument, item: Item, *, text: WordedItem, content: WordingFile, file: str
) -> Item:
    """The question with its text, and its answers with theirs where the file has any."""
    answers = text.answer or content.answer
    if not answers:
        return item.model_copy(update={"text": text.text})
    said = [answer.value for answer in answers]
    values = list(scale.values(item))
    if sorted(said) != sorted(values):
        reason = f"the answers are {_listed(values)}, not {_listed(said)}"
        raise ContentError(reason, file=file, key=f"item.{item.id}.answer")
    worded = [Answer(value=answer.value, text=answer.text) for answer in answers]
    return item.model_copy(update={"text": text.text, "answer": worded, "span": None})


def _listed(values: Sequence[int]) -> str:
    return ", ".join(map(str, values))


def _failing(content: WordingFile, worded: Instrument) -> Failing:
    texts = {(item.id, answer.value): answer.text for item in worded.item for answer in item.answer}
    return [
        (case.name, f"says {texts.get((case.item, case.value), '')!r}")
        for case in content.case
        if texts.get((case.item, case.value), "") != case.text
    ]
