"""The transfer app."""

from django.apps import AppConfig


class TransferConfig(AppConfig):
    """Settings of the transfer app."""

    name = "serein.server.transfer"
    label = "transfer"
