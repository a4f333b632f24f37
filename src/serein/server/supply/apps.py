"""The supply app."""

from django.apps import AppConfig


class SupplyConfig(AppConfig):
    """Settings of the supply app."""

    name = "serein.server.supply"
    label = "supply"
