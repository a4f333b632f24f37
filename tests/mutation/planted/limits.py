"""Three rules of a toy, to be mutated: one is tested well, one too little, one makes a module."""

HIGHEST = 140


def is_high(reading: int) -> bool:
    """Whether a reading is above the limit."""
    return reading > HIGHEST


def is_low(reading: int) -> bool:
    """Whether a reading is below ninety; its test never asks ninety itself."""
    return reading < 90
