"""Whatever a file holds, it is refused whole or every entry is stored or kept with a reason."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serein.fhir import bundle
from serein.fhir.reading import read
from serein.fhir.records import BrokenFileError
from tests.fhir.clinic import MEASURES, NEW_YORK, NOW, placed
from tests.server.transfer.bundles import allergy, content, observation, person, pressure

OF_P1 = {"subject": {"reference": "Patient/p1"}}
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["Patient/p1", "2020", "2020-02-30", "kg", "http://loinc.org", "\0", "\ud800"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
WHOLE = [
    person(),
    observation(),
    pressure(),
    allergy(reaction=[{"manifestation": [{"text": "Hives"}]}]),
    {
        "resourceType": "MedicationRequest",
        "id": "m1",
        **OF_P1,
        "status": "active",
        "medicationCodeableConcept": {"text": "Sertraline"},
        "authoredOn": "2019-05-01",
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 1}}]}],
    },
    {
        "resourceType": "Condition",
        "id": "c1",
        **OF_P1,
        "code": {"text": "Cough"},
        "onsetDateTime": "2019",
    },
    {
        "resourceType": "Encounter",
        "id": "e1",
        **OF_P1,
        "status": "finished",
        "period": {"start": "2019-05-01"},
    },
]


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside the document."""
    if not isinstance(value, dict | list):
        return [here]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path for key, part in inner for path in paths(part, (*here, key))]
    return [here, *found] if here else found


PATHS = paths(WHOLE)


CHANGES = st.lists(
    st.tuples(st.sampled_from(PATHS), JUNK | st.just("delete")), min_size=1, max_size=4
)


@settings(max_examples=300, deadline=timedelta(seconds=2))
@given(CHANGES)
def test_a_bundle_with_anything_in_it_is_read_or_kept_aside_entry_by_entry(changes):
    resources = json.loads(json.dumps(WHOLE))
    for path, junk in changes:
        plant(resources, path, junk)
    document = json.dumps(
        {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
    ).encode()
    entries = bundle.parse(document)
    found = read(entries, now=NOW, zone=NEW_YORK, measures=MEASURES)

    assert placed(found) == list(range(len(entries)))
    assert all(one.reason for one in found.unread)


def plant(resources: Any, path: tuple[Any, ...], junk: Any) -> None:
    """Put the junk at the path, when the path is still there."""
    at = resources
    for step in path[:-1]:
        try:
            at = at[step]
        except (KeyError, IndexError, TypeError):
            return
    is_there = isinstance(at, dict) or (isinstance(at, list) and isinstance(path[-1], int))
    if not is_there or (isinstance(at, list) and path[-1] >= len(at)):
        return
    if junk == "delete":
        at[path[-1]] = None
    else:
        at[path[-1]] = junk


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=4), st.booleans())
def test_bytes_changed_anywhere_never_crash(place, junk, is_inserted):
    whole = content(*WHOLE)
    cut = place % len(whole)
    rest = whole[cut:] if is_inserted else whole[cut + len(junk) :]
    try:
        entries = bundle.parse(whole[:cut] + junk + rest)
    except BrokenFileError as refused:
        assert str(refused)  # noqa: PT017  either answer is right
        return
    found = read(entries, now=NOW, zone=NEW_YORK, measures=MEASURES)
    assert placed(found) == list(range(len(entries)))
