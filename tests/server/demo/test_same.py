"""The demo is the same at every start, row for row."""

import json

from django.apps import apps
from django.core import serializers
from django.db import transaction

from serein.server.demo.actions import make_demo

OURS = ("accounts", "alerts", "audit", "courses", "patients", "transfer", "treatment")


def rows_of_a_demo(now):
    with transaction.atomic():
        make_demo(now=now)
        found = {
            model.__name__: json.loads(
                serializers.serialize("json", model._default_manager.order_by("pk"))
            )
            for app in OURS
            for model in apps.get_app_config(app).get_models()
        }
        transaction.set_rollback(True)
    return found


def test_two_starts_make_the_same_rows(db, now):
    first, second = rows_of_a_demo(now), rows_of_a_demo(now)

    assert first["FactRow"]
    for name, rows in first.items():
        assert rows == second[name], name
