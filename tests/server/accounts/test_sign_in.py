"""The door: password, throttle, one-time password, second factor, time-out, log."""

import re
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from serein.server.accounts import adapter
from serein.server.accounts.adapter import KeyGoneError, SealedSecondFactor
from serein.server.accounts.models import Clinic, Membership, Role, User
from serein.server.audit import queries as audit
from serein.server.audit.models import Event
from tests.cast import PASSWORD, SignIn

LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def _sign_in(browser: Client, name: str, password: str = PASSWORD) -> HttpResponse:
    answer: HttpResponse = browser.post(LOGIN, {"login": name, "password": password})  # type: ignore[assignment]  # the test client's subclass
    return answer


def _verbs() -> list[str]:
    return list(Event.objects.order_by("line").values_list("verb", flat=True))


def test_a_nurse_signs_in_and_begins_on_the_floor(clinic: Clinic) -> None:
    browser = Client()
    answer = _sign_in(browser, "alvarez")

    assert answer["Location"] == "/home/"
    assert browser.get("/home/")["Location"] == "/floor/"
    assert _verbs() == ["accounts.sign_in"]


@pytest.mark.parametrize(("name", "page"), [("bray", "/patients/"), ("owner", "/people/")])
def test_who_has_no_floor_begins_elsewhere(
    clinic: Clinic, signed_in: SignIn, name: str, page: str
) -> None:
    assert signed_in(User.objects.get(username=name)).get("/home/")["Location"] == page


def test_a_stranger_is_sent_to_sign_in_and_back_to_the_page(clinic: Clinic) -> None:
    browser = Client()
    there = browser.get("/people/?order=name&x=1")["Location"]
    answer = browser.post(there, {"login": "owner", "password": PASSWORD, "next": "/people/"})

    assert there == f"{LOGIN}?next=/people/?order=name%26x=1"
    assert answer["Location"] == "/people/"


def test_a_strangers_fragment_moves_the_whole_page_to_sign_in(clinic: Clinic) -> None:
    answer = Client().get("/people/", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, LOGIN)


def test_sign_in_does_not_lead_to_another_house(clinic: Clinic) -> None:
    answer = Client().post(
        LOGIN, {"login": "alvarez", "password": PASSWORD, "next": "https://elsewhere.example/"}
    )

    assert answer["Location"] == "/home/"


def test_nobody_signs_up(clinic: Clinic) -> None:
    assert Client().get("/account/signup/").status_code == 404
    assert not adapter.HouseAdapter().is_open_for_signup(HttpRequest())


def test_wrong_names_and_wrong_passwords_look_alike(clinic: Clinic) -> None:
    known = _sign_in(Client(), "alvarez", "wrong").content.decode()
    unknown = _sign_in(Client(), "nobody", "wrong").content.decode()

    assert "not right" in known
    assert "not right" in unknown


def test_a_failed_sign_in_leaves_a_line_without_what_was_typed(clinic: Clinic) -> None:
    _sign_in(Client(), "alvarez", "hunter2")
    _sign_in(Client(), "my-password-by-mistake", "x")

    known, unknown = Event.objects.filter(verb="accounts.sign_in_failed").order_by("-chain")
    at_clinic, in_house = (known, unknown) if unknown.chain == "house" else (unknown, known)
    assert at_clinic.subject_id == User.objects.get(username="alvarez").pk
    assert (in_house.subject_id, in_house.details, in_house.by_name) == (None, {}, "")


def test_five_wrong_passwords_lock_the_name_for_this_address_only(clinic: Clinic) -> None:
    browser = Client()
    for _ in range(4):
        assert _sign_in(browser, "alvarez", "wrong").status_code == 200

    locked = _sign_in(browser, "alvarez", "wrong")
    even_right = _sign_in(browser, "alvarez")
    colleague = _sign_in(Client(), "osei")
    elsewhere = Client(REMOTE_ADDR="203.0.113.9").post(
        LOGIN, {"login": "alvarez", "password": PASSWORD}
    )

    assert (locked.status_code, even_right.status_code) == (429, 429)
    assert "fifteen minutes" in locked.content.decode()
    assert colleague.status_code == elsewhere.status_code == 302


def test_tries_on_a_locked_name_add_no_lines(clinic: Clinic) -> None:
    for _ in range(8):
        _sign_in(Client(), "alvarez", "wrong")

    assert _verbs() == ["accounts.sign_in_failed"] * 5


def test_lines_of_failed_sign_ins_are_bounded(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "FAILURES_LOGGED_PER_HOUR", 3)
    for number in range(6):
        _sign_in(Client(), f"guess-{number}", "wrong")

    assert len(_verbs()) == 3


