"""The next device on two tablets: its rest ends while one hand types, and one hand is first."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.flows.conftest import Tablet
from tests.flows.test_s3_a_treatment_day import (
    advance,
    at,
    begin_chair_four,
    give,
    open_chair,
    refused,
    saved,
)
from tests.serving import Server

pytestmark = pytest.mark.flow
Open = Callable[..., Tablet]


def test_a_rest_ends_under_a_typing_hand_and_a_second_hand_goes_on_from_its_refusal(
    server: Server, open_tablet: Open
) -> None:
    own_tablet = at(server, open_tablet)
    nurse, other, prescriber = (own_tablet(name) for name in ("alvarez", "osei", "lind"))
    path = open_chair(nurse, 4)
    other.go("/floor/")
    begin_chair_four(nurse, prescriber, other, path)
    other.go(path)
    lot, panel = other.page.locator("#device .give input[name=lot]"), "#next-device"
    lot.fill("B1210")
    expect(other.page.locator(panel)).to_contain_text("resting between devices")

    advance(prescriber, 5)

    # One page has the focus on the button just pressed, the other in a box that is typed into.
    for tablet in (nurse, other):
        expect(tablet.page.locator(panel)).to_contain_text("Device 2 may be given")
        expect(tablet.page.locator("#record-device")).to_be_enabled()
        expect(tablet.page.locator("#record-device")).to_have_css("border-style", "solid")
    expect(lot).to_have_value("B1210")
    give(nurse.page)
    saved(nurse.page)
    refused(other, lambda: give(other.page), "#device", "Device 2 is already recorded")
    expect(other.page.locator("#device input[name=lot]").last).to_have_value("")
