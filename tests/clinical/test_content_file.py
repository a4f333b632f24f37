"""What is said of a file before anything in it is believed."""

import pytest

from serein.clinical.content_file import (
    ContentFile,
    read_folder,
    release_file,
    released,
    to_confirm,
)


def described(folder, text, *, name="mine.v3.toml") -> ContentFile:
    (folder / name).write_text(text)
    (draft,) = read_folder(folder)
    return draft.described()


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        ("", 0),
        ("case = 7", 0),
        ("[case]\nname = 'one'\n", 0),
        ("[[case]]\nname = 'one'\n[[case]]\nname = 'two'\n", 2),
    ],
)
def test_only_listed_cases_are_counted(tmp_path, text, cases):
    assert described(tmp_path, text).cases == cases


def test_a_file_has_the_version_of_its_name_and_without_one_none(tmp_path):
    assert described(tmp_path, "").version == 3


def test_a_file_that_is_not_named_like_content_has_no_version(tmp_path):
    found = described(tmp_path, "version = 2", name="mine.toml")
    assert (found.id, found.version) == ("mine", 0)


def test_a_name_in_the_list_of_releases_may_hold_two_spaces(tmp_path):
    (tmp_path / "RELEASED").write_text("0a  my  own.v1.toml\n")
    assert released(tmp_path) == {"my  own.v1.toml": "0a"}


def test_a_release_returns_the_hash_that_it_entered(tmp_path):
    path = tmp_path / "mine.v1.toml"
    path.write_text("")
    sha256 = release_file(tmp_path, path)
    assert len(sha256) == 64
    assert released(tmp_path) == {"mine.v1.toml": sha256}


def test_what_is_marked_and_not_confirmed_is_listed_and_a_policy_always():
    marks = {
        "bare": {"mg": 1},
        "recalled": {"mg": 1, "source": "a"},
        "confirmed": {"mg": 1, "source": "a", "checked": True},
        "house": {"mg": 1, "policy": True},
        "both": {"mg": 1, "source": "a", "checked": True, "policy": True},
    }
    assert [each.key for each in to_confirm(marks)] == ["recalled", "house", "both"]
