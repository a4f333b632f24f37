"""The shape of answers, of a medication trial and of a decision, drawn from the dictionary."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from serein.clinical.dictionary import CodeEntry
from serein.clinical.errors import InputError
from serein.clinical.fact_fields import FactField
from serein.clinical.facts import FactValue

YES_NO = (("yes", _("Yes")), ("no", _("No")))
ANSWERS = {"yes": True, "no": False}
SPOKEN = {"mg/d": _("mg a day"), "wk": _("weeks")}
# More words than this are easier found in a list than among buttons.
MOST_BUTTONS = 4
MEASURED = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*([^\d\s].*)?")


@dataclass(frozen=True)
class Ask:
    """One question of a form: how it is answered, and its box."""

    field: BoundField
    kind: str
    unit: str | Promise
    is_required: bool = False

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The words to pick from."""
        found = getattr(self.field.field, "choices", ())
        return [(key, word) for key, word in found if key]

    @property
    def is_list(self) -> bool:
        """Whether the words stand in a list instead of on buttons."""
        return len(self.choices) > MOST_BUTTONS


class HistoryForm(forms.Form):
    """Answers to the questions of some codes; what is left empty stays unknown."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    on = forms.DateField(
        required=False,
        label=_("True on"),
        error_messages={"invalid": _("Type the day as year-month-day, 2026-03-01")},
    )
    confirms = forms.CharField(required=False)

    def __init__(self, entries: Iterable[CodeEntry], *args: Any, **words: Any) -> None:
        """One box for each code."""
        super().__init__(*args, **words)
        self.entries = list(entries)
        for entry in self.entries:
            self.fields[entry.code] = _box(entry.type, entry.title, entry.choices)

    def asks(self) -> list[Ask]:
        """The questions with their boxes."""
        return [Ask(self[one.code], one.type, one.shown_unit) for one in self.entries]

    def values(self) -> dict[str, FactValue]:
        """Code to value of what was answered."""
        return _answered((one.code for one in self.entries), self)


class TrialForm(forms.Form):
    """A medication trial by the parts that the dictionary gives it; when correcting, the reason."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False, max_length=400, label=_("What was wrong, and how it is known")
    )
    confirms = forms.CharField(required=False)

    def __init__(self, parts: Iterable[FactField], *args: Any, **words: Any) -> None:
        """One box for each part."""
        super().__init__(*args, **words)
        self.parts = list(parts)
        for part in self.parts:
            box = _box(part.type, part.title, part.choices)
            box.required = part.required
            self.fields[part.name] = box

    def asks(self) -> list[Ask]:
        """The parts with their boxes."""
        return [
            Ask(self[one.name], one.type, SPOKEN.get(one.unit, one.unit), one.required)
            for one in self.parts
        ]

    def value(self) -> dict[str, FactValue]:
        """The trial as it was typed; a part left empty is not recorded."""
        return _answered((one.name for one in self.parts), self)


class TotalForm(forms.Form):
    """The total of a scale, and its questions that must be seen whatever the total."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    total = forms.IntegerField(label=_("Total"))
    on = forms.DateField(
        required=False,
        label=_("Filled in on"),
        error_messages={"invalid": _("Type the day as year-month-day, 2026-03-01")},
    )

    def __init__(self, questions: Mapping[int, Iterable[int]], *args: Any, **words: Any) -> None:
        """One more box for each question, by its number."""
        super().__init__(*args, **words)
        self.questions = list(questions)
        for number, answers in questions.items():
            choices = [(str(value), str(value)) for value in answers]
            self.fields[f"item-{number}"] = forms.ChoiceField(choices=choices, required=False)

    def items(self) -> dict[int, int]:
        """Number of a question to its answer; one that was not seen is left out."""
        typed = {number: self.cleaned_data[f"item-{number}"] for number in self.questions}
        return {number: int(value) for number, value in typed.items() if value != ""}


class CriterionForm(forms.Form):
    """A prescriber's decision on one criterion of a set."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    policy = forms.CharField()
    rule = forms.CharField()
    reason = forms.CharField(required=False, max_length=400, label=_("Reason"))


