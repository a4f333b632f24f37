"""The tables of a duties file: events with deadlines, and duties that always stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from serein.clinical.business_days import Holiday, Observed
from serein.clinical.dated import Bound, repeated
from serein.clinical.tables import ContentId, ContentTable, Marked, Table, Words

Count = Annotated[int, Field(ge=0)]


class After(Table):
    """How long after the event: one of calendar days, business days or years."""

    calendar_days: Count | None = None
    business_days: Annotated[int, Field(ge=1)] | None = None
    years: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        ways = (self.calendar_days, self.business_days, self.years)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("says one of calendar_days, business_days, years")
        return self


class Deadline(Marked):
    """What is owed after an event, by whom; without `after` no source names a number of days."""

    id: ContentId
    text: Words
    owner: Words
    settings: tuple[str, ...] = ()
    after: After | None = None
    begins: Bound | None = None


class DutyNote(Marked):
    """What must be said beside the deadlines of an event."""

    id: ContentId
    text: Words
    settings: tuple[str, ...] = ()


class Event(Table):
    """Something that happens and starts deadlines; `day` says which day is asked for."""

    id: ContentId
    title: Words
    day: Words
    deadline: Annotated[list[Deadline], Field(min_length=1)]
    note: tuple[DutyNote, ...] = ()


class Standing(Marked):
    """A duty that always stands, for some kinds of setting or for all."""

    id: ContentId
    topic: Words
    text: Words
    settings: tuple[str, ...] = ()


class Setting(Table):
    """A kind of place or person that owes something."""

    id: ContentId
    title: Words


class DutyCase(Table):
    """A worked example: an event on a day, and the day of each deadline; undated ones by id."""

    name: Words
    event: Words
    on: date
    setting: str | None = None
    due: dict[str, date]
    undated: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class DutiesFile(ContentTable):
    """What the law and the programmes of one jurisdiction ask for, and by when."""

    setting: Annotated[list[Setting], Field(min_length=1)]
    observed: Observed | None = None
    holiday: tuple[Holiday, ...] = ()
    event: Annotated[list[Event], Field(min_length=1)]
    standing: tuple[Standing, ...] = ()
    case: Annotated[list[DutyCase], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_what_it_lists(self) -> Self:
        listed = [each.id for each in self.setting]
        for word in (word for named in self._settings_named() for word in named):
            if word not in listed:
                raise ValueError(f"names the setting '{word}', which it does not list")
        return self

    @model_validator(mode="after")
    def _lists_each_once(self) -> Self:
        lists = [
            [each.id for each in self.setting],
            [each.id for each in self.holiday],
            [each.id for each in self.event],
            [each.id for each in self.standing],
            *([each.id for each in event.deadline] for event in self.event),
        ]
        for ids in lists:
            for word in repeated(ids):
                raise ValueError(f"'{word}' stands in it twice")
        return self

    @model_validator(mode="after")
    def _knows_days_off(self) -> Self:
        spans = (row.after for event in self.event for row in event.deadline)
        if any(span and span.business_days for span in spans) and self.observed is None:
            raise ValueError("counts business days, so it lists [[holiday]] and [observed]")
        return self

    def _settings_named(self) -> Iterator[tuple[str, ...]]:
        yield from (duty.settings for duty in self.standing)
        for event in self.event:
            yield from (each.settings for each in event.deadline)
            yield from (each.settings for each in event.note)
