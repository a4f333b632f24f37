"""An infusion in a real browser: ordered by weight, prepared, checked blind, run, stopped early."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.flows.conftest import Tablet
from tests.flows.morning import demo
from tests.flows.test_s3_a_treatment_day import PICTURES, advance, at, saved, type_vitals

pytestmark = pytest.mark.flow
Size = tuple[str, int, int]
TABLET, PHONE = ("tablet", 1180, 820), ("phone", 390, 844)
CALM = ("alert", "none", "normal")
YES = (
    "site.prescriber-present",
    "site.pulse-oximeter",
    "site.airway-clinician",
    "site.acls-clinician",
    "consent.seen",
    "fasting.food",
    "fasting.fluids",
    "transport.arranged",
)
NO = (
    "medicines.changed",
    "medicine.benzodiazepine",
    "medicine.sedative-hypnotic",
    "medicine.opioid",
    "medicine.psychostimulant",
    "medicine.maoi",
    "suicidal-thoughts",
    "psychosis",
    "urinary-symptoms",
    "ketamine-elsewhere",
    "mania.current",
)


@pytest.fixture
def own_tablet(
    tmp_path: Path, open_tablet: Callable[..., Tablet]
) -> Iterator[Callable[..., Tablet]]:
    """A tablet at a morning of this test's own."""
    with demo(tmp_path / "folder") as running:
        yield at(running, open_tablet)


def seat(nurse: Tablet, *, name: str, chair: int) -> str:
    """Seat the patient of this name; the path of the session."""
    page = nurse.page
    nurse.go("/floor/")
    tile = page.locator(f"[data-number='{chair}']")
    tile.get_by_role("button", name="Clean: free the chair").click()
    tile.get_by_role("link", name="Seat a patient").click()
    patient = page.locator("select[name=course] option", has_text=name)
    page.locator("select[name=course]").select_option(patient.get_attribute("value"))
    for one in ("Full name", "Date of birth"):
        page.get_by_role("checkbox", name=one).check()
    page.locator("input[name=is_call_device_shown]").check()
    page.get_by_role("button", name="Seat", exact=True).click()
    page.wait_for_url("**/sessions/**")
    return page.url.removeprefix(nurse.url)


def unfold(page: Page, part: str) -> Locator:
    """This part of the page, open."""
    found = page.locator(f"#{part}")
    if found.get_attribute("open") is None:
        found.locator("> summary").click()
    return found


def answer_everything(page: Page) -> None:
    """Every question before the dose, as on an ordinary day."""
    checks = unfold(page, "checks")
    for value, codes in (("yes", YES), ("no", NO)):
        for code in codes:
            checks.locator(f"input[name='{code}'][value='{value}']").check()
    checks.locator("input[name='pregnancy'][value='not-applicable']").check()
    checks.locator("input[name='transport.escort']").fill("R. Kihn, +1 555 0177")
    press(page, checks.get_by_role("button", name="Save the answers"))


def picture(page: Page, name: str, part: str = "", *, sizes: Sequence[Size] = (TABLET,)) -> None:
    """The page, with a part of it in sight, as it shows there."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for size, width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        if part:
            page.locator(part).scroll_into_view_if_needed()
        page.screenshot(path=str(PICTURES / f"{name}-{size}.png"))
    page.set_viewport_size({"width": 1366, "height": 768})


def press(page: Page, button: Locator) -> None:
    """Send a form, and wait for what was stored."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        button.click()
    saved(page)


def check_blind(page: Page, *, weight_kg: str) -> None:
    """The second person's own numbers."""
    blind = page.locator("form.blind")
    blind.get_by_label("Weight, kg").fill(weight_kg)
    blind.get_by_label("Lot on the vial").fill("k100")
    blind.get_by_label("Rate, mL/h").fill("151")
    press(page, blind.get_by_role("button", name="Compare"))


def at_the_pump(page: Page, button: str, *, why: str, rate: str = "") -> None:
    """One act at the pump."""
    pump = unfold(page, "device")
    pump.get_by_label("Why", exact=True).fill(why)
    if rate:
        pump.get_by_label("New rate, mL/h").fill(rate)
    press(page, pump.get_by_role("button", name=button, exact=True))


def weigh(nurse: Tablet, weight_kg: str) -> None:
    """The patient on the scale; far from the last weight, it is looked at again."""
    page = nurse.page
    nurse.is_expecting_failures = True
    order = unfold(page, "order")
    order.get_by_label("Weight, kg").fill(weight_kg)
    order.get_by_role("button", name="Save the weight").click()
    looked = page.locator("#order input[name=confirms]")
    expect(looked.or_(page.get_by_text("Saved "))).to_be_visible()
    if looked.count():
        looked.check()
        press(page, unfold(page, "order").get_by_role("button", name="Save the weight"))
    nurse.is_expecting_failures = False


def sign(page: Page, dose: str, *, unit: str) -> None:
    """The prescriber's order."""
    order = unfold(page, "order")
    order.get_by_label("Dose", exact=True).fill(dose)
    order.get_by_role("radio", name=unit, exact=True).check()
    press(page, order.get_by_role("button", name="Sign the order"))


