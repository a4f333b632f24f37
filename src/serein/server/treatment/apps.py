"""The treatment app."""

from django.apps import AppConfig


class TreatmentConfig(AppConfig):
    """Settings of the treatment app."""

    name = "serein.server.treatment"
    label = "treatment"
