"""The shape of a search for a patient."""

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
