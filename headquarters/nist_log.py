"""Put a device's audit log into the common format for election event logs.

NIST SP 1500-101, Election Event Logging Common Data Format Specification v1.0; its JSON schema is tested
against (`tests/vectors/nist`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from election.audit_events import AuditEvent, EventForm
from election.audit_log import AuditEntry
from election.definition import Role
from election.register import RegisteredDevice

_MAKER: Final = "Amin"
_DEVICE_TYPES: Final = {
    Role.BALLOT_TERMINAL: "dre",
    Role.IDENTITY_STATION: "ballot-activation",
}
_FAILURES: Final = frozenset(
    {
        AuditEvent.START_FAILED,
        AuditEvent.OUT_OF_SERVICE,
        AuditEvent.MEDIA_FAULT,
        AuditEvent.MEDIA_DAMAGED,
        AuditEvent.ACT_FAILED,
        AuditEvent.REFUSED,
    }
)
_ACTS: Final = frozenset(
    {
        AuditEvent.DOUBT_CONFIRMED,
        AuditEvent.PACKAGE_LOADED,
        AuditEvent.READY_FOR_THE_DAY,
        AuditEvent.TRAINING_BEGUN,
        AuditEvent.SELF_TEST,
        AuditEvent.POLLS_OPENED,
        AuditEvent.POLLS_PAUSED,
        AuditEvent.POLLS_RESUMED,
        AuditEvent.POLLS_CLOSED,
        AuditEvent.REPORT_MADE,
        AuditEvent.EXPORTED,
        AuditEvent.ACT_FAILED,
    }
)
_TYPES: Final = {
    "voter": "One person was served, or was not; the time is the quarter of an hour.",
    "operator": "People with operator cards acted at the device.",
    "device": "The device told of itself.",
}


def event_log(
    entries: Sequence[AuditEntry], device: RegisteredDevice, election: str, made: datetime
) -> Mapping[str, object]:
    """Return an `ElectionEventLog` of one device; `made`: when, aware."""
    return {
        "@type": "EventLogging.ElectionEventLog",
        "ElectionId": election,
        "GeneratedTime": made.isoformat(),
        "Device": [
            {
                "@type": "EventLogging.Device",
                "Id": device.id,
                "Manufacturer": _MAKER,
                "Type": _DEVICE_TYPES[Role(device.role)],
                "HashType": "sha-256",
                "Event": [_event(entry) for entry in entries],
            }
        ],
    }


def documentation_of(made: date) -> Mapping[str, object]:
    """Return the `ElectionEventLogDocumentation`: every word that a log can hold."""
    return {
        "@type": "EventLogging.ElectionEventLogDocumentation",
        "DeviceManufacturer": _MAKER,
        "DeviceModel": _MAKER,
        "GeneratedDate": made.isoformat(),
        "EventIdDescription": [
            {
                "@type": "EventLogging.EventIdDescription",
                "Id": event.value,
                "Description": str(event.sentence),
            }
            for event in AuditEvent
        ],
        "EventTypeDescription": [
            {"@type": "EventLogging.EventTypeDescription", "Type": word, "Description": text}
            for word, text in _TYPES.items()
        ],
    }


def _event(entry: AuditEntry) -> Mapping[str, object]:
    known = _known(entry.what)
    described = {} if known is None else {"Description": str(known.sentence)}
    return {
        "@type": "EventLogging.Event",
        "Id": entry.what,
        "Type": _type_of(known),
        "Disposition": "failure" if known in _FAILURES else "success",
        "Sequence": str(entry.number),
        "TimeStamp": entry.time.isoformat(),
        "Hash": entry.hash.hex(),
        **({"Details": entry.detail} if entry.detail else {}),
        **described,
    }


def _type_of(event: AuditEvent | None) -> str:
    if event is not None and event.form is EventForm.VOTER:
        return "voter"
    return "operator" if event in _ACTS else "device"


def _known(word: str) -> AuditEvent | None:
    return next((event for event in AuditEvent if event.value == word), None)
