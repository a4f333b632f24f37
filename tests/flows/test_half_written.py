"""What is half written in one form of the session's page, while another one is sent."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.flows.conftest import Tablet
from tests.flows.test_s3_a_treatment_day import advance, at, leave, open_chair, saved
from tests.serving import Server

pytestmark = pytest.mark.flow
Open = Callable[..., Tablet]


def entry(page: Page, form: str) -> str:
    return page.locator(f"{form} [name=entry]").first.input_value()


def test_a_form_that_is_sent_leaves_what_is_half_written_in_the_others(
    server: Server, open_tablet: Open
) -> None:
    nurse = at(server, open_tablet)("alvarez")
    page = nurse.page
    path = open_chair(nurse, 1)
    pad, note, danger = "[data-pad]", "#note > form", ".danger"
    page.fill(f"{pad} [name='bp.systolic']", "198")
    page.fill(f"{pad} [name='bp.diastolic']", "112")
    page.fill(f"{note} textarea", "Grey in the face, and")
    vitals_entry, danger_entry = entry(page, pad), entry(page, danger)

    page.locator(f"{danger} button").first.click()
    saved(page)

    expect(page.locator(f"{pad} [name='bp.systolic']")).to_have_value("198")
    expect(page.locator(f"{pad} [name='bp.diastolic']")).to_have_value("112")
    expect(page.locator(f"{note} textarea")).to_have_value("Grey in the face, and")
    assert entry(page, pad) == vitals_entry
    assert entry(page, danger) != danger_entry

    # Refused, a note sent in between, and then sent as it should be.
    page.fill(f"{pad} [name='bp.systolic']", "98")
    nurse.is_expecting_failures = True
    page.get_by_role("button", name="Save the set").click()
    expect(page.locator("#vitals .refusal").first).to_be_visible()
    nurse.is_expecting_failures = False
    page.fill(f"{note} textarea", "Grey in the face, and cold")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("#note .list")).to_contain_text("Grey in the face, and cold")
    expect(page.locator(f"{note} textarea")).to_have_value("")
    expect(page.locator(f"{pad} [name='bp.diastolic']")).to_have_value("112")
    page.fill(f"{pad} [name='bp.systolic']", "198")
    page.get_by_role("button", name="Save the set").click()
    expect(page.locator("#timeline")).to_contain_text("198/112")
    expect(page.locator(f"{pad} [name='bp.systolic']")).to_have_value("")
    assert path in page.url


def test_a_release_leaves_a_half_written_note(server: Server, open_tablet: Open) -> None:
    own_tablet = at(server, open_tablet)
    nurse, other = own_tablet("alvarez"), own_tablet("osei")
    page = nurse.page
    advance(other, 3)
    open_chair(nurse, 1)
    measure = ("126", "80", "74", "98", "14")
    for box, number in zip(page.locator("[data-pad] [data-digits]").all(), measure, strict=True):
        box.fill(number)
    for group, word in (("Sedation", "alert"), ("Dissociation", "none"), ("Breathing", "normal")):
        words = page.locator("[data-pad]").get_by_role("group", name=group)
        words.get_by_role("radio", name=word, exact=True).check()
    page.get_by_role("button", name="Save the set").click()
    saved(page)
    page.fill("#note > form textarea", "Her sister drives, and")

    leave(page)

    expect(page.locator("#now")).to_contain_text(re.compile("Released"))
    expect(page.locator("#note > form textarea")).to_have_value("Her sister drives, and")
