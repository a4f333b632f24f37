"""A chair that the owner adds or takes away is on every floor by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from serein.server.demo.people import PASSWORD
from tests.flows.conftest import Tablet
from tests.flows.test_s3_a_treatment_day import at, demo

pytestmark = pytest.mark.flow


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

        row = owner.page.locator("li").filter(has_text="Window")
        row.locator("summary").filter(has_text="Take off the floor").click()
        row.get_by_role("button", name="Take Chair Window off the floor").click()
        expect(nurse.page.locator(".tile")).to_have_count(6)
