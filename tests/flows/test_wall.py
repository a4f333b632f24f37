"""The wall at its fullest: every chair with devices and alerts, and nothing lost unsaid."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from serein.server.alerts.models import LONGEST_TEXT
from tests.flows.conftest import Tablet
from tests.flows.morning import demo
from tests.flows.test_s3_a_treatment_day import at

pytestmark = pytest.mark.flow
Open = Callable[..., Tablet]
WALLS: list[ViewportSize] = [{"width": 1920, "height": 1080}, {"width": 1366, "height": 768}]
SMALL: list[ViewportSize] = [{"width": 390, "height": 844}, {"width": 820, "height": 1180}]
GAP_PX = 20
DEVICES = CALM_STATEMENTS = 3
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Chair 2 is in the middle of its devices; every chair becomes like it, with as much as can stand.
FILL = """([chairs, alerts, statements]) => {
  const tiles = document.getElementById("tiles");
  const full = tiles.querySelector("[data-number='2']").cloneNode(true);
  const part = (selector) => full.querySelector(selector);
  const said = (words) => `<span>▲</span><span>${words}</span>`;
  const alert = (words) => `<a class="tile__alert tile__alert--now">${said(words)}</a>`;
  const statement = (words) => `<li class="chip chip--care">${words}</li>`;
  const put = (into, where, parts) => part(into).insertAdjacentHTML(where, parts.join(""));
  part(".tile__who").textContent = "Konstantinos W.";
  part(".value__foot").textContent = "base 138/86, +24/+11";
  put(".tile__more", "beforebegin", alerts.slice(0, 2).map(alert));
  part(".tile__more").dataset.count = alerts.length - 2;
  put("[data-statements]", "afterbegin", statements.map(statement));
  delete full.dataset.refreshAt;
  full.removeAttribute("id");
  tiles.replaceChildren(...Array.from({ length: chairs }, () => full.cloneNode(true)));
}"""
STATEMENTS = ["Slow to name", "Dissociation moderate", "Sooner after the last dose than the rhythm"]
LONGEST_WORDS = (
    "The end of the session was recorded by mistake: " + "she is still in the chair, " * 20
)[:LONGEST_TEXT]
NOTICE = """document.getElementById("page").insertAdjacentHTML("afterbegin",
  "<p class='notice' role='status'>▲ The last backup is two days old.</p>")"""
ON_SCREEN = """document.documentElement.scrollHeight <= innerHeight &&
  document.getElementById("tiles").getBoundingClientRect().bottom <= innerHeight"""
LOST = "document.body.classList.add('is-lost')"
SHOWN = """tiles => tiles.map((tile) => {
  const foot = (part) => part.getBoundingClientRect().bottom;
  const all = [...tile.querySelectorAll(".tile__alert, .chip, .tile__more, .value")];
  const seen = all.filter((part) => !part.hidden);
  const count = (kind) => seen.filter((part) => part.matches(kind)).length;
  const said = (word) => (word ? Number(word.textContent.match(/[0-9]+/)[0]) : 0);
  const isWide = tile.scrollWidth > tile.clientWidth;
  return {
    isCut: isWide || !seen.every((part) => foot(part) <= foot(tile)),
    alerts: count(".tile__alert"),
    more: said(tile.querySelector(".tile__more:not([hidden])")),
    devices: count(".chip--device"),
    statements: count(".chip:not(.chip--device, [data-count])"),
    left: said(tile.querySelector("[data-statements] > [data-count]:not([hidden])")),
  };
})"""


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Open], Tablet]]:
    with demo(tmp_path_factory.mktemp("wall") / "folder") as running:

        def shown(open_tablet: Open) -> Tablet:
            nurse = at(running, open_tablet)("alvarez")
            nurse.go("/floor/wall/")
            return nurse

        yield shown


ALERTS = {
    "short": ["Chest pain", "Blood pressure 160/100 or above", "Vomiting"],
    "long": [
        "A device of another product than ordered was given",
        "Blood pressure risen by 40 systolic or 25 diastolic over baseline",
        "The 40-minute blood pressure was not taken in its window",
    ],
    "longest": [LONGEST_WORDS, "Vomiting", "Chest pain"],
    "unbroken": ["W" * LONGEST_TEXT] * 3,
}


def assert_nothing_lost(page: Page, alerts: list[str]) -> None:
    for size in WALLS:
        page.set_viewport_size(size)
        page.evaluate(DRAWN)

        assert page.evaluate(ON_SCREEN)
        for tile in page.locator(".tile").evaluate_all(SHOWN):
            assert not tile["isCut"], tile
            assert tile["alerts"] >= 1
            assert tile["alerts"] + tile["more"] == len(alerts)
            assert tile["devices"] == DEVICES
            assert tile["statements"] + tile["left"] == len(STATEMENTS) + CALM_STATEMENTS


KEPT = """tiles => tiles.map((tile) => {
  const sedation = tile.querySelector("[data-statements] > [data-kept]");
  const [inner, room] = [sedation.getBoundingClientRect(), tile.getBoundingClientRect()];
  const chips = [...tile.querySelectorAll(".chip:not([hidden])")];
  const edge = room.right - parseFloat(getComputedStyle(tile).paddingRight);
  return {
    isSaid: !sedation.hidden && inner.height > 0 && inner.bottom <= room.bottom,
    isInside: chips.every((chip) => chip.getBoundingClientRect().right <= edge + 1),
  };
})"""


@pytest.mark.parametrize("alerts", ["short", "longest"])
def test_the_word_of_the_sedation_stays_and_no_statement_runs_into_the_border(
    wall: Callable[[Open], Tablet], open_tablet: Open, alerts: str
) -> None:
    page = wall(open_tablet).page
    page.evaluate(FILL, [12, ALERTS[alerts], [*STATEMENTS, STATEMENTS[-1] * 2]])

    for size in WALLS:
        page.set_viewport_size(size)
        page.evaluate(DRAWN)
        shown = page.locator(".tile").evaluate_all(KEPT)
        assert shown == [{"isSaid": True, "isInside": True}] * 12


@pytest.mark.parametrize("chairs", [4, 6, 8, 12])
@pytest.mark.parametrize("alerts", ALERTS.values(), ids=ALERTS)
def test_a_full_wall_stays_on_its_screen_and_counts_what_it_has_no_room_for(
    wall: Callable[[Open], Tablet], open_tablet: Open, chairs: int, alerts: list[str]
) -> None:
    page = wall(open_tablet).page
    page.evaluate(FILL, [chairs, alerts, STATEMENTS])

    assert_nothing_lost(page, alerts)


@pytest.mark.parametrize("above", [NOTICE, LOST], ids=["notice", "offline"])
@pytest.mark.parametrize("alerts", ALERTS.values(), ids=ALERTS)
def test_a_warning_or_a_lost_connection_takes_no_chair_off_the_screen(
    wall: Callable[[Open], Tablet], open_tablet: Open, above: str, alerts: list[str]
) -> None:
    page = wall(open_tablet).page
    page.evaluate(above)
    page.evaluate(FILL, [12, alerts, STATEMENTS])

    assert_nothing_lost(page, alerts)


def test_an_alert_with_no_room_for_its_end_says_so_with_an_ellipsis(
    wall: Callable[[Open], Tablet], open_tablet: Open
) -> None:
    page = wall(open_tablet).page
    page.evaluate(FILL, [12, ALERTS["longest"], STATEMENTS])
    page.set_viewport_size(WALLS[0])
    page.evaluate(DRAWN)
    words = page.locator(".tile__alert > :last-child").first

    assert words.evaluate("words => words.scrollHeight > words.clientHeight")
    assert int(words.evaluate("words => getComputedStyle(words).webkitLineClamp")) >= 1
    above = "tile => tile.querySelector('.tile__more').getBoundingClientRect().bottom"
    alert = "tile.querySelector('.tile__alert').getBoundingClientRect().top"
    assert page.locator(".tile").first.evaluate(f"{above} <= {alert}")


@pytest.mark.parametrize("chairs", [4, 6, 8, 12])
def test_a_wall_that_was_smaller_for_a_while_shows_what_it_showed_before(
    wall: Callable[[Open], Tablet], open_tablet: Open, chairs: int
) -> None:
    page = wall(open_tablet).page
    page.evaluate(FILL, [chairs, ["Chest pain", "Vomiting"], STATEMENTS])
    page.set_viewport_size(WALLS[0])
    page.evaluate(DRAWN)
    before = page.locator(".tile").evaluate_all(SHOWN)
    page.set_viewport_size({"width": 1920, "height": 700})
    page.evaluate(DRAWN)
    smaller = page.locator(".tile").evaluate_all(SHOWN)
    page.set_viewport_size(WALLS[0])
    page.evaluate(DRAWN)

    assert smaller != before
    assert page.locator(".tile").evaluate_all(SHOWN) == before


def test_a_calm_wall_leaves_nothing_out(wall: Callable[[Open], Tablet], open_tablet: Open) -> None:
    tablet = wall(open_tablet)
    tablet.page.set_viewport_size(WALLS[0])

    expect(tablet.page.locator(".tile")).to_have_count(6)
    assert tablet.axe() == []
    for tile in tablet.page.locator(".tile").evaluate_all(SHOWN):
        assert not tile["isCut"]
        assert (tile["more"], tile["left"]) == (0, 0)


def test_a_wall_on_a_small_screen_scrolls_and_cuts_nothing(
    wall: Callable[[Open], Tablet], open_tablet: Open
) -> None:
    page = wall(open_tablet).page
    alerts = ["Chest pain", "Blood pressure 160/100 or above"]
    page.evaluate(FILL, [6, alerts, STATEMENTS])
    for size in SMALL:
        page.set_viewport_size(size)
        page.evaluate(DRAWN)

        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for tile in page.locator(".tile").evaluate_all(SHOWN):
            assert not tile["isCut"], tile
            assert (tile["alerts"], tile["more"], tile["left"]) == (len(alerts), 0, 0)


def test_an_empty_chair_begins_with_its_number_as_the_others_do(
    wall: Callable[[Open], Tablet], open_tablet: Open
) -> None:
    page = wall(open_tablet).page
    page.set_viewport_size(WALLS[0])
    gap = "tile.querySelector('.tile__chair').getBoundingClientRect().left"
    gaps = f"tiles => tiles.map((tile) => {gap} - tile.getBoundingClientRect().left)"

    assert max(page.locator(".tile").evaluate_all(gaps)) < GAP_PX
