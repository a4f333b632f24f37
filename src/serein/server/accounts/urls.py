"""Signing in, the second factor, one's clinic, the people of the clinic, and the log."""

from allauth.account import views as account
from django.urls import include, path

from serein.server.accounts import log, views

urlpatterns = [
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("home/", views.home, name="home"),
    path("clinic/", views.choose_clinic, name="choose_clinic"),
    path("people/", views.people, name="people"),
    path("people/phones/", views.change_phones, name="change_phones"),
    path("people/invite/", views.invite_person, name="invite_person"),
    path("people/<uuid:id>/", views.person, name="person"),
    path("people/<uuid:id>/reset/", views.reset_access, name="reset_access"),
    path("audit/", log.log, name="audit"),
    path("clock/", views.set_clock, name="set_clock"),
]
