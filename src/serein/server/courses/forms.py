"""The shape of a new course."""

from django import forms
from django.utils.translation import gettext_lazy as _

ANOTHER = "another"


class CourseForm(forms.Form):
    """What a prescriber decides when a course starts."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    protocol = forms.CharField(max_length=100, label=_("Protocol"))
    indication = forms.CharField(max_length=200, label=_("Given for"))
    other_indication = forms.CharField(
        required=False, max_length=200, label=_("Another indication, in a few words")
    )
    review_on = forms.DateField(label=_("Review on"))
    earlier_sessions = forms.IntegerField(
        min_value=0, max_value=500, initial=0, label=_("Sessions given before, elsewhere")
    )

    @property
    def given_for(self) -> str:
        """The indication that was picked, or the clinic's own that was typed."""
        picked = str(self.cleaned_data["indication"])
        return str(self.cleaned_data["other_indication"]) if picked == ANOTHER else picked