def prepare(page: Page) -> None:
    """The bag, as the nurse works it out."""
    bag = unfold(page, "device")
    bag.get_by_role("radio", name="K100").check()
    bag.get_by_label("Diluent, mL").fill("100")
    press(page, bag.get_by_role("button", name="Work it out"))


def shows_both_numbers(tablet: Tablet, path: str) -> None:
    """The difference is on this person's page, and nobody can start."""
    tablet.go(path)
    apart = unfold(tablet.page, "device").get_by_role("alert")
    expect(apart).to_contain_text("98 kg")
    expect(apart).to_contain_text("980 kg")
    expect(tablet.page.get_by_role("button", name="Start the infusion")).to_have_count(0)


def check_anew(nurse: Tablet, second: Tablet, path: str) -> None:
    """Who has seen the numbers checks them no more, until the bag is prepared anew."""
    expect(second.page.locator("form.blind")).to_have_count(0)
    nurse.go(path)
    unfold(nurse.page, "device").get_by_text("Prepare it anew", exact=True).click()
    prepare(nurse.page)
    second.go(path)
    unfold(second.page, "device")
    check_blind(second.page, weight_kg="98")


def run(nurse: Tablet, path: str) -> None:
    """Ten minutes, a slower rate, and stopped at 31 minutes: milligrams from the segments."""
    page = nurse.page
    advance(nurse, 10)
    nurse.go(path)
    at_the_pump(page, "Rate changed", why="a little dizzy", rate="120")
    picture(page, "infusion-running", "#device", sizes=(TABLET, PHONE))
    assert nurse.axe() == []
    advance(nurse, 21)
    nurse.go(path)
    at_the_pump(page, "Stopped", why="nausea")
    given = (151.5 * 10 + 120 * 21) / 60 * 49 / 100.98
    pump = unfold(page, "device").locator(".pump")
    expect(pump).to_contain_text("of 49 mg have run in")
    shown = re.search(r"([\d.]+) mg of", pump.inner_text())
    assert shown is not None
    # The server's clock runs on between two taps; the plan would have been 49 mg.
    assert float(shown[1]) == pytest.approx(given, abs=0.5)


def test_an_infusion_is_checked_by_a_second_person_and_counted_by_the_pump(
    own_tablet: Callable[..., Tablet],
) -> None:
    nurse, second, prescriber = own_tablet("alvarez"), own_tablet("osei"), own_tablet("lind")
    path = seat(nurse, name="Kihn", chair=5)
    page = nurse.page
    nurse.go(path)
    weigh(nurse, "98")
    answer_everything(page)
    nurse.go(path)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        type_vitals(page, (122, 78, 70, 98, 14), *CALM)
    prescriber.go(path)
    sign(prescriber.page, "0,5", unit="mg/kg")
    expect(prescriber.page.locator("#order")).to_contain_text("49 mg (0.5 mg/kg · 98 kg)")

    nurse.go(path)
    prepare(page)
    bag = unfold(page, "device")
    for words in ("0.98 mL", "40 minutes", "Waits for the second person"):
        expect(bag).to_contain_text(words)
    expect(bag.get_by_role("button", name="Start the infusion")).to_have_count(0)

    second.go(path)
    blind = unfold(second.page, "device")
    for words in ("0.98 mL", "151"):
        expect(blind).not_to_contain_text(words)
    picture(second.page, "second-check", "#device", sizes=(TABLET, PHONE))
    check_blind(second.page, weight_kg="980")
    shows_both_numbers(second, path)
    shows_both_numbers(nurse, path)
    picture(page, "second-check-differs", "#device")
    assert nurse.axe() == []
    check_anew(nurse, second, path)

    nurse.go(path)
    ready = unfold(page, "device")
    expect(ready).to_contain_text("Second check agrees")
    ready.locator("form.give").get_by_label("The pump shows, mL/h").fill("151.5")
    press(page, ready.get_by_role("button", name="Start the infusion"))
    run(nurse, path)
    nurse.go("/floor/")
    for words in ("of 49 mg", "Observing"):
        expect(page.locator("[data-number='5']")).to_contain_text(words)
    picture(page, "floor-infusion")


def test_an_injection_is_given_once_from_a_lot_on_the_shelf(
    own_tablet: Callable[..., Tablet],
) -> None:
    nurse, prescriber = own_tablet("alvarez"), own_tablet("lind")
    path = seat(nurse, name="Larson", chair=5)
    page = nurse.page
    nurse.go(path)
    weigh(nurse, "80")
    answer_everything(page)
    nurse.go(path)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        type_vitals(page, (122, 78, 70, 98, 14), *CALM)
    prescriber.go(path)
    sign(prescriber.page, "40", unit="mg")

    nurse.go(path)
    dose = unfold(page, "device")
    expect(dose).to_contain_text("40 mg may be given")
    dose.locator("form.give").get_by_role("radio", name="Given", exact=True).check()
    dose.locator("form.give").get_by_label("Reached the patient, mg").fill("40")
    dose.locator("form.give").get_by_label("Where it was injected").fill("left deltoid")
    dose.locator("form.give").get_by_role("radio", name="K100").check()
    press(page, dose.get_by_role("button", name="Record the dose"))
    expect(page.locator("#device")).to_contain_text("0.8 mL")
    assert nurse.axe() == []
