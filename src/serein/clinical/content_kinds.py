"""What each kind of content file becomes, and its worked cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pydantic import ValidationError

from serein.clinical import coverage, evidence, protocol_file, rates, session_rules, statements
from serein.clinical.billing import billing
from serein.clinical.content_file import Draft, sources_named
from serein.clinical.contraindications import held_by, of_set
from serein.clinical.crisis import crisis_lines
from serein.clinical.derive import DERIVED
from serein.clinical.dictionary import CodeEntry, Dictionary, DictionaryFile
from serein.clinical.duties import duties
from serein.clinical.errors import ContentError, InputError, UnknownContentError
from serein.clinical.instruments import Instrument
from serein.clinical.observations import Observations, failing_observations
from serein.clinical.outcome_file import standards
from serein.clinical.policies import policy
from serein.clinical.protocol_cases import run_case
from serein.clinical.protocol_tables import DayTables, ProtocolFile
from serein.clinical.protocols import Protocol
from serein.clinical.rules import Rule
from serein.clinical.scoring import failing_cases
from serein.clinical.shelf import Key, Shelf
from serein.clinical.staging import staging
from serein.clinical.surveillance_file import surveillance
from serein.clinical.trial_content import antidepressants, trial_rules
from serein.clinical.vocabulary import Term, nearest
from serein.clinical.wording import wording

Failing = list[tuple[str, str]]
# One thing wrong with the shape of a file, as the validation tells it.
Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """How files of one kind are read: what one becomes, what codes it brings, what it completes.

    `lacking` names the rules that no worked case shows in every answer they can give.
    """

    name: str
    build: Callable[[Draft, Shelf], tuple[Any, Failing]]
    codes: Callable[[Any], list[CodeEntry]] = lambda _: []
    joined: Callable[[Any], Mapping[Key, Any]] = lambda _: {}
    lacking: Callable[[Any], Iterable[tuple[str, str]]] = lambda _: ()


def build(kind: Kind, draft: Draft, *, on: Shelf) -> tuple[Any, Failing]:
    """What this file holds, and the cases that do not hold, by name and reason.

    Args:
        kind: How its kind is read.
        draft: The file.
        on: What was read before it.
    """
    _refuse_unnamed_sources(draft)
    try:
        return kind.build(draft, on)
    except InputError as error:
        raise ContentError(str(error), file=draft.file, key="case") from error
    except ValidationError as error:
        raise refused(error, file=draft.file, raw=draft.raw) from error


def _refuse_unnamed_sources(draft: Draft) -> None:
    """A table that names a source which the file does not list."""
    listed = draft.raw.get("source")
    rows = listed if isinstance(listed, list) else []
    known = tuple(str(row.get("id")) for row in rows if isinstance(row, Mapping))
    for key, name in sources_named(draft.raw):
        if name not in known:
            hint = nearest(name, known)
            raise ContentError(f"no source '{name}'{hint}", file=draft.file, key=f"{key}.source")


def scale(draft: Draft, _on: Shelf) -> tuple[Instrument, Failing]:
    """The scale of a file, with its worked cases run."""
    built = Instrument.of(draft.raw)
    return built, _run(lambda: failing_cases(built))


def codes_of(instrument: Instrument) -> list[CodeEntry]:
    """The codes of a scale's total, subscales and answers: a new scale needs no other file."""
    low, high = instrument.reach
    title = f"{instrument.title} total"
    total = _whole(instrument.fact, title, low, high, loinc=instrument.total_loinc)
    parts = [
        _whole(instrument.subscale_fact(part.id), f"{instrument.title}: {part.title}")
        for part in instrument.subscale
    ]
    items = [
        _whole(
            instrument.item_fact(number),
            f"{instrument.title} item {number}",
            min(instrument.values(item)),
            max(instrument.values(item)),
            loinc=item.loinc,
        )
        for number, item in enumerate(instrument.item, start=1)
    ]
    return [total, *parts, *items]


def _whole(
    code: str, title: str, low: int | None = None, high: int | None = None, *, loinc: str = ""
) -> CodeEntry:
    entry = {"code": code, "title": title, "type": "integer", "scope": "patient", "unit": "{score}"}
    entry |= {"derived_by": "scoring", "loinc": loinc}
    return CodeEntry.model_validate({**entry, "low": low, "high": high})


def observed(draft: Draft, on: Shelf) -> tuple[Observations, Failing]:
    """The nurse's observations of a file, with the worked cases run."""
    built = Observations.of(draft.raw)
    for key, named in (("scale", built.scale), ("danger", built.danger)):
        _refuse_unknown(draft, [each.code for each in named], on=on, key=key)
    return built, _run(lambda: failing_observations(built))


def _refuse_unknown(draft: Draft, named: Sequence[str], *, on: Shelf, key: str) -> None:
    known = on.dictionary.entries
    for code in named:
        if code not in known:
            hint = nearest(code, tuple(known))
            raise ContentError(f"unknown fact '{code}'{hint}", file=draft.file, key=key)


def _run(cases: Callable[[], Failing]) -> Failing:
    try:
        return cases()
    except InputError as error:
        return [("", str(error))]


