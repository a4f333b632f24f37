"""Upgrading a house in which two names differ by capitals alone, and what a taken name is not."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError

from serein.clinical.errors import InputError
from serein.server.accounts.actions import invite_person
from serein.server.accounts.models import User
from serein.server.ids import new_id

refuse_names_alike = import_module(
    "serein.server.accounts.migrations.0002_sign_in_names"
).refuse_names_alike


class Older:
    """The tables of a version in which capitals made another name."""

    def __init__(self, *names):
        self.names = names

    def get_model(self, *_names):
        return self

    @property
    def objects(self):
        return self

    def order_by(self, _column):
        return self

    def values_list(self, *_columns):
        return [(name, name.lower()) for name in sorted(self.names)]


def test_an_upgrade_names_the_names_that_are_one_and_says_what_to_do():
    with pytest.raises(InputError) as refusal:
        refuse_names_alike(Older("anna", "Anna", "park", "Lind", "lind", "LIND"), None)

    said = str(refusal.value)
    assert "“Anna” and “anna”; “LIND” and “Lind” and “lind”" in said
    assert "UPDATE accounts_user SET username = 'anna-2' WHERE username = 'anna';" in said
    assert "park" not in said


def test_names_that_are_different_pass(clinic, owner):
    assert refuse_names_alike(apps, None) is None


def test_what_the_table_refuses_for_another_reason_is_not_called_a_taken_name(
    clinic, owner, now, monkeypatch
):
    def broken(*_args, **_words):
        raise IntegrityError("NOT NULL constraint failed")

    monkeypatch.setattr(User, "save", broken)
    with pytest.raises(IntegrityError, match="NOT NULL"):
        invite_person(
            clinic,
            by=owner,
            now=now,
            id=new_id(),
            username="park",
            first_name="Min",
            last_name="Park",
            roles=["nurse"],
        )
