"""Encounter: a visit somewhere, from its start to its end."""

from __future__ import annotations

from datetime import tzinfo

from serein.fhir.elements import Json, concept, element, elements, moment, text
from serein.fhir.records import Record, UnreadableError

DID_NOT_HAPPEN = ("planned", "cancelled", "entered-in-error", "unknown")


def read(resource: Json, *, zone: tzinfo) -> list[Record]:
    """One record at the start of the visit."""
    status = text(resource.get("status"), name="status")
    if not status or status in DID_NOT_HAPPEN:
        raise UnreadableError(f"is no visit that took place (status {status or 'missing'})")
    period = element(resource.get("period"), name="period")
    start = moment(period.get("start"), name="period.start", zone=zone)
    end = moment(period.get("end"), name="period.end", zone=zone)
    if start is None:
        raise UnreadableError("does not say when it began")
    kinds = elements(resource.get("type"), name="type")
    setting = element(resource.get("class"), name="class")
    value = {
        **(concept(kinds[0], name="type") if kinds else {"text": "", "coding": []}),
        "status": status,
        "setting": text(setting.get("code"), name="class"),
        "start": start.given,
        "end": end.given if end else "",
        "reason": [
            concept(reason, name="reasonCode")["text"]
            for reason in elements(resource.get("reasonCode"), name="reasonCode")
        ],
    }
    return [Record("encounter", value, start.begins_at)]
