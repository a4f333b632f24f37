"""The cast as fixtures: each name is a person, `clinic` is Main St, `other_clinic` is Owen's."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client

from serein.server import clock
from serein.server.accounts.models import Clinic, User
from tests import cast
from tests.house_of_its_own import SetUp


@pytest.fixture
def now() -> datetime:
    """A quarter past ten in the morning, at Main St."""
    return cast.NOW


@pytest.fixture
def server_clock(now: datetime) -> Iterator[datetime]:
    """The server's clock stopped at `now`, for tests that go through a page."""
    clock.set_to(now, frozen=True)
    yield now
    clock._path().unlink(missing_ok=True)


@pytest.fixture
def clinic(db: None) -> Clinic:
    return cast.open_clinic("Main St", cast.MAIN_ST)


@pytest.fixture
def other_clinic(db: None) -> Clinic:
    return cast.open_clinic("Other Clinic", cast.OTHER)


@pytest.fixture
def alvarez(clinic: Clinic) -> User:
    return User.objects.get(username="alvarez")


@pytest.fixture
def osei(clinic: Clinic) -> User:
    return User.objects.get(username="osei")


@pytest.fixture
def morgan(clinic: Clinic) -> User:
    return User.objects.get(username="morgan")


@pytest.fixture
def lind(clinic: Clinic) -> User:
    return User.objects.get(username="lind")


@pytest.fixture
def okafor(clinic: Clinic) -> User:
    return User.objects.get(username="okafor")


@pytest.fixture
def pym(clinic: Clinic) -> User:
    return User.objects.get(username="pym")


@pytest.fixture
def bray(clinic: Clinic) -> User:
    return User.objects.get(username="bray")


@pytest.fixture
def desk(clinic: Clinic) -> User:
    return User.objects.get(username="desk")


@pytest.fixture
def owner(clinic: Clinic) -> User:
    return User.objects.get(username="owner")


@pytest.fixture
def owen(other_clinic: Clinic) -> User:
    return User.objects.get(username="owen")


@pytest.fixture
def signed_in(db: None) -> cast.SignIn:
    """A browser in which that person has signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="serein.server.accounts.adapter.HouseBackend")
        return client

    return sign_in


@pytest.fixture(scope="session")
def set_up_house(tmp_path_factory: pytest.TempPathFactory) -> SetUp:
    """Houses that are set up, each a copy of one pattern."""
    return SetUp(tmp_path_factory.mktemp("patterns"))
