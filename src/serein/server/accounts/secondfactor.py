"""What a person must settle before any other page: a password of their own, a second factor."""

from allauth.mfa.models import Authenticator
from django.conf import settings

from serein.server.accounts.request import ClinicRequest

ALWAYS_OPEN = frozenset(
    {"account_logout", "account_change_password", "account_reauthenticate", "mfa_reauthenticate"}
)
ENROLMENT = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
    }
)
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_required() -> bool:
    """Whether this install asks for a second factor: every one that is no demo."""
    return not settings.IS_DEMO


def page_to_visit_first(request: ClinicRequest) -> str | None:
    """The name of the page that comes before the one asked for, if any."""
    asked = request.resolver_match.url_name if request.resolver_match else None
    if asked in ALWAYS_OPEN:
        return None
    if request.user.must_change_password:
        return "account_change_password"
    if not is_required() or asked in ENROLMENT or has_second_factor(request):
        return None
    return "mfa_index"


def has_second_factor(request: ClinicRequest) -> bool:
    """Whether the person has a code generator or a passkey."""
    return bool(Authenticator.objects.filter(user=request.user, type__in=SECOND_FACTORS).exists())
