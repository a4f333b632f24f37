"""What others made is named in NOTICE, and no notice is left for what has gone."""

import re

from tests.house.tree import REPOSITORY, files, name

FROM_OTHERS = (".whl", ".woff2", ".ttf", ".otf", ".min.js", ".min.css")
NOTICE = (REPOSITORY / "NOTICE").read_text(encoding="utf-8")
PLACES = re.findall(r"^(?!\s)(\S+/\S*)$", NOTICE, re.M)


def test_every_file_from_others_has_a_notice():
    theirs = [
        name(path)
        for path in files()
        if {"vendor", "vendored", "fonts"} & set(path.parts) or path.name.endswith(FROM_OTHERS)
    ]
    assert [file for file in theirs if not file.startswith(tuple(PLACES))] == []


def test_every_notice_is_about_something_that_is_here():
    assert [place for place in PLACES if not (REPOSITORY / place).exists()] == []


def test_the_license_is_whole():
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
