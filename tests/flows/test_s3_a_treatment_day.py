"""A whole treatment day in a real browser: two nurses, one prescriber, and the test clock."""

import os
import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.flows.conftest import Tablet
from tests.flows.morning import demo
from tests.serving import Server

pytestmark = pytest.mark.flow
PASSWORD = "a calm afternoon"
# `PICTURES=docs/pictures python3 run.py test flows` makes the README's pictures anew.
PICTURES = Path(os.environ.get("PICTURES") or tempfile.mkdtemp(prefix="serein-pictures-"))
Open = Callable[..., Tablet]


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
    page.screenshot(path=str(PICTURES / "floor.png"), full_page=True)
    page.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
    page.screenshot(path=str(PICTURES / "floor-grey.png"), full_page=True)


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


def test_a_landscape_tablet_shows_four_chairs_across(tablet: Callable[..., Tablet]) -> None:
    nurse = tablet("alvarez", size={"width": 1180, "height": 820})
    top = "tiles => tiles.map(one => one.getBoundingClientRect().top)"
    first, *others = nurse.page.locator(".tile").evaluate_all(top)

    assert others[:3] == [first] * 3
    assert min(others[3:]) > first


def test_every_page_of_the_day_fits_a_phone(tablet: Callable[..., Tablet]) -> None:
    nurse = tablet("alvarez", size={"width": 390, "height": 844})
    chairs = nurse.page.locator(".tile a[href^='/sessions/']").evaluate_all(
        "links => [...new Set(links.map(one => one.pathname))]"
    )
    assert len(chairs) == 4
    others = ("/patients/", "/courses/", "/alerts/", "/library/", "/clock/", "/patients/new/")
    for path in (*chairs, *others):
        nurse.go(path)
        is_wide = nurse.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not is_wide, f"{path} scrolls sideways"


def test_two_nurses_and_a_prescriber_run_four_chairs_to_the_end(
    own_tablet: Callable[..., Tablet],
) -> None:
    alvarez, osei, lind = (own_tablet(name) for name in ("alvarez", "osei", "lind"))
    chairs = {number: open_chair(osei, number) for number in (1, 2, 3, 4)}
    osei.go("/floor/")

    # 10:12. Chair 4 gets ready and begins; the other tablet sees it by itself.
    begin_chair_four(alvarez, lind, osei, chairs[4])
    close_the_alert(lind, chairs[3])

    # 10:16. Two hours are over in chair 1, the third device is due in chair 2.
    advance(alvarez, 3)
    measure(osei, chairs[1], (126, 80, 74, 98, 14))
    let_go(osei, chairs[1])
    record_device(osei, chairs[2])
    measure(alvarez, chairs[3], (149, 91, 88, 97, 14))
    advance(alvarez, 3)
    record_device(alvarez, chairs[4])

    # 10:46, 11:16, 11:46. Three patients rest, each is looked at in time.
    advance(alvarez, 27)
    measure(osei, chairs[2], (138, 86, 84, 97, 14), "slow to name", "mild", "normal")
    measure(alvarez, chairs[3], (142, 88, 82, 97, 14), "alert", "mild", "normal")
    measure(alvarez, chairs[4], (148, 90, 82, 97, 13), "slow to name", "moderate", "normal")
    alvarez.page.evaluate("scrollTo(0, 0)")
    alvarez.page.screenshot(path=str(PICTURES / "session.png"))
    refused(alvarez, lambda: leave(alvarez.page), "#release", "120")
    for _half_hour in range(2):
        advance(alvarez, 30)
        measure(osei, chairs[2], (130, 84, 80, 98, 14))
        measure(alvarez, chairs[4], (132, 84, 78, 98, 14))
        if _half_hour == 0:
            measure(alvarez, chairs[3], (136, 84, 80, 97, 14))
            advance(alvarez, 17)
            measure(alvarez, chairs[3], (134, 84, 80, 97, 14))
            let_go(alvarez, chairs[3])

    # 12:33. The last two go home, and every chair is free again.
    advance(alvarez, 20)
    for nurse, number in ((osei, 2), (alvarez, 4)):
        measure(nurse, chairs[number], (128, 82, 76, 98, 14))
        assert nurse.axe() == []
        let_go(nurse, chairs[number])
    clean_up(osei, (1, 2, 3, 4))
    expect(osei.page.locator("#strip")).to_contain_text("Nothing is due")
    record = osei.page.request.get(osei.url + chairs[4] + "record.pdf")
    assert record.headers["content-type"] == "application/pdf"
    assert record.body().startswith(b"%PDF")


def begin_chair_four(nurse: Tablet, prescriber: Tablet, other: Tablet, path: str) -> None:
    """Answers, baseline, the order on another tablet, the first device; the second must wait."""
    nurse.go(path)
    answer_what_is_open(nurse.page)
    type_vitals(nurse.page, (126, 81, 74, 98, 14), "alert", "none", "normal")
    prescriber.go(path)
    prescriber.page.locator("#order").get_by_role("radio", name="56 mg").check()
    prescriber.page.get_by_role("button", name="Sign the order").click()
    saved(prescriber.page)
    expect(nurse.page.locator("#now")).to_contain_text("Device 1")
    record_device(nurse, path)
    tile = other.page.locator("[data-number='4']")
    expect(tile).to_contain_text("Dosing")
    expect(tile).to_contain_text("Device 2 in")
    expect(nurse.page.get_by_role("button", name="Record the device")).to_be_disabled()


def close_the_alert(prescriber: Tablet, path: str) -> None:
    prescriber.go(path)
    prescriber.page.locator("#alerts").get_by_label("What was done").fill("Rests, measure again")
    prescriber.page.locator("#alerts").get_by_role("button", name="Close").click()
    expect(prescriber.page.locator("#alerts")).to_have_count(0)


