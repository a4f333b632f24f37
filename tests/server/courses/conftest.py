"""A patient to be treated."""

from tests.server.treatment.conftest import chair, course, day, patient

__all__ = ["chair", "course", "day", "patient"]
