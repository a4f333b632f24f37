"""The shapes of a search, of a new patient and of a correction."""

from math import isfinite
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from serein.clinical.errors import InputError
from serein.clinical.facts import FactValue


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
    email = forms.EmailField(required=False, max_length=254, label=_("E-mail"))
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

    def value_like(self, old: Any) -> FactValue:
        """What was typed, in the shape of the value it corrects.

        Raises:
            InputError: Nothing was typed, or a word where a number stood.
        """
        typed = self.cleaned_data["value"].strip()
        if not typed:
            raise InputError(_("Type the right value"))
        if isinstance(old, dict):
            kept = {key: one for key, one in old.items() if key != "comparator"}
            return {**kept, "value": _typed_like(old["value"], typed)}
        return _typed_like(old, typed)


def _typed_like(old: Any, typed: str) -> bool | int | float | str:
    if isinstance(old, bool):
        answers = {str(_("yes")): True, str(_("no")): False}
        if typed.lower() not in answers:
            raise InputError(_("Type yes or no"))
        return answers[typed.lower()]
    return _a_number(typed) if isinstance(old, int | float) else typed


def _a_number(typed: str) -> int | float:
    try:
        number = float(typed.replace(",", "."))
    except ValueError:
        raise InputError(_("%(typed)s is not a number") % {"typed": typed}) from None
    if not isfinite(number):
        raise InputError(_("%(typed)s is not a number") % {"typed": typed})
    return int(number) if number.is_integer() else number
