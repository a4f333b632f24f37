"""Forms whose fields are codes of the dictionary: questions before the dose, a set of vitals."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from serein.clinical.dictionary import CodeEntry, Dictionary
from serein.clinical.observations import Observations
from serein.clinical.protocols import Protocol
from serein.clinical.vitals import VITALS
from serein.server.treatment.forms.entries import EntryForm

YES_NO = (("yes", _("Yes")), ("no", _("No")))
# Beside each question, the fact that the form showed: a stale form must not pass for a new word.
SEEN = "seen."
EVERY_TIME, SYMPTOMS = "every-time", "symptoms"


class CodedForm(EntryForm):
    """An entry whose fields are codes of the dictionary."""

    codes: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """Code to value of what was answered; what was left out stays unknown."""
        found = {}
        for code in self.codes:
            value = self.cleaned_data.get(code)
            if value not in (None, ""):
                found[code] = self.stored(code, value)
        return found

    def stored(self, _code: str, value: Any) -> Any:
        """The value as the fact holds it: as typed, unless a form stores in its own way."""
        return value


class ChecksForm(CodedForm):
    """The questions before the dose, as the protocol asks them."""

    def __init__(
        self, *args: Any, protocol: Protocol, dictionary: Dictionary, **words: Any
    ) -> None:
        """One field a question."""
        super().__init__(*args, **words)
        self.protocol = protocol
        self.kinds: Mapping[str, CodeEntry] = {
            ask.code: dictionary.code(ask.code) for group in protocol.asks for ask in group.asks
        }
        self.codes = tuple(self.kinds)
        for group in protocol.asks:
            for ask in group.asks:
                self.fields[ask.code] = _asked(self.kinds[ask.code], label=ask.text)
                self.fields[SEEN + ask.code] = forms.UUIDField(
                    required=False, widget=forms.HiddenInput
                )

    def seen(self) -> dict[str, UUID | None]:
        """The fact that the form showed for each question; None where it showed none."""
        return {code: self.cleaned_data.get(SEEN + code) for code in self.codes}

    def stored(self, code: str, value: Any) -> Any:
        """Yes and no as they are answered."""
        return value == "yes" if self.kinds[code].type == "boolean" else value

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The questions in the protocol's groups, for the page."""
        return [
            {
                "title": group.title,
                "asks": [
                    {
                        "field": self[ask.code],
                        "seen": self[SEEN + ask.code],
                        "help": ask.help,
                        "is_text": self.kinds[ask.code].type == "text",
                        "is_yes_or_no": self.kinds[ask.code].type == "boolean",
                        "is_judged": bool(self.kinds[ask.code].judged_by),
                    }
                    for ask in group.asks
                ],
            }
            for group in self.protocol.asks
        ]


def _asked(entry: CodeEntry, *, label: str) -> forms.Field:
    if entry.type == "text":
        return forms.CharField(required=False, max_length=400, label=label)
    choices = YES_NO if entry.type == "boolean" else tuple(entry.choices.items())
    return forms.ChoiceField(required=False, choices=choices, label=label, widget=forms.RadioSelect)


class VitalsForm(CodedForm):
    """One set: numbers typed, observations picked in words."""

    confirms = forms.CharField(required=False)

    def __init__(
        self, *args: Any, observations: Observations, dictionary: Dictionary, **words: Any
    ) -> None:
        """A box for each number, a row of words for each observation."""
        super().__init__(*args, **words)
        self.observations = observations
        self.codes = (*VITALS, *(scale.code for scale in observations.scale))
        for code in VITALS:
            entry = dictionary.code(code)
            self.fields[code] = forms.IntegerField(
                required=False, label=entry.title, help_text=entry.shown_unit
            )
        for scale in observations.scale:
            choices = [(str(choice.value), choice.text) for choice in scale.choice]
            self.fields[scale.code] = forms.ChoiceField(
                required=False, choices=choices, label=scale.title, widget=forms.RadioSelect
            )

    def stored(self, code: str, value: Any) -> Any:
        """The number typed, or the value behind the word picked."""
        if code in VITALS:
            return value
        by_text = {str(choice.value): choice.value for choice in self._scale(code)}
        return by_text[value]

    def _scale(self, code: str) -> list[Any]:
        return list(self.observations.scale_of(code).choice)

    @property
    def numbers(self) -> list[forms.BoundField]:
        """The boxes, in the order they are typed."""
        return [self[code] for code in VITALS]

    @property
    def every_time(self) -> list[forms.BoundField]:
        """What is looked at with every set."""
        return [self[scale.code] for scale in self.observations.scale if scale.group == EVERY_TIME]

    @property
    def symptoms(self) -> list[forms.BoundField]:
        """What is noted when it is there."""
        return [self[scale.code] for scale in self.observations.scale if scale.group == SYMPTOMS]
