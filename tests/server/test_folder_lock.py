"""One server for each SQLite folder; PostgreSQL serves as many as there are."""

import json
import os

import pytest

from tests.house_of_its_own import new_house
from tests.serving import serving

ON_SQLITE = "DATABASE_URL" not in os.environ
pytestmark = pytest.mark.skipif(not ON_SQLITE, reason="several servers may share PostgreSQL")


def test_a_second_server_is_refused_and_told_who_holds_the_folder_until_that_is_killed(tmp_path):
    house = new_house(tmp_path / "data")
    with serving(house.folder, "serve", environment=house.environment) as server:
        held = json.loads((house.folder / "serving.lock").read_text())
        for words in (["serve", "--port", "1"], ["demo", "--no-open"]):
            told = house.serein(*words)
            assert told.returncode == 1
            assert server.child is not None
            assert f"process {server.child.pid}, since {held['since']}" in told.stderr
            assert "Traceback" not in told.stderr
        server.kill()
        server.start()

    assert held["pid"] != json.loads((house.folder / "serving.lock").read_text())["pid"]
