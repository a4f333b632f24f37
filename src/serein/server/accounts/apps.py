"""The accounts app."""

from django import forms
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Settings of the accounts app."""

    name = "serein.server.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Listen for wrong codes, which the library tells only so; ask for what is missing."""
        # Of every form of the process, the library's too: Django has no setting for it.
        forms.Field.default_error_messages["required"] = _("Fill this in.")
        # Imported late: models can be read only when every app is there.
        from allauth.mfa.signals import authentication_failed  # noqa: PLC0415  apps first

        from serein.server.accounts.adapter import log_wrong_code  # noqa: PLC0415  apps first

        authentication_failed.connect(log_wrong_code, dispatch_uid="accounts.log_wrong_code")
