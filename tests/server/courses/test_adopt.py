"""A version is used only after the medical director has adopted it by name."""

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError, UnknownContentError
from serein.server.audit.models import Event
from serein.server.courses.actions import adopt_content
from serein.server.courses.models import Adoption
from serein.server.courses.queries import is_adopted
from serein.server.library import library
from tests.server.treatment.day import adopt


def test_an_adoption_names_the_version_its_hash_and_what_is_unchecked(clinic, lind, now):
    adoption = adopt(clinic, by=lind, now=now)

    file = library().file("esketamine-trd-us", 1)
    assert (adoption.adopted_by, adoption.sha256) == (lind, file.sha256)
    assert adoption.unchecked == len(file.unchecked) > 0
    assert is_adopted(clinic, file)


def test_an_adoption_is_made_once_and_leaves_one_line(clinic, lind, now):
    assert adopt(clinic, by=lind, now=now) == adopt(clinic, by=lind, now=now)

    assert list(Event.objects.values_list("verb", flat=True)) == ["courses.adopt"]


def test_one_clinics_adoption_is_not_anothers(clinic, other_clinic, lind, now):
    adopt(clinic, by=lind, now=now)

    assert not is_adopted(other_clinic, library().file("esketamine-trd-us", 1))


def test_a_prescriber_who_is_not_the_medical_director_adopts_nothing(clinic, lind, now):
    lind.memberships.update(is_medical_director=False)

    with pytest.raises(PermissionDenied):
        adopt(clinic, by=lind, now=now)

    assert not Adoption.objects.exists()


def test_owen_adopts_nothing_here_not_even_as_director_at_home(clinic, owen, now):
    owen.memberships.update(is_medical_director=True)

    with pytest.raises(PermissionDenied):
        adopt(clinic, by=owen, now=now)

    assert not Event.objects.exists()


def test_a_file_changed_under_its_version_is_not_adopted_again(clinic, lind, now):
    adopt(clinic, by=lind, now=now)
    Adoption.objects.update(sha256="0" * 64)

    with pytest.raises(InputError, match="give it a new version"):
        adopt(clinic, by=lind, now=now)


@pytest.mark.parametrize(("name", "version"), [("moonlight", 1), ("esketamine-trd-us", 99)])
def test_a_file_nobody_has_is_not_adopted(clinic, lind, now, name, version):
    with pytest.raises(UnknownContentError):
        adopt_content(clinic, by=lind, now=now, content_id=name, version=version)