def shown(value: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a stored trial as a form shows them."""
    words = {True: "yes", False: "no"}
    return {key: words[one] if isinstance(one, bool) else one for key, one in value.items()}


def _box(kind: str, title: str, choices: Mapping[str, str]) -> forms.Field:
    if kind == "boolean":
        return forms.ChoiceField(choices=YES_NO, required=False, label=title)
    if kind == "choice":
        return forms.ChoiceField(choices=list(choices.items()), required=False, label=title)
    if kind == "integer":
        return forms.IntegerField(required=False, label=title)
    if kind in ("decimal", "number"):
        return forms.FloatField(required=False, label=title)
    if kind == "date":
        return forms.DateField(required=False, label=title)
    return forms.CharField(required=False, max_length=400, label=title)


def _answered(names: Iterable[str], form: forms.Form) -> dict[str, FactValue]:
    found: dict[str, FactValue] = {}
    for name in names:
        value = form.cleaned_data.get(name)
        if value in (None, ""):
            continue
        is_yes_or_no = getattr(form.fields[name], "choices", None) == list(YES_NO)
        if is_yes_or_no:
            found[name] = ANSWERS[value]
        else:
            found[name] = value.isoformat() if isinstance(value, date) else value
    return found


class CorrectionForm(forms.Form):
    """What a fact should have been, and why."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    value = forms.CharField(required=False, max_length=80, label=_("Right value"))
    reason = forms.CharField(max_length=400, label=_("What was wrong, and how it is known"))
    confirms = forms.CharField(required=False)

    def __init__(
        self, *args: Any, old: Any, units: Sequence[str], choices: Mapping[str, str], **words: Any
    ) -> None:
        """Ask for the value as it is said: by these words for its unit, or from these choices."""
        super().__init__(*args, **words)
        self.old, self.units = old, [unit for unit in units if unit]
        self.choices = YES_NO if isinstance(old, bool) else list(choices.items())
        if self.choices:
            label = self.fields["value"].label
            self.fields["value"] = forms.ChoiceField(
                required=False, choices=self.choices, label=label
            )

    @property
    def is_list(self) -> bool:
        """Whether the words to choose from stand in a list instead of on buttons."""
        return len(self.choices) > MOST_BUTTONS

    def right_value(self) -> FactValue:
        """What was typed or chosen, in the shape of the value it corrects.

        Raises:
            InputError: Nothing was typed, a word where a number stood, or another unit.
        """
        typed = self.cleaned_data["value"].strip()
        if not typed:
            raise InputError(
                _("Choose the right value") if self.choices else _("Type the right value")
            )
        if isinstance(self.old, dict):
            kept = {key: one for key, one in self.old.items() if key != "comparator"}
            return {**kept, "value": self._like(self.old["value"], typed)}
        return self._like(self.old, typed)

    def _like(self, old: Any, typed: str) -> bool | int | float | str:
        if isinstance(old, bool):
            return typed == "yes"
        return self._number(typed) if isinstance(old, int | float) else typed

    def _number(self, typed: str) -> int | float:
        """The number; its unit may stand behind it when it is the right one."""
        found = MEASURED.fullmatch(typed)
        if found is None or not isfinite(number := float(found[1].replace(",", "."))):
            raise InputError(_("%(typed)s is not a number") % {"typed": typed})
        unit = (found[2] or "").casefold()
        if unit and not self.units:
            raise InputError(_("This value has no unit; type the number alone"))
        if unit and unit not in {one.casefold() for one in self.units}:
            raise InputError(
                _("It is kept in %(right)s, not in %(wrong)s; type the value in %(right)s")
                % {"right": self.units[0], "wrong": found[2]}
            )
        return int(number) if number.is_integer() else number
