"""The shape of what a nurse or prescriber typed; what it means is decided behind the door."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from serein.clinical.dictionary import CodeEntry, Dictionary
from serein.clinical.observations import Observations
from serein.clinical.protocols import Protocol
from serein.clinical.vitals import VITALS
from serein.server import clock
from serein.server.library import library
from serein.server.treatment.models import Outcome

YES_NO = (("yes", _("Yes")), ("no", _("No")))
# Beside each question, the fact that the form showed: a stale form must not pass for a new word.
SEEN = "seen."
WATCH_AHEAD = timedelta(minutes=10)
HALF_A_DAY = timedelta(hours=12)
EVERY_TIME, SYMPTOMS = "every-time", "symptoms"


def on_the_wall(
    typed: time | None, *, now: datetime, zone: ZoneInfo, on: date | None = None
) -> datetime | None:
    """The last moment at which the clinic's wall clock showed the typed time; None without one.

    After midnight 23:58 is yesterday's, and of an hour that the clocks repeat the nearer one is
    meant. A watch that runs ahead is no reason to think of yesterday.
    """
    if typed is None:
        return None
    today = now.astimezone(zone).date()
    days = [on] if on else [today + timedelta(days=count) for count in (-1, 0, 1)]
    moments = sorted(
        datetime.combine(day, typed.replace(fold=fold), tzinfo=zone).astimezone(UTC)
        for day in days
        for fold in (0, 1)
    )
    past = [at for at in moments if at <= now]
    coming = [at for at in moments if at > now]
    if coming and not past:
        return coming[0]
    is_ahead = bool(coming) and coming[0] - now <= WATCH_AHEAD and now - past[-1] >= HALF_A_DAY
    return coming[0] if is_ahead else past[-1]


def _moment(typed: Mapping[str, Any], *, now: datetime, zone: ZoneInfo) -> datetime | None:
    return on_the_wall(typed.get("at"), on=typed.get("on"), now=now, zone=zone)


def _day() -> forms.DateField:
    """A day in the years that every clock, zone and database can show."""
    said = _("Enter a day from this century")
    first, last = clock.EARLIEST.date(), clock.LATEST.date()
    limits = [MinValueValidator(first, said), MaxValueValidator(last, said)]
    return forms.DateField(required=False, label=_("Day, when it is longer ago"), validators=limits)


def _refuse_day_alone(form: forms.Form) -> None:
    if form.cleaned_data.get("on") and not form.cleaned_data.get("at"):
        form.add_error("at", _("Enter the time of that day too"))


class EntryForm(forms.Form):
    """What every form of a session carries: its own id, whose it is, and when it happened."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    patient = forms.UUIDField(widget=forms.HiddenInput)
    at = forms.TimeField(required=False, label=_("Time, when it was not now"))
    on = _day()
    reason = forms.CharField(required=False, max_length=400, label=_("Why it is entered later"))

    def clean(self) -> dict[str, Any]:
        """A day says nothing without its time."""
        _refuse_day_alone(self)
        return self.cleaned_data

    def words(self, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
        """What every action takes of it."""
        return {
            "id": self.cleaned_data["entry"],
            "patient_id": self.cleaned_data["patient"],
            "at": _moment(self.cleaned_data, now=now, zone=zone),
            "reason": self.cleaned_data["reason"],
        }


class PlainEntryForm(forms.Form):
    """An entry that happens now: its own id and whose it is."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    patient = forms.UUIDField(widget=forms.HiddenInput)

    def words(self) -> dict[str, Any]:
        """What every action takes of it."""
        return {"id": self.cleaned_data["entry"], "patient_id": self.cleaned_data["patient"]}


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

    def stored(self, code: str, value: Any) -> Any:
        """The value as the fact holds it."""
        raise NotImplementedError(code)  # each form stores in its own way


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

    is_confirmed = forms.BooleanField(required=False)

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


class DangerForm(EntryForm):
    """One danger sign."""

    code = forms.CharField(max_length=80)


class NoteForm(EntryForm):
    """A note."""

    text = forms.CharField(max_length=2000, label=_("Note"))


class StopForm(EntryForm):
    """The patient wants no more."""


class DecisionForm(EntryForm):
    """The prescriber's word on one rule."""

    rule = forms.CharField(max_length=80)
    reason = forms.CharField(max_length=400, label=_("Reason, in a sentence"))


class OrderForm(EntryForm):
    """A dose, signed or by telephone."""

    # "56", or "28/1": 28 mg in place of device 1, so that one radio button says both.
    dose_mg = forms.RegexField(r"^\d{1,4}(/\d{1,2})?$", label=_("Dose"))
    replaces_device = forms.IntegerField(required=False)
    prescriber = forms.UUIDField(required=False, label=_("Prescriber on the telephone"))
    is_read_back = forms.BooleanField(required=False, label=_("I read the order back"))

    def clean(self) -> dict[str, Any]:
        """The milligrams, and the device they replace."""
        typed = dict(super().clean())
        dose, _slash, device = str(typed.get("dose_mg", "")).partition("/")
        if dose:
            typed["dose_mg"] = int(dose)
        if device:
            typed["replaces_device"] = int(device)
        return typed


class CosignForm(PlainEntryForm):
    """The signature on an order given by telephone."""

    order = forms.UUIDField(widget=forms.HiddenInput)


class DeviceForm(EntryForm):
    """One device."""

    step = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=[one for one in Outcome.choices if one[0] != Outcome.NEVER],
        widget=forms.RadioSelect,
        label=_("What became of it"),
    )
    lot = forms.CharField(required=False, max_length=40, label=_("Lot on the device"))
    observer = forms.UUIDField(required=False, label=_("Who watched"))
    is_already_given = forms.BooleanField(
        required=False, label=_("It was already given: store it as it happened")
    )


