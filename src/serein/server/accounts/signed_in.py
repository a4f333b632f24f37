"""Who is signed in: what is read before every page, by statements that are built once."""

from typing import Any
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from serein.server.accounts.models import User
from serein.server.prepared import Select

OPEN_SESSIONS = Select(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now)
)
PEOPLE = Select(lambda pk: User.objects.filter(pk=pk))


class SessionStore(db.SessionStore):
    """Sessions of the browser in the database, as Django keeps them."""

    def _get_session_from_db(self) -> Session | None:
        found = OPEN_SESSIONS.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found


class SignedInBackend(AuthenticationBackend):  # type: ignore[misc]  # the library is untyped
    """The sign-in library's own way in."""

    def get_user(self, user_id: Any) -> User | None:
        """The person of this id, unless the account is closed."""
        person = PEOPLE.first(pk=UUID(str(user_id)))
        return person if person is not None and self.user_can_authenticate(person) else None
