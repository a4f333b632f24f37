"""The eligibility app."""

from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """Settings of the eligibility app."""

    name = "serein.server.eligibility"
    label = "eligibility"