class DoseCorrectionForm(PlainEntryForm):
    """A device as it really was."""

    wrong = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=Outcome.choices, widget=forms.RadioSelect, label=_("What really became of it")
    )
    lot = forms.CharField(required=False, max_length=40, label=_("Lot on the device"))
    at = forms.TimeField(required=False, label=_("Time, when it is wrong"))
    on = _day()
    reason = forms.CharField(max_length=400, label=_("What was recorded wrongly"))

    def given_at(self, *, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When it really was; None when the time is not what is wrong."""
        return _moment(self.cleaned_data, now=now, zone=zone)


class ReopenForm(PlainEntryForm):
    """An end that was recorded by mistake."""

    reason = forms.CharField(max_length=400, label=_("How it came to be ended by mistake"))


def _ways_home() -> list[tuple[str, str]]:
    return list(library().dictionary.code("transport.way").choices.items())


class ReleaseForm(EntryForm):
    """Letting the patient go."""

    is_escort_seen = forms.BooleanField(required=False, label=_("The escort is here"))
    way_home = forms.ChoiceField(
        required=False,
        choices=_ways_home,
        widget=forms.RadioSelect,
        label=_("Or another safe way home"),
    )
    way_detail = forms.CharField(
        required=False, max_length=200, label=_("Who goes along or drives, or which firm")
    )
    is_not_driving = forms.BooleanField(required=False, label=_("The patient does not drive today"))
    is_acknowledged_by_patient = forms.BooleanField(
        required=False, label=_("The patient understands the instructions")
    )
    is_acknowledged_by_escort = forms.BooleanField(
        required=False, label=_("The escort understands the instructions")
    )


class EndForm(EntryForm):
    """The visit ended otherwise."""

    kind = forms.CharField(max_length=20)
    told = forms.CharField(required=False, max_length=400, label=_("Who was told"))
    state = forms.CharField(
        required=False, max_length=1800, label=_("How the patient was, or why no dose was given")
    )


class CorrectionForm(PlainEntryForm):
    """A corrected value."""

    wrong = forms.UUIDField(widget=forms.HiddenInput)
    value = forms.CharField(max_length=2000, label=_("Right value"))
    reason = forms.CharField(max_length=400, label=_("Why"))
    is_confirmed = forms.BooleanField(required=False)


class SeatForm(forms.Form):
    """Who sits down, and what was compared."""

    entry = forms.UUIDField(widget=forms.HiddenInput)
    course = forms.UUIDField(label=_("Patient"))
    identifiers = forms.MultipleChoiceField(
        required=False,
        label=_("Compared with the patient's own word (two at least)"),
        choices=(
            ("name", _("Full name")),
            ("birth date", _("Date of birth")),
            ("photograph", _("Photograph")),
            ("document", _("Identity document")),
        ),
        widget=forms.CheckboxSelectMultiple,
    )
    is_call_device_shown = forms.BooleanField(
        required=False, label=_("The patient has shown that the call device works")
    )
    at = forms.TimeField(required=False, label=_("Time, when it was not now"))
    on = _day()
    reason = forms.CharField(required=False, max_length=300, label=_("Why it is entered later"))

    def clean(self) -> dict[str, Any]:
        """A day says nothing without its time."""
        _refuse_day_alone(self)
        return self.cleaned_data

    def seated_at(self, *, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the patient sat down; None when it is now."""
        return _moment(self.cleaned_data, now=now, zone=zone)


class ReasonForm(forms.Form):
    """A reason for what is done to a chair."""

    reason = forms.CharField(max_length=120, label=_("Reason"))
