"""Who is in the invented clinics; no line of it is a real person."""

from dataclasses import dataclass

from serein.server.accounts.models import Role

PASSWORD = "a calm afternoon"  # noqa: S105  printed at the start of the demo, which is all it opens
MAIN_ST = (
    ("alvarez", "Rosa", "Alvarez", (Role.NURSE,), False),
    ("osei", "Kofi", "Osei", (Role.NURSE,), False),
    ("morgan", "Jo", "Morgan", (Role.MONITOR,), False),
    ("lind", "Astrid", "Lind", (Role.PRESCRIBER,), True),
    ("okafor", "Ada", "Okafor", (Role.THERAPIST,), False),
    ("pym", "Barbara", "Pym", (Role.PHARMACIST,), False),
    ("bray", "Tess", "Bray", (Role.BILLER,), False),
    ("desk", "Sam", "Reyes", (Role.DESK,), False),
    ("owner", "Ines", "Duarte", (Role.OWNER,), False),
)
OTHER_CLINIC = (("owen", "Owen", "Price", (Role.NURSE, Role.PRESCRIBER), False),)


@dataclass(frozen=True)
class InventedPatient:
    """A patient who never was."""

    given_name: str
    family_name: str
    born_in: int
    record_number: str
    earlier_sessions: int
    days_in: int


PATIENTS = (
    InventedPatient("Rita", "Nowak", 1978, "10021", 4, 16),
    InventedPatient("Tomi", "Bello", 1992, "10034", 2, 9),
    InventedPatient("Jun", "Ito", 1964, "10007", 11, 60),
    InventedPatient("Anna", "Marsh", 1996, "10041", 1, 5),
    InventedPatient("Kim", "Diaz", 1985, "10029", 6, 23),
    InventedPatient("Omar", "Haddad", 1971, "10012", 7, 26),
)
