"""Any mutation of a bundle is taken in whole or refused whole, and the counts always add up."""

import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from serein.server.patients.models import FactRow, Patient
from serein.server.transfer.actions import import_bundle
from serein.server.transfer.models import UnreadResource
from tests.fhir.test_fuzz import CHANGES, WHOLE, plant


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(CHANGES)
def test_resources_are_stored_or_unread_whatever_is_in_them(clinic, alvarez, now, changes):
    resources = json.loads(json.dumps(WHOLE))
    for path, junk in changes:
        plant(resources, path, junk)
    entries = [{"resource": one} for one in resources]
    document = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    with transaction.atomic():
        asked = {"name": "f.json", "by": alvarez, "clinic": clinic, "now": now}
        first = import_bundle(document, **asked)
        again = import_bundle(document, **asked)
        counts = [model.objects.count() for model in (Patient, FactRow, UnreadResource)]
        transaction.set_rollback(True)

    assert first.resources == first.stored + first.unread == len(entries)
    assert sum(first.reasons.values()) == first.unread
    assert counts[1] == first.facts
    assert counts[2] == (0 if first.is_refused else first.unread)
    assert (again.added, again.facts) == (0, 0)
    assert (again.stored, again.unread) == (first.stored, first.unread)
