"""The demo app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Settings of the demo app."""

    name = "serein.server.demo"
    label = "demo"
