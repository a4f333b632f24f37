"""Who is in the invented clinics; no line of it is a real person."""

from dataclasses import dataclass, field
from typing import Any

from serein.server.accounts.models import Role

PASSWORD = "a calm afternoon"  # noqa: S105  printed at the start of the demo, which is all it opens
# One salt, so that the demo has the same rows at every start; it guards nothing.
SALT = "serein-demo-salt"


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    username: str
    first_name: str
    last_name: str
    roles: tuple[Role, ...]
    is_medical_director: bool = False


MAIN_ST = (
    Person("alvarez", "Rosa", "Alvarez", (Role.NURSE,)),
    Person("osei", "Kofi", "Osei", (Role.NURSE,)),
    Person("morgan", "Jo", "Morgan", (Role.MONITOR,)),
    Person("lind", "Astrid", "Lind", (Role.PRESCRIBER,), is_medical_director=True),
    Person("okafor", "Ada", "Okafor", (Role.THERAPIST,)),
    Person("pym", "Barbara", "Pym", (Role.PHARMACIST,)),
    Person("bray", "Tess", "Bray", (Role.BILLER,)),
    Person("desk", "Sam", "Reyes", (Role.DESK,)),
    Person("owner", "Ines", "Duarte", (Role.OWNER,)),
)
OTHER_CLINIC = (Person("owen", "Owen", "Price", (Role.NURSE, Role.PRESCRIBER)),)


@dataclass(frozen=True)
class InventedCourse:
    """A course for one of the imported patients.

    `earlier` are the days before the demo's day on which a session was given here, and how many
    milligrams; `elsewhere` counts sessions given before those. The demo's day is a Tuesday: twice
    a week is Tuesday and Friday.
    """

    given_name: str
    family_name: str
    escort: str
    earlier: tuple[tuple[int, int], ...] = ()
    elsewhere: int = 0
    began_days_ago: int = 0
    protocol: str = "esketamine-trd-us"
    base: tuple[int, int, int, int] = (124, 80, 72, 98)
    answers: dict[str, Any] = field(default_factory=dict)


IN_CHAIR_1 = InventedCourse(
    "Fatima",
    "Windler",
    "M. Windler, +1 555 0142",
    earlier=((14, 56), (11, 56), (7, 56), (4, 56)),
    answers={"pregnancy": "no"},
)
IN_CHAIR_2 = InventedCourse(
    "Milan",
    "Beatty",
    "C. Beatty, +1 555 0155",
    earlier=((7, 56), (4, 84)),
    base=(131, 84, 88, 97),
)
IN_CHAIR_3 = InventedCourse(
    "Malcom",
    "Harris",
    "D. Harris, +1 555 0171",
    earlier=(
        *((49, 56), (46, 56), (42, 56), (39, 56), (35, 56), (32, 56), (28, 56), (25, 56)),
        *((21, 56), (14, 56), (7, 56)),
    ),
    base=(138, 86, 80, 97),
)
IN_CHAIR_4 = InventedCourse(
    "Ned", "Hintz", "A. Hintz, +1 555 0160", earlier=((4, 56),), base=(118, 76, 70, 99)
)
LEFT_CHAIR_5 = InventedCourse(
    "Israel",
    "Sanford",
    "P. Sanford, +1 555 0118",
    earlier=((21, 56), (18, 56), (14, 56), (11, 56), (7, 56), (4, 56)),
    base=(126, 78, 74, 98),
)
# Have a course, and no chair yet today.
EXPECTED = (
    InventedCourse(
        "Berneice",
        "Little",
        "G. Little, +1 555 0184",
        earlier=((21, 56), (18, 56), (14, 56), (11, 84), (7, 84), (4, 84)),
        answers={"pregnancy": "no"},
    ),
    InventedCourse("Matt", "Mosciski", "", began_days_ago=4),
    InventedCourse("Rickey", "Becker", "S. Becker, +1 555 0129", earlier=((7, 56), (4, 56))),
    InventedCourse("Rufus", "Kihn", "", began_days_ago=4, protocol="ketamine-iv"),
    # Came from another clinic after the first session, which was given there.
    InventedCourse("Jacob", "Larson", "", elsewhere=1, began_days_ago=4, protocol="ketamine-im"),
)
# What stands on the shelf: product, lot, unit, milligrams in one, months until it expires.
USED_UP = "B1194"
SHELF = (
    ("ketamine", "K100", "mL", 50.0, 11),
    ("ketamine", "K087", "mL", 10.0, 5),
    ("ketamine", "T310", "troche", 10.0, 2),
    ("esketamine", "B1207", "spray", 14.0, 12),
    ("esketamine", "B1208", "spray", 14.0, 14),
    ("esketamine", USED_UP, "spray", 14.0, 3),
)


