"""What keeps a start from being safe (refused) or finished (warned of on every page)."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from serein.clinical.errors import ContentError, SereinError
from serein.server import clock, durability, sweeps
from serein.server.accounts.models import Clinic, Membership, Role, User
from serein.server.accounts.permissions import memberships
from serein.server.accounts.secondfactor import SECOND_FACTORS
from serein.server.audit import queries as audit
from serein.server.audit import witness
from serein.server.audit.models import Event
from serein.server.courses.models import Adoption
from serein.server.library import library

MODES = ("production", "demo", "test")
SHORTEST_SECRET = 32
BACKUP_VERIFIED = "transfer.verify_backup"
BACKUP_AGE = timedelta(days=7)
KEEP_S = 60.0


class UnsafeError(SereinError):
    """The server does not start like this; the message says why and what to do."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be; `error` refuses a start, `warning` is only shown."""

    id: str
    level: Literal["error", "warning"]
    text: str
    do: str


def refuse_unsafe_start() -> None:
    """Read everything back and refuse a start that could lose or show what it must not.

    Raises:
        UnsafeError: With every reason and what to do about each.
    """
    if found := list(starting()):
        raise UnsafeError(in_words(found))


def refuse_to_touch(*, is_new: bool = False, is_restored: bool = False) -> None:
    """Refuse unsafe settings, or a database that a newer version has upgraded, as they are.

    Args:
        is_new: Whether the house is only now being made: its key comes last, and what clinicians
            wrote is not needed yet.
        is_restored: Whether it is made from a backup, whose house the file of heads may know.

    Raises:
        UnsafeError: Nothing was made or changed.
    """
    is_first = is_new and not is_restored
    found = [*_settings(is_demo=settings.IS_DEMO), *_head_outside(is_first=is_first), *tables()]
    left_out = {"schema-missing", "secret-key"} if is_new else {"schema-missing"}
    found = [one for one in found if one.id not in left_out]
    if not is_new:
        found += _content()
    if found:
        raise UnsafeError(in_words(found))


def tables() -> list[Finding]:
    """What is wrong with the tables, as far as anything is."""
    try:
        return list(_schema())
    except Error as reason:
        return [_unreachable(reason)]


def in_words(findings: Iterable[Finding]) -> str:
    """The findings as a person reads them, two lines each."""
    return "\n".join(f"{found.level} {found.id}: {found.text}\n  {found.do}" for found in findings)


def check(*, now: datetime, for_production: bool) -> list[Finding]:
    """Everything found; for production, what is unfinished is an error too."""
    found = [*_settings(is_demo=settings.IS_DEMO and not for_production)]
    found += [*_head_outside(), *_content(), *_database()]
    if found and any(one.id.startswith(("database-", "schema-")) for one in found):
        return found
    if not settings.IS_DEMO or for_production:
        found += _invented()
        unfinished = [*_must_be_finished(now=now), *_should_be_finished()]
        found += unfinished if for_production else [_as_warning(one) for one in unfinished]
    return found


def starting() -> Iterator[Finding]:
    """What refuses a start: unsafe settings, wrong content, weakened durability, other tables."""
    yield from _settings(is_demo=settings.IS_DEMO)
    yield from _head_outside()
    yield from _content()
    found = _database()
    yield from found
    if not found and not settings.IS_DEMO:
        yield from _invented()


def as_json(findings: Iterable[Finding]) -> dict[str, Any]:
    """The findings as `serein check --json` prints them."""
    return {"findings": [asdict(found) for found in findings]}


_kept: tuple[float, list[str]] | None = None


def warnings(*, is_fresh: bool = False) -> list[str]:
    """What every page of a start that is no demo says until it is finished.

    Asked at most once a minute, unless a fresh answer is asked for.
    """
    global _kept  # noqa: PLW0603  one answer for the whole process
    if settings.IS_DEMO:
        return []
    if is_fresh or _kept is None or time.monotonic() > _kept[0] + KEEP_S:
        found = [one.text for one in _must_be_finished(now=clock.now())]
        _kept = (time.monotonic(), found)
    return _kept[1]


