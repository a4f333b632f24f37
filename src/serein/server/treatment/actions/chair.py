"""The chair around the visits: cleaned, blocked, free."""

from datetime import datetime

from django.utils.translation import gettext as _

from serein.server.accounts.models import User
from serein.server.accounts.permissions import require
from serein.server.actions import action
from serein.server.audit import actions as audit
from serein.server.treatment.actions import room
from serein.server.treatment.errors import TakenError
from serein.server.treatment.models import Chair
from serein.server.wording import typed

LONGEST_REASON = 120


@action
def finish_cleaning(chair: Chair, *, by: User, now: datetime) -> Chair:
    """The chair is clean and free."""
    require(by, "treatment.finish_cleaning", at=chair.clinic)
    return _change(
        _locked(chair), by=by, now=now, verb="treatment.finish_cleaning", cleaning_since=None
    )


@action
def block_chair(chair: Chair, *, by: User, now: datetime, reason: str) -> Chair:
    """Take a chair that nobody sits in out of use, with the reason."""
    require(by, "treatment.block_chair", at=chair.clinic)
    why = typed(reason, asking=_("Say why the chair is blocked"), at_most=LONGEST_REASON)
    locked = _locked(chair)
    if locked.sessions.filter(ended_at=None).exists():
        raise TakenError(_("Somebody sits in %(chair)s") % {"chair": locked})
    return _change(locked, by=by, now=now, verb="treatment.block_chair", blocked_reason=why)


@action
def unblock_chair(chair: Chair, *, by: User, now: datetime) -> Chair:
    """Put the chair back in use."""
    require(by, "treatment.block_chair", at=chair.clinic)
    return _change(
        _locked(chair), by=by, now=now, verb="treatment.unblock_chair", blocked_reason=""
    )


def _locked(chair: Chair) -> Chair:
    return (
        Chair.objects.select_for_update(of=("self",), no_key=True)
        .select_related("clinic")
        .get(pk=chair.pk)
    )


def _change(locked: Chair, *, by: User, now: datetime, verb: str, **values: object) -> Chair:
    """The chair with these values; nothing is written when it has them already."""
    if all(getattr(locked, name) == value for name, value in values.items()):
        return locked
    for name, value in values.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(values))
    room.touch(locked)
    audit.record(clinic=locked.clinic, by=by, verb=verb, subject=locked, now=now)
    return locked
