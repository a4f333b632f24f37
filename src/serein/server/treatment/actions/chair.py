"""The chair around the visits: added, named, cleaned, blocked, free, and off the floor."""

from datetime import datetime
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import require
from serein.server.actions import action, hold
from serein.server.audit import actions as audit
from serein.server.treatment.actions import room
from serein.server.treatment.errors import TakenError
from serein.server.treatment.models import LONGEST_CHAIR_NAME, MOST_CHAIRS, Chair
from serein.server.wording import typed

LONGEST_REASON = 120
MANAGES = "accounts.manage"


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


@action
def add_chair(
    clinic: Clinic,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the client-made id, by the name every action gives it
    name: str = "",
) -> Chair:
    """One chair more, the last on the floor; without a name it goes by its number."""
    require(by, MANAGES, at=clinic)
    # Held: two chairs added at once have two numbers, and two names.
    here = hold(clinic)
    if (again := Chair.objects.filter(pk=id).first()) is not None:
        if again.clinic_id != here.pk:
            raise room.sent_before()
        return again
    every = Chair.objects.filter(clinic=here)
    if every.filter(gone_at=None).count() >= MOST_CHAIRS:
        raise InputError(_("A clinic has 1 to %s chairs.") % MOST_CHAIRS)
    last = every.aggregate(last=Max("number"))["last"] or 0
    chair = Chair(id=id, clinic=here, number=last + 1)
    chair.name = _free_name(chair, name)
    chair.save(force_insert=True)
    room.touch(chair)
    _log(chair, by=by, now=now, verb="treatment.add_chair")
    return chair


@action
def rename_chair(chair: Chair, *, by: User, now: datetime, name: str) -> Chair:
    """The chair under another name, in the same place; without one it goes by its number."""
    require(by, MANAGES, at=chair.clinic)
    hold(chair.clinic)
    locked = _locked(chair)
    wanted = _free_name(locked, name)
    return _change(locked, by=by, now=now, verb="treatment.rename_chair", name=wanted)


@action
def remove_chair(chair: Chair, *, by: User, now: datetime) -> Chair:
    """Take a chair that nobody sits in off the floor; its visits keep it."""
    require(by, MANAGES, at=chair.clinic)
    locked = _locked(chair)
    if locked.gone_at is not None:
        return locked
    if locked.sessions.filter(ended_at=None).exists():
        raise TakenError(_("Somebody sits in %(chair)s") % {"chair": locked})
    return _change(locked, by=by, now=now, verb="treatment.remove_chair", gone_at=now)


@action
def return_chair(chair: Chair, *, by: User, now: datetime) -> Chair:
    """Put a chair back on the floor, in the place it had."""
    require(by, MANAGES, at=chair.clinic)
    hold(chair.clinic)
    on_floor = Chair.objects.filter(clinic=chair.clinic, gone_at=None).exclude(pk=chair.pk)
    if on_floor.count() >= MOST_CHAIRS:
        raise InputError(_("A clinic has 1 to %s chairs.") % MOST_CHAIRS)
    return _change(_locked(chair), by=by, now=now, verb="treatment.return_chair", gone_at=None)


def _free_name(chair: Chair, name: str) -> str:
    """The name as the row keeps it; refused when another chair here is called so."""
    kept = " ".join(typed(name, at_most=LONGEST_CHAIR_NAME).split())
    if kept.isdigit() and kept != str(chair.number):
        raise InputError(
            _(
                "A number is a chair's place on the floor, and the key that finds it: "
                "this one is %(number)s. Leave the name empty, or give it one with letters"
            )
            % {"number": chair.number}
        )
    called = kept or str(chair.number)
    # Off the floor too: its visits are read by its name.
    for other in Chair.objects.filter(clinic=chair.clinic_id).exclude(pk=chair.pk):
        if other.label.casefold() == called.casefold():
            raise InputError(
                _("Another chair is called %(name)s; give this one a name of its own")
                % {"name": other.label}
            )
    return "" if kept == str(chair.number) else kept


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
    _log(locked, by=by, now=now, verb=verb)
    return locked


def _log(chair: Chair, *, by: User, now: datetime, verb: str) -> None:
    # Its number, not its name: a line holds no free text.
    details = {"chair": chair.number}
    audit.record(clinic=chair.clinic, by=by, verb=verb, subject=chair, now=now, details=details)
