"""A medication trial as somebody types it: what cannot be, and what is asked about once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from serein.clinical.trial_tables import Antidepressants, plain
from serein.clinical.vitals import Concern

DAYS_A_WEEK = 7
WORKED = ("response", "remission")
# Two entries of one drug are two trials only when one of these sets them apart.
PARTS = {
    "dose_mg_per_day": "{} mg a day",
    "weeks": "{} weeks",
    "started_on": "from {}",
    "ended_on": "until {}",
    "episode": "{} episode",
    "augmentation_of": "added to {}",
}
# How alike a name must be to be offered for one that nobody knows, of 1.
NEAR = 0.5


def doubts(
    trial: Mapping[str, Any],
    *,
    others: Iterable[Mapping[str, Any]],
    drugs: Antidepressants,
    outcomes: Mapping[str, str],
    born_on: date,
    today: date,
) -> list[Concern]:
    """What cannot be about a trial, and what should be looked at again; empty when all is well.

    Args:
        trial: Its parts, each as the dictionary lets it be; any but the drug may be absent.
        others: The trials on file already, without one that this corrects.
        drugs: The list that knows the names of a drug, and what an outcome means in percent.
        outcomes: How it went, in the words of the form.
        born_on: The birth date of the patient.
        today: The day at the clinic.
    """
    impossible = [*_impossible_days(trial, born_on=born_on, today=today), *_contradictions(trial)]
    unlikely = [*_unknown_names(trial, drugs), *_far_above(trial, drugs)]
    unlikely += _too_long(trial, today=today)
    unlikely += _unlike_its_percent(trial, drugs, outcomes=outcomes)
    unlikely += _twice(trial, others, drugs)
    return [
        *(Concern(("trial",), "impossible", sentence) for sentence in impossible),
        *(Concern(("trial",), "unlikely", sentence) for sentence in unlikely),
    ]


def _day(trial: Mapping[str, Any], part: str) -> date | None:
    return date.fromisoformat(trial[part]) if trial.get(part) else None


def _words(day: date) -> str:
    """A day as the pages show it."""
    return f"{day.day} {day:%b %Y}"


def _impossible_days(trial: Mapping[str, Any], *, born_on: date, today: date) -> Iterator[str]:
    began, ended = _day(trial, "started_on"), _day(trial, "ended_on")
    for word, day in (("begun", began), ("ended", ended)):
        if day and day > today:
            yield f"It cannot have {word} on {_words(day)}: that day has not come yet"
        if day and day < born_on:
            yield f"It cannot have {word} on {_words(day)}: that is before the birth date"
    if began and ended and ended < began:
        yield f"It cannot have ended on {_words(ended)}, before it began on {_words(began)}"


def _contradictions(trial: Mapping[str, Any]) -> Iterator[str]:
    """Two answers of which one must be wrong."""
    ended = _day(trial, "ended_on")
    if trial.get("is_ongoing") and ended:
        yield f"It ended on {_words(ended)} and is said to be still taken; correct one of them"
    if trial.get("is_ongoing") and trial.get("outcome") == "not-tolerated":
        yield "It was stopped for side effects and is said to be still taken; correct one of them"
    added_to = trial.get("augmentation_of")
    if added_to and trial.get("augmentation") is False:
        yield f"It was added to {added_to} and is said to be no augmentation; correct one of them"
    if added_to and plain(added_to) == plain(trial["drug"]):
        yield f"{trial['drug']} cannot be added to itself; name the other drug"


def _too_long(trial: Mapping[str, Any], *, today: date) -> Iterator[str]:
    """More weeks than lie between its days; a week counted in part may be one of them."""
    began, ended, weeks = _day(trial, "started_on"), _day(trial, "ended_on"), trial.get("weeks")
    until = ended or today
    if began is None or weeks is None or until < began:
        return
    between = (until - began).days / DAYS_A_WEEK
    if weeks > between + 1:
        days = f"{_words(began)} and {_words(until)}"
        yield f"{weeks:g} weeks do not fit between {days} ({between:.0f} weeks)"


def _unknown_names(trial: Mapping[str, Any], drugs: Antidepressants) -> Iterator[str]:
    for typed in (trial["drug"], trial.get("augmentation_of")):
        if not typed or plain(typed) in drugs.by_name:
            continue
        names = {plain(name): name for each in drugs.entries for name in (each.name, *each.aliases)}
        near = [names[name] for name in get_close_matches(plain(typed), names, cutoff=NEAR)]
        hint = f"the nearest it knows: {', '.join(near)}" if near else "it knows nothing like it"
        yield f"“{typed}” is not in the list of antidepressants; {hint}"


def _far_above(trial: Mapping[str, Any], drugs: Antidepressants) -> Iterator[str]:
    dose_mg, most_mg = trial.get("dose_mg_per_day"), drugs.plausible_mg(trial["drug"])
    if dose_mg is not None and most_mg is not None and dose_mg > most_mg:
        yield f"{dose_mg:g} mg of {trial['drug']} a day is far above what is given"


def _unlike_its_percent(
    trial: Mapping[str, Any], drugs: Antidepressants, *, outcomes: Mapping[str, str]
) -> Iterator[str]:
    outcome, percent = trial.get("outcome"), trial.get("improvement_percent")
    told = {one.id: (one.low, one.high) for one in drugs.outcome}
    if percent is None or outcome not in (*told, *WORKED):
        return
    low, high = told.get(outcome, (told["partial"][1], 100))
    if outcome == "none":
        # In the words of a letter a tenth better is no improvement too.
        high = told["minimal"][1]
    if not low <= percent <= high:
        means = f"“{outcomes[outcome]}” means {low:g} to {high:g} % better"
        yield f"{means}, and {percent:g} % was typed"


def _twice(
    trial: Mapping[str, Any], others: Iterable[Mapping[str, Any]], drugs: Antidepressants
) -> Iterator[str]:
    name = _name(trial, drugs)
    for other in others:
        if _name(other, drugs) == name and not _is_apart(trial, other):
            yield f"A trial of {other['drug']} like this one ({_parts(trial)}) is on file already"
            return


def _is_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    pairs = ((one.get(part), other.get(part)) for part in PARTS)
    return any(mine is not None and its is not None and mine != its for mine, its in pairs)


def _name(trial: Mapping[str, Any], drugs: Antidepressants) -> str:
    entry = drugs.by_name.get(plain(trial["drug"]))
    return entry.id if entry else plain(trial["drug"])


def _parts(trial: Mapping[str, Any]) -> str:
    """The parts by which it was compared, so that a confirmation covers these and no others."""
    told = [
        words.format(_words(day) if part.endswith("_on") and (day := _day(trial, part)) else value)
        for part, words in PARTS.items()
        if (value := trial.get(part)) is not None
    ]
    return ", ".join([trial["drug"], *told])
