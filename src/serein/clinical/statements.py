"""What is often said of these treatments and how it stands, as of a day and for a place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from serein.clinical.content_file import Draft
from serein.clinical.criteria import Source
from serein.clinical.doubles import refuse_twice
from serein.clinical.errors import ContentError
from serein.clinical.shelf import Shelf
from serein.clinical.tables import ContentId, ContentTable, Marked, Table, Words
from serein.clinical.vocabulary import nearest

Stance = Literal["holds", "needs-nuance", "outdated", "wrong", "unproven"]
Standing = Literal["not-yet", "current", "to-be-reread"]


class Statement(Marked):
    """One sentence people say, and how it stands; `also` names further sources.

    `until` is the last day for which it is known to stand, where a source gives one.
    """

    id: ContentId
    title: Words
    often_said: Words
    stands_now: Words
    stance: Stance
    as_of: date
    until: date | None = None
    jurisdiction: Words
    also: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.until is not None and self.until < self.as_of:
            raise ValueError(f"ends on {self.until}, before it stood on {self.as_of}")
        return self


class Rereading(Marked):
    """After how many days a statement is to be read again."""

    after_days: Annotated[int, Field(ge=1)]


class StatementCase(Table):
    """One worked case: how a statement stands on a day."""

    name: Words
    statement: ContentId
    on: date
    standing: Standing


class Statements(ContentTable):
    """A file of statements."""

    rereading: Rereading
    statement: Annotated[list[Statement], Field(min_length=1)]
    case: Annotated[list[StatementCase], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        refuse_twice(each.id for each in self.statement)
        return self

    def sources_of(self, statement: Statement) -> list[Source]:
        """Every source of a statement, the first one first."""
        also = [each.named() for each in self.source if each.id in statement.also]
        return [self.source_of(statement), *also]

    def standing(self, statement: Statement, *, on: date) -> Standing:
        """Whether a statement may be shown as current on a day, or is to be read again first."""
        if on < statement.as_of:
            return "not-yet"
        last = statement.as_of + timedelta(days=self.rereading.after_days)
        if statement.until is not None:
            last = min(last, statement.until)
        return "current" if on <= last else "to-be-reread"


def build(draft: Draft, _on: Shelf) -> tuple[Statements, list[tuple[str, str]]]:
    """The statements of a file, and the cases that do not hold, by name and reason."""
    built = Statements.of(draft.raw)
    known = tuple(each.id for each in built.source)
    for statement in built.statement:
        for name in statement.also:
            if name not in known:
                key = f"statement.{statement.id}.also"
                reason = f"no source '{name}'{nearest(name, known)}"
                raise ContentError(reason, file=draft.file, key=key)
    return built, [(case.name, why) for case in built.case if (why := _failure(built, case))]


def _failure(built: Statements, case: StatementCase) -> str | None:
    found = next((each for each in built.statement if each.id == case.statement), None)
    if found is None:
        ids = tuple(each.id for each in built.statement)
        return f"no statement is called '{case.statement}'{nearest(case.statement, ids)}"
    standing = built.standing(found, on=case.on)
    if standing == case.standing:
        return None
    return f"stands as {standing} on {case.on}, not {case.standing}"
