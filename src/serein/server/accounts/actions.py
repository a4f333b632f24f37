"""Every write about people and clinics."""

from datetime import datetime

from serein.server.accounts.models import Clinic, User
from serein.server.actions import action
from serein.server.audit import actions as audit


@action
def record_sign_in(user: User, *, now: datetime) -> None:
    """Log that the person came in."""
    _record_at_the_door(user, "accounts.sign_in", now=now)


@action
def record_sign_out(user: User, *, now: datetime) -> None:
    """Log that the person went."""
    _record_at_the_door(user, "accounts.sign_out", now=now)


@action
def record_failed_sign_in(username: str, *, now: datetime) -> None:
    """Log a failed sign-in; what was typed as a name is not kept, it may be a password."""
    user = User.objects.filter(username=username).first()
    clinic = _only_clinic(user) if user else None
    audit.record(clinic=clinic, by=None, verb="accounts.sign_in_failed", subject=user, now=now)


def _record_at_the_door(user: User, verb: str, *, now: datetime) -> None:
    audit.record(clinic=_only_clinic(user), by=user, verb=verb, subject=user, now=now)


def _only_clinic(user: User) -> Clinic | None:
    found = list(Clinic.objects.filter(memberships__user=user).distinct()[:2])
    return found[0] if len(found) == 1 else None
