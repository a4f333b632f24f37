"""A real browser for the flows, and what every page in it must hold."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

from tests.browsers import browser_path
from tests.flows.morning import demo
from tests.serving import Server

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = Path(__file__).parent.parent / "vendor" / "axe.min.js"
TABLET: ViewportSize = {"width": 1366, "height": 768}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = browser_path()
    if path is None:
        pytest.fail("no Chromium, Chrome or Edge on this machine: install one (Debian: chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Tablet:
    """One person at one screen; collects what the browser complains of."""

    context: BrowserContext
    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    is_expecting_failures: bool = False

    def listen(self) -> None:
        """Collect errors of the console and requests that failed."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("requestfailed", self._failed)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not self.is_expecting_failures:
            self.complaints.append(f"{message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # A feed or fetch that the browser itself ends when the page is left is no failure.
        if "ERR_ABORTED" in (request.failure or "") or self.is_expecting_failures:
            return
        self.complaints.append(f"failed: {request.url} {request.failure}")

    def go(self, path: str) -> None:
        """Open a page of the server."""
        self.page.goto(self.url + path)

    def sign_in(self, name: str, password: str) -> None:
        """Sign in as one of the cast."""
        self.go("/account/login/")
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url("**/floor/")

    def axe(self) -> list[str]:
        """Serious and critical findings of axe on the page as it stands."""
        # Through the debugging protocol, which the page's own policy does not bind.
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


@pytest.fixture
def open_tablet(browser: Browser) -> Iterator[Callable[..., Tablet]]:
    """Opens a tablet, each with cookies of its own; at the end none may have complained."""
    tablets: list[Tablet] = []

    def open_one(url: str, *, size: ViewportSize | None = None) -> Tablet:
        context = browser.new_context(viewport=size or TABLET)
        tablet = Tablet(context, context.new_page(), url)
        tablet.page.set_default_timeout(10_000)
        tablet.listen()
        tablets.append(tablet)
        return tablet

    yield open_one
    complaints = [complaint for tablet in tablets for complaint in tablet.complaints]
    for tablet in tablets:
        tablet.context.close()
    assert not complaints, complaints


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The demo at its morning, of this test's own: to write in and to move the clock of."""
    with demo(tmp_path / "folder") as running:
        yield running
