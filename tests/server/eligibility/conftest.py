"""A patient whose eligibility is looked at."""

from tests.server.treatment.conftest import chair, course, day, patient

__all__ = ["chair", "course", "day", "patient"]
