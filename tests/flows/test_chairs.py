"""A chair that the owner adds or takes away is on every floor by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from serein.server.demo.people import PASSWORD
from tests.flows.conftest import Tablet
from tests.flows.morning import demo
from tests.flows.test_s3_a_treatment_day import at

pytestmark = pytest.mark.flow


def focused_by(tablet: Tablet, key: str) -> str:
    """What the chair is called whose tile the key brings the keyboard to."""
    tablet.page.keyboard.press(key)
    found = tablet.page.evaluate(
        "document.activeElement.closest('.tile').querySelector('.tile__chair').textContent"
    )
    assert isinstance(found, str)
    return found


def test_a_chair_comes_and_goes_on_a_floor_that_nobody_reloads(
    tmp_path: Path, open_tablet: Callable[..., Tablet]
) -> None:
    with demo(tmp_path / "folder") as running:
        nurse = at(running, open_tablet)("alvarez")
        owner = open_tablet(running.url)
        owner.go("/account/login/")
        owner.page.fill("input[name=login]", "owner")
        owner.page.fill("input[name=password]", PASSWORD)
        owner.page.press("input[name=password]", "Enter")
        owner.page.wait_for_url("**/people/")
        owner.page.get_by_role("button", name="Chairs").click()
        assert owner.axe() == []

        expect(nurse.page.locator(".tile")).to_have_count(6)
        owner.page.locator("section input[name=name]").fill("Window")
        owner.page.get_by_role("button", name="Add the chair").click()
        expect(nurse.page.locator(".tile")).to_have_count(7)
        expect(nurse.page.locator(".tile").last).to_contain_text("Window")

        assert focused_by(nurse, "7") == "Window"
        # As rows of before may still be called: two chairs that bear each other's number.
        nurse.page.evaluate(
            "for (const tile of document.querySelectorAll('.tile'))"
            " tile.querySelector('.tile__chair').textContent ="
            " { 1: '2', 2: '1', 3: '9' }[tile.dataset.number] ?? tile.dataset.number"
        )
        assert [focused_by(nurse, key) for key in "1293"] == ["1", "2", "9", "9"]

        row = owner.page.locator("li").filter(has_text="Window")
        row.locator("summary").filter(has_text="Take off the floor").click()
        row.get_by_role("button", name="Take Chair Window off the floor").click()
        expect(nurse.page.locator(".tile")).to_have_count(6)
