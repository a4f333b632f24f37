"""The first sign-in of a real clinic's owner, and a passkey instead of the password, in a browser.

The key is the browser's own virtual one: it makes and checks real signatures.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.flows.conftest import Tablet
from tests.house_of_its_own import new_house
from tests.serving import serving

pytestmark = pytest.mark.flow
OWN = "rain on the skylight"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def owner(tmp_path: Path, open_tablet: Callable[..., Tablet]) -> Iterator[tuple[Tablet, str, str]]:
    """A browser with a passkey in it before a real clinic, the owner's name and first password."""
    house = new_house(tmp_path / "data", SEREIN_MODE="production", SEREIN_CLOCK="live")
    made = json.loads(house.serein("init", "--defaults", "--json").stdout)
    with serving(house.folder, "serve", environment=house.environment) as server:
        # A browser gives passkeys to safe origins only; the machine itself, by name, is one.
        tablet = open_tablet(server.url.replace("127.0.0.1", "localhost"))
        protocol = tablet.context.new_cdp_session(tablet.page)
        protocol.send("WebAuthn.enable")
        protocol.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        yield tablet, made["owner"], made["one_time_password"]


def test_the_owner_adds_a_passkey_at_the_first_sign_in_and_comes_back_with_it_alone(
    owner: tuple[Tablet, str, str],
) -> None:
    tablet, name, password = owner
    page = tablet.page
    tablet.go("/account/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="Sign in", exact=True).click()

    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Choose a password of your own")
    page.fill("input[name=oldpassword]", password)
    page.fill("input[name=password1]", OWN)
    page.fill("input[name=password2]", OWN)
    page.get_by_role("button", name="Save the password").click()

    expect(heading).to_have_text("Second factor")
    assert tablet.axe() == []
    page.get_by_role("button", name="Add a key").click()
    expect(heading).to_have_text("Show that it is you")
    page.fill("input[name=password]", OWN)
    page.get_by_role("button", name="Confirm").click()
    expect(heading).to_have_text("Add a key")
    assert tablet.axe() == []
    page.fill("input[name=name]", "Laptop at the desk")
    page.get_by_label("It replaces the password").check()
    page.get_by_role("button", name="Add this key").click()
    expect(heading).to_have_text("Recovery codes")

    page.get_by_role("button", name="Sign out").click()
    expect(heading).to_have_text("Sign in")
    # A press before the page's script is there would send a form without a key.
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(heading).to_have_text("People at The clinic")
    assert tablet.axe() == []
