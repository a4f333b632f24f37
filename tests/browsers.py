"""Finding a browser of the Chromium family, on every system that the flows run on."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

ON_THE_PATH = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "chrome",
    "msedge",
)
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
UNDER_PROGRAMS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
PROGRAMS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")


def browser_path() -> str | None:
    """The first Chromium, Chrome or Edge on this machine."""
    return next(_found(), None)


def _found() -> Iterator[str]:
    for name in ON_THE_PATH:
        if path := shutil.which(name):
            yield path
    folders = [Path(os.environ[name]) for name in PROGRAMS if name in os.environ]
    installed = [Path(path) for path in ELSEWHERE]
    installed += [folder / name for folder in folders for name in UNDER_PROGRAMS]
    yield from (str(path) for path in installed if path.exists())
