"""The first set-up of a house: one clinic, its chairs, its owner."""

from datetime import datetime

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError
from serein.server.accounts.actions import Invitation, set_up_clinic
from serein.server.accounts.models import Membership
from serein.server.actions import action
from serein.server.audit import actions as audit
from serein.server.treatment.models import MOST_CHAIRS, Chair


@action
def set_up_house(
    name: str,
    *,
    now: datetime,
    time_zone: str,
    chairs: int,
    owner_username: str,
    phone_day: str = "",
    phone_night: str = "",
) -> Invitation:
    """The clinic with its owner and chairs, in an empty house; refused in any other."""
    if not 1 <= chairs <= MOST_CHAIRS:
        raise InputError(_("A clinic has 1 to %s chairs.") % MOST_CHAIRS)
    made = set_up_clinic(
        name,
        now=now,
        time_zone=time_zone,
        owner_username=owner_username,
        phone_day=phone_day,
        phone_night=phone_night,
    )
    clinic = Membership.objects.select_related("clinic").get(user=made.user).clinic
    Chair.objects.bulk_create(
        Chair(clinic=clinic, number=number) for number in range(1, chairs + 1)
    )
    audit.record(
        clinic=clinic,
        by=None,
        verb="treatment.set_up_chairs",
        subject=clinic,
        now=now,
        details={"chairs": chairs},
    )
    return made
