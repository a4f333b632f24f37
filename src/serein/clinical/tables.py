"""What every table of a content file shares: nothing unexpected, and a source or a policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serein.clinical.criteria import Source, Verdict

Words = Annotated[str, Field(min_length=1)]
ContentId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
NO_SOURCE = Source("Clinic policy")


class Table(BaseModel):
    """A table of a file: nothing in it that is not expected."""

    # Built at the first file of its kind: most commands read none of most kinds.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class SourceTable(Table):
    """Where something was read."""

    id: Words
    title: Words
    section: str = ""
    url: str = ""
    read: date

    def named(self) -> Source:
        """The source as a finding shows it."""
        return Source(self.title, self.section, self.url, self.read)


class Marked(Table):
    """A table with a number or a rule: it names its source, or is the clinic's own policy."""

    source: str | None = None
    checked: bool = False
    policy: bool = False

    @model_validator(mode="after")
    def _has_ground(self) -> Self:
        if self.source is None and not self.policy:
            raise ValueError("names no source; give source = '...' or policy = true")
        if self.checked and self.source is None:
            raise ValueError("cannot be checked against a source that it does not name")
        return self


class RuleTable(Marked):
    """A rule over facts; `never` names an answer that it cannot give, and why no case shows it."""

    id: Words
    text: Words
    when: dict[str, Any]
    never: dict[Verdict, Words] = Field(default_factory=dict)


class ContentTable(Table):
    """The head of every file: what it is, from when it holds and where, and what was read."""

    kind: str = ""
    id: ContentId
    version: Annotated[int, Field(ge=1)]
    title: Words
    effective: date
    jurisdiction: Words
    source: Annotated[list[SourceTable], Field(min_length=1)]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """The file that these tables say, with no number and no yes in quotes.

        As JSON, for there strictness knows lists, words and days for what they stand for.
        """
        return cls.model_validate_json(json.dumps(raw, default=str), strict=True)

    def source_of(self, table: Marked) -> Source:
        """The source a table names, in full; the clinic's own policy when it names none."""
        return next((each.named() for each in self.source if each.id == table.source), NO_SOURCE)
