"""The shapes of a search, of a new patient and of a correction."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SearchForm(forms.Form):
    """What is known of the person looked for; every box may stay empty."""

    words = forms.CharField(required=False, max_length=120, label=_("Name"))
    born_on = forms.DateField(
        required=False,
        label=_("Birth date"),
        error_messages={"invalid": _("Type the birth date as year-month-day, 1964-03-01")},
    )
    number = forms.CharField(required=False, max_length=200, label=_("Record number"))
    phone_tail = forms.RegexField(
        r"[0-9]{3,}",
        required=False,
        max_length=20,
        label=_("Last digits of the telephone"),
        error_messages={"invalid": _("Type at least the last three digits of the telephone")},
    )


class RegisterForm(forms.Form):
    """A person who is new here."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    given_name = forms.CharField(max_length=120, label=_("Given name"))
    family_name = forms.CharField(max_length=120, label=_("Family name"))
    born_on = forms.DateField(
        label=_("Birth date"),
        error_messages={"invalid": _("Type the birth date as year-month-day, 1964-03-01")},
    )
    sex = forms.ChoiceField(
        choices=[
            ("unknown", _("not known")),
            ("female", _("female")),
            ("male", _("male")),
            ("other", _("other")),
        ],
        label=_("Sex"),
    )
    phone = forms.CharField(required=False, max_length=40, label=_("Telephone"))
    email = forms.EmailField(required=False, label=_("E-mail"))
    number = forms.CharField(
        required=False, max_length=200, label=_("The clinic's record number, if there is one")
    )
    is_another = forms.BooleanField(
        required=False, label=_("I looked: this is another person of the same name and birth date")
    )


class CorrectionForm(forms.Form):
    """What a fact should have been, and why."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    value = forms.CharField(required=False, max_length=80, label=_("Right value"))
    reason = forms.CharField(max_length=400, label=_("What was wrong, and how it is known"))
    is_confirmed = forms.BooleanField(
        required=False, label=_("I looked again, and it is as I typed it")
    )
