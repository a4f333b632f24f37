"""A clinic's licensed text joins the packaged structure; made-up text stands for it here."""

from pathlib import Path

import pytest

from serein.clinical import library
from serein.clinical.errors import ContentError
from serein.clinical.scoring import score

HEAD = """
kind = "wording"
id = "our-sds"
version = 1
title = "SDS, text of our licence"
effective = 2026-11-25
jurisdiction = "any"
instrument = "sds"
instrument_version = 1
licence = "Licence 4711 of the clinic"
stem = "This week:"
source = [{ id = "licence", title = "Licence 4711", read = 2026-11-25 }]
"""
ITEMS = """
[[item]]
id = "work"
text = "Made-up words on work"
[[item]]
id = "social"
text = "Made-up words on friends"
[[item]]
id = "family"
text = "Made-up words on home"
"""
CASE = """
[[case]]
name = "a bare number"
item = "work"
value = 3
text = ""
"""


@pytest.fixture
def write(tmp_path: Path):
    def written(*parts: str, name: str = "our-sds") -> Path:
        text = "".join(parts).replace('id = "our-sds"', f'id = "{name}"')
        (tmp_path / f"{name}.v1.toml").write_text(text)
        return tmp_path

    return written


def answers(highest: int) -> str:
    rows = ", ".join(f'{{ value = {n}, text = "Made up {n}" }}' for n in range(highest + 1))
    return f"answer = [{rows}]\n"


def test_a_scale_of_structure_gets_the_clinics_text_and_keeps_its_scoring(write):
    shelf = library.load(write(HEAD, ITEMS, CASE))
    scale = shelf.instrument("sds")

    assert scale.item[0].text == "Made-up words on work"
    assert (scale.wording, scale.stem) == ("licensed", "This week:")
    assert scale.licence == "Licence 4711 of the clinic"
    assert score(scale, {"work": 2, "social": 2, "family": 2}).total == 6
    assert library.load().instrument("sds").wording == "structure"


def test_answers_get_their_text_and_their_values_stay(write):
    case = CASE.replace('text = ""', 'text = "Made up 3"')
    scale = library.load(write(HEAD, answers(10), ITEMS, case)).instrument("sds")

    assert list(scale.values(scale.item[0])) == list(range(11))
    assert scale.item[2].answer[10].text == "Made up 10"
    assert scale.reach == (0, 30)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([HEAD, ITEMS.replace('"social"', '"sozial"'), CASE], "'social' .* not 'sozial'"),
        ([HEAD, ITEMS.rsplit("[[item]]", 1)[0], CASE], "has 3 items, not 2"),
        ([HEAD, answers(9), ITEMS, CASE], "9, 10, not 0, 1"),
        ([HEAD.replace('"sds"', '"phq-9"'), ITEMS, CASE], "PHQ-9 has text of its own"),
        ([HEAD.replace('"sds"', '"sdss"'), ITEMS, CASE], "did you mean 'sds'"),
        (
            [HEAD.replace("instrument_version = 1", "instrument_version = 2"), ITEMS, CASE],
            "ersion 2",
        ),
        ([HEAD, ITEMS.replace("Made-up words on work", ""), CASE], "at least 1 character"),
        ([HEAD, ITEMS, CASE.replace('text = ""', 'text = "three"')], "a bare number: says ''"),
    ],
)
def test_a_text_that_does_not_fit_its_scale_is_refused(write, parts, words):
    with pytest.raises(ContentError, match=words):
        library.load(write(*parts))


def test_a_scale_gets_its_text_from_one_file_only(write):
    write(HEAD, ITEMS, CASE)
    with pytest.raises(ContentError, match="its text from another file"):
        library.load(write(HEAD, ITEMS, CASE, name="z-sds"))
