"""A call for somebody now reaches who looks at another page, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.flows.conftest import Tablet
from tests.flows.test_s3_a_treatment_day import PICTURES, at, open_chair, saved
from tests.serving import Server

pytestmark = pytest.mark.flow
Open = Callable[..., Tablet]
WITHIN_MS = 5_000
SEEN = """(isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_call_is_heard_on_the_list_the_chart_and_beside_another_patient(
    server: Server, open_tablet: Open
) -> None:
    sign_in = at(server, open_tablet)
    nurse, prescriber, therapist = sign_in("alvarez"), sign_in("lind"), sign_in("okafor")
    prescriber.go("/alerts/")
    open_chair(therapist, 2)
    beside = therapist.page.locator("#calls .strip__item", has_text="Chest pain")
    listed = prescriber.page.locator("[data-open] .alarm", has_text="Chest pain")
    expect(listed).to_have_count(0)
    count = int(prescriber.page.locator("[data-alert-count]").inner_text())
    open_chair(nurse, 1)

    nurse.page.get_by_role("button", name="Chest pain").click()
    saved(nurse.page)

    expect(beside).to_be_visible(timeout=WITHIN_MS)
    expect(listed).to_have_count(1, timeout=WITHIN_MS)
    told = prescriber.page.locator("#calls .strip__item", has_text="Chest pain")
    expect(told).to_be_visible(timeout=WITHIN_MS)
    expect(prescriber.page.locator("[data-alert-count]")).to_have_text(str(count + 1))
    assert "Chest pain" not in nurse.page.locator("#calls").inner_text(), "it is on its own page"
    assert therapist.axe() == []
    therapist.page.screenshot(path=PICTURES / "call-beside-another-patient.png")

    told.get_by_role("link").click()
    prescriber.page.get_by_role("button", name="Seen").first.click()
    expect(beside).to_have_count(0, timeout=WITHIN_MS)


def test_what_was_not_sent_for_an_old_sign_in_goes_with_one_press_more(
    server: Server, open_tablet: Open
) -> None:
    nurse = at(server, open_tablet)("alvarez")
    page = nurse.page
    open_chair(nurse, 1)
    page.fill("#note > form textarea", "A little pale")
    other = nurse.context.new_page()
    other.goto(nurse.url + "/floor/")
    other.get_by_role("button", name="Sign out").click()
    other.fill("input[name=login]", "osei")
    other.fill("input[name=password]", "a calm afternoon")
    other.press("input[name=password]", "Enter")
    other.wait_for_url("**/floor/")

    nurse.is_expecting_failures = True
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("#unsent")).to_contain_text("press the button once more")
    expect(page.locator("#unsent")).to_be_in_viewport()
    expect(page.locator(".house__side > .pill")).to_contain_text("Osei")
    page.get_by_role("button", name="Save the note").click()

    expect(page.locator("#note .list")).to_contain_text("A little pale")


def test_a_tab_left_behind_holds_no_connection_and_hears_all_when_it_is_seen_again(
    server: Server, open_tablet: Open
) -> None:
    sign_in = at(server, open_tablet)
    nurse, prescriber = sign_in("alvarez"), sign_in("lind")
    page = prescriber.page
    prescriber.go("/patients/")
    beside = page.locator("#calls .strip__item", has_text="Chest pain")
    expect(page.locator("#connection")).to_contain_text("Online")
    page.evaluate(SEEN, True)
    open_chair(nurse, 1)
    nurse.page.get_by_role("button", name="Chest pain").click()
    saved(nurse.page)
    page.wait_for_timeout(3_000)
    expect(beside).to_have_count(0)

    page.evaluate(SEEN, False)

    expect(beside).to_be_visible(timeout=WITHIN_MS)