def test_signing_out_ends_the_session_and_leaves_a_line(clinic: Clinic) -> None:
    browser = Client()
    _sign_in(browser, "alvarez")
    browser.post("/account/logout/")

    assert browser.get("/home/").status_code == 302
    assert browser.get("/home/")["Location"].startswith(LOGIN)
    assert _verbs() == ["accounts.sign_in", "accounts.sign_out"]
    assert audit.verify().intact


def test_a_one_time_password_must_be_changed_before_anything_else(
    clinic: Clinic, alvarez: User
) -> None:
    User.objects.filter(pk=alvarez.pk).update(must_change_password=True)
    browser = Client()
    _sign_in(browser, "alvarez")
    new = "a garden in the rain"

    assert browser.get("/people/")["Location"] == "/account/password/"
    form = browser.get("/account/password/").content.decode()
    assert "password of your own" in form
    changed = browser.post(
        "/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert changed["Location"] == "/home/"
    assert browser.get("/home/")["Location"] == "/floor/"
    assert _verbs() == ["accounts.sign_in", "accounts.change_password"]


def test_a_weak_password_is_refused(clinic: Clinic, alvarez: User) -> None:
    browser = Client()
    _sign_in(browser, "alvarez")
    answer = browser.post(
        "/account/password/",
        {"oldpassword": PASSWORD, "password1": "alvarez1", "password2": "alvarez1"},
    )

    assert answer.status_code == 200
    assert User.objects.get(pk=alvarez.pk).check_password(PASSWORD)


@pytest.fixture
def production(settings: Settings) -> None:
    """Rules of an install that is no demo."""
    settings.IS_DEMO = False
    settings.SEREIN_MODE = "production"


@pytest.mark.usefixtures("production")
def test_outside_a_demo_a_second_factor_is_set_up_before_anything_else(
    clinic: Clinic, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    browser = Client()
    _sign_in(browser, "owner")

    assert browser.get("/people/")["Location"] == "/account/second-factor/"
    assert "Set up a code generator" in browser.get("/account/second-factor/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        _enrol(browser)

    assert browser.get("/people/").status_code == 200
    assert Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES).exists()
    assert Event.objects.filter(
        verb="accounts.second_factor", details={"change": "totp_activated"}
    ).exists()


@pytest.mark.usefixtures("production")
def test_with_a_second_factor_the_password_alone_opens_nothing(clinic: Clinic) -> None:
    first = Client()
    _sign_in(first, "owner")
    secret = _enrol(first)
    browser = Client()

    asked = _sign_in(browser, "owner")
    assert asked["Location"].startswith("/account/second-factor/authenticate/")
    assert browser.get("/people/").status_code == 302
    assert "login" in browser.get("/people/")["Location"]

    wrong = browser.post("/account/second-factor/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert _verbs()[-1] == "accounts.sign_in_failed"
    cache.clear()  # A code is accepted once; the one used at enrolment would be refused.
    browser.post("/account/second-factor/authenticate/", {"code": _code(secret)})
    assert browser.get("/people/").status_code == 200


@pytest.mark.usefixtures("production")
def test_a_recovery_code_opens_the_door_once(clinic: Clinic, owner: User) -> None:
    first = Client()
    _sign_in(first, "owner")
    _enrol(first)
    codes = Authenticator.objects.get(user=owner, type="recovery_codes").wrap().get_unused_codes()

    for used, status in ((codes[0], 302), (codes[0], 200)):
        browser = Client()
        _sign_in(browser, "owner")
        answer = browser.post("/account/second-factor/authenticate/", {"code": used})
        assert answer.status_code == status


@pytest.mark.usefixtures("production")
def test_outside_a_demo_a_passkey_is_offered(clinic: Clinic) -> None:
    page = Client().get(LOGIN).content.decode()

    assert "Sign in with a passkey" in page
    assert page.count('id="mfa_login"') == 1, "two of them ask for the key twice, and refuse it"
    assert "mfa/js/webauthn.js" in page


def test_a_demo_asks_for_the_password_only(clinic: Clinic) -> None:
    assert "passkey" not in Client().get(LOGIN).content.decode()


def test_who_has_been_away_too_long_is_signed_out(
    clinic: Clinic, alvarez: User, signed_in: SignIn, settings: Settings
) -> None:
    settings.SEREIN_IDLE_MIN = 30
    browser = signed_in(alvarez)
    assert browser.get("/home/")["Location"] == "/floor/"
    _last_seen(browser, minutes_ago=29)
    assert browser.get("/home/")["Location"] == "/floor/"
    _last_seen(browser, minutes_ago=31)

    assert browser.get("/home/")["Location"].startswith(LOGIN)
    assert "accounts.sign_out" in _verbs()


def test_a_page_read_again_soon_writes_nothing(
    clinic: Clinic, alvarez: User, signed_in: SignIn
) -> None:
    browser = signed_in(alvarez)
    browser.get("/home/")
    before = dict(browser.session.items())
    browser.get("/home/")

    assert dict(browser.session.items()) == before


def test_who_works_at_two_clinics_says_where_they_are(
    clinic: Clinic, other_clinic: Clinic, alvarez: User, signed_in: SignIn
) -> None:
    Membership.objects.create(clinic=other_clinic, user=alvarez, role=Role.DESK)
    browser = signed_in(alvarez)

    assert browser.get("/home/")["Location"] == "/clinic/"
    assert "Other Clinic" in browser.get("/clinic/").content.decode()
    browser.post("/clinic/", {"clinic": str(clinic.pk)})
    assert browser.get("/home/")["Location"] == "/floor/"


def test_a_clinic_where_one_does_not_work_cannot_be_chosen(
    clinic: Clinic, other_clinic: Clinic, alvarez: User, signed_in: SignIn
) -> None:
    browser = signed_in(alvarez)
    browser.post("/clinic/", {"clinic": str(other_clinic.pk)})

    assert browser.get("/people/").status_code == 403
    assert browser.session.get("clinic") is None


def test_who_has_no_role_anywhere_is_told_so(
    clinic: Clinic, alvarez: User, signed_in: SignIn
) -> None:
    Membership.objects.filter(user=alvarez).delete()
    answer = signed_in(alvarez).get("/home/", follow=True)

    assert answer.status_code == 403
    assert "no role at any clinic" in answer.content.decode()


def test_a_second_factor_is_kept_sealed_and_opens_with_its_key_alone(
    clinic: Clinic, alvarez: User, signed_in: SignIn, settings: Settings
) -> None:
    secret = _enrol(signed_in(alvarez))
    kept = Authenticator.objects.get(user=alvarez, type="totp").data["secret"]
    of_the_house = SealedSecondFactor()

    assert secret not in kept
    assert of_the_house.decrypt(kept) == secret
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 50
    assert of_the_house.decrypt(kept) == secret
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(KeyGoneError, match="no longer has the key"):
        of_the_house.decrypt(kept)


def test_without_its_key_the_second_factor_says_so_and_not_that_the_digits_are_wrong(
    clinic: Clinic, alvarez: User, signed_in: SignIn, settings: Settings
) -> None:
    secret = _enrol(signed_in(alvarez))
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [], "n" * 50
    browser = Client()
    browser.post("/account/login/", {"login": "alvarez", "password": PASSWORD})
    answer = browser.post(
        "/account/second-factor/authenticate/", {"code": _code(secret)}, follow=True
    )

    assert "no longer has the key" in answer.content.decode()
    assert "digits are not right" not in answer.content.decode()


def _last_seen(browser: Client, *, minutes_ago: int) -> None:
    session = browser.session
    session["seen_s"] = int(time.time()) - minutes_ago * 60
    session.save()


def _enrol(browser: Client) -> str:
    there = browser.get("/account/second-factor/totp/activate/")["Location"]
    assert browser.post(there, {"password": PASSWORD}).status_code == 302
    page = browser.get("/account/second-factor/totp/activate/")
    secret: str = page.context["form"].secret
    answer = browser.post("/account/second-factor/totp/activate/", {"code": _code(secret)})
    assert answer.status_code == 302
    return secret


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_the_door_speaks_the_houses_words(clinic: Clinic, signed_in: SignIn, alvarez: User) -> None:
    door = Client().get(LOGIN).content.decode()
    page = signed_in(alvarez).get("/account/password/").content.decode()
    said = [*re.findall(r"<label[^>]*>([^<]+)<", door), *re.findall(r"<label[^>]*>([^<]+)<", page)]

    assert said == [
        "Sign-in name",
        "Password",
        "Password until now",
        "New password",
        "New password once more",
    ]
    assert "At least 8 characters;" in page


def test_a_wrong_password_is_told_without_please(
    clinic: Clinic, signed_in: SignIn, alvarez: User
) -> None:
    typed = {
        "oldpassword": "wrong",
        "password1": "a bright morning",
        "password2": "a bright morning",
    }
    page = signed_in(alvarez).post("/account/password/", typed).content.decode()

    assert "This is not your password until now." in page
    assert "lease" not in page
