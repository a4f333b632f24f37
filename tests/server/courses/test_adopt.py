"""A version is used only after the medical director has adopted it by name."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from serein.clinical.errors import UnknownContentError
from serein.server.audit.models import Event
from serein.server.courses import queries
from serein.server.courses.actions import NotAdoptedError, adopt_content, require_in_use
from serein.server.courses.models import Adoption
from serein.server.courses.queries import is_adopted
from serein.server.library import library
from tests.server.treatment.day import adopt


def test_an_adoption_names_the_version_its_hash_and_what_is_unchecked(clinic, lind, now):
    adoption = adopt(clinic, by=lind, now=now)

    file = library().file("esketamine-trd-us", 1)
    assert (adoption.adopted_by, adoption.sha256) == (lind, file.sha256)
    assert adoption.unchecked == file.unchecked > 0
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


@pytest.fixture
def lapsed(clinic, lind, now):
    """Adopted, and since then changed under its version."""
    adopt(clinic, by=lind, now=now)
    [adoption] = Adoption.objects.all()
    assert adoption.content is not None
    older = {**adoption.content, "observe": {**adoption.content["observe"], "min": 60}}
    Adoption.objects.update(content=older, sha256="0" * 64)
    return adoption


def test_a_file_changed_under_its_version_is_in_use_no_longer(lapsed, clinic, lind, now):
    [shown] = queries.versions(clinic, lapsed.content_id)

    assert (shown.adoption, shown.lapsed) == (None, lapsed)
    assert not queries.adoptions(clinic)
    with pytest.raises(NotAdoptedError, match="not adopted here as it stands"):
        require_in_use(clinic, content_id=lapsed.content_id, version=1)


def test_the_page_says_that_it_lapsed_and_what_has_changed(lapsed, server_clock, signed_in, lind):
    browser = signed_in(lind)
    page = browser.get(reverse("content", args=[lapsed.content_id, 1])).content.decode()

    assert "The file was changed after Astrid Lind adopted this version on 14 Oct 2025" in page
    assert "What differs from the text that was adopted on 14 Oct 2025" in page
    assert "<del>60" in page
    assert "Adopt version 1" in page
    assert "changed since it was adopted" in browser.get(reverse("library")).content.decode()


def test_its_new_text_is_adopted_and_ends_the_adoption_of_the_old(lapsed, clinic, lind, now):
    anew = adopt(clinic, by=lind, now=now)

    lapsed.refresh_from_db()
    assert lapsed.withdrawn_by == lind
    assert "its new text was adopted" in lapsed.withdrawn_because
    assert is_adopted(clinic, library().file(anew.content_id, 1))
    verbs = Event.objects.order_by("line").values_list("verb", flat=True)
    assert list(verbs) == ["courses.adopt", "courses.withdraw", "courses.adopt"]


def test_an_older_adoption_that_kept_no_text_says_so(lapsed, server_clock, signed_in, lind):
    Adoption.objects.update(content=None)

    page = signed_in(lind).get(reverse("content", args=[lapsed.content_id, 1])).content.decode()

    assert "What was adopted then is not kept; read the whole" in page


def test_another_text_than_the_one_that_was_read_is_not_adopted(
    clinic, server_clock, signed_in, lind
):
    read = {"is_read": "on", "sha256": "0" * 64}
    answer = signed_in(lind).post(reverse("adopt", args=["esketamine-trd-us", 1]), read)

    assert answer.status_code == 400
    assert "is no longer what was shown here" in answer.content.decode()
    assert not Adoption.objects.exists()


@pytest.mark.parametrize(("name", "version"), [("moonlight", 1), ("esketamine-trd-us", 99)])
def test_a_file_nobody_has_is_not_adopted(clinic, lind, now, name, version):
    with pytest.raises(UnknownContentError):
        adopt_content(clinic, by=lind, now=now, content_id=name, version=version)
