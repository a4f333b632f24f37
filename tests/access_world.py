"""The world in which every address is asked: Main St with its people, and Owen's clinic."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.test import Client

from serein.server.accounts.models import Clinic, Role, User
from serein.server.alerts.models import Alert
from serein.server.audit.actions import record
from serein.server.courses.actions import adopt_content
from serein.server.courses.models import Adoption, Course
from serein.server.patients.models import FactRow, Patient
from serein.server.supply.models import Lot
from serein.server.treatment.models import Chair, Session
from tests import cast

STRANGER, OWEN = "stranger", "owen"
BY_ROLE = {
    Role.NURSE: "alvarez",
    Role.MONITOR: "morgan",
    Role.PRESCRIBER: "lind",
    Role.THERAPIST: "okafor",
    Role.PHARMACIST: "pym",
    Role.BILLER: "bray",
    Role.DESK: "desk",
    Role.OWNER: "owner",
}


@dataclass
class World:
    """Main St with its people and one patient in a chair; Owen's clinic beside it."""

    clinic: Clinic
    other: Clinic

    @classmethod
    def made(cls) -> "World":
        """A new one."""
        return cls(
            cast.open_clinic("Main St", cast.MAIN_ST), cast.open_clinic("Other Clinic", cast.OTHER)
        )

    def person(self, username: str) -> User:
        """One of the cast."""
        return User.objects.get(username=username)

    def signed_in(self, asker: str) -> Client:
        """The browser of a stranger, of the person with that role, or of Owen."""
        browser = Client()
        if asker != STRANGER:
            name = OWEN if asker == OWEN else BY_ROLE[Role(asker)]
            browser.force_login(self.person(name))
        return browser

    @cached_property
    def patient(self) -> Patient:
        """A patient of Main St, whose name no answer to Owen may hold."""
        patient = Patient.objects.create(
            clinic=self.clinic,
            family_name="Hollowell-Quint",
            given_name="Wren",
            born_on=date(1980, 2, 29),
            created_at=cast.NOW,
        )
        record(
            clinic=self.clinic,
            by=None,
            verb="patients.register_patient",
            subject=patient,
            patient=patient,
            now=cast.NOW,
        )
        return patient

    @cached_property
    def weight(self) -> FactRow:
        """A fact of the patient's that no session made."""
        return FactRow.objects.create(
            clinic=self.clinic,
            patient=self.patient,
            code="weight",
            value=70,
            unit="kg",
            effective_at=cast.NOW,
            recorded_at=cast.NOW,
            source="test",
        )

    @cached_property
    def lot(self) -> Lot:
        """A vial on the shelf."""
        return Lot.objects.create(
            clinic=self.clinic,
            product="ketamine",
            number="K100",
            unit="mL",
            strength_mg=50,
            expires_on=cast.NOW.date(),
            entered_by=self.person("pym"),
            entered_at=cast.NOW,
        )

    @cached_property
    def trial(self) -> FactRow:
        """A medication trial of the patient's."""
        return FactRow.objects.create(
            clinic=self.clinic,
            patient=self.patient,
            code="trial",
            value={"drug": "sertraline", "weeks": 6},
            effective_at=cast.NOW,
            recorded_at=cast.NOW,
            source="test",
        )

    @cached_property
    def course(self) -> Course:
        """The patient's course."""
        return Course.objects.create(
            clinic=self.clinic,
            patient=self.patient,
            protocol_id="esketamine-trd-us",
            protocol_version=1,
            indication="treatment-resistant depression",
            prescriber=self.person("lind"),
            started_on=cast.NOW.date(),
            review_on=cast.NOW.date(),
        )

    @cached_property
    def adoption(self) -> Adoption:
        """A set of criteria in use at Main St."""
        return adopt_content(
            self.clinic,
            by=self.person("lind"),
            now=cast.NOW,
            content_id="trd-label-us",
            version=1,
        )

    @cached_property
    def alert(self) -> Alert:
        """Something of the patient's that is still open."""
        return Alert.objects.create(
            clinic=self.clinic,
            patient=self.patient,
            encounter=self.session.pk,
            rule="pressure-high",
            text="Blood pressure 160/100 or above",
            urgency="soon",
            for_role="prescriber",
            raised_at=cast.NOW,
        )

    @cached_property
    def chair(self) -> Chair:
        """A chair nobody sits in."""
        return Chair.objects.create(clinic=self.clinic, number=2)

    @cached_property
    def session(self) -> Session:
        """The patient's session in another chair."""
        return Session.objects.create(
            clinic=self.clinic,
            course=self.course,
            patient=self.patient,
            chair=Chair.objects.create(clinic=self.clinic, number=1),
            number=1,
            nurse=self.person("alvarez"),
            seated_at=cast.NOW,
        )
