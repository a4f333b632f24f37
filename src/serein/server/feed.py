"""`/floor/live`: the feed that tells an open floor which of its tiles have changed.

It lives outside Django's request cycle, so that fifty open floors hold no thread; it asks the
same questions as a page, at the door and again before every event.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from http.cookies import SimpleCookie
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import may, memberships, read_roles
from serein.server.accounts.secondfactor import SECOND_FACTORS, is_required
from serein.server.live import Hub, Listener
from serein.server.treatment.models import Chair

VERB = "treatment.view_floor"
HEADERS = {
    "Cache-Control": "no-store, private",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Accel-Buffering": "no",  # a proxy in front passes each event on at once
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def live(request: Request) -> Response:
    """Open one feed: 401 for a stranger, 403 for who may not see the floor."""
    host = split_domain_port(request.headers.get("host", ""))[0]
    if not host or not validate_host(host, settings.ALLOWED_HOSTS):
        return _refused(400)
    hub: Hub = request.app.state.hub
    session_key = _session_key(request.headers.get("cookie", ""))
    found = await run_in_threadpool(_settle, session_key)
    if isinstance(found, int):
        return _refused(found)
    return StreamingResponse(
        _events(hub, found), media_type="text/event-stream", headers={**HEADERS}
    )


async def _events(hub: Hub, listener: Listener) -> AsyncIterator[str]:
    hub.add(listener)
    try:
        while (event := await listener.waiting.get()) is not None:
            yield event
    finally:
        hub.drop(listener)


def admit(listeners: Collection[Listener]) -> frozenset[Listener]:
    """Those who may still hear: signed in, active, and allowed to see the floor of their clinic.

    A handful of queries, however many listen.
    """
    people = _people({listener.session_key for listener in listeners})
    return frozenset(
        listener
        for listener in listeners
        if (found := people.get(listener.session_key)) is not None
        and may(found[0], VERB, at=Clinic(pk=listener.clinic_id))
    )


def read_versions(clinics: Collection[UUID]) -> Mapping[UUID, Mapping[UUID, int]]:
    """The version of every chair of these clinics."""
    versions: dict[UUID, dict[UUID, int]] = {clinic: {} for clinic in clinics}
    rows = Chair.objects.filter(clinic__in=clinics, gone_at=None).order_by("clinic_id", "number")
    for clinic_id, chair_id, version in rows.values_list("clinic_id", "id", "version"):
        versions[clinic_id][chair_id] = version
    return versions


def _settle(session_key: str) -> Listener | int:
    """The listener this session makes, or the HTTP status that refuses it."""
    found = _people({session_key}).get(session_key) if session_key else None
    if found is None:
        return 401
    user, session = found
    clinic_id = _clinic_id(user, session)
    if clinic_id is None or not may(user, VERB, at=Clinic(pk=clinic_id)):
        return 403
    return Listener(session_key, clinic_id)


def _clinic_id(user: User, session: Mapping[str, Any]) -> UUID | None:
    """Where the person is now: their only clinic, or the one they chose."""
    options = {role.clinic_id for role in memberships(user)}
    if len(options) > 1:
        options = {clinic for clinic in options if str(clinic) == session.get("clinic")}
    return options.pop() if len(options) == 1 else None


def _people(session_keys: Collection[str]) -> dict[str, tuple[User, dict[str, Any]]]:
    """Who is signed in under each of these sessions, with their roles."""
    rows = Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    store = SessionStore()
    sessions = {row.session_key: store.decode(row.session_data) for row in rows}
    ids = {session[SESSION_KEY] for session in sessions.values() if SESSION_KEY in session}
    users = {str(user.pk): user for user in _ready_users(ids)}
    return {
        key: (user, session)
        for key, session in sessions.items()
        if (user := users.get(session.get(SESSION_KEY, ""))) is not None
        and _is_theirs(session, user)
    }


def _ready_users(ids: Iterable[str]) -> list[User]:
    """Active people with nothing to settle first: a password of their own, a second factor."""
    users = User.objects.filter(pk__in=list(ids), is_active=True, must_change_password=False)
    if is_required():
        secured = Authenticator.objects.filter(type__in=SECOND_FACTORS).values("user_id")
        users = users.filter(pk__in=secured)
    ready = list(users)
    read_roles(ready)
    return ready


def _is_theirs(session: Mapping[str, Any], user: User) -> bool:
    """Whether the session was made with the password the person has now."""
    made_with = session.get(HASH_SESSION_KEY, "")
    return session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS and any(
        constant_time_compare(made_with, known)
        for known in (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    )


def _session_key(cookies: str) -> str:
    found = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    return found.value if found else ""


def _refused(status: int) -> Response:
    return PlainTextResponse("", status_code=status, headers={**HEADERS})
