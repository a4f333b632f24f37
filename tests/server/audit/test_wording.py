"""A line of the log is read by people."""

from serein.server.audit.wording import more


def test_what_is_no_or_nothing_is_left_out():
    assert more({"late": False, "raised": [], "note": None, "entry": "x", "telephone": True}) == (
        "by telephone"
    )


def test_codes_are_read_by_their_titles_and_ids_are_counted():
    details = {
        "codes": ["bp.systolic", "heart-rate"],
        "raised": ["pressure-high"],
        "patients": ["c76f2bcb-26d8-5a92-a062-cd417fcae8c6"],
        "sha256": "ab" * 32,
    }

    assert more(details) == (
        "Systolic blood pressure, Heart rate; alerts: pressure-high; patients: 1"
    )
