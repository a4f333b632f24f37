"""What a start that is no demo binds the browser to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ASKED = (
    "import json; from serein.server import settings as s; print(json.dumps("
    "{n: getattr(s, n) for n in dir(s) if n.isupper() and ('COOKIE' in n or n in "
    "('SECURE_HSTS_SECONDS', 'SEREIN_IDLE_MIN', 'IS_DEMO', 'SECRET_KEY', 'DEBUG'))}))"
)


def _settings(mode: str, folder: Path) -> dict[str, object]:
    variables = {k: v for k, v in os.environ.items() if not k.startswith("SEREIN_")}
    variables |= {"SEREIN_DATA": str(folder)} | ({"SEREIN_MODE": mode} if mode else {})
    asked = subprocess.run(
        [sys.executable, "-c", ASKED], env=variables, capture_output=True, check=True, text=True
    )
    answer: dict[str, object] = json.loads(asked.stdout)
    return answer


@pytest.mark.parametrize("mode", ["production", "evaluation", ""])
def test_a_start_that_does_not_say_demo_gets_the_strict_rules(mode: str, tmp_path: Path) -> None:
    found = _settings(mode, tmp_path)

    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SESSION_COOKIE_HTTPONLY"] is found["CSRF_COOKIE_HTTPONLY"] is True
    assert (found["IS_DEMO"], found["DEBUG"], found["SECRET_KEY"]) == (False, False, "")
    assert found["SECURE_HSTS_SECONDS"] == 365 * 24 * 3600
    assert found["SEREIN_IDLE_MIN"] == 30


def test_a_demo_works_without_https(tmp_path: Path) -> None:
    found = _settings("demo", tmp_path)

    assert found["SESSION_COOKIE_SECURE"] is False
    assert found["SECURE_HSTS_SECONDS"] == 0
