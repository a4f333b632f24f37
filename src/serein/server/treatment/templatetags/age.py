"""Times as the floor says them: 1:57:40, 9 min, 47."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import gettext as _

from serein.clinical.protocols import RecordTimes
from serein.server.patients.models import Patient
from serein.server.patients.templatetags.patients import age as years

register = template.Library()


@register.simple_tag
def elapsed(since: datetime, until: datetime) -> str:
    """Hours, minutes and seconds from one time to the other; nothing when it is over."""
    seconds = max(int((until - since).total_seconds()), 0)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


@register.simple_tag
def running(since: datetime, until: datetime) -> str:
    """The same for a clock that runs on: its hours are always there, so that it never jumps."""
    words = elapsed(since, until)
    return words if words.count(":") > 1 else f"0:{words:0>5}"


@register.simple_tag
def minutes(since: datetime, until: datetime) -> str:
    """How old a value is."""
    return _("%(count)s min") % {"count": int((until - since).total_seconds() // 60)}


@register.simple_tag
def late_by(record: RecordTimes, happened_at: datetime, recorded_at: datetime | None) -> int:
    """How many minutes late it was entered; 0 when that is not late, or not known."""
    return record.late_by(happened_at, recorded_at or happened_at)


@register.simple_tag
def age(patient: Patient, now: datetime, zone: ZoneInfo) -> int:
    """Completed years today, where the clinic is."""
    return years(patient.born_on, now.astimezone(zone).date())
