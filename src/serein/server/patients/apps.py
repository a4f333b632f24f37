"""The patients app."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Settings of the patients app."""

    name = "serein.server.patients"
    label = "patients"
