"""What was corrected: the old value, the new one, who set it right, when and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from serein.clinical.facts import Fact
from serein.server.library import library
from serein.server.treatment import queries


@dataclass(frozen=True)
class Correction:
    """One wrong value beside the one that stands in its place."""

    title: str
    was: Any
    now: Any
    fact: Fact
    reason: str


def corrections(known: Iterable[Fact], *, reasons: Mapping[UUID, str]) -> list[Correction]:
    """Every value that was corrected, in the order of the corrections.

    Args:
        known: Every fact of the session, corrected ones among them.
        reasons: What was said of each correction, by the fact that it made.
    """
    facts = {fact.id: fact for fact in known}
    dictionary = library().dictionary
    return [
        Correction(
            dictionary.code(new.code).title,
            said(facts[new.replaces]),
            said(new),
            new,
            reasons.get(new.id, ""),
        )
        for new in sorted(facts.values(), key=lambda fact: fact.recorded_at)
        # A device has its own table; an end taken back is told by its own duty.
        if new.replaces in facts and new.code == facts[new.replaces].code != "device"
    ]


def said(fact: Fact) -> Any:
    """A value in the words it was picked in, yes or no, or as it was typed."""
    observations = queries.observations()
    if any(scale.code == fact.code for scale in observations.scale):
        return observations.word(fact.code, fact.value)
    if isinstance(fact.value, bool):
        return _("yes") if fact.value else _("no")
    choices = library().dictionary.code(fact.code).choices
    return choices.get(str(fact.value), fact.value) if choices else fact.value
