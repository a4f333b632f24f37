"""A clinic at work for the benches: a real server, a signed-in tablet, chairs with patients."""

import contextlib
import http.client
import json
import os
import random
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tests.databases import postgresql
from tests.house_of_its_own import House, new_house
from tests.serving import Server

DATABASES = ("sqlite", "postgresql")
AT_WORK = {
    "DJANGO_SETTINGS_MODULE": "serein.server.settings",
    "SEREIN_MODE": "demo",
    "SEREIN_CLOCK": "test",
}
TOKEN = "b" * 32
SIGN_IN = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from serein.server.accounts.models import User
from serein.server.treatment.models import Session
user = User.objects.get(username="alvarez")
keys = []
for _ in range({tablets}):
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "serein.server.accounts.adapter.HouseBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    keys.append(store.session_key)
open_now = Session.objects.filter(ended_at=None).exclude(chair__number=4)
rows = open_now.values_list("id", "patient_id", "chair_id")
print(json.dumps([keys, [[str(each) for each in row] for row in rows]]))
"""


@dataclass
class Tablet:
    """One signed-in tablet on one connection that stays open."""

    server: Server
    cookie: str
    line: http.client.HTTPConnection

    def get(self, path: str) -> bytes:
        """A page."""
        return self._ask("GET", path, None, expected=200)

    def post(self, path: str, typed: dict[str, str]) -> None:
        """A form, which must be stored and answered with the way back."""
        self._ask("POST", path, urlencode({**typed, "csrfmiddlewaretoken": TOKEN}), expected=302)

    def _ask(self, verb: str, path: str, body: str | None, *, expected: int) -> bytes:
        headers = {"Cookie": f"sessionid={self.cookie}; csrftoken={TOKEN}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.line.request(verb, path, body, headers)
        answer = self.line.getresponse()
        content = answer.read()
        assert answer.status == expected, (answer.status, content[:400])
        return content


@dataclass
class Clinic:
    """A running server, its house, and who sits where."""

    house: House
    server: Server
    cookies: list[str]
    sessions: list[list[str]]

    def tablet(self, number: int = 0) -> Tablet:
        """A tablet of its own."""
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        return Tablet(self.server, self.cookies[number], line)

    def python(self, script: str) -> str:
        """Run a script in this house."""
        return self.house.python(script, **AT_WORK)

    @property
    def pid(self) -> int:
        """The serving process."""
        assert self.server.child is not None
        return self.server.child.pid


@contextmanager
def clinic(database: str, *, chairs: int = 30, tablets: int = 1) -> Iterator[Clinic]:
    """The demo clinic with so many chairs occupied, served on this kind of database."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        before = os.environ.pop("DATABASE_URL", None)
        if database == "postgresql":
            os.environ["DATABASE_URL"] = stack.enter_context(postgresql())
        house = new_house(folder / "house")
        words = ["demo", "--no-open", "--data", str(house.folder)]
        server = Server(house.folder, words, house.environment)
        server.start()
        stack.callback(server.stop)
        house.python(f"from bench._fill import occupy; occupy({chairs})", **AT_WORK)
        told = house.python(SIGN_IN.replace("{tablets}", str(tablets)), **AT_WORK)
        yield Clinic(house, server, *json.loads(told))
    if before is not None:
        os.environ["DATABASE_URL"] = before


def one_set(session: str, patient: str) -> tuple[str, dict[str, str]]:
    """A full set of vitals as a nurse types it: where it goes, and what."""
    upper = random.randint(116, 138)  # noqa: S311  no secret
    typed = {
        "entry": str(uuid.uuid4()),
        "patient": patient,
        "bp.systolic": str(upper),
        "bp.diastolic": str(upper - 46),
        "heart-rate": str(upper - 50),
        "spo2": "97",
        "respiration": "14",
        "sedation": "5",
        "dissociation": "none",
        "breathing": "normal",
    }
    return f"/sessions/{session}/vitals/", typed
