"""The library's pages: a calm list, a file in sentences, two versions beside each other."""

import pytest
from django.test import Client

from serein.clinical.content_templates import template
from serein.clinical.library import PACKAGED
from serein.server import library as shelf
from serein.server.courses import queries
from tests.server.treatment.day import adopt

PROTOCOL = "esketamine-trd-us"


@pytest.fixture
def own(settings, tmp_path):
    """The clinic's own folder: a second version of the protocol with one limit changed."""
    text = (PACKAGED / "protocols" / f"{PROTOCOL}.v1.toml").read_text()
    text = text.replace("version = 1\n", "version = 2\n", 1).replace(
        "overdue_min = 10", "overdue_min = 12", 1
    )
    text = text.replace('"Spravato dosing (clinic page)"', '"Spravato dosing, again"', 1)
    (tmp_path / "protocols").mkdir()
    (tmp_path / "protocols" / f"{PROTOCOL}.v2.toml").write_text(text)
    settings.SEREIN_CONTENT = str(tmp_path)
    shelf.library.cache_clear()
    yield tmp_path
    shelf.library.cache_clear()


@pytest.fixture
def page(clinic, lind):
    """What the medical director sees at an address."""

    def seen(path: str, person=lind) -> str:
        browser = Client()
        browser.force_login(person)
        answer = browser.get(path)
        assert answer.status_code == 200, path
        return answer.content.decode()

    return seen


def test_the_list_groups_files_by_kind_and_says_who_adopted_what_when(page, clinic, lind, now):
    assert "not adopted" in page("/library/")

    adopt(clinic, by=lind, now=now)
    text = page("/library/")

    assert text.index("Protocols") < text.index("Scales") < text.index("Facts and their codes")
    assert f"adopted by {lind}, 14 Oct 2025" in text
    assert "clinic policy" in text
    own_row = text.split(f"/library/{PROTOCOL}/1/", 1)[1].split("</li></ul>", 1)[0]
    assert "not adopted" not in own_row


def test_counts_tell_recalled_values_from_clinic_policy(clinic, db):
    shelves = queries.shelves(clinic)
    listed = [one for _, files in shelves for one in files]
    protocol = next(one for one in listed if one.file.id == PROTOCOL)

    assert protocol.file.unchecked > 0
    assert protocol.file.policy > 0
    to_adopt = {one.file.kind for one in listed if one.is_to_adopt}
    assert to_adopt == {"protocol", "policy"}


@pytest.mark.parametrize("file", shelf.library().files, ids=lambda file: file.id)
def test_every_file_reads_with_its_sources(page, file):
    text = page(f"/library/{file.id}/{file.version}/")

    assert 'id="sources"' in text
    assert file.raw["source"][0]["title"].split("&")[0].split("'")[0] in text


def test_a_protocol_reads_in_sentences_with_limits_marks_sources_and_cases(page):
    text = page(f"/library/{PROTOCOL}/1/")

    assert "Systolic blood pressure: at most 140 mmHg" in text
    assert "recalled, not checked" in text
    assert "clinic policy" in text
    assert 'href="https://www.spravatohcp.com/dosing-spravato-trd"' in text
    assert "141 systolic waits for the prescriber" in text


def test_the_director_has_what_is_unchecked_in_front_of_the_button(page, alvarez):
    text = page(f"/library/{PROTOCOL}/1/")
    assert text.index("To be confirmed before adoption") < text.index("Adopt version 1")
    assert "differs from version" not in text
    assert "Adopt version 1" not in page(f"/library/{PROTOCOL}/1/", alvarez)


def test_before_a_new_version_is_adopted_the_difference_comes_first(page, own, clinic, lind, now):
    adopt(clinic, by=lind, now=now)

    text = page(f"/library/{PROTOCOL}/2/")

    difference = text.index("What differs from version 1, which is in use here")
    assert (
        difference < text.index("To be confirmed before adoption") < text.index("Adopt version 2")
    )
    assert "<del>10 min</del>" in text
    assert "<ins>12 min</ins>" in text
    assert "differs from version" not in page(f"/library/{PROTOCOL}/1/")


def test_versions_are_chosen_from_and_compared(page, own):
    text = page(f"/library/{PROTOCOL}/2/")
    compared = page(f"/library/{PROTOCOL}/compare/1/2/")

    assert f'href="/library/{PROTOCOL}/1/"' in text
    assert f'href="/library/{PROTOCOL}/compare/1/2/"' in text
    assert "From version 1 to version 2" in compared
    assert compared.index("Overdue after") < compared.index("Words, sources and worked cases")
    assert "dosing, again" in compared.replace("<ins>", "")


def test_a_clinics_own_version_reads_as_a_pharmacist_would_check_it(page, own, clinic, lind, now):
    adopt(clinic, by=lind, now=now)
    text = (PACKAGED / "protocols" / "ketamine-iv.v1.toml").read_text()
    for old, new in (
        ("version = 1\n", "version = 2\n"),
        ("effective = 2026-01-01", "effective = 2026-06-01"),
        ("hard_mg = 100", "hard_mg = 90"),
        ("a higher dose may be weighed, up to 0.75 mg/kg", "a higher dose may be weighed"),
        ("A clinician trained in advanced life", "Somebody trained in advanced life"),
    ):
        assert old in text
        text = text.replace(old, new)
    (own / "protocols" / "ketamine-iv.v2.toml").write_text(text)
    shelf.library.cache_clear()

    treats, beside = page("/library/ketamine-iv/compare/1/2/").split(
        "Words, sources and worked cases"
    )

    assert "Racemic ketamine by intravenous infusion" in treats
    assert "version 1 holds from 1 Jan 2026, version 2 from 1 Jun 2026" in treats
    assert "version 2 ○ not adopted here" in treats
    assert "3 changes" in treats
    assert "<del>100 mg</del>" in treats
    assert "<ins>90 mg</ins>" in treats
    assert "When somebody must decide" in treats
    assert "up to 0.75 mg/kg</del>" in treats
    assert "Somebody trained" in beside


def test_a_version_beside_itself_differs_in_nothing(page):
    assert "Rules, numbers and doses are the same" in page(f"/library/{PROTOCOL}/compare/1/1/")


def test_a_new_and_a_lost_rule_are_told_as_such(page, own):
    path = own / "protocols" / f"{PROTOCOL}.v2.toml"
    old = 'id = "slow-pulse"\ntext = "Slow pulse"\nwhen = { fact = "heart-rate", below = 50 }\n'
    rest = 'urgency = "caution"\nfor_role = "nurse"\naction = "Watch"\npolicy = true\n\n'
    text = path.read_text()
    path.write_text(text.replace("[[gate]]", f"[[caution]]\n{old}{rest}[[gate]]", 1))
    shelf.library.cache_clear()

    assert "Heart rate" in page(f"/library/{PROTOCOL}/compare/1/2/").split("+ new", 1)[1]
    assert "− no longer" in page(f"/library/{PROTOCOL}/compare/2/1/")


def test_a_clinics_own_scale_is_read_without_any_code(page, own):
    (own / "our-scale.v1.toml").write_text(template("instrument", content_id="our-scale"))
    shelf.library.cache_clear()

    assert "did you sleep badly" in page("/library/our-scale/1/")
    assert "My scale" in page("/library/")


@pytest.mark.parametrize(
    "path",
    ["/library/moonlight/1/", f"/library/{PROTOCOL}/9/", f"/library/{PROTOCOL}/compare/1/9/"],
)
def test_what_does_not_exist_is_not_found(clinic, lind, path):
    browser = Client()
    browser.force_login(lind)
    assert browser.get(path).status_code == 404
