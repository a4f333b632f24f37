"""The live feed of a real server: changes from any process reach every floor that may see them."""

import asyncio
import contextlib
import json
import time

import pytest

from tests.house_of_its_own import new_house
from tests.serving import serving

LISTENERS = 50
# A commit in another process is seen at the next look; generous, for a machine under load.
WITHIN_S = 5.0

MAKE = """
from datetime import timedelta
from django.conf import settings
from django.test import Client
from serein.server.accounts.models import User
from serein.server.treatment.models import Chair
from tests import cast

for name, people in (("Main St", cast.MAIN_ST), ("Other Clinic", cast.OTHER)):
    clinic = cast.open_clinic(name, people)
    Chair.objects.create(clinic=clinic, number=1)
    Chair.objects.create(clinic=clinic, number=2)

def key(name):
    client = Client()
    client.force_login(
        User.objects.get(username=name),
        backend="serein.server.accounts.adapter.HouseBackend",
    )
    return client.session.session_key

names = ("alvarez", "osei", "bray", "owen")
print(*[key(name) for name in names])
print(Chair.objects.get(clinic__name="Main St", number=2).pk)
"""
BUMP = """
from django.db.models import F
from serein.server import live
from serein.server.treatment.models import Chair
Chair.objects.filter(clinic__name="Main St", number=2).update(version=F("version") + 1)
live.announce(Chair.objects.filter(clinic__name="Main St").values_list("clinic_id")[0][0])
"""


class Feed:
    """One open feed, read event by event."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.status = 0

    @classmethod
    async def open(cls, port, session_key="", host="127.0.0.1"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET /floor/live HTTP/1.1\r\nHost: {host}\r\n"
            f"Cookie: sessionid={session_key}\r\n\r\n".encode()
        )
        feed = cls(reader, writer)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        feed.status = int(head.split()[1])
        return feed

    async def close(self):
        """Hang up, as a tablet does that is switched off."""
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def event(self, name=None, within_s=WITHIN_S):
        """The next event, or the next of that name; None when the server has ended the feed."""
        async with asyncio.timeout(within_s):
            while True:
                size = int((await self.reader.readuntil(b"\r\n")).strip(), 16)
                chunk = (await self.reader.readexactly(size + 2)).decode().strip()
                if not size:
                    return None
                kind, _, content = chunk.partition("\n")
                if name in (None, kind.removeprefix("event: ")):
                    return json.loads(content.removeprefix("data: "))


class Feeds(contextlib.AsyncExitStack):
    """Every feed of one scenario; closed at its end, however it ends."""

    async def open(self, port, session_key="", host="127.0.0.1"):
        feed = await Feed.open(port, session_key, host)
        self.push_async_callback(feed.close)
        return feed


def run(scenario):
    """What a scenario answers that opens feeds."""

    async def to_the_end():
        async with Feeds() as feeds:
            return await scenario(feeds)

    return asyncio.run(to_the_end())


@pytest.fixture(scope="module")
def floor(tmp_path_factory):
    """A real server with two clinics, the sessions of four people, and one chair to change."""
    house = new_house(tmp_path_factory.mktemp("house") / "data")
    with serving(house.folder, "serve", environment=house.environment) as server:
        keys, chair = house.python(MAKE).splitlines()
        alvarez, osei, bray, owen = keys.split()
        yield {
            "house": house,
            "server": server,
            "port": server.port,
            "chair": chair,
            "alvarez": alvarez,
            "osei": osei,
            "bray": bray,
            "owen": owen,
        }


def test_fifty_listeners_hear_a_change_made_by_another_process(floor):
    async def scenario(feeds):
        fifty = [await feeds.open(floor["port"], floor["alvarez"]) for _ in range(LISTENERS)]
        first = [await feed.event("chairs") for feed in fifty]
        assert all(event["chairs"] == first[0]["chairs"] for event in first)
        before = first[0]["chairs"][floor["chair"]]
        changing = asyncio.create_task(asyncio.to_thread(floor["house"].python, BUMP))
        heard = await asyncio.gather(*(feed.event("chairs", within_s=20) for feed in fifty))
        await changing
        return before, [event["chairs"][floor["chair"]] for event in heard]

    before, after = run(scenario)
    assert after == [before + 1] * LISTENERS


def test_an_event_carries_ids_versions_and_the_time_and_nothing_else(floor):
    async def scenario(feeds):
        feed = await feeds.open(floor["port"], floor["alvarez"])
        return await feed.event("chairs")

    event = run(scenario)
    assert sorted(event) == ["chairs", "now"]
    assert all(isinstance(version, int) for version in event["chairs"].values())


def test_a_beat_comes_every_five_seconds_with_the_servers_time(floor):
    async def scenario(feeds):
        feed = await feeds.open(floor["port"], floor["alvarez"])
        await feed.event("beat", within_s=12)
        begun = time.monotonic()
        beat = await feed.event("beat", within_s=12)
        return beat, time.monotonic() - begun

    beat, spent_s = run(scenario)
    assert list(beat) == ["now"]
    assert 3 < spent_s < 8


def test_another_clinic_hears_nothing_of_it(floor):
    async def scenario(feeds):
        owen = await feeds.open(floor["port"], floor["owen"])
        alvarez = await feeds.open(floor["port"], floor["alvarez"])
        theirs = await owen.event("chairs")
        await alvarez.event("chairs")
        await asyncio.to_thread(floor["house"].python, BUMP)
        await alvarez.event("chairs")
        with pytest.raises(TimeoutError):
            await owen.event("chairs", within_s=3)
        return theirs

    assert floor["chair"] not in run(scenario)["chairs"]


def test_a_session_that_signs_out_is_cut_at_the_next_event(floor):
    sign_out = f"""
