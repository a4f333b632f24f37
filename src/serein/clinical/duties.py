"""What is owed by which day after an event, and which duties always stand, by jurisdiction.

A date that no rule reaches gets a note, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from serein.clinical.business_days import ONE_DAY, business_days_after, kept_on
from serein.clinical.content_file import Draft
from serein.clinical.criteria import Source
from serein.clinical.dated import known, newest, said
from serein.clinical.duties_tables import After, Deadline, DutiesFile, DutyCase, Event
from serein.clinical.errors import InputError
from serein.clinical.shelf import Shelf

FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing owed after an event; `due` is None when no source names a number of days."""

    id: str
    due: date | None
    text: str
    owner: str
    settings: tuple[str, ...]
    source: Source
    checked: bool
    policy: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty that always stands."""

    id: str
    topic: str
    text: str
    settings: tuple[str, ...]
    source: Source
    checked: bool
    policy: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The deadlines of an event, soonest first, and the notes beside them by id."""

    owed: tuple[Owed, ...]
    notes: dict[str, str]


def of_jurisdiction(files: Iterable[DutiesFile], jurisdiction: str) -> list[DutiesFile]:
    """The files that hold there: those of the place, and of the country it lies in.

    Raises:
        InputError: No file is about that place; the sentence names the nearest.
    """
    latest = newest(files)
    places = sorted({file.jurisdiction for file in latest})
    place = known(jurisdiction, places, what="jurisdiction")
    return [
        file
        for file in latest
        if file.jurisdiction == place or place.startswith(f"{file.jurisdiction}-")
    ]


def deadlines(
    files: Sequence[DutiesFile], *, event: str, on: date, setting: str | None = None
) -> Answer:
    """What is owed after an event of that day, in one kind of setting or in all.

    Args:
        files: The files of one jurisdiction.
        event: Id of the event.
        on: The day that the event counts from.
        setting: Kind of setting; None leaves every deadline in.

    Raises:
        InputError: The event or setting is unknown, or the day is out of reach.
    """
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise InputError(f"{on} is out of reach; give a day of {FIRST_YEAR} to {LAST_YEAR}")
    events = dict.fromkeys(each.id for file in files for each in file.event)
    event_id = known(event, tuple(events), what="event")
    where = _setting(files, setting)
    owed: list[Owed] = []
    notes: dict[str, str] = {}
    for file in files:
        for each in (each for each in file.event if each.id == event_id):
            owed += _owed(file, each, on=on, setting=where)
            notes |= _notes(each, on=on, setting=where) | _days_off(file, each, on=on, owed=owed)
    if not owed and not notes:
        notes["nothing-owed"] = f"Nothing is known to be owed in the setting '{where}'"
    return Answer(tuple(sorted(owed, key=_soonest)), notes)


def standing(files: Sequence[DutiesFile], *, setting: str | None = None) -> list[Duty]:
    """The duties that always stand, in one kind of setting or in all.

    Raises:
        InputError: The setting is unknown.
    """
    where = _setting(files, setting)
    return [
        Duty(
            each.id,
            each.topic,
            each.text,
            each.settings,
            file.source_of(each),
            each.checked,
            each.policy,
        )
        for file in files
        for each in file.standing
        if _concerns(each.settings, where)
    ]


def _setting(files: Iterable[DutiesFile], setting: str | None) -> str | None:
    if setting is None:
        return None
    listed = dict.fromkeys(each.id for file in files for each in file.setting)
    return known(setting, tuple(listed), what="setting")


def _concerns(settings: tuple[str, ...], where: str | None) -> bool:
    return where is None or not settings or where in settings


def _owed(file: DutiesFile, event: Event, *, on: date, setting: str | None) -> Iterator[Owed]:
    for row in event.deadline:
        if _concerns(row.settings, setting) and not _is_earlier(row, on):
            yield Owed(
                row.id,
                _due(file, row.after, on=on),
                row.text,
                row.owner,
                row.settings,
                file.source_of(row),
                row.checked,
                row.policy,
            )


def _is_earlier(row: Deadline, on: date) -> bool:
    return row.begins is not None and on < row.begins.on


def _due(file: DutiesFile, after: After | None, *, on: date) -> date | None:
    if after is None:
        return None
    if after.calendar_days is not None:
        return on + timedelta(days=after.calendar_days)
    if after.business_days is not None:
        assert file.observed is not None
        return business_days_after(
            on, after.business_days, holidays=file.holiday, observed=file.observed
        )
    assert after.years is not None
    return years_after(on, after.years)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes the 28th, which is never too late.

    >>> years_after(date(2024, 2, 29), 2)
    datetime.date(2026, 2, 28)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _notes(event: Event, *, on: date, setting: str | None) -> dict[str, str]:
    notes = {
        each.id: said(each.text, each) for each in event.note if _concerns(each.settings, setting)
    }
    for row in event.deadline:
        if row.begins and _concerns(row.settings, setting) and _is_earlier(row, on):
            words = f"{row.text}: {row.begins.text}; what held on {on} is not in this table"
            notes[f"{row.id}-not-yet"] = said(words, row.begins)
    return notes


def _days_off(file: DutiesFile, event: Event, *, on: date, owed: Sequence[Owed]) -> dict[str, str]:
    """The holidays that a count of business days left out."""
    counted = {row.id for row in event.deadline if row.after and row.after.business_days}
    last = max((each.due for each in owed if each.due and each.id in counted), default=on)
    days = [on + ONE_DAY * number for number in range(1, (last - on).days)]
    notes = {}
    for day in days:
        assert file.observed is not None
        kept = kept_on(day, holidays=file.holiday, observed=file.observed)
        if kept:
            words = f"{day} is no business day: {kept.title}"
            notes[f"{kept.id}-day-off"] = said(words, kept)
    return notes


def _soonest(each: Owed) -> tuple[date, str]:
    # Without a date it may be owed at once, so it stands first.
    return each.due or date.min, each.id


def duties(draft: Draft, _on: Shelf) -> tuple[DutiesFile, list[tuple[str, str]]]:
    """The duties of a file, with its worked cases run."""
    built = DutiesFile.of(draft.raw)
    return built, [
        (case.name, reason) for case in built.case for reason in _differences(built, case)
    ]


def _differences(file: DutiesFile, case: DutyCase) -> Iterator[str]:
    try:
        found = deadlines([file], event=case.event, on=case.on, setting=case.setting)
    except InputError as refusal:
        yield str(refusal)
        return
    due = {each.id: each.due for each in found.owed if each.due}
    undated = [each.id for each in found.owed if not each.due]
    if due != case.due:
        yield "is due " + ", ".join(f"{name} {day}" for name, day in due.items())
    if sorted(undated) != sorted(case.undated):
        yield f"leaves undated {undated}"
    if sorted(found.notes) != sorted(case.notes):
        yield f"notes {sorted(found.notes)}"
