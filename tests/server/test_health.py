"""`/healthz` answers whoever watches from outside, and tells them nothing about anybody."""

import pytest
from django.db import connection

from serein import __version__
from tests.house_of_its_own import new_house
from tests.serving import serving


@pytest.mark.django_db
def test_it_says_version_database_and_clock_to_a_stranger(client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store, private"
    assert answer.json() == {
        "version": __version__,
        "is_well": True,
        "database": connection.vendor,
        "mode": "test",
        "clock": "test",
        "audit_head": "none",
        "sweeps": {},
    }


def test_it_answers_503_when_the_database_has_gone(tmp_path):
    house = new_house(tmp_path / "data")
    if "DATABASE_URL" not in house.environment:
        pytest.skip("a file does not go away from under its server")
    from urllib.error import HTTPError  # noqa: PLC0415  this test alone
    from urllib.request import urlopen  # noqa: PLC0415  this test alone

    import psycopg  # noqa: PLC0415  this test alone

    url, _, name = house.environment["DATABASE_URL"].rpartition("/")
    with serving(house.folder, "serve", environment=house.environment) as server:
        with psycopg.connect(f"{url}/serein", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        with pytest.raises(HTTPError) as refused:
            urlopen(f"{server.url}/healthz", timeout=5)  # noqa: S310  our own address
        refused.value.close()

    assert refused.value.code == 503