def unfinished(request: HttpRequest) -> dict[str, Any]:
    """The warnings, for every page: the owner reads each, everybody else that there are some.

    What is missing would tell a stranger at the sign-in page where to push.
    """
    is_owner = _owns(getattr(request, "user", None))
    # Who mends it sees at once that it is mended; nobody else's page pays for the question.
    missing = warnings(is_fresh=is_owner)
    if missing and not is_owner:
        missing = [_("This server is not finished; the owner sees what is missing.")]
    return {"warnings": [*late_sweeps(), *unwritten_head(), *missing]}


def _owns(user: User | AnonymousUser | None) -> bool:
    return any(role.role == Role.OWNER for role in memberships(user))


def late_sweeps() -> list[str]:
    """What every page says, a demo's too, when nobody looks for what is overdue any more."""
    if not sweeps.late():
        return []
    return [
        _("Overdue checks are no longer looked for by this server: watch every chair yourself.")
    ]


def unwritten_head() -> list[str]:
    """What every page says when the last head of the log could not be written outside."""
    if not (reason := witness.trouble()):
        return []
    told = _("The log's second witness cannot be written (%s). Tell whoever runs the server.")
    return [told % reason]


def _content() -> Iterator[Finding]:
    try:
        library()
    except ContentError as wrong:
        yield _error(
            "content",
            _("A content file cannot be used: %s.") % wrong,
            _("Run `serein content check DIR` and mend it; SEREIN_CONTENT names the folder."),
        )


def _head_outside(*, is_first: bool = False) -> Iterator[Finding]:
    """That the file of heads cannot be written, or is another house's; `is_first` makes one."""
    if reason := witness.obstacle():
        yield _error(
            "audit-head-unwritable",
            _("The file of SEREIN_AUDIT_HEAD cannot be written: %s.") % reason,
            _("Make its folder writable for the account of the server, or name another file."),
        )
    elif audit.are_heads_of_another(is_first=is_first):
        yield _error(
            "audit-head-other",
            _("The file of SEREIN_AUDIT_HEAD belongs to another house."),
            _("Name a file of its own for each house."),
        )


def _settings(*, is_demo: bool) -> Iterator[Finding]:
    if settings.SEREIN_MODE not in MODES:
        yield _error(
            "mode-unknown",
            _("SEREIN_MODE is “%s”, which is no mode.") % settings.SEREIN_MODE,
            _("Leave it away for a clinic, or use `serein demo`."),
        )
    if settings.DEBUG:
        yield _error(
            "debug",
            _("DEBUG is on: error pages would show patients' data."),
            _("Remove the setting that turns it on."),
        )
    if is_demo:
        return
    if settings.SEREIN_CLOCK != "live":
        yield _error(
            "clock-settable",
            _("The clock can be set: a two-hour watch could be ended early."),
            _("Remove SEREIN_CLOCK from the environment."),
        )
    if not _is_secret_kept():
        yield _error(
            "secret-key",
            _("There is no secret key, or it is short: sign-ins could be forged."),
            _("Run `serein init` once in this data folder, or set SEREIN_SECRET_KEY."),
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield _error(
            "hosts-any",
            _("The server would answer to any host name."),
            _("Name the addresses of this server in SEREIN_HOSTS."),
        )


def _database() -> list[Finding]:
    """Weakened durability or wrong tables; empty when the database may be used."""
    found = tables()
    if any(one.id in ("schema-missing", "database-unreachable") for one in found):
        return found
    return [*found, *_durability()]


def _durability() -> Iterator[Finding]:
    try:
        for promise, answer in durability.broken_promises():
            text = _("%(question)s answers “%(answer)s”; it must be %(needed)s.")
            spoken = {
                "question": promise.question,
                "answer": answer,
                "needed": promise.needed,
            }
            yield _error(promise.id, text % spoken, str(promise.do))
    except Error as reason:
        yield _unreachable(reason)


def _schema() -> Iterator[Finding]:
    if not durability.is_made():
        yield _missing()
        return
    executor = MigrationExecutor(connection)
    known = set(executor.loader.disk_migrations)
    # Only the house's own apps: another library may retire a migration.
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("serein.")}
    if any(one[0] in ours and one not in known for one in executor.loader.applied_migrations):
        yield _error(
            "schema-newer",
            _("The tables were made by a newer version of Serein."),
            _("Install that version, or restore a backup into an empty database."),
        )
    elif _lacks_tables() or executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield _missing()


def _lacks_tables() -> bool:
    return Clinic._meta.db_table not in connection.introspection.table_names()


