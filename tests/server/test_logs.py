"""Logs tell what happened and to which request, and never a name, an answer or a token."""

import json
import urllib.request
from urllib.error import HTTPError

import pytest

from serein.server import logs
from tests.house_of_its_own import new_house
from tests.serving import serving

TOKEN = "q7Jk2mXw9RtZ4bVn8LpC3s"
CANARY = "Wilhelmina-Canary"


def test_a_request_is_one_line_with_its_id_and_without_query_or_token(tmp_path):
    house = new_house(tmp_path / "data")
    with serving(house.folder, "serve", environment=house.environment) as server:
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(f"{server.url}/answer/{TOKEN}/?name={CANARY}", timeout=5)  # noqa: S310  our own address
        request_id = refused.value.headers["X-Request-ID"]
        refused.value.close()
    text = server.log.read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("request_id") == request_id]

    assert (line["method"], line["path"], line["status"]) == ("GET", "/answer/…/", 404)
    assert line["ms"] > 0
    assert TOKEN not in text
    assert CANARY not in text


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/patients/01a20b40-3427-7309-a34c-5aebfad7e024/", None),
        ("/library/esketamine-trd-us/1/", None),
        (f"/answer/{TOKEN}", "/answer/…"),
        ("/answer/0123456789abcdef0123456789abcdef", "/answer/…"),
    ],
)
def test_ids_stay_and_tokens_go(path, written):
    assert logs._without_tokens(None, "info", {"event": path})["event"] == (written or path)


def test_an_error_is_told_by_its_kind_and_place_without_what_was_typed():
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        told = logs._frames(None, "error", {"exc_info": (type(error), error, error.__traceback__)})

    assert told["error"] == "ValueError"
    assert "test_logs.py" in told["frames"][0]
    assert CANARY not in json.dumps(told)