@dataclass(frozen=True)
class InventedHistory:
    """What is known of a patient beyond the visits; `totals` are (days ago, code, total)."""

    given_name: str
    family_name: str
    days_ago: int
    answers: dict[str, Any] = field(default_factory=dict)
    trials: tuple[dict[str, Any], ...] = ()
    totals: tuple[tuple[int, str, int], ...] = ()
    decided: tuple[tuple[str, str], ...] = ()


_IN_ORDER = {
    "diagnosis": "mdd",
    "history.aneurysm": False,
    "history.arteriovenous-malformation": False,
    "history.intracerebral-haemorrhage": False,
    "hypersensitivity.ketamine": False,
    "hypertension.uncontrolled": False,
    "intracranial-pressure.raised": False,
    "psychosis.current": False,
    "mania.current": False,
    "liver.child-pugh": "none",
    "bladder.cystitis": False,
    "pregnancy.now": "no",
    "breastfeeding": False,
    "substance-use.active": False,
    "ketamine.misuse": False,
}
HISTORIES = (
    InventedHistory(
        "Fatima",
        "Windler",
        18,
        answers=_IN_ORDER,
        trials=(
            {
                "drug": "sertraline",
                "dose_mg_per_day": 150,
                "weeks": 10,
                "outcome": "none",
                "improvement_percent": 10,
                "episode": "current",
            },
            {
                "drug": "venlafaxine",
                "dose_mg_per_day": 37.5,
                "weeks": 9,
                "outcome": "none",
                "improvement_percent": 5,
                "episode": "current",
            },
            {
                "drug": "bupropion",
                "dose_mg_per_day": 300,
                "weeks": 3,
                "outcome": "minimal",
                "improvement_percent": 15,
                "episode": "current",
            },
            {"drug": "escitalopram", "weeks": 8, "outcome": "none", "episode": "current"},
        ),
        totals=((18, "phq-9.total", 21),),
    ),
    InventedHistory(
        "Israel",
        "Sanford",
        25,
        answers={**_IN_ORDER, "pregnancy.now": "not-applicable", "substance-use.active": True},
        decided=(("substance-use", "Alcohol, in treatment; seen weekly and dry since spring"),),
        trials=(
            {
                "drug": "duloxetine",
                "dose_mg_per_day": 60,
                "weeks": 12,
                "outcome": "none",
                "improvement_percent": 0,
                "episode": "current",
            },
            {
                "drug": "mirtazapine",
                "dose_mg_per_day": 30,
                "weeks": 8,
                "outcome": "response-then-loss",
                "episode": "current",
            },
        ),
        totals=((25, "phq-9.total", 20), (4, "phq-9.total", 8), (25, "madrs.total", 34)),
    ),
    # Benefit before the ninth session: what the prescriber judged it by.
    InventedHistory(
        "Malcom", "Harris", 53, totals=((53, "phq-9.total", 22), (25, "phq-9.total", 13))
    ),
    InventedHistory("Omar", "Abernathy", 11, answers={**_IN_ORDER, "history.aneurysm": True}),
)
