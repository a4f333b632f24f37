"""Eligibility and a new course in a real browser: calm for axe, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.flows.conftest import TABLET
from tests.flows.morning import demo
from tests.flows.test_s3_a_treatment_day import PASSWORD, Open
from tests.serving import Server

pytestmark = pytest.mark.flow
PHONE: ViewportSize = {"width": 390, "height": 844}
SET = "contraindications-esketamine-us"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("eligibility") / "folder"
    with demo(folder) as running:
        yield running


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_every_part_of_the_page_is_calm_for_axe_and_fits(
    server: Server, open_tablet: Open, size: ViewportSize
) -> None:
    tablet = open_tablet(server.url, size=size)
    tablet.sign_in("lind", PASSWORD)
    tablet.go("/patients/?words=Sanford")
    chart = tablet.page.get_attribute("table tbody a", "href") or ""
    course = chart.replace("/patients/", "/courses/new/")
    for path in (
        f"{chart}eligibility/",
        f"{chart}eligibility/?policy={SET}",
        f"{chart}eligibility/?part=trials&policy=trd-label-us",
        f"{chart}eligibility/?part=outcome",
        f"{chart}eligibility/?part=watch",
        f"{chart}eligibility/record/?policy=contraindications-ketamine",
        f"{chart}trials/new/",
        course,
        f"{course}?protocol=ketamine-iv%20v1",
    ):
        tablet.go(path)
        assert tablet.axe() == [], path
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert tablet.page.evaluate(wide) == 0, path


def test_a_gap_is_closed_and_a_caution_decided(server: Server, open_tablet: Open) -> None:
    tablet = open_tablet(server.url)
    tablet.sign_in("lind", PASSWORD)
    tablet.go("/patients/?words=Sanford")
    page = tablet.page
    page.click("table tbody a")
    page.click("text=Eligibility")
    page.click("text=Esketamine: contraindications and cautions, US label")
    page.click("text=Record 1 thing that is missing")
    page.check("input[name='cardiovascular-event'][value=yes]")
    page.click("text=Save the answers")
    expect(page.locator("text=Record 1 thing that is missing")).to_have_count(0)
    expect(page.locator(".criterion--unknown")).to_have_count(0)

    row = page.locator("#rule-cardiovascular-event")
    expect(row.locator(".criterion__word")).to_have_text("not met")
    row.locator("input[name=reason]").fill("stent two years ago, cardiology agrees")
    row.locator("button").click()
    expect(row.locator(".criterion__word")).to_have_text("met")
    expect(row).to_contain_text("stent two years ago")
