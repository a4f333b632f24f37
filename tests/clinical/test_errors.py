"""A refusal of a file says where it is, as far as that is known."""

import pytest

from serein.clinical.errors import ContentError


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({}, "is missing"),
        ({"file": "a.v1.toml"}, "a.v1.toml: is missing"),
        ({"file": "a.v1.toml", "line": 7}, "a.v1.toml:7: is missing"),
        ({"file": "a.v1.toml", "key": "gate"}, "a.v1.toml: gate: is missing"),
        ({"key": "gate", "line": 7}, "gate: is missing"),
    ],
)
def test_a_refusal_tells_its_place_without_a_word_for_what_is_not_known(place, told):
    assert str(ContentError("is missing", **place)) == told
