"""Rescue a dead terminal at a device that lives: its memory is in the USB port (`election.rescuing`)."""

from __future__ import annotations

from collections.abc import Mapping

from election.audit_events import AuditEvent
from election.definition import Role
from election.device_acts import DeviceActError
from election.errors import PollsStateError
from election.left_behind import find
from election.pairing import Mirror
from election.reasons import DeviceActReason
from election.rescue import RescueGround
from election.rescuing import RESCUE_SUFFIX, RescueDraft, draft, hand_in
from election.usb_drive import UsbDrive
from kiosk.flows.common import WriteAudit
from kiosk.station.base import DeviceContext
from words.message import m


class Rescuing:
    """One rescue at a time; what is handed in stays on the memories until it is exported, and after."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context
        self.draft: RescueDraft | None = None

    def begin(self) -> bytes:
        """Read the memory in the USB port and freeze the rescue; return what both cards sign.

        Raises `DeviceActError`, `PollsStateError`, `OSError`.
        """
        context, register = self._context, self._context.register
        if register is None:
            raise PollsStateError(m("no election package is loaded; load it first"))
        left = find([context.config.usb], context.election, register)
        dead, own = context.election.device(left.device), context.config
        if dead is None or dead.branch != own.branch:
            raise DeviceActError(DeviceActReason.ACT_BRANCH)
        at = context.judged_at(context.clock.now())
        made = draft(left, context.election, register, own.device, RescueGround.DEAD, at)
        self.draft = made
        return made.message

    def finish(self, cards: Mapping[Role, tuple[bytes, bytes]]) -> RescueDraft:
        """Countersign and keep what both cards signed.

        Raises `DeviceActError`, `OSError`, `PollsStateError`.
        """
        made, self.draft = self.draft, None
        own = self._context.election.device(self._context.config.device)
        if made is None or own is None:
            raise PollsStateError(m("the act was given up; begin it again"))
        data = hand_in(made, cards, self._context.signing, own.certificate)
        mirrored = self._context.mirror() is Mirror.THERE
        self._context.files.keep_rescue(made.left.device, data, mirrored=mirrored)
        return made


def write_rescues(context: DeviceContext, drive: UsbDrive) -> None:
    """Write what was handed in here onto a drive; the log tells what does not hold. Raises `OSError`."""
    if context.register is not None:
        for name, data, holds in context.files.rescues_for(context.election, context.register):
            if not holds:
                context.log.note(WriteAudit(AuditEvent.MEDIA_FAULT, "rescue"))
            if data is not None:
                drive.write(name, RESCUE_SUFFIX, data)
