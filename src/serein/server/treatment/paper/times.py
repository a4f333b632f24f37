"""Times and days as paper shows them, by the clinic's wall clock."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _


def clock(at: datetime | None, zone: ZoneInfo) -> str:
    """Hour and minute; empty when it never came."""
    return f"{at.astimezone(zone):%H:%M}" if at else ""


def day(at: datetime, zone: ZoneInfo) -> str:
    """The day with its weekday."""
    return str(date_format(at.astimezone(zone), "D j M Y"))


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Day, hour and minute."""
    return f"{date_format(at.astimezone(zone), 'j M Y')} {clock(at, zone)}"


def born(on: date) -> str:
    """The birth date in words: it tells two people of one name apart."""
    return _("Born %(date)s") % {"date": date_format(on, "j M Y")}
