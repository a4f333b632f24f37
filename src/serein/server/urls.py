"""Every address of the house; each app keeps its own list."""

from django.urls import include, path

from serein.server.health import healthz

urlpatterns = [
    path("", include("serein.server.accounts.urls")),
    path("", include("serein.server.courses.urls")),
    path("", include("serein.server.eligibility.urls")),
    path("", include("serein.server.patients.urls")),
    path("", include("serein.server.supply.urls")),
    path("", include("serein.server.transfer.urls")),
    path("", include("serein.server.treatment.urls")),
    path("healthz", healthz, name="healthz"),
    # One line per app, here.
]

handler400 = "serein.server.errors.bad_request"
handler403 = "serein.server.errors.forbidden"
handler404 = "serein.server.errors.not_found"
handler500 = "serein.server.errors.broken"
