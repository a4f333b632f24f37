"""No number of a whole protocol changes without being told."""

import copy
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serein.clinical.content_kinds import terms
from serein.clinical.difference import difference
from serein.clinical.library import PACKAGED

PROTOCOL: dict[str, Any] = tomllib.loads(
    (PACKAGED / "protocols" / "esketamine-trd-us.v1.toml").read_text()
)


@pytest.fixture(scope="module")
def known(shelf):
    return terms(shelf.dictionary)


def numbers(table: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(table, dict):
        return [each for name, inner in table.items() for each in numbers(inner, (*path, name))]
    if isinstance(table, list):
        return [each for n, inner in enumerate(table) for each in numbers(inner, (*path, n))]
    is_number = isinstance(table, int) and not isinstance(table, bool)
    return [path] if is_number and path != ("version",) else []


@settings(max_examples=40)
@given(path=st.sampled_from(numbers(PROTOCOL)), by=st.integers(1, 9))
def test_no_number_of_a_protocol_changes_unseen(known, path, by):
    other = copy.deepcopy(PROTOCOL)
    inner: Any = other
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] += by

    there = difference(PROTOCOL, other, terms=known)
    back = difference(other, PROTOCOL, terms=known)

    assert there
    assert [change.treats for change in there] == [change.treats for change in back]
    treats = path[0] not in ("case", "scene", "source")
    assert any(change.treats for change in there) == treats


@settings(max_examples=20)
@given(st.sampled_from([path for path in numbers(PROTOCOL) if path[0] == "gate"]))
def test_the_row_of_a_changed_limit_is_the_one_named(known, path):
    other = copy.deepcopy(PROTOCOL)
    inner: Any = other
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] += 1

    keys = {change.key for change in difference(PROTOCOL, other, terms=known)}

    assert keys == {f"gate.{PROTOCOL['gate'][path[1]]['id']}"}
