"""The codes that rules name and nobody records: what is worked out, and by what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from serein.clinical.criteria import Criterion
from serein.clinical.decisions import DECIDING
from serein.clinical.derive import DERIVED
from serein.clinical.history import HISTORY
from serein.clinical.outcome_terms import outcome_terms
from serein.clinical.shelf import Shelf
from serein.clinical.vocabulary import Term


class DerivedCode(NamedTuple):
    """One code that is worked out: how it is called, and what works it out."""

    code: str
    term: Term
    derived_by: str


def derived_codes(on: Shelf) -> list[DerivedCode]:
    """Every code, by its name, that a rule of the library compares and the dictionary lacks."""
    known = {
        **{code: (term, "outcomes") for code, term in outcome_terms(on).items()},
        **{code: (term, "decisions") for code, term in DECIDING.items()},
        **{code: (term, "session") for code, term in DERIVED.items()},
        **{code: (term, "history") for code, term in HISTORY.items()},
    }
    named = frozenset().union(*(each.codes() for each in _asked(on)))
    return [
        DerivedCode(code, *known[code])
        for code in sorted(named & known.keys())
        if code not in on.dictionary.entries
    ]


def _asked(on: Shelf) -> Iterator[Criterion]:
    for of in on.of_kind("policy"):
        yield from (rule.when for rule in of.rules)
    for protocol in on.of_kind("protocol"):
        yield from (rule.when for rule in protocol.rules_by_id.values())
        yield from (point.when for point in protocol.decisions if point.when is not None)
