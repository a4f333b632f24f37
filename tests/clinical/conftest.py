from pathlib import Path

import pytest

from serein.clinical import library
from serein.clinical.monitoring import SessionReading, read_session
from tests.clinical.chart import at


@pytest.fixture(scope="session")
def shelf() -> library.Library:
    return library.load()


@pytest.fixture(scope="session")
def protocol(shelf):
    return shelf.protocol("esketamine-trd-us")


@pytest.fixture(scope="session")
def read(shelf, protocol):
    def reading(facts, time: str) -> SessionReading:
        return read_session(protocol, facts, now=at(time), dictionary=shelf.dictionary)

    return reading


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "protocols").mkdir()
    return tmp_path
