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
        choices=PRODUCTS, widget=forms.RadioSelect, label=_("Product on the label")
    )
    number = forms.CharField(max_length=40, label=_("Lot number"))
    unit = forms.ChoiceField(choices=Unit.choices, widget=forms.RadioSelect, label=_("Counted in"))
    strength_mg = forms.FloatField(label=_("Milligrams in one of them"))
    expires_on = forms.DateField(label=_("Expires on"))
