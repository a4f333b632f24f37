"""What the owner types about people, and the clock's controls."""

import zoneinfo
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from serein.server import clock
from serein.server.accounts.models import LONGEST_NAME, Role
from serein.server.ids import new_id

LONGEST_STEP_MIN = 7 * 24 * 60


class RolesForm(forms.Form):
    """What a person is at the clinic."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    is_medical_director = forms.BooleanField(
        label=_("Medical director"),
        help_text=_("Adopts protocols for this clinic, by name. Must be a prescriber."),
        required=False,
    )


class InvitationForm(RolesForm):
    """A new person; the id is made with the empty form, so that a double tap makes one account."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)
    username = forms.CharField(
        label=_("Sign-in name"), max_length=150, validators=[UnicodeUsernameValidator()]
    )
    first_name = forms.CharField(label=_("First name"), max_length=LONGEST_NAME)
    last_name = forms.CharField(label=_("Last name"), max_length=LONGEST_NAME)
    field_order = ("id", "first_name", "last_name", "username", "roles", "is_medical_director")


class PhonesForm(forms.Form):
    """The numbers that patients take home."""

    phone_day = forms.CharField(label=_("By day"), max_length=40, required=False)
    phone_night = forms.CharField(
        label=_("At night"),
        help_text=_("The same number once more when somebody answers it at any hour."),
        max_length=40,
        required=False,
    )


class ClockForm(forms.Form):
    """Where the clock shall stand, or how far it shall go on; one of the two."""

    advance_min = forms.IntegerField(
        label=_("Go on by, minutes"), min_value=1, max_value=LONGEST_STEP_MIN, required=False
    )
    set_at = forms.DateTimeField(
        label=_("Set to, on the clinic's wall clock"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    is_frozen = forms.BooleanField(label=_("Stand still"), required=False)

    def clean_set_at(self) -> datetime | None:
        """Refuse a year that no page could show."""
        at: datetime | None = self.cleaned_data["set_at"]
        if at is not None and not clock.can_show(at):
            raise forms.ValidationError(
                _("Set a time from %(first)s to %(last)s."),
                params={"first": clock.EARLIEST.year, "last": clock.LATEST.year - 1},
            )
        return at

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        cleaned = super().clean() or {}
        if bool(cleaned.get("advance_min")) == bool(cleaned.get("set_at")) and not self.errors:
            raise forms.ValidationError(_("Say how far to go on, or a time to set."))
        return cleaned

    def moment(self, zone: zoneinfo.ZoneInfo) -> datetime:
        """The moment at which the clinic's wall clock shows what was typed."""
        at: datetime = self.cleaned_data["set_at"]
        return at.replace(tzinfo=zone).astimezone(UTC)
