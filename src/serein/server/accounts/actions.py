"""Every write about people and clinics."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.server import clock
from serein.server.accounts.models import LONGEST_NAME, Clinic, Membership, Role, User
from serein.server.accounts.permissions import require
from serein.server.accounts.queries import is_set_up, one_time_password
from serein.server.actions import action, hold
from serein.server.audit import actions as audit
from serein.server.errors import TakenError

FEWEST_DIGITS = 3


@dataclass(frozen=True)
class Invitation:
    """A person and the password to hand over; None when it was handed over before."""

    user: User
    one_time_password: str | None


@action
def set_up_clinic(
    name: str,
    *,
    now: datetime,
    time_zone: str,
    owner_username: str,
    phone_day: str = "",
    phone_night: str = "",
    is_invented: bool = False,
) -> Invitation:
    """The first clinic of an empty house and its owner: what `serein init` makes.

    There is nobody yet who could be asked for permission, so it is refused once there is.
    """
    refuse_set_up()
    _check_clinic(name, time_zone=time_zone)
    _check_username(owner_username)
    check_phones(phone_day, phone_night)
    clinic = Clinic.objects.create(
        name=name,
        time_zone=time_zone,
        phone_day=phone_day.strip(),
        phone_night=phone_night.strip(),
        is_invented=is_invented,
    )
    owner = User(username=owner_username, must_change_password=True)
    password = _give_one_time_password(owner)
    Membership.objects.create(clinic=clinic, user=owner, role=Role.OWNER)
    audit.record(clinic=clinic, by=None, verb="accounts.set_up_clinic", subject=clinic, now=now)
    return Invitation(owner, password)


def refuse_set_up() -> None:
    """Refuse a house in which anybody or any clinic is kept; without tables, nobody is."""
    if is_set_up():
        raise TakenError(_("This house is set up already; the owner invites people on /people/."))


@action
def invite_person(
    clinic: Clinic,
    *,
    by: User,
    now: datetime,
    id: UUID,  # noqa: A002  the house's word
    username: str,
    first_name: str,
    last_name: str,
    roles: Collection[str],
    is_medical_director: bool = False,
) -> Invitation:
    """Make an account with roles at this clinic and a one-time password."""
    require(by, "accounts.manage", at=clinic)
    # Sent twice at once, it makes one account.
    hold(clinic)
    if known := User.objects.filter(pk=id, memberships__clinic=clinic).first():
        return Invitation(known, None)
    _check_names(first_name, last_name)
    if User.objects.filter(pk=id).exists():
        # Of another clinic, perhaps; that is not said.
        raise TakenError(_("This form was sent before. Open the page again and repeat it."))
    _check_roles(roles, is_medical_director=is_medical_director)
    user = User(id=id, username=username, first_name=first_name, last_name=last_name)
    password = _make_account(user)
    _put_roles(user, clinic, roles, is_medical_director=is_medical_director)
    audit.record(
        clinic=clinic,
        by=by,
        verb="accounts.invite_person",
        subject=user,
        now=now,
        details=_as_details(roles, is_medical_director=is_medical_director),
    )
    return Invitation(user, password)


@action
def change_roles(
    user: User,
    *,
    by: User,
    at: Clinic,
    now: datetime,
    roles: Collection[str],
    is_medical_director: bool = False,
) -> None:
    """Give the person exactly these roles at this clinic; none closes the clinic to them."""
    require(by, "accounts.manage", at=at)
    # Two owners must not both leave because each has seen the other.
    hold(at)
    _check_is_of(user, at)
    _check_roles(roles, is_medical_director=is_medical_director, may_be_none=True)
    others = Membership.objects.filter(clinic=at, role=Role.OWNER).exclude(user=user)
    if Role.OWNER not in roles and not others.exists():
        raise InputError(_("A clinic needs an owner; make somebody else owner first."))
    _put_roles(user, at, roles, is_medical_director=is_medical_director)
    audit.record(
        clinic=at,
        by=by,
        verb="accounts.change_roles",
        subject=user,
        now=now,
        details=_as_details(roles, is_medical_director=is_medical_director),
    )


@action
def reset_access(user: User, *, by: User, at: Clinic, now: datetime) -> Invitation:
    """A new one-time password for who lost password or telephone; other sign-ins end at once."""
    require(by, "accounts.manage", at=at)
    _check_is_of(user, at)
    if Membership.objects.filter(user=user).exclude(clinic=at).exists():
        # Whoever sets a password can sign in with it, and would enter the other clinic too.
        raise InputError(
            _("This person also works at another clinic; ask whoever runs the server.")
        )
    password = _give_new_way_in(user)
    audit.record(clinic=at, by=by, verb="accounts.reset_access", subject=user, now=now)
    return Invitation(user, password)


@action
def reset_access_from_console(user: User, *, now: datetime) -> Invitation:
    """The same for whoever runs the server, who could change the tables anyway: for a sole owner.

    Nobody is signed in at a console, so the line names nobody; it says where it was done.
    """
    password = _give_new_way_in(user)
    audit.record(
        clinic=_only_clinic(user),
        by=None,
        verb="accounts.reset_access",
        subject=user,
        now=now,
        details={"is_at_the_console": True},
    )
    return Invitation(user, password)


@action
def change_phones(
    clinic: Clinic, *, by: User, now: datetime, phone_day: str, phone_night: str
) -> None:
    """Keep the numbers that patients take home; the same ones again change nothing."""
    require(by, "accounts.manage", at=clinic)
    check_phones(phone_day, phone_night)
    kept = hold(clinic)
    wanted = (phone_day.strip(), phone_night.strip())
    if wanted == (kept.phone_day, kept.phone_night):
        return
    kept.phone_day, kept.phone_night = wanted
    kept.save(update_fields=["phone_day", "phone_night"])
    audit.record(
        clinic=kept,
        by=by,
        verb="accounts.change_phones",
        subject=kept,
        now=now,
        details={"is_by_day": bool(wanted[0]), "is_at_night": bool(wanted[1])},
    )


@action
def change_password(user: User, *, password: str, now: datetime) -> None:
    """Keep the password that the person chose for themselves."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    _record_at_the_door(user, "accounts.change_password", now=now)


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


