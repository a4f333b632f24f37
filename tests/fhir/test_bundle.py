"""A file is a bundle or is refused with the place where it broke."""

import gzip
import json

import pytest

from serein.fhir import bundle
from serein.fhir.records import BrokenFileError

WHOLE = {
    "resourceType": "Bundle",
    "link": [{"relation": "self", "url": "u"}],
    "entry": [
        {"fullUrl": f"urn:uuid:{n}", "resource": {"resourceType": "Patient", "id": str(n)}}
        for n in range(3)
    ],
}


def refusal(content: bytes) -> str:
    with pytest.raises(BrokenFileError) as refused:
        bundle.parse(content)
    return str(refused.value)


def test_entries_keep_their_place_and_names():
    entries = bundle.parse(json.dumps(WHOLE).encode())

    assert [entry.place for entry in entries] == [0, 1, 2]
    assert (entries[1].reference, entries[1].full_url) == ("Patient/1", "urn:uuid:1")


def test_a_mark_of_byte_order_is_no_fault():
    assert bundle.parse(b"\xef\xbb\xbf" + json.dumps(WHOLE).encode())


def test_a_cut_file_says_line_column_byte_and_resource():
    text = json.dumps(WHOLE, indent=1)
    cut = text.index('"2"')

    line, column = text.count("\n", 0, cut) + 1, cut - text.rfind("\n", 0, cut)
    told = refusal(text[:cut].encode())
    assert "ends too early, after 2 whole resources" in told
    assert f"line {line}, column {column}, byte {cut + 1}" in told


def test_a_fault_in_the_middle_is_placed_by_bytes_not_letters():
    broken = '{"resourceType": "Bundle", "é": 1, ]'.encode()

    assert f"byte {broken.index(b']') + 1}" in refusal(broken)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_placed(name):
    told = refusal(f'{{"resourceType": "Bundle", "entry": ["NaN", {name}]}}'.encode())

    assert f"{name} is no number" in told
    assert "line 1, column 45" in told


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"[]", "no FHIR Bundle"),
        (b'"text"', "no FHIR Bundle"),
        (b'{"resourceType": "Patient"}', "no FHIR Bundle"),
        (b'{"resourceType": "Bundle", "entry": {}}', "no list"),
        (b'{"resourceType": "Bundle", "resourceType": "Bundle"}', "twice"),
        (b'{"resourceType": "Bundle", "a": "\xff"}', "not UTF-8: byte 34, line 1"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (gzip.compress(b"{}" * 1000), "gzip, not JSON; unpack it first"),
        (b"PK\x03\x04...", "zip, not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "thousands of digits"),
        (b'{"a": ' + b" " * bundle.LARGEST_FILE_BYTES + b"1}", "are the most"),
    ],
    ids=range(15),
)
def test_hostile_files_are_refused_with_a_sentence(content, sentence):
    assert sentence in refusal(content)


@pytest.mark.parametrize("entry", [None, 1, "x", [], {}, {"resource": 7}, {"resource": []}])
def test_an_entry_without_a_resource_is_an_entry_of_no_kind(entry):
    [found] = bundle.parse(json.dumps({"resourceType": "Bundle", "entry": [entry]}).encode())

    assert (found.kind, found.id, found.resource) == ("", "", {})