def record_device(nurse: Tablet, path: str) -> None:
    nurse.go(path)
    give(nurse.page)
    saved(nurse.page)


def measure(nurse: Tablet, path: str, digits: tuple[int, ...], *words: str) -> None:
    nurse.go(path + "#vitals")
    type_vitals(nurse.page, digits, *(words or ("alert", "none", "normal")))


def let_go(nurse: Tablet, path: str) -> None:
    nurse.go(path)
    leave(nurse.page)
    saved(nurse.page)
    expect(nurse.page.locator("#now")).to_contain_text("Released")


def clean_up(nurse: Tablet, numbers: tuple[int, ...]) -> None:
    nurse.go("/floor/")
    for number in numbers:
        chair = nurse.page.locator(f"[data-number='{number}']")
        chair.get_by_role("button", name="Clean").click()
        expect(chair).to_contain_text("Free")


def answer_what_is_open(page: Page) -> None:
    checks = page.locator("#checks form").first
    checks.locator("[name='transport.arranged'][value=yes]").check()
    checks.locator("[name='pregnancy'][value=no]").check()
    checks.get_by_role("button", name="Save the answers").click()
    saved(page)


def give(page: Page) -> None:
    page.locator("#device .give").get_by_role("radio", name="Given", exact=True).check()
    page.fill("#device .give input[name=lot]", "B1209")
    page.get_by_role("button", name="Record the device").click()


def refused(tablet: Tablet, act: Callable[[], None], part: str, words: str) -> None:
    """The act is refused with these words, in its own part of the page."""
    tablet.is_expecting_failures = True
    act()
    expect(tablet.page.locator(f"{part} .refusal").first).to_contain_text(words)
    tablet.is_expecting_failures = False


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


def test_a_full_set_takes_six_taps_at_most_besides_the_digits(
    own_tablet: Callable[..., Tablet],
) -> None:
    nurse = own_tablet("alvarez")
    page = nurse.page
    taps = [page.locator("[data-number='3']").get_by_role("link", name="BP", exact=True)]
    pad = page.locator("[data-pad]")
    for group, word in (("Sedation", "alert"), ("Dissociation", "none"), ("Breathing", "normal")):
        words = pad.get_by_role("group", name=group)
        taps.append(words.locator("label").filter(has_text=re.compile(f"^{word}$")))
    taps.append(pad.get_by_role("button", name="Save, back to the floor"))

    taps[0].click()
    expect(page.locator("input[name='bp.systolic']")).to_be_focused()
    page.keyboard.type("1529287" + "97" + "14")
    for tap in taps[1:]:
        tap.click()

    page.wait_for_url("**/floor/")
    expect(page.locator("[data-number='3']")).to_contain_text("152/92")
    assert len(taps) <= 6


def test_a_set_is_entered_by_keyboard_alone(own_tablet: Callable[..., Tablet]) -> None:
    nurse = own_tablet("alvarez")
    page = nurse.page

    page.keyboard.press("3")
    assert page.evaluate("document.activeElement.closest('.tile').dataset.number") == "3"
    page.keyboard.press("b")
    page.wait_for_url("**/sessions/**")
    expect(page.locator("input[name='bp.systolic']")).to_be_focused()
    page.keyboard.type("1529287" + "97" + "14")
    for _group in ("sedation", "dissociation", "breathing"):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.keyboard.press("Enter")

    saved(page)
    expect(page.locator("#now")).to_contain_text("152/92")


def test_what_was_typed_outlives_a_dead_server_and_another_hand(
    own_tablet: Callable[..., Tablet],
) -> None:
    nurse, other = own_tablet("alvarez"), own_tablet("osei")
    path = open_chair(nurse, 3)
    nurse.page.fill("#note textarea", "Looks at the ceiling, smiles")
    other.go(path)
    type_vitals(other.page, (151, 92, 87, 97, 14), "alert", "none", "normal")

    expect(nurse.page.locator("#news")).to_be_visible()
    expect(nurse.page.locator("#now")).to_contain_text("151/92")
    assert nurse.page.input_value("#note textarea") == "Looks at the ceiling, smiles"
    nurse.is_expecting_failures = True
    nurse.context.set_offline(True)
    nurse.page.get_by_role("button", name="Save the note").click()
    expect(nurse.page.locator("#unsent")).to_contain_text("still here")
    nurse.context.set_offline(False)
    nurse.page.get_by_role("button", name="Save the note").click()
    saved(nurse.page)
    expect(nurse.page.locator("#note")).to_contain_text("Looks at the ceiling, smiles")


def test_who_is_signed_out_keeps_what_was_typed(own_tablet: Callable[..., Tablet]) -> None:
    nurse = own_tablet("alvarez")
    open_chair(nurse, 3)
    nurse.page.fill("#note textarea", "Asks for water")
    nurse.is_expecting_failures = True
    nurse.context.clear_cookies(name="sessionid")
    nurse.page.get_by_role("button", name="Save the note").click()
    expect(nurse.page.locator("#unsent")).to_contain_text("signed out")
    window = nurse.context.new_page()
    window.goto(nurse.url + "/account/login/")
    window.fill("input[name=login]", "alvarez")
    window.fill("input[name=password]", PASSWORD)
    window.press("input[name=password]", "Enter")
    window.wait_for_url("**/floor/")

    nurse.page.get_by_role("button", name="Save the note").click()
    expect(nurse.page.locator("#unsent")).to_contain_text("press the button once more")
    nurse.page.get_by_role("button", name="Save the note").click()
    saved(nurse.page)
