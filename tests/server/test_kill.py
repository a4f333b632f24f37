"""The server is killed in the middle of writes: nothing acknowledged is lost, nothing is doubled.

Kill -9 is not a power cut: what the operating system holds survives it. It shows that an answer
is sent only after the commit, and that a repeated entry is stored once.
"""

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.house_of_its_own import House, new_house
from tests.serving import Server

KILLS = 25
WRITERS = 8
TOKEN = "k" * 32
SIGN_IN = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from serein.server.accounts.models import User
from serein.server.treatment.models import Session
user = User.objects.get(username="alvarez")
store = SessionStore()
store[SESSION_KEY] = str(user.pk)
store[BACKEND_SESSION_KEY] = "serein.server.accounts.adapter.HouseBackend"
store[HASH_SESSION_KEY] = user.get_session_auth_hash()
store.save()
open_now = Session.objects.filter(ended_at=None).values_list("id", "patient_id")
print(json.dumps([store.session_key, [[str(s), str(p)] for s, p in open_now]]))
"""
COUNT = """
import json
from collections import Counter
from serein.server.audit.queries import verify
from serein.server.patients.models import FactRow
panels = FactRow.objects.filter(code="heart-rate").values_list("panel", flat=True)
print(json.dumps([Counter(map(str, panels)), verify().intact]))
"""


@dataclass
class Writer:
    """One tablet that goes on sending, and sends again what was not answered."""

    server: Server
    cookie: str
    sessions: list[list[str]]
    acknowledged: list[str] = field(default_factory=list)

    def write_until(self, stop: threading.Event) -> None:
        """Entries one after another; each is sent until it is answered."""
        while not stop.is_set():
            entry, (session, patient) = str(uuid.uuid4()), random.choice(self.sessions)  # noqa: S311  no secret
            while not stop.is_set():
                if self.send(entry, session, patient):
                    self.acknowledged.append(entry)
                    break
                time.sleep(0.05)

    def send(self, entry: str, session: str, patient: str) -> bool:
        """Whether the server said that this entry is stored."""
        typed = {
            "entry": entry,
            "patient": patient,
            "heart-rate": "72",
            "csrfmiddlewaretoken": TOKEN,
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"sessionid={self.cookie}; csrftoken={TOKEN}",
        }
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            line.request("POST", f"/sessions/{session}/vitals/", urlencode(typed), headers)
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()
        # Anything but the way back to the page is no word that it is stored; it is sent again.
        return answer.status == 302


@pytest.fixture
def house(tmp_path: Path) -> House:
    return new_house(tmp_path / "house")


@pytest.fixture
def server(house: House) -> Iterator[Server]:
    words = ["demo", "--no-open", "--data", str(house.folder)]
    running = Server(house.folder, words, house.environment)
    running.start()
    yield running
    running.kill()


def test_no_acknowledged_entry_is_lost_and_none_is_doubled_over_25_kills(
    house: House, server: Server
) -> None:
    cookie, sessions = json.loads(house.python(SIGN_IN, SEREIN_MODE="demo", SEREIN_CLOCK="test"))
    writers = [Writer(server, cookie, sessions) for _ in range(WRITERS)]
    stop = threading.Event()
    threads = [threading.Thread(target=one.write_until, args=(stop,)) for one in writers]
    for thread in threads:
        thread.start()
    chance = random.Random(7)  # noqa: S311  when to kill is no secret
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, 0.6))
        server.kill()
        server.start()
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join(30)

    stored, is_intact = json.loads(house.python(COUNT, SEREIN_MODE="demo", SEREIN_CLOCK="test"))
    acknowledged = [entry for one in writers for entry in one.acknowledged]
    assert len(acknowledged) > KILLS
    assert [entry for entry in acknowledged if entry not in stored] == []
    assert {entry: count for entry, count in stored.items() if count > 1} == {}
    assert is_intact
