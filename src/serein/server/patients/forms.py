"""The shapes of a search, of a new patient and of an entry by hand."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from serein.clinical.facts import FactValue
from serein.clinical.person import NONE_KNOWN

A_DAY = {"invalid": _("Type the day as year-month-day, 2026-03-01")}
# Where a code comes from, as FHIR names the lists.
SYSTEMS = {
    "snomed": ("SNOMED CT", "http://snomed.info/sct"),
    "rxnorm": ("RxNorm", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    "icd-10-cm": ("ICD-10-CM", "http://hl7.org/fhir/sid/icd-10-cm"),
}
PARTS = {
    "allergy": ("text", "reaction", "criticality", "verification", "since", "code", "system"),
    "medication": ("text", "dosage", "reason", "status", "since", "until", "code", "system"),
    "condition": ("text", "clinical", "verification", "since", "until", "code", "system"),
    NONE_KNOWN: ("since",),
}
ASKED = {
    "allergy": _("Allergic to, or does not tolerate"),
    "medication": _("Medicine"),
    "condition": _("Condition"),
}


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


SEXES = [
    ("unknown", _("not known")),
    ("female", _("female")),
    ("male", _("male")),
    ("other", _("other")),
]


class PersonForm(forms.Form):
    """Birth date and sex as they are, and how it is known."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    born_on = forms.DateField(
        label=_("Birth date"),
        error_messages={"invalid": _("Type the birth date as year-month-day, 1964-03-01")},
    )
    sex = forms.ChoiceField(choices=SEXES[1:], label=_("Sex"))
    reason = forms.CharField(max_length=400, label=_("What was wrong, and how it is known"))


class RegisterForm(forms.Form):
    """A person who is new here."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    given_name = forms.CharField(max_length=120, label=_("Given name"))
    family_name = forms.CharField(max_length=120, label=_("Family name"))
    born_on = forms.DateField(
        label=_("Birth date"),
        error_messages={"invalid": _("Type the birth date as year-month-day, 1964-03-01")},
    )
    sex = forms.ChoiceField(choices=SEXES, label=_("Sex"))
    phone = forms.CharField(required=False, max_length=40, label=_("Telephone"))
    email = forms.EmailField(required=False, max_length=254, label=_("E-mail"))
    number = forms.CharField(
        required=False, max_length=200, label=_("The clinic's record number, if there is one")
    )
    is_another = forms.BooleanField(
        required=False, label=_("I looked: this is another person of the same name and birth date")
    )


class EntryForm(forms.Form):
    """An allergy, medicine or condition typed in, or that no allergy is known."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(max_length=200)
    reaction = forms.CharField(required=False, max_length=200, label=_("What happens"))
    criticality = forms.ChoiceField(
        required=False,
        choices=[
            ("high", _("may be dangerous")),
            ("low", _("not dangerous")),
            ("", _("not known")),
        ],
        label=_("How dangerous"),
    )
    dosage = forms.CharField(required=False, max_length=200, label=_("Dose, and how often"))
    reason = forms.CharField(required=False, max_length=200, label=_("Taken for"))
    status = forms.ChoiceField(
        choices=[
            ("active", _("taken now")),
            ("on-hold", _("on hold")),
            ("stopped", _("no longer taken")),
        ],
        initial="active",
        label=_("Now"),
    )
    clinical = forms.ChoiceField(
        choices=[
            ("active", _("active")),
            ("remission", _("in remission")),
            ("resolved", _("over")),
        ],
        initial="active",
        label=_("Now"),
    )
    verification = forms.ChoiceField(
        choices=[("confirmed", _("confirmed")), ("unconfirmed", _("suspected or only told"))],
        initial="confirmed",
        label=_("How sure"),
    )
    since = forms.DateField(
        required=False, label=_("Since, if the day is known"), error_messages=A_DAY
    )
    until = forms.DateField(required=False, label=_("Until"), error_messages=A_DAY)
    code = forms.CharField(required=False, max_length=40, label=_("Code, if you know it"))
    system = forms.ChoiceField(
        required=False,
        choices=[("", _("none")), *((key, title) for key, (title, _url) in SYSTEMS.items())],
        label=_("The list that the code is from"),
    )

    def __init__(self, kind: str, *args: Any, today: date, **words: Any) -> None:
        """Keep the boxes of this kind."""
        super().__init__(*args, **words)
        self.kind, self.today = kind, today
        parts = PARTS[kind]
        self.fields = {"entry": self.fields["entry"], **{one: self.fields[one] for one in parts}}
        for name in {"since", "until"} & set(parts):
            self.fields[name].widget.attrs["max"] = today.isoformat()
        if kind == NONE_KNOWN:
            self.fields["since"].label = _("Asked on")
            self.fields["since"].required = True
            self.initial.setdefault("since", today)
        else:
            self.fields["text"].label = ASKED[kind]

    def clean(self) -> dict[str, Any]:
        """A code needs its list, and an end lies between the beginning and today."""
        typed: dict[str, Any] = super().clean() or {}
        if bool(typed.get("code")) != bool(typed.get("system")):
            self.add_error("code", _("Type the code and choose its list, or leave both empty"))
        since, until = typed.get("since"), typed.get("until")
        if until and until > self.today:
            self.add_error("until", _("That day has not come yet"))
        if since and until and until < since:
            self.add_error("until", _("It cannot end before it began"))
        return typed

    def value(self) -> FactValue:
        """What was typed, in the shape in which a FHIR file brings it."""
        if self.kind == NONE_KNOWN:
            return True
        typed = self.cleaned_data
        began, ended = _written(typed["since"]), _written(typed.get("until"))
        if self.kind == "allergy":
            return self._named() | {
                "clinical": "active",
                "verification": typed["verification"],
                "criticality": typed["criticality"],
                "type": "",
                "onset": began,
                "reactions": _reactions(typed["reaction"]),
            }
        if self.kind == "medication":
            return self._named() | {
                "status": typed["status"],
                "dosage": [{"text": typed["dosage"]}] if typed["dosage"] else [],
                "reason": [typed["reason"]] if typed["reason"] else [],
                "kind": "statement",
                "start": began,
                "end": ended,
            }
        return self._named() | {
            "clinical": typed["clinical"],
            "verification": typed["verification"],
            "category": "problem-list-item",
            "onset": began,
            "abatement": ended,
        }

    def _named(self) -> dict[str, Any]:
        words, code = self.cleaned_data["text"], self.cleaned_data["code"]
        if not code:
            return {"text": words, "coding": []}
        _title, system = SYSTEMS[self.cleaned_data["system"]]
        return {"text": words, "coding": [{"system": system, "code": code, "display": words}]}


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""


def _reactions(words: str) -> list[dict[str, Any]]:
    return [{"manifestations": [words], "severity": ""}] if words else []