def codes(draft: Draft, on: Shelf) -> tuple[list[CodeEntry], Failing]:
    """The fact codes of a file; none stands in it twice, or in another dictionary."""
    entries = DictionaryFile.of(draft.raw).fact
    has_newer = any(key[:2] == ("dictionary", draft.id) for key in on.items)
    known = {} if has_newer else on.dictionary.entries
    counted = Counter(entry.code for entry in entries)
    for code, times in counted.items():
        if times > 1 or code in known:
            raise ContentError("stands in the dictionary twice", file=draft.file, key=code)
    return entries, []


def terms(dictionary: Dictionary) -> dict[str, Term]:
    """Every code a rule may name: those of the dictionary and those worked out from them."""
    return {**DERIVED, **dictionary.terms}


def protocol(draft: Draft, on: Shelf) -> tuple[Protocol, Failing]:
    """The protocol of a file, with its worked cases run."""
    content = ProtocolFile.of(draft.raw)
    built = protocol_file.protocol(
        content,
        file=draft.file,
        terms=terms(on.dictionary),
        contraindications=list(_against(content, draft, on)),
    )
    told = [*content.scene.values(), *(case.facts for case in content.case)]
    for row in chain.from_iterable(told):
        on.dictionary.check(row.code, row.value)
    scenes = {name: [row.model_dump() for row in rows] for name, rows in content.scene.items()}
    failing = [
        (case["name"], reason)
        for case in built.cases
        for reason in run_case(built, case, scenes=scenes, dictionary=on.dictionary)
    ]
    return built, failing


def _against(content: DayTables, draft: Draft, on: Shelf) -> Iterator[Rule]:
    """What the sets named by a treatment day, and long-term surveillance, hold against a dose."""
    watched = {f"{each.id}.v{each.version}": each for each in on.of_kind("surveillance")}
    for name in content.against:
        if name in watched:
            yield from held_by(watched[name])
            continue
        try:
            found = on.pinned("policy", name)
        except UnknownContentError as missing:
            raise ContentError(str(missing), file=draft.file, key="against") from missing
        if found.scales is not None or found.table.trial_rules:
            reason = f"{name} speaks of outcomes or of trials, which no treatment day works out"
            raise ContentError(reason, file=draft.file, key="against")
        yield from of_set(found.id, found.rules)


def shared_rules(draft: Draft, on: Shelf) -> tuple[DayTables, Failing]:
    """The rules of a day that protocols take; their cases run in each that takes them."""
    content = DayTables.of(draft.raw)
    protocol_file.Day(content, file=draft.file, terms=terms(on.dictionary)).parts()
    return content, []


def refused(error: ValidationError, *, file: str, raw: Mapping[str, Any]) -> ContentError:
    """The first thing wrong with the shape of a file, by its key and in plain words."""
    found = error.errors(include_url=False)
    first = _mistyped(found) or found[0]
    lacking = tuple(str(one["loc"][-1]) for one in _beside(first, found, kind="missing"))
    hint = nearest(str(first["loc"][-1]), lacking) if first["type"] == "extra_forbidden" else ""
    return ContentError(_reason(first) + hint, file=file, key=_key(first["loc"], raw))


def _mistyped(found: Sequence[Found]) -> Found | None:
    """An unknown word beside the first one that is missing: it may be that one, mistyped."""
    beside = _beside(found[0], found, kind="extra_forbidden")
    return beside[0] if found[0]["type"] == "missing" and beside else None


def _beside(one: Found, found: Sequence[Found], *, kind: str) -> list[Found]:
    return [each for each in found if each["type"] == kind and each["loc"][:-1] == one["loc"][:-1]]


def _reason(found: Mapping[str, Any]) -> str:
    kind = found["type"]
    if kind == "extra_forbidden":
        return "unknown word"
    if kind == "missing":
        return "is missing"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return "is a table such as { name = value }"
    words = str(found["msg"]).removeprefix("Value error, ")
    return words[:1].lower() + words[1:]


def _key(location: tuple[int | str, ...], raw: Any) -> str:
    """The place in the file, with the id of each listed table instead of its number."""
    parts: list[str] = []
    for step in location:
        raw = _inside(raw, step)
        named = raw.get("id") or raw.get("name") if isinstance(raw, Mapping) else None
        parts.append(str(named or step + 1) if isinstance(step, int) else step)
    return ".".join(parts)


def _inside(raw: Any, step: int | str) -> Any:
    try:
        return raw[step]
    except (KeyError, IndexError, TypeError):
        return None


# In the order of reading: a file may speak and name only what was read before it.
KINDS: tuple[Kind, ...] = (
    Kind("dictionary", codes, codes=lambda entries: entries),
    Kind("instrument", scale, codes=codes_of),
    Kind("wording", wording, joined=lambda built: built.joined),
    Kind("outcomes", standards),
    Kind("surveillance", surveillance),
    Kind("observations", observed),
    Kind("antidepressants", antidepressants),
    Kind("trial-rules", trial_rules, lacking=coverage.of_trials),
    Kind("policy", policy, lacking=coverage.of_policy),
    Kind(session_rules.KIND, shared_rules),
    Kind("protocol", protocol, lacking=coverage.of_protocol),
    Kind("statements", statements.build),
    Kind("evidence", evidence.build),
    Kind("rates", rates.build),
    Kind("billing", billing),
    Kind("duties", duties),
    Kind("crisis-lines", crisis_lines),
    Kind("staging", staging),
)
