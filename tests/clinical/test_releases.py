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


def test_a_lost_file_is_told_alone_without_a_version_or_anything_to_count(folder):
    path = planted(folder)
    release_file(folder, path)
    path.unlink()
    (lost,) = [each for each in library.check(folder) if each.file == "protocols/mine.v1.toml"]
    assert (lost.id, lost.kind) == ("", "")
    assert (lost.version, lost.unchecked, lost.cases) == (0, 0, 0)


def test_of_two_versions_the_newest_is_found_unless_one_is_named(folder):
    """A fix of a scale is a file beside the first."""
    text = (library.PACKAGED / "instruments" / "phq-2.v1.toml").read_text()
    text = text.replace('id = "phq-2"', 'id = "mine"', 1)
    (folder / "instruments").mkdir()
    (folder / "instruments" / "mine.v1.toml").write_text(text)
    (folder / "instruments" / "mine.v2.toml").write_text(
        text.replace("version = 1", "version = 2", 1)
    )
    held = library.load(folder)
    assert held.file("mine").version == 2
    assert held.file("mine", 1).version == 1


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
