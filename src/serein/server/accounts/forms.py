"""What people type at the door, what the owner types about them, and the clock's controls."""

import zoneinfo
from datetime import UTC, datetime
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import MinimumLengthValidator
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


class SignInForm(LoginForm):  # type: ignore[misc]  # the library is untyped
    """Name and password at the door."""

    def __init__(self, *args: Any, **words: Any) -> None:
        """Call the name what the owner calls it."""
        super().__init__(*args, **words)
        _name(self, login=_("Sign-in name"))


class PasswordForm(ChangePasswordForm):  # type: ignore[misc]  # the library is untyped
    """A password of one's own."""

    def __init__(self, *args: Any, **words: Any) -> None:
        """Say in one sentence what a password must be."""
        super().__init__(*args, **words)
        _name(
            self,
            oldpassword=_("Password until now"),
            password1=_("New password"),
            password2=_("New password once more"),
        )
        self.fields["password1"].help_text = _(
            "At least %(count)s characters; not digits alone, not a common word, not your name."
        ) % {"count": MinimumLengthValidator().min_length}


class CodeGeneratorForm(ActivateTOTPForm):  # type: ignore[misc]  # the library is untyped
    """The first code of a new code generator."""

    def __init__(self, *args: Any, **words: Any) -> None:
        """Call the code what the page asks for."""
        super().__init__(*args, **words)
        _name(self, code=_("The six digits"))


class KeyForm(AddWebAuthnForm):  # type: ignore[misc]  # the library is untyped
    """A passkey or security key."""

    def __init__(self, *args: Any, **words: Any) -> None:
        """Say what it means that a key replaces the password."""
        super().__init__(*args, **words)
        _name(self, name=_("Name of the key"), passwordless=_("It replaces the password"))
        self.fields["passwordless"].help_text = _(
            "This key alone then signs you in; it asks for your fingerprint or a PIN of its own."
        )


def _name(form: forms.Form, **labels: Any) -> None:
    for field, label in labels.items():
        form.fields[field].label = label
