"""A released file never changes: a fix is a new version."""

import pytest

from serein.clinical import library
from serein.clinical.content_file import release_file
from serein.clinical.errors import ChangedContentError, ContentError
from tests.clinical.planting import planted, problems


def test_a_released_file_never_changes(folder):
    path = planted(folder)
    sha256 = release_file(folder, path)
    assert release_file(folder, path) == sha256
    assert library.load(folder).file("mine").is_released
    path.write_text(path.read_text() + "\n# a small fix\n")
    with pytest.raises(ChangedContentError, match="a fix is a new version"):
        library.load(folder)
    with pytest.raises(ChangedContentError, match="released with another content"):
        release_file(folder, path)
    path.unlink()
    with pytest.raises(ContentError, match="a released file is missing"):
        library.load(folder)
    assert ("protocols/mine.v1.toml", "RELEASED", "a released file is missing") in problems(folder)


def test_a_second_release_keeps_the_first(folder):
    first, second = planted(folder), planted(folder, name="other")
    release_file(folder, second)
    release_file(folder, first)
    lines = (folder / "RELEASED").read_text().splitlines()
    assert [line.split("  ")[1] for line in lines if not line.startswith("#")] == [
        "protocols/mine.v1.toml",
        "protocols/other.v1.toml",
    ]


def test_an_unreadable_list_of_releases_is_refused(folder):
    planted(folder)
    (folder / "RELEASED").write_text("nonsense\n")
    with pytest.raises(ContentError, match="line 1"):
        library.load(folder)