def _missing() -> Finding:
    return _error(
        "schema-missing",
        _("The tables of this version are not there yet."),
        _("Run `serein init` for a new house; `serein serve` brings an older one up to date."),
    )


def _invented() -> Iterator[Finding]:
    if Clinic.objects.filter(is_invented=True).exists():
        yield _error(
            "invented-clinic",
            _("This data folder holds the invented clinic of the demo."),
            _("Use a folder or database of its own for a real clinic."),
        )


def _must_be_finished(*, now: datetime) -> Iterator[Finding]:
    """Database, second factor and verified backup: shown on every page until they are there."""
    if connection.vendor == "sqlite":
        yield _error(
            "database-sqlite",
            _("Patients' data is kept in SQLite, which is for trying out."),
            _("Set DATABASE_URL to a PostgreSQL database of version 15 or later."),
        )
    if missing := _without_second_factor():
        yield _error(
            "second-factor",
            ngettext(
                "%d person signs in with a password alone.",
                "%d people sign in with a password alone.",
                missing,
            )
            % missing,
            _("Each adds a code generator or a passkey at /account/second-factor/."),
        )
    last = Event.objects.filter(verb=BACKUP_VERIFIED).order_by("-at").first()
    if last is None or now - last.at > BACKUP_AGE:
        yield _error(
            "backup-verified",
            _("No backup of the last seven days has been restored to try it."),
            _("Run `serein backup FILE` each night; it restores its own copy and compares."),
        )


def _should_be_finished() -> Iterator[Finding]:
    for clinic in Clinic.objects.order_by("name"):
        if not (clinic.phone_day and clinic.phone_night):
            yield _error(
                "clinic-phones",
                _("%s lacks a telephone number for patients, by day or at night.") % clinic,
                _("The owner writes both at /people/phones/, for the sheet to take home."),
            )
        if not Membership.objects.filter(clinic=clinic, is_medical_director=True).exists():
            yield _error(
                "medical-director",
                _("%s has no medical director.") % clinic,
                _("The owner marks a prescriber as medical director at /people/."),
            )
        if not Adoption.objects.filter(clinic=clinic, withdrawn_at=None).exists():
            yield _error(
                "adoption",
                _("%s has adopted no protocol, so no course can begin.") % clinic,
                _("The medical director reads and adopts one at /library/."),
            )
    if not settings.SEREIN_AUDIT_HEAD or _is_inside(Path(settings.SEREIN_AUDIT_HEAD)):
        yield _error(
            "audit-head",
            _("The head of the audit log is not kept outside the data folder."),
            _("Set SEREIN_AUDIT_HEAD to a file on another disk or machine."),
        )
    if not any(origin.startswith("https://") for origin in settings.CSRF_TRUSTED_ORIGINS):
        yield _error(
            "https",
            _("The server does not know its https address."),
            _("Set SEREIN_ORIGINS=https://ADDRESS and SEREIN_HOSTS=ADDRESS, behind TLS."),
        )
    elif not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield _error(
            "cookies",
            _("Sign-in cookies would also travel without encryption."),
            _("Remove the setting that allows it."),
        )


def _without_second_factor() -> int:
    secured = Authenticator.objects.filter(type__in=SECOND_FACTORS).values("user_id")
    people = User.objects.filter(is_active=True, memberships__isnull=False)
    return people.exclude(pk__in=secured).distinct().count()


def _is_secret_kept() -> bool:
    try:
        secret = settings.SECRET_KEY
    except ImproperlyConfigured:
        return False
    return len(secret) >= SHORTEST_SECRET and not secret.startswith("demo-only")


def _is_inside(file: Path) -> bool:
    return file.absolute().is_relative_to(settings.SEREIN_DATA)


def _unreachable(reason: Error) -> Finding:
    do = _("Check role, password, host, port and name in DATABASE_URL, and that PostgreSQL runs.")
    if connection.vendor == "sqlite":
        do = _("Check that the data folder can be written.")
    text = _("The database does not answer: %s.") % durability.silence(reason)
    return _error("database-unreachable", text, do)


def _error(identifier: str, text: str, do: str) -> Finding:
    return Finding(identifier, "error", text, do)


def _as_warning(found: Finding) -> Finding:
    return Finding(found.id, "warning", found.text, found.do)
