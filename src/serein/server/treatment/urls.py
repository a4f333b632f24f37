"""The floor and its sessions."""

from django.urls import path

from serein.server.accounts.request import public
from serein.server.treatment.floor import chairs
from serein.server.treatment.floor import views as floor
from serein.server.treatment.paper import views as paper
from serein.server.treatment.session import alarms, weighed
from serein.server.treatment.session import views as session

SESSION = "sessions/<uuid:id>/"
urlpatterns = [
    path("alerts/", alarms.listed, name="alerts"),
    path("alerts/<uuid:id>/acknowledge/", alarms.acknowledge, name="acknowledge_alert"),
    path("alerts/<uuid:id>/resolve/", alarms.resolve, name="resolve_alert"),
    path("", public(floor.front), name="front"),
    path("floor/", floor.floor, name="floor"),
    path("floor/wall/", floor.wall, name="wall"),
    path("floor/strip/", floor.strip, name="strip"),
    path("floor/chairs/<uuid:id>/", floor.tile, name="tile"),
    path("seat/<uuid:id>/", floor.seat, name="seat"),
    path("chairs/<uuid:id>/clean/", floor.clean, name="clean_chair"),
    path("chairs/<uuid:id>/block/", floor.block, name="block_chair"),
    path("chairs/<uuid:id>/unblock/", floor.unblock, name="unblock_chair"),
    path("people/chairs/", chairs.chairs, name="chairs"),
    path("people/chairs/<uuid:id>/rename/", chairs.rename, name="rename_chair"),
    path("people/chairs/<uuid:id>/remove/", chairs.remove, name="remove_chair"),
    path("people/chairs/<uuid:id>/return/", chairs.put_back, name="return_chair"),
    path(SESSION, session.session, name="session"),
    path(f"{SESSION}checks/", session.checks, name="record_checks"),
    path(f"{SESSION}vitals/", session.vitals, name="record_vitals"),
    path(f"{SESSION}danger/", session.danger, name="record_danger"),
    path(f"{SESSION}note/", session.note, name="add_note"),
    path(f"{SESSION}ready/", session.ready, name="mark_ready"),
    path(f"{SESSION}stop/", session.stop, name="stop_treatment"),
    path(f"{SESSION}decision/", session.decision, name="decide"),
    path(f"{SESSION}order/", session.order, name="order"),
    path(f"{SESSION}cosign/", session.cosign, name="cosign_order"),
    path(f"{SESSION}device/", session.device, name="record_device"),
    path(f"{SESSION}weigh/", weighed.weigh, name="weigh"),
    path(f"{SESSION}prepare/", weighed.prepare, name="prepare_infusion"),
    path(f"{SESSION}second-check/", weighed.second, name="check_preparation"),
    path(f"{SESSION}start/", weighed.start, name="start_infusion"),
    path(f"{SESSION}pump/", weighed.pump, name="change_infusion"),
    path(f"{SESSION}dose/", weighed.dose, name="record_dose"),
    path(f"{SESSION}correct-given/", weighed.correct_given, name="correct_given"),
    path(f"{SESSION}release/", session.release, name="release"),
    path(f"{SESSION}end/", session.end, name="end_session"),
    path(f"{SESSION}correct/", session.correct, name="correct_reading"),
    path(f"{SESSION}correct-time/", session.correct_time, name="correct_time"),
    path(f"{SESSION}correct-dose/", session.correct_dose, name="correct_dose"),
    path(f"{SESSION}reopen/", session.reopen, name="reopen_session"),
    path(f"{SESSION}record.pdf", paper.record_pdf, name="record_pdf"),
    path(f"{SESSION}aftercare.pdf", paper.aftercare_pdf, name="aftercare_pdf"),
]
