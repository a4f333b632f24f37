"""The floor and its sessions."""

from django.urls import path

from serein.server.accounts.request import public
from serein.server.treatment import session_views, views

session = "sessions/<uuid:id>/"
urlpatterns = [
    path("alerts/<uuid:id>/acknowledge/", views.acknowledge, name="acknowledge_alert"),
    path("alerts/<uuid:id>/resolve/", views.resolve, name="resolve_alert"),
    path("", public(views.front), name="front"),
    path("floor/", views.floor, name="floor"),
    path("floor/wall/", views.wall, name="wall"),
    path("floor/strip/", views.strip, name="strip"),
    path("floor/chairs/<uuid:id>/", views.tile, name="tile"),
    path("seat/<uuid:id>/", views.seat, name="seat"),
    path("chairs/<uuid:id>/clean/", views.clean, name="clean_chair"),
    path("chairs/<uuid:id>/block/", views.block, name="block_chair"),
    path(session, session_views.session, name="session"),
    path(f"{session}checks/", session_views.checks, name="record_checks"),
    path(f"{session}vitals/", session_views.vitals, name="record_vitals"),
    path(f"{session}danger/", session_views.danger, name="record_danger"),
    path(f"{session}note/", session_views.note, name="add_note"),
    path(f"{session}ready/", session_views.ready, name="mark_ready"),
    path(f"{session}stop/", session_views.stop, name="stop_treatment"),
    path(f"{session}decision/", session_views.decision, name="decide"),
    path(f"{session}order/", session_views.order, name="order"),
    path(f"{session}cosign/", session_views.cosign, name="cosign_order"),
    path(f"{session}device/", session_views.device, name="record_device"),
    path(f"{session}release/", session_views.release, name="release"),
    path(f"{session}end/", session_views.end, name="end_session"),
    path(f"{session}correct/", session_views.correct, name="correct_reading"),
    path(f"{session}correct-dose/", session_views.correct_dose, name="correct_dose"),
    path(f"{session}reopen/", session_views.reopen, name="reopen_session"),
    path(f"{session}record.pdf", session_views.record_pdf, name="record_pdf"),
    path(f"{session}aftercare.pdf", session_views.aftercare_pdf, name="aftercare_pdf"),
]
