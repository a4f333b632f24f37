"""Patients from a file on the command line: a trial run says what it would do."""

import pytest

from tests.server.transfer.bundles import content, observation, person


@pytest.fixture
def house(set_up_house, tmp_path):
    """A house that is set up."""
    return set_up_house(tmp_path / "data", SEREIN_MODE="production", SEREIN_CLOCK="live")


def test_a_dry_run_says_what_it_would_store_and_that_nothing_was_changed(house, tmp_path):
    file = tmp_path / "patients.json"
    file.write_bytes(content(person(), observation()))

    tried = house.serein("import", str(file), "--dry-run").stdout
    taken = house.serein("import", str(file)).stdout

    counts = f"{file}: 2 resources, 2 would be stored, 0 would be unread, 2 would be new"
    assert tried == f"{counts}; nothing was changed\n"
    assert taken == f"{file}: 2 resources, 2 stored, 0 unread, 2 new\n"
