"""What a person typed, as the rows can keep it."""

from django.utils.translation import gettext as _

from serein.clinical.errors import InputError

LONGEST = 400


def typed(words: str, *, asking: str = "", at_most: int = LONGEST) -> str:
    """The words without the blanks around them; refused when they cannot be kept as they are.

    Args:
        words: What was typed.
        asking: What asks for them when there are none; empty when they may be left out.
        at_most: How many letters the row holds.
    """
    kept = words.strip()
    if asking and not kept:
        raise InputError(asking)
    if len(kept) > at_most:
        raise InputError(
            _("That is %(length)s letters long; %(most)s can be kept, put the rest in a note")
            % {"length": len(kept), "most": at_most}
        )
    # PostgreSQL keeps no NUL; no keyboard types one.
    if "\x00" in kept:
        raise InputError(_("The text holds a sign that cannot be stored; type it again"))
    return kept


def shortened(words: str, *, at_most: int) -> str:
    """The words when the row can hold them; their beginning, marked as such, when it cannot.

    >>> shortened("Device 1 was recorded wrongly", at_most=9)
    'Device 1…'
    """
    return words if len(words) <= at_most else words[: at_most - 1].rstrip() + "…"
