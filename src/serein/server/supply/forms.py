"""What is read off a label."""

from django import forms
from django.utils.translation import gettext_lazy as _

from serein.server.supply.models import Unit

# In tall letters where the names are alike.
PRODUCTS = (("ketamine", _("racemic KETAMINE")), ("esketamine", _("ESketamine")))


class LotForm(forms.Form):
    """One lot."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    product = forms.ChoiceField(
        choices=PRODUCTS,
        widget=forms.RadioSelect,
        label=_("Product on the label"),
        error_messages={"required": _("Choose the product that the label names")},
    )
    number = forms.CharField(
        max_length=40,
        label=_("Lot number"),
        error_messages={"required": _("Type the lot number as the label has it")},
    )
    unit = forms.ChoiceField(
        choices=Unit.choices,
        widget=forms.RadioSelect,
        label=_("Counted in"),
        error_messages={"required": _("Choose what it is counted in")},
    )
    strength_mg = forms.FloatField(
        label=_("Milligrams in one of them"),
        error_messages={
            "required": _("Type the milligrams in one of them"),
            "invalid": _("Type the milligrams as a number, such as 50"),
        },
    )
    expires_on = forms.DateField(
        label=_("Expires on"),
        error_messages={
            "required": _("Type the day on which it expires"),
            "invalid": _("Type the day as year-month-day, 2027-03-01"),
        },
    )
