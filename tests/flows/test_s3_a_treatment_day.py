"""A whole treatment day in a real browser: two nurses, one prescriber, and the test clock."""

import os
import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.flows.conftest import Tablet
from tests.house_of_its_own import new_house
from tests.serving import Server, serving

pytestmark = pytest.mark.flow
PASSWORD = "a calm afternoon"
# `PICTURES=docs/pictures python3 run.py test flows` makes the README's pictures anew.
PICTURES = Path(os.environ.get("PICTURES") or tempfile.mkdtemp(prefix="serein-pictures-"))
Open = Callable[..., Tablet]


@contextmanager
def demo(folder: Path) -> Iterator[Server]:
    house = new_house(folder)
    words = ("demo", "--no-open", "--data", str(house.folder))
    with serving(house.folder, *words, environment=house.environment) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo's morning, for who only looks."""
    with demo(tmp_path_factory.mktemp("demo") / "folder") as running:
        yield running


@pytest.fixture
def tablet(server: Server, open_tablet: Open) -> Callable[..., Tablet]:
    """A tablet at the morning that everybody looks at; nothing is written there."""
    return at(server, open_tablet)


@pytest.fixture
def own_tablet(tmp_path: Path, open_tablet: Open) -> Iterator[Callable[..., Tablet]]:
    """A tablet at a morning of this test's own, to write in and to move the clock of."""
    with demo(tmp_path / "folder") as running:
        yield at(running, open_tablet)


def at(server: Server, open_tablet: Open) -> Callable[..., Tablet]:
    def sign_in(name: str, **words: object) -> Tablet:
        one = open_tablet(server.url, **words)
        one.sign_in(name, PASSWORD)
        return one

    return sign_in


def advance(tablet: Tablet, minutes: int) -> None:
    """Move the server's clock on, by the page that is there for it."""
    tablet.go("/clock/")
    token = tablet.page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    answer = tablet.page.request.post(
        tablet.url + "/clock/",
        form={"advance_min": str(minutes), "csrfmiddlewaretoken": token},
        headers={"Referer": tablet.url + "/clock/"},
    )
    assert answer.ok, answer.status


def open_chair(tablet: Tablet, number: int) -> str:
    """Open the session in this chair; returns its path."""
    tablet.go("/floor/")
    path = tablet.page.locator(f"[data-number='{number}']").get_attribute("data-session")
    assert path is not None
    tablet.go(path)
    return path


def saved(page: Page) -> None:
    expect(page.get_by_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))).to_be_visible()


def type_vitals(page: Page, digits: tuple[int, ...], *words: str) -> None:
    """A full set: the digits move on by themselves, then one tap a word and one to save."""
    pad = page.locator("[data-pad]")
    pad.locator("input[data-digits]").first.focus()
    for number in digits:
        page.keyboard.type(str(number))
        if page.evaluate("document.activeElement.value !== ''"):
            page.keyboard.press("Tab")
    for group, word in zip(("Sedation", "Dissociation", "Breathing"), words, strict=True):
        pad.get_by_role("group", name=group).get_by_role("radio", name=word, exact=True).check()
    pad.get_by_role("button", name="Save the set").click()
    saved(page)


def test_the_floor_shows_four_chairs_and_is_legible(tablet: Callable[..., Tablet]) -> None:
    nurse = tablet("alvarez")
    page = nurse.page

    expect(page.locator(".tile")).to_have_count(6)
    expect(page.locator("[data-number='3']")).to_contain_text("162/97")
    expect(page.locator("[data-number='4'] .value--never").first).to_be_visible()
    expect(page.locator("#connection")).to_contain_text("Online")
    assert nurse.axe() == []
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / "floor.png"))
    page.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
    page.screenshot(path=str(PICTURES / "floor-grey.png"))


@pytest.mark.parametrize(
    ("name", "path", "width", "height"),
    [
        ("phone", "/floor/", 390, 844),
        ("portrait", "/floor/", 820, 1180),
        ("wall", "/floor/wall/", 1920, 1080),
    ],
)
def test_the_floor_fits_every_screen(
    tablet: Callable[..., Tablet], name: str, path: str, width: int, height: int
) -> None:
    nurse = tablet("alvarez", size={"width": width, "height": height})
    nurse.go(path)

    assert nurse.axe() == []
    is_wide = nurse.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not is_wide, "the page scrolls sideways"
    nurse.page.screenshot(path=str(PICTURES / f"floor-{name}.png"))


