"""A screen left open says what became of it, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.flows.conftest import Tablet
from tests.flows.test_s3_a_treatment_day import own_tablet

__all__ = ["own_tablet"]
pytestmark = pytest.mark.flow


def test_a_board_whose_person_is_signed_out_says_so_and_where_to_sign_in(
    own_tablet: Callable[..., Tablet],
) -> None:
    nurse = own_tablet("alvarez")
    connection = nurse.page.locator("#connection")
    expect(connection).to_contain_text("Online")
    token = nurse.page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    nurse.is_expecting_failures = True
    headers = {"Referer": nurse.url + "/floor/"}
    nurse.page.request.post(
        nurse.url + "/account/logout/", form={"csrfmiddlewaretoken": token}, headers=headers
    )

    link = connection.get_by_role("link", name="sign in again")
    expect(link).to_be_visible(timeout=25_000)
    expect(connection.get_by_text("Offline since")).to_be_hidden()
    link.click()
    nurse.page.wait_for_url("**/account/login/?next=/floor/")
