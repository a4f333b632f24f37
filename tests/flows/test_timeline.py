"""The newest reading of a timeline that is wider than its box is seen, on every screen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.flows.conftest import Tablet
from tests.flows.morning import demo
from tests.flows.test_s3_a_treatment_day import at, measure, open_chair, saved
from tests.serving import Server

pytestmark = pytest.mark.flow
Open = Callable[..., Tablet]
SIZES: list[ViewportSize] = [
    {"width": 1180, "height": 820},
    {"width": 820, "height": 1180},
    {"width": 390, "height": 844},
]
NEWEST_IS_SEEN = """() => {
  const box = document.querySelector("#timeline .scroll").getBoundingClientRect();
  const points = [...document.querySelectorAll("#timeline .timeline__point")];
  const edges = points.map((point) => point.getBoundingClientRect().right);
  const newest = Math.max(...edges);
  return newest <= Math.min(box.right, innerWidth) && newest > Math.max(box.left, 0);
}"""


NAMES = """() => {
  const box = document.querySelector("#timeline .scroll").getBoundingClientRect();
  const shown = [...document.querySelectorAll("#timeline-names, .timeline__names use")];
  const edges = shown.map((one) => one.getBoundingClientRect()).filter((edge) => edge.width);
  return edges.some((edge) => edge.left >= box.left - 1 && edge.right <= box.left + 80);
}"""
UNDER_SAID = """() => {
  const edges = (part) => part.getBoundingClientRect();
  const said = edges(document.querySelector(".said__word"));
  const taps = [...document.querySelectorAll(".patient a, .house a, .house button, .steps a")];
  return taps.filter((one) => edges(one).left < said.right && edges(one).right > said.left &&
    edges(one).top < said.bottom && edges(one).bottom > said.top).map((one) => one.textContent);
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("demo") / "folder"
    with demo(folder) as running:
        yield running


def is_newest_seen(page: Page) -> bool:
    return bool(page.evaluate(NEWEST_IS_SEEN))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_the_newest_reading_is_seen_however_the_page_came_to_be_drawn(
    server: Server, open_tablet: Open, size: ViewportSize
) -> None:
    nurse, other = (at(server, open_tablet)(name) for name in ("alvarez", "osei"))
    path = open_chair(nurse, 1)
    nurse.page.set_viewport_size(size)
    nurse.page.reload()
    assert is_newest_seen(nurse.page)
    if size == SIZES[0]:
        box = nurse.page.locator("#timeline .scroll").first
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth"), (
            "the tablet shows it whole"
        )

    rows = nurse.page.locator("#timeline tbody tr")
    count = rows.count()
    measure(other, path, (128, 82, 76, 98, 14))
    saved(other.page)
    expect(rows).not_to_have_count(count)
    assert is_newest_seen(nurse.page)

    count = rows.count()
    measure(nurse, path, (127, 81, 75, 98, 14))
    saved(nurse.page)
    expect(rows).not_to_have_count(count)
    assert is_newest_seen(nurse.page)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_the_names_of_the_lanes_stay_in_sight_wherever_the_plot_is_scrolled(
    server: Server, open_tablet: Open, size: ViewportSize
) -> None:
    nurse = at(server, open_tablet)("alvarez")
    open_chair(nurse, 1)
    nurse.page.set_viewport_size(size)
    box = nurse.page.locator("#timeline .scroll").first
    for left in (0, 300, 2000):
        box.evaluate("(box, left) => { box.scrollLeft = left; }", left)
        assert nurse.page.evaluate(NAMES), left


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_what_was_saved_covers_no_link_of_the_head(
    server: Server, open_tablet: Open, size: ViewportSize
) -> None:
    nurse = at(server, open_tablet)("alvarez")
    nurse.page.set_viewport_size(size)
    path = open_chair(nurse, 1)
    measure(nurse, path, (126, 80, 74, 98, 14))
    saved(nurse.page)
    for down in (0, 900):
        nurse.page.evaluate("down => scrollTo(0, down)", down)
        assert nurse.page.evaluate(UNDER_SAID) == [], down
