"""Settings, all from SEREIN_* variables and DATABASE_URL; each is documented in docs/reference."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlparse

from csp.constants import SELF


def _whole_number(name: str, *, default: int, most: int) -> int:
    """The setting as a number from 1 up, or a sentence instead of a start."""
    given = os.environ.get(name, "").strip() or str(default)
    if not (given.isascii() and given.isdecimal() and 1 <= int(given[:9]) <= most):
        raise SystemExit(f"{name} is “{given}”; it must be a whole number from 1 to {most}")
    return int(given)


PACKAGE = Path(__file__).resolve().parent

# "production" unless said otherwise: a start that forgets to say what it is gets the strict rules.
SEREIN_MODE = os.environ.get("SEREIN_MODE", "production")
SEREIN_DATA = Path(os.environ.get("SEREIN_DATA", "data")).absolute()
SEREIN_CLOCK = os.environ.get("SEREIN_CLOCK", "live")
SEREIN_CONTENT = os.environ.get("SEREIN_CONTENT", "")
SEREIN_AUDIT_HEAD = os.environ.get("SEREIN_AUDIT_HEAD", "")
# Threads that answer pages; each keeps its own connection to the database.
SEREIN_THREADS = _whole_number("SEREIN_THREADS", default=8, most=256)
IS_DEMO = SEREIN_MODE in ("demo", "test")


def _secret() -> str:
    if given := os.environ.get("SEREIN_SECRET_KEY"):
        return given
    kept = SEREIN_DATA / "secret-key"
    return kept.read_text().strip() if kept.exists() else ""


def _database() -> dict[str, object]:
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(SEREIN_DATA / "serein.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                " PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;",
            },
        }
    try:
        parts = urlparse(url)
        port = parts.port
    except ValueError:
        # The reason may quote the address, and so the password.
        raise SystemExit(
            "DATABASE_URL cannot be read: its host or port is no host or port. Write"
            " postgresql://ROLE:PASSWORD@HOST:PORT/NAME, special characters percent-encoded"
        ) from None
    if parts.scheme not in ("postgres", "postgresql"):
        raise SystemExit(f"DATABASE_URL begins with {parts.scheme}://; use postgresql://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": None,
        # A tablet's requests repeat the same few statements: planned once, they are only run.
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": 2,
            **dict(parse_qsl(parts.query)),
        },
    }


SECRET_KEY = _secret() or ("demo-only-" * 6 if IS_DEMO else "")
# Keys of before: what they signed or sealed stays readable while a new key is brought in.
SECRET_KEY_FALLBACKS = [k for k in os.environ.get("SEREIN_OLD_SECRET_KEYS", "").split(",") if k]
DEBUG = False
ALLOWED_HOSTS = os.environ.get("SEREIN_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("SEREIN_ORIGINS", "").split(",") if o]
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "serein.server.audit",
    "serein.server.accounts",
    "serein.server.patients",
    "serein.server.alerts",
    "serein.server.courses",
    "serein.server.supply",
    "serein.server.eligibility",
    "serein.server.treatment",
    "serein.server.transfer",
    "serein.server.demo",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "axes.middleware.AxesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "serein.server.accounts.middleware.PersonMiddleware",
    "serein.server.errors.RefusalMiddleware",
]
ROOT_URLCONF = "serein.server.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the sign-in library's own templates, some of which these replace.
        "DIRS": [PACKAGE / "templates", PACKAGE / "accounts" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "serein.server.accounts.context.house",
                "serein.server.alerts.context.open_alerts",
                "serein.server.treatment.context.alerts",
                "serein.server.checks.unfinished",
            ]
        },
    }
]
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "serein.server.accounts.adapter.HouseBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "serein.server.accounts.adapter.HouseAdapter"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_FORMS = {
    "login": "serein.server.accounts.forms.SignInForm",
    "change_password": "serein.server.accounts.forms.PasswordForm",
}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# A clinic's tablets share one address: locking the address would shut out the whole floor, so a
# lock is on the pair of name and address, and the address alone is only slowed.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,10/5m/key"}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "serein.server.accounts.adapter.locked_out"
MFA_ADAPTER = "serein.server.accounts.adapter.SealedSecondFactor"
MFA_TOTP_ISSUER = "Serein"
MFA_TOTP_TOLERANCE = 1
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "activate_totp": "serein.server.accounts.forms.CodeGeneratorForm",
    "add_webauthn": "serein.server.accounts.forms.KeyForm",
}

# Each command sends its logs where logs.configure() says.
LOGGING_CONFIG = None
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
LOCALE_PATHS = [PACKAGE / "locale"]
STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # the square to scan when a code generator is set up
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": ["'none'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "serein.server.accounts.adapter"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SEREIN_IDLE_MIN = _whole_number("SEREIN_IDLE_MIN", default=720 if IS_DEMO else 30, most=1440)
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "serein.server.errors.form_expired"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not IS_DEMO
SECURE_HSTS_SECONDS = 0 if IS_DEMO else 365 * 24 * 3600
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