def test_a_patient_goes_from_the_chair_to_the_door(own_tablet: Callable[..., Tablet]) -> None:
    nurse, second, prescriber = (own_tablet(name) for name in ("alvarez", "osei", "lind"))
    page = nurse.page
    path = open_chair(nurse, 4)
    answer_what_is_open(page)
    type_vitals(page, (126, 81, 74, 98, 14), "alert", "none", "normal")
    prescriber.go(path)
    prescriber.page.locator("#order").get_by_role("radio", name="56 mg").check()
    prescriber.page.get_by_role("button", name="Sign the order").click()
    saved(prescriber.page)

    second.go("/floor/")
    nurse.go(path)
    give(page)
    saved(page)
    tile = second.page.locator("[data-number='4']")
    expect(tile).to_contain_text("Dosing", timeout=5000)
    expect(tile).to_contain_text("Device 2 in")
    refused(nurse, lambda: give(page), "#device", "must wait")
    assert page.input_value("#device input[name=lot]") == "B1209"
    advance(nurse, 5)
    nurse.go(path)
    give(page)
    saved(page)

    watch(nurse, path)
    refused(nurse, lambda: leave(page), "#release", "120")
    advance(nurse, 3)
    nurse.go(path)
    leave(page)
    saved(page)
    expect(page.locator(".now")).to_contain_text("Released")
    print_and_clean(nurse, path)


def answer_what_is_open(page: Page) -> None:
    checks = page.locator("#checks form").first
    checks.locator("[name='transport.arranged'][value=yes]").check()
    checks.locator("[name='pregnancy'][value=no]").check()
    checks.get_by_role("button", name="Save the answers").click()
    saved(page)


def give(page: Page) -> None:
    page.locator("#device").get_by_role("radio", name="Given", exact=True).check()
    page.fill("#device input[name=lot]", "B1209")
    page.get_by_role("button", name="Record the device").click()


def refused(tablet: Tablet, act: Callable[[], None], part: str, words: str) -> None:
    """The act is refused with these words, in its own part of the page."""
    tablet.is_expecting_failures = True
    act()
    expect(tablet.page.locator(f"{part} .refusal").first).to_contain_text(words)
    tablet.is_expecting_failures = False


def watch(nurse: Tablet, path: str) -> None:
    """Forty minutes, then to the end of the two hours less two minutes."""
    advance(nurse, 40)
    nurse.go(path)
    type_vitals(nurse.page, (148, 90, 82, 97, 13), "slow to name", "mild", "normal")
    advance(nurse, 78)
    nurse.go(path)
    type_vitals(nurse.page, (128, 82, 76, 98, 14), "alert", "none", "normal")
    assert nurse.axe() == []
    nurse.page.screenshot(path=str(PICTURES / "session.png"))


def print_and_clean(nurse: Tablet, path: str) -> None:
    record = nurse.page.request.get(nurse.url + path + "record.pdf")
    assert record.headers["content-type"] == "application/pdf"
    assert record.body().startswith(b"%PDF")
    nurse.go("/floor/")
    chair = nurse.page.locator("[data-number='4']")
    chair.get_by_role("button", name="Clean").click()
    expect(chair).to_contain_text("Free")


def leave(page: Page) -> None:
    for name in ("is_acknowledged_by_patient", "is_escort_seen", "is_acknowledged_by_escort"):
        page.check(f"#release [name={name}]")
    page.get_by_role("button", name="Release", exact=True).click()


def test_a_board_that_hears_nothing_greys_itself_and_comes_back(
    server: Server, tablet: Callable[..., Tablet]
) -> None:
    nurse = tablet("alvarez")
    body = nurse.page.locator("body")
    expect(nurse.page.locator("#connection")).to_contain_text("Online")
    nurse.is_expecting_failures = True
    assert server.child is not None
    server.child.send_signal(signal.SIGSTOP)
    try:
        expect(body).to_have_class(re.compile("is-lost"), timeout=15_000)
        expect(nurse.page.locator("#connection")).to_contain_text("Offline since")
    finally:
        server.child.send_signal(signal.SIGCONT)

    expect(body).not_to_have_class(re.compile("is-lost"), timeout=15_000)


def test_the_day_works_by_keyboard(tablet: Callable[..., Tablet]) -> None:
    nurse = tablet("alvarez")
    page = nurse.page

    page.keyboard.press("3")
    assert page.evaluate("document.activeElement.closest('.tile').dataset.number") == "3"
    page.keyboard.press("b")
    page.wait_for_url("**/sessions/**")
