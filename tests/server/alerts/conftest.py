"""The treatment day, from which alerts come."""

from tests.server.treatment.conftest import chair, course, day, patient

__all__ = ["chair", "course", "day", "patient"]
