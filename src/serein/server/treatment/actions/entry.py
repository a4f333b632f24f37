"""One entry of somebody's hand: its facts, stored once however often it is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.server.alerts.models import Alert
from serein.server.library import library
from serein.server.treatment.actions import room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.queries import standing_codes


def record(
    here: Room,
    values: Mapping[str, Any],
    *,
    verb: str,
    id: UUID,  # noqa: A002  the entry's id
    at: datetime | None = None,
    reason: str = "",
    is_panel: bool = False,
    may_follow_the_end: bool = False,
) -> list[Alert]:
    """Store the entry and raise what it sets off; sent again, it gives back what it raised."""
    if (first := sent(here, values, id=id, at=at)) is not None:
        return first
    happened = room.event_time(here, at, reason=reason, may_follow_the_end=may_follow_the_end)
    new = facts(here, values, id=id, at=happened, is_panel=is_panel)
    room.store(here, new, reason=reason)
    details = {
        "codes": sorted(values),
        "entry": str(id),
        "late": room.is_late(here, happened),
        "after_end": room.is_after_end(here, happened),
    }
    return room.leave(here, verb=verb, new=new, details=details)


def facts(
    here: Room,
    values: Mapping[str, Any],
    *,
    id: UUID,  # noqa: A002  the entry's id
    at: datetime,
    is_panel: bool = False,
) -> list[Fact]:
    """The facts of one entry; their ids come from the entry's, so that each is stored once."""
    standing = standing_codes(here.protocol)
    return [
        room.fact(
            here,
            code,
            value,
            id=uuid5(id, code),
            at=at,
            panel=id if is_panel else None,
            is_standing=code in standing,
        )
        for code, value in values.items()
    ]


def sent(
    here: Room,
    values: Mapping[str, Any],
    *,
    id: UUID,  # noqa: A002  the entry's id
    at: datetime | None = None,
) -> list[Alert] | None:
    """What this very entry raised when it was first sent; None when it was not sent before.

    A second sending that says something else is refused: what was typed would be lost unseen.
    """
    codes = {uuid5(id, code): code for code in values}
    found = {codes[one.id]: one for one in here.facts if one.id in codes}
    if not found:
        return None
    other = [code for code, value in values.items() if not _says(found.get(code), value, at=at)]
    if other:
        raise InputError(
            _(
                "This form was saved before with something else in %(titles)s. "
                "Look at what was saved; correct it there, or enter the rest anew"
            )
            % {"titles": ", ".join(library().dictionary.code(code).title for code in other)}
        )
    return raised_with(here, list(found.values()))


def first(
    here: Room,
    id: UUID,  # noqa: A002  the entry's id
    *codes: str,
) -> Fact | None:
    """The fact of one of these codes that this very entry stored; None when it was not sent."""
    names = {uuid5(id, code) for code in codes}
    return next((one for one in here.facts if one.id in names), None)


def was_sent(here: Room, fact: UUID) -> bool:
    """Whether the fact that only this entry makes is stored; refused when it was struck since."""
    if fact not in {one.id for one in here.facts}:
        return False
    if fact in {one.replaces for one in here.facts}:
        raise InputError(
            _(
                "This form was sent before, and what it said was taken back since. "
                "Open the session again and enter what holds now"
            )
        )
    return True


def _says(stored: Fact | None, value: Any, *, at: datetime | None) -> bool:
    if stored is None or (at is not None and stored.effective_at != at):
        return False
    return bool(stored.value == (value.strip() if isinstance(value, str) else value))


def raised_with(here: Room, stored: Sequence[Fact]) -> list[Alert]:
    """The alerts that were raised by the act that stored these facts."""
    moments = {fact.recorded_at for fact in stored}
    return list(Alert.objects.filter(encounter=here.session.id, raised_at__in=moments))