@action
def record_second_factor(user: User, change: str, *, now: datetime) -> None:
    """Log that the person added or took away a second factor."""
    audit.record(
        clinic=_only_clinic(user),
        by=user,
        verb="accounts.second_factor",
        subject=user,
        now=now,
        details={"change": change},
    )


@action
def set_clock(to: datetime, *, by: User, at: Clinic, now: datetime, frozen: bool = False) -> None:
    """Set the clock of a test or demo server."""
    require(by, "clock.set", at=at)
    _check_clock_can_show(to)
    audit.record(clinic=at, by=by, verb="clock.set", subject=None, now=now, details={"to": to})
    clock.set_to(to, frozen=frozen)


@action
def advance_clock(step: timedelta, *, by: User, at: Clinic, now: datetime) -> None:
    """Move the clock of a test or demo server forward."""
    require(by, "clock.set", at=at)
    _check_clock_can_show(now + step)
    seconds = int(step.total_seconds())
    audit.record(
        clinic=at, by=by, verb="clock.advance", subject=None, now=now, details={"s": seconds}
    )
    clock.advance(step)


def _check_clock_can_show(at: datetime) -> None:
    if not clock.is_settable():
        raise InputError(_("The clock of a live server cannot be set."))
    if not clock.can_show(at):
        raise InputError(_("The clock cannot stand in the year %s.") % at.year)


def _check_clinic(name: str, *, time_zone: str) -> None:
    longest = Clinic._meta.get_field("name").max_length or 0
    if not name.strip() or len(name) > longest:
        raise InputError(_("Give the clinic a name of at most %s letters.") % longest)
    if not clock.is_zone(time_zone):
        raise InputError(
            _("There is no time zone “%s”; write one such as America/New_York.") % time_zone
        )


def check_phones(*numbers: str) -> None:
    """Refuse what nobody could dial; an empty one is a number that is not known yet."""
    longest = Clinic._meta.get_field("phone_day").max_length or 0
    for number in numbers:
        digits = sum(sign.isdecimal() for sign in number)
        if number.strip() and (digits < FEWEST_DIGITS or len(number.strip()) > longest):
            raise InputError(
                _("“%s” is no telephone number; write it as a patient would dial it.") % number
            )


def _check_username(username: str) -> None:
    try:
        User._meta.get_field("username").run_validators(username)
    except ValidationError as wrong:
        reason = " ".join(wrong.messages)
        raise InputError(
            _("“%(name)s” is no sign-in name. %(reason)s") % {"name": username, "reason": reason}
        ) from wrong


def _check_names(*names: str) -> None:
    if any(len(name) > LONGEST_NAME for name in names):
        raise InputError(_("Shorten each name to at most %s letters.") % LONGEST_NAME)


def _check_is_of(user: User, clinic: Clinic) -> None:
    if not Membership.objects.filter(user=user, clinic=clinic).exists():
        raise InputError(_("This person has no role at %s.") % clinic)


def _check_roles(
    roles: Collection[str], *, is_medical_director: bool, may_be_none: bool = False
) -> None:
    if unknown := set(roles) - set(Role):
        raise InputError(_("There is no role “%s”.") % ", ".join(sorted(unknown)))
    if not roles and not may_be_none:
        raise InputError(_("Choose at least one role."))
    if is_medical_director and Role.PRESCRIBER not in roles:
        raise InputError(_("The medical director is a prescriber; choose that role too."))


def _make_account(user: User) -> str:
    """Its one-time password; the table knows the names of all clinics, and of this very instant."""
    try:
        with transaction.atomic():
            return _give_one_time_password(user)
    except IntegrityError as taken:
        if not User.objects.filter(username__iexact=user.username).exclude(pk=user.pk).exists():
            raise
        sentence = _("The name “%s” is taken; choose another sign-in name.")
        raise TakenError(sentence % user.username) from taken


def _give_one_time_password(user: User) -> str:
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    user.save()
    return password


def _give_new_way_in(user: User) -> str:
    """A one-time password and no second factor; with the old password every sign-in ends."""
    password = _give_one_time_password(user)
    Authenticator.objects.filter(user=user).delete()
    AccessAttempt.objects.filter(username=user.username).delete()
    return password


def _put_roles(
    user: User, clinic: Clinic, roles: Collection[str], *, is_medical_director: bool
) -> None:
    Membership.objects.filter(user=user, clinic=clinic).delete()
    Membership.objects.bulk_create(
        Membership(
            clinic=clinic,
            user=user,
            role=role,
            is_medical_director=is_medical_director and role == Role.PRESCRIBER,
        )
        for role in sorted(set(roles))
    )


def _as_details(roles: Collection[str], *, is_medical_director: bool) -> dict[str, object]:
    return {"roles": sorted(roles), "is_medical_director": is_medical_director}


def _record_at_the_door(user: User, verb: str, *, now: datetime) -> None:
    audit.record(clinic=_only_clinic(user), by=user, verb=verb, subject=user, now=now)


def _only_clinic(user: User) -> Clinic | None:
    found = list(Clinic.objects.filter(memberships__user=user).distinct()[:2])
    return found[0] if len(found) == 1 else None