from django.contrib.sessions.models import Session
Session.objects.filter(session_key="{floor["osei"]}").delete()
"""

    async def scenario(feeds):
        feed = await feeds.open(floor["port"], floor["osei"])
        await feed.event("chairs")
        await asyncio.to_thread(floor["house"].python, sign_out + BUMP)
        ended = await feed.event("chairs", within_s=10)
        again = await feeds.open(floor["port"], floor["osei"])
        return ended, again.status

    assert run(scenario) == (None, 401)


def test_who_loses_the_role_is_cut_without_signing_out(floor):
    lose = """
from serein.server.accounts.models import Membership
Membership.objects.filter(user__username="owen").delete()
"""
    regain = """
from serein.server.accounts.models import Clinic, Membership, User
Membership.objects.create(
    clinic=Clinic.objects.get(name="Other Clinic"),
    user=User.objects.get(username="owen"), role="nurse",
)
"""

    async def scenario(feeds):
        feed = await feeds.open(floor["port"], floor["owen"])
        await feed.event("chairs")
        await asyncio.to_thread(floor["house"].python, lose)
        ended = await feed.event("chairs", within_s=10)
        again = await feeds.open(floor["port"], floor["owen"])
        return ended, again.status

    try:
        assert run(scenario) == (None, 403)
    finally:
        floor["house"].python(regain)


@pytest.mark.parametrize(
    ("who", "host", "status"),
    [("nobody", "127.0.0.1", 401), ("bray", "127.0.0.1", 403), ("alvarez", "evil.example", 400)],
)
def test_the_door_of_the_feed_is_that_of_a_page(floor, who, host, status):
    async def scenario(feeds):
        feed = await feeds.open(floor["port"], floor.get(who, "no-such-session"), host)
        return feed.status

    assert run(scenario) == status


def test_setting_the_clock_is_heard_at_once(floor):
    on = """
from datetime import timedelta
from serein.server import clock
clock.advance(timedelta(hours=3))
print(clock.now().isoformat())
"""

    async def scenario(feeds):
        feed = await feeds.open(floor["port"], floor["alvarez"])
        await feed.event("chairs")
        told = await asyncio.to_thread(floor["house"].python, on)
        beats = [await feed.event("beat", within_s=12)]
        while beats[-1]["now"] < told and len(beats) < 3:
            beats.append(await feed.event("beat", within_s=12))
        return told, beats

    told, beats = run(scenario)
    assert beats[-1]["now"] >= told


def test_control_c_stops_the_server_although_feeds_are_open(tmp_path):
    house = new_house(tmp_path / "data")
    with serving(house.folder, "serve", environment=house.environment) as server:
        alvarez = house.python(MAKE).split()[0]

        async def scenario(feeds):
            five = [await feeds.open(server.port, alvarez) for _ in range(5)]
            for feed in five:
                await feed.event("chairs")
            begun = time.monotonic()
            code = await asyncio.to_thread(server.stop)
            ends = [await feed.event() for feed in five]
            return code, time.monotonic() - begun, ends

        code, spent_s, ends = run(scenario)
    assert code == 0
    assert spent_s < 4
    assert ends == [None] * 5
