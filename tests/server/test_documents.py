"""Paper prints whatever was typed, and says what it could not."""

import io
import random
from datetime import UTC, datetime

import pypdf
import pytest

from serein.server import documents

AT = datetime(2025, 10, 14, 14, 12, tzinfo=UTC)
SCRIPTS = "王小明 田中 김철수 สมชาย अमित ሀብታሙ מרים مريم Дмитрий Հայկ გიორგი Nguyễn Łukasz → ✓ 😀"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text y="9">{}</text></svg>'
# Marks over letters of other scripts, in a row in which no one font has every sign.
PILED = "\u8b98\u0afe\u2116\u05c2\u0e19\u1c33\u0905\u738b\ua8e5\u20dc\u21ce\u1680 " * 3


@pytest.fixture
def template(tmp_path):
    file = tmp_path / "one.typ"
    file.write_text(
        '#show: house\n#content.said\n#image(bytes(content.drawn), format: "svg", alt: "drawn")'
    )
    return file


def printed(template, said):
    content = {
        "title": "One",
        "clinic": "Main St",
        "footer": "Printed by hand",
        "said": said,
        "drawn": DRAWING.format(said.replace("&", "&amp;").replace("<", "&lt;")),
    }
    pdf = documents.typeset(template, content, at=AT, drawings=["drawn"])
    return pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def test_a_name_in_any_of_these_scripts_is_printed_whole(template):
    paper = printed(template, SCRIPTS)

    assert "could not be printed" not in paper
    assert "□" not in paper
    assert "王小明" in paper


def test_a_sign_that_no_font_has_is_a_box_and_the_paper_says_so(template):
    assert "1 sign could not be printed (□); the screen shows it." in printed(template, "It 🫁")
    assert "2 signs could not be printed (□); the screen shows them." in printed(
        template, "It 🫁 and 🦻"
    )


@pytest.mark.parametrize("said", ["a\x0bb", "a\x00b", "a\x01b", "a\x7fb", "a\ufeffb", "a\u200bb"])
def test_a_sign_that_nobody_sees_is_left_out_without_a_word(template, said):
    paper = printed(template, said)

    assert "could not be printed" not in paper


@pytest.mark.parametrize("said", [PILED, "\ud800", "\ufffe\uffff", "a\u2028b", "a\u0300" * 300])
def test_the_oddest_text_is_printed(template, said):
    assert "Printed by hand" in printed(template, said)


def test_any_signs_in_any_order_are_printed(template):
    chance = random.Random(20251014)  # noqa: S311  the same signs at every run
    for _time in range(20):
        signs = [chr(chance.randrange(0x30000)) for _sign in range(80)]
        assert "Printed by hand" in printed(template, "".join(signs))
