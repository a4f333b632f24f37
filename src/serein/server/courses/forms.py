"""The shape of a new course."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CourseForm(forms.Form):
    """What a prescriber decides when a course starts."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    protocol = forms.CharField(label=_("Protocol"))
    indication = forms.CharField(max_length=200, label=_("Indication"))
    review_on = forms.DateField(label=_("Review on"))
    earlier_sessions = forms.IntegerField(
        min_value=0, max_value=500, initial=0, label=_("Sessions given before, elsewhere")
    )
