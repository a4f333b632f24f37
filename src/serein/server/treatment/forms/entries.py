"""What every form of a session carries: whose it is, its own id, and when it happened."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from serein.server import clock

WATCH_AHEAD = timedelta(minutes=10)
HALF_A_DAY = timedelta(hours=12)


def on_the_wall(
    typed: time | None, *, now: datetime, zone: ZoneInfo, on: date | None = None
) -> datetime | None:
    """The last moment at which the clinic's wall clock showed the typed time; None without one.

    After midnight 23:58 is yesterday's, and of an hour that the clocks repeat the nearer one is
    meant. A watch that runs ahead is no reason to think of yesterday.
    """
    if typed is None:
        return None
    today = now.astimezone(zone).date()
    days = [on] if on else [today + timedelta(days=count) for count in (-1, 0, 1)]
    moments = sorted(
        datetime.combine(day, typed.replace(fold=fold), tzinfo=zone).astimezone(UTC)
        for day in days
        for fold in (0, 1)
    )
    past = [at for at in moments if at <= now]
    coming = [at for at in moments if at > now]
    if coming and not past:
        return coming[0]
    is_ahead = bool(coming) and coming[0] - now <= WATCH_AHEAD and now - past[-1] >= HALF_A_DAY
    return coming[0] if is_ahead else past[-1]


def moment(typed: Mapping[str, Any], *, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When it happened, as a form's boxes say it; None when they are empty."""
    return on_the_wall(typed.get("at"), on=typed.get("on"), now=now, zone=zone)


def day_field() -> forms.DateField:
    """A day in the years that every clock, zone and database can show."""
    said = _("Enter a day from this century")
    first, last = clock.EARLIEST.date(), clock.LATEST.date()
    limits = [MinValueValidator(first, said), MaxValueValidator(last, said)]
    return forms.DateField(required=False, label=_("Day, when it is longer ago"), validators=limits)


def refuse_day_alone(form: forms.Form) -> None:
    """A day says nothing without its time."""
    if form.cleaned_data.get("on") and not form.cleaned_data.get("at"):
        form.add_error("at", _("Enter the time of that day too"))


class EntryForm(forms.Form):
    """What every form of a session carries: its own id, whose it is, and when it happened."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    patient = forms.UUIDField(widget=forms.HiddenInput)
    at = forms.TimeField(required=False, label=_("Time, when it was not now"))
    on = day_field()
    reason = forms.CharField(required=False, max_length=400, label=_("Why it is entered later"))

    def clean(self) -> dict[str, Any]:
        """A day says nothing without its time."""
        refuse_day_alone(self)
        return self.cleaned_data

    def words(self, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
        """What every action takes of it."""
        return {
            "id": self.cleaned_data["entry"],
            "patient_id": self.cleaned_data["patient"],
            "at": moment(self.cleaned_data, now=now, zone=zone),
            "reason": self.cleaned_data["reason"],
        }


class PlainEntryForm(forms.Form):
    """An entry that happens now: its own id and whose it is."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    patient = forms.UUIDField(widget=forms.HiddenInput)

    def words(self) -> dict[str, Any]:
        """What every action takes of it."""
        return {"id": self.cleaned_data["entry"], "patient_id": self.cleaned_data["patient"]}
