"""Sign-in as the library offers it, closed to newcomers and written into the log.

Who is signed in comes before every page, and so by statements that are built once.
"""

from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from serein.clinical.errors import InputError
from serein.server import clock
from serein.server.accounts import actions
from serein.server.accounts.models import Membership, User
from serein.server.prepared import Select

KEY_GONE = _(
    "No code can be checked: this server no longer has the key with which your second factor was"
    " sealed. Whoever runs the server brings the old secret key back, or the owner gives you a new"
    " way in."
)
FAILURES_LOGGED_PER_HOUR = 300
LOGGED_ELSEWHERE = frozenset({"password_changed"})
FAILURES_KEY = "accounts.failures-logged"
OPEN_IN_BROWSERS = Select(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now)
)
PEOPLE = Select(lambda pk: User.objects.filter(pk=pk))
THEIR_ROLES = Select(
    lambda pk: Membership.objects.filter(user__pk=pk).select_related("clinic", "user")
)


class SessionStore(db.SessionStore):
    """Sessions of the browser in the database, as Django keeps them."""

    def _get_session_from_db(self) -> Session | None:
        found = OPEN_IN_BROWSERS.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found


class HouseBackend(AuthenticationBackend):  # type: ignore[misc]  # the library is untyped
    """A name and a password, as the library asks for them."""

    def get_user(self, user_id: Any) -> User | None:
        """The person of this id with their roles, unless the account is closed."""
        pk = UUID(str(user_id))
        roles = THEIR_ROLES(pk=pk)
        person = roles[0].user if roles else PEOPLE.first(pk=pk)
        if person is None or not self.user_can_authenticate(person):
            return None
        person.roles_read = roles
        return person


class HouseAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library is untyped
    """Nobody signs up; who signs in, out, or fails to, leaves a line."""

    error_messages = {  # noqa: RUF012  the library's own attribute
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The name or the password is not right."),
        "enter_current_password": _("This is not your password until now."),
        "incorrect_password": _("The password is not right."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Accounts are made by the owner, never by a stranger."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Open the session and log it, once every step of sign-in is passed."""
        super().login(request, user)
        actions.record_sign_in(user, now=clock.now())

    def logout(self, request: HttpRequest) -> None:
        """Close the session and log it."""
        if isinstance(request.user, User):
            actions.record_sign_out(request.user, now=clock.now())
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log a wrong password; a name that is already locked adds no more lines."""
        if getattr(request, "axes_failures_since_start", None) is None:
            return
        _log_failure(credentials.get("username", ""))

    def set_password(self, user: User, password: str) -> None:
        """Keep a password that the person chose; from then on it is their own."""
        actions.change_password(user, password=password, now=clock.now())

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        """Go on with the day."""
        return reverse("home")

    def send_notification_mail(
        self, template_prefix: str, user: User, *_args: Any, **_kwargs: Any
    ) -> None:
        """Log what the library would write a mail about: a second factor added or taken away."""
        change = template_prefix.rpartition("/")[2]
        if change not in LOGGED_ELSEWHERE:
            actions.record_second_factor(user, change, now=clock.now())

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the page that follows shows whether it worked."""


class KeyGoneError(ValidationError, InputError):
    """The key with which a second factor was sealed is gone; a form shows it, and a page too."""

    def __str__(self) -> str:
        return str(self.message)


class SealedSecondFactor(DefaultMFAAdapter):  # type: ignore[misc]  # the library is untyped
    """Secrets of the second factor are sealed: a copied database opens no account."""

    error_messages = {  # noqa: RUF012  the library's own attribute
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("These digits are not right. Wait for the next ones, then try again."),
    }

    def encrypt(self, text: str) -> str:
        """The secret as the database keeps it, sealed with the installation's key."""
        return _seals().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret, by the key of today or an old one.

        Raises:
            KeyGoneError: It was sealed with another key; no code can be checked.
        """
        try:
            return _seals().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as gone:
            raise KeyGoneError(KEY_GONE) from gone


def _seals() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys])


def _fernet_key(key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"serein second factor")
    return urlsafe_b64encode(derived.derive(key.encode()))


def locked_out(
    request: HttpRequest, _original: HttpResponse, _credentials: dict[str, Any] | None
) -> HttpResponse:
    """The page of a name that failed too often from one address."""
    return render(request, "accounts/locked_out.html", status=429)


def log_wrong_code(user: User | None = None, **_unused: Any) -> None:
    """Log a second factor that did not fit."""
    _log_failure(user.username if user else "")


def _log_failure(username: str) -> None:
    if _failures_logged_this_hour() <= FAILURES_LOGGED_PER_HOUR:
        actions.record_failed_sign_in(username, now=clock.now())


def _failures_logged_this_hour() -> int:
    # Bounded, so that a stranger who guesses cannot fill the disk with log lines.
    cache.add(FAILURES_KEY, 0, timeout=3600)
    return int(cache.incr(FAILURES_KEY))
