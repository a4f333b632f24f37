"""The courses app."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Settings of the courses app."""

    name = "serein.server.courses"
    label = "courses"
