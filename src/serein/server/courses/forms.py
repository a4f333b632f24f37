"""The shapes of an adoption, of its end and of a new course."""

from django import forms
from django.utils.translation import gettext_lazy as _

ANOTHER = "another"


class AdoptionForm(forms.Form):
    """The medical director's word that the unchecked was read."""

    is_read = forms.BooleanField(
        error_messages={"required": _("Tick that you have read it, then adopt")}
    )
    sha256 = forms.CharField(required=False, widget=forms.HiddenInput)


class WithdrawalForm(forms.Form):
    """Why an adoption is taken back."""

    reason = forms.CharField(required=False, max_length=400, label=_("Why it is withdrawn"))


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
    unknown_because = forms.CharField(
        required=False, max_length=400, label=_("Why the course begins")
    )

    confirms = forms.CharField(required=False)

    @property
    def given_for(self) -> str:
        """The indication that was picked, or the clinic's own that was typed."""
        picked = str(self.cleaned_data["indication"])
        return str(self.cleaned_data["other_indication"]) if picked == ANOTHER else picked
