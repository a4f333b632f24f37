"""Released content never changes, and every content file is named where people look for it."""

import hashlib

from serein.clinical import library
from tests.house.tree import DOCS, PACKAGE

CONTENT = PACKAGE / "content"


def released():
    lines = (CONTENT / "RELEASED").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.strip() and not line.startswith("#"):
            words = line.split()
            digest = next(word for word in words if len(word) == 64)
            yield next(word for word in words if word != digest), digest


def test_a_released_file_is_what_it_was():
    changed = [
        file
        for file, digest in released()
        if hashlib.sha256((CONTENT / file).read_bytes()).hexdigest() != digest
    ]
    assert changed == [], "a released file never changes; a fix is a new version"


def test_every_content_file_loads_and_is_named_in_the_documentation():
    page = (DOCS / "reference" / "content.md").read_text(encoding="utf-8")
    files = library.load().files
    assert {file.path.name for file in files} == {path.name for path in CONTENT.rglob("*.toml")}
    assert [file.id for file in files if f"`{file.id}`" not in page] == []


def test_every_content_file_names_its_sources_and_says_what_it_is():
    for file in library.load().files:
        text = file.path.read_text(encoding="utf-8")
        assert "source = " in text or "[[source]]" in text, file.path.name
        assert file.title, file.path.name
