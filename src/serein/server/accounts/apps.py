"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Settings of the accounts app."""

    name = "serein.server.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Listen for wrong codes: the one thing at the door that the library tells only so."""
        # Imported late: models can be read only when every app is there.
        from allauth.mfa.signals import authentication_failed  # noqa: PLC0415  apps first

        from serein.server.accounts.adapter import log_wrong_code  # noqa: PLC0415  apps first

        authentication_failed.connect(log_wrong_code, dispatch_uid="accounts.log_wrong_code")
