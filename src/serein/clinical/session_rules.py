"""Rules of the day that several protocols share: written once, taken by name and version.

Their cases run in every protocol that takes them; they speak of scenes that each protocol gives:
`seated`, `ordered`, `dosed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from serein.clinical.content_file import Draft

KIND = "session-rules"
LISTS = (
    "source",
    "wait",
    "gate",
    "check",
    "alert",
    "caution",
    "release",
    "ending",
    "threshold",
    "aftercare",
    "stale",
    "case",
)
TABLES = ("record", "against")
_EXPECTED = ("gates", "release", "alerts", "cautions", "due")


def joined(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts, each protocol with the shared rules it takes.

    Its hash then covers both files, and the sets that say what stands against the product.
    """
    named = {f"{draft.id}.v{draft.version}": draft for draft in drafts}
    shared = {name: draft for name, draft in named.items() if draft.kind == KIND}
    return [_with_against(_with_taken(draft, shared), named) for draft in drafts]


def _with_against(draft: Draft, named: Mapping[str, Draft]) -> Draft:
    sets = draft.raw.get("against")
    if draft.kind != "protocol" or not isinstance(sets, list) or not sets:
        return draft
    hashes = [named[each].sha256 for each in sets if each in named]
    whole = sha256(" ".join([draft.sha256, *hashes]).encode()).hexdigest()
    return replace(draft, sha256=whole)


def _with_taken(draft: Draft, shared: Mapping[str, Draft]) -> Draft:
    if draft.kind != "protocol" or not draft.raw.get("takes") or draft.problems:
        return draft
    taken = shared.get(str(draft.raw["takes"]))
    if taken is None:
        reason = f"no {KIND} are called '{draft.raw['takes']}'; write it as some-id.v1"
        return replace(draft, problems=(draft.problem("takes", reason),))
    if not draft.raw.get("case"):
        reason = "has no worked case of its own beside those of the rules it takes"
        return replace(draft, problems=(draft.problem("case", reason),))
    strangers = _strangers(draft.raw, taken.raw)
    if strangers:
        problem = draft.problem("without", f"{taken.id} has no rule '{strangers[0]}'")
        return replace(draft, problems=(problem,))
    both = sha256(f"{draft.sha256} {taken.sha256}".encode()).hexdigest()
    return replace(draft, raw=merged(draft.raw, taken.raw), sha256=both)


def _strangers(own: Mapping[str, Any], taken: Mapping[str, Any]) -> list[str]:
    known = {row.get("id") for name in LISTS for row in _rows(taken, name)}
    return [each for each in own.get("without", ()) if each not in known]


def merged(own: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a protocol with those it takes before its own, less what it goes without."""
    without = frozenset(own.get("without", ()))
    both = dict(own)
    for name in LISTS:
        rows = [_less(row, without) for row in _rows(taken, name) if row.get("id") not in without]
        both[name] = list(_once([*rows, *_rows(own, name)], name=name))
    both |= {name: taken[name] for name in TABLES if name in taken and name not in own}
    both["ask_group"] = _groups([*_rows(taken, "ask_group"), *_rows(own, "ask_group")])
    both["scene"] = {**taken.get("scene", {}), **own.get("scene", {})}
    return both


def _rows(raw: Mapping[str, Any], name: str) -> list[Any]:
    found = raw.get(name, [])
    return found if isinstance(found, list) else []


def _less(row: Mapping[str, Any], without: frozenset[str]) -> Mapping[str, Any]:
    """A worked case without what it expects of rules that are left out; other rows as they are."""
    expect = row.get("expect")
    if not isinstance(expect, Mapping):
        return row
    kept = {
        name: {rule: verdict for rule, verdict in part.items() if rule not in without}
        if name in _EXPECTED
        else part
        for name, part in expect.items()
    }
    return {**row, "expect": kept}


def _once(rows: Iterable[Any], *, name: str) -> Iterator[Any]:
    """The rows; of sources that both files list under one name, the first alone."""
    seen: set[str] = set()
    for row in rows:
        if name == "source" and row.get("id") in seen:
            continue
        seen.add(row.get("id"))
        yield row


def _groups(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Questions of one group asked together, whichever file asks them."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        group = found.setdefault(str(row.get("id")), {**row, "ask": []})
        group["ask"] = [*group["ask"], *row.get("ask", [])]
    return list(found.values())
