"""Every address of the house; each app keeps its own list."""

from django.urls import include, path

urlpatterns = [
    path("", include("serein.server.accounts.urls")),
    # One line per app, here.
]

handler400 = "serein.server.errors.bad_request"
handler403 = "serein.server.errors.forbidden"
handler404 = "serein.server.errors.not_found"
handler500 = "serein.server.errors.broken"
