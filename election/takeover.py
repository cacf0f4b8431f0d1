"""Give a spare device its branch: the act by which it takes over from another device.

A district's spares stand in the register without a branch. The act names the branch, the spare and what
it replaces; two operators' cards sign it, and the spare and a registered device of the branch, its
neighbour, countersign (`election.device_acts`). Where no other device of the branch is left the spare signs
alone: that is told as *unwitnessed*. A spare without an act is not expected, and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from annotated_types import Len

from crypto.hybrid import HybridKey
from election.definition import BranchId, DeviceId
from election.device_acts import (
    CardSigner,
    DeviceActError,
    check_number,
    check_once,
    check_operators,
    open_act,
    read_statement,
    write_act,
)
from election.envelope import EnvelopeFormat
from election.fields import Hash, Mark, Number
from election.reasons import DeviceActReason
from election.register import PublishedRegister, Register, RegisteredDevice

FORMAT, VERSION = "amin-takeover", 1
_CONTEXT = "amin takeover"
_MAX_SIZE = 64 * 1024


@dataclass(frozen=True, slots=True)
class TakeOver:
    """The statement that two cards sign."""

    number: Hash
    """Of the election."""
    branch: BranchId
    spare: DeviceId
    replaces: DeviceId
    predecessor: Annotated[bytes, Len(32, 32)]
    """Hash of the act before it on the device that is replaced; zeros if none was found."""
    cast: Number
    """Votes cast on the device that is replaced, as far as was found."""
    log_head: Hash
    """Hash of the last entry of that device's log; zeros if none was found."""
    log_length: Number
    at: Annotated[datetime, Mark.SECONDS]


@dataclass(frozen=True, slots=True)
class VerifiedTakeOver:
    """A take-over whose signatures hold."""

    statement: TakeOver
    witnesses: tuple[DeviceId, ...]
    """Registered devices of the branch, other than the spare, that countersigned; empty: unwitnessed."""
    certificate: bytes
    """Of the spare (DER)."""


def form() -> EnvelopeFormat:
    """Return the envelope format of a take-over."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, _MAX_SIZE)


def write_takeover(
    statement: TakeOver,
    cards: Sequence[tuple[CardSigner, bytes]],
    devices: Sequence[tuple[HybridKey, bytes]],
) -> bytes:
    """Sign as `election.device_acts.write_act` does; `devices`: the spare, then its neighbour."""
    return write_act(form(), statement, cards, devices)


def open_takeover(data: bytes, published: PublishedRegister) -> VerifiedTakeOver:
    """Verify a take-over by the register. Raises `DeviceActError`."""
    register = published.register
    act = open_act(form(), data, register)
    statement = read_statement(TakeOver, act)
    check_number(statement.number, published)
    check_operators(act, statement.branch, register)
    spare, replaced = _spare(register, statement), register.device(statement.replaces)
    if replaced is None or spare.role != replaced.role or replaced == spare:
        raise DeviceActError(DeviceActReason.ACT_SPARE)
    if replaced.branch not in (None, statement.branch):
        raise DeviceActError(DeviceActReason.ACT_BRANCH)
    signers = [device.id for device in act.devices]
    neighbours = tuple(device.id for device in act.devices if device.branch == statement.branch)
    if spare.id not in signers or len(neighbours) + 1 != len(set(signers)):
        raise DeviceActError(DeviceActReason.ACT_DEVICE)
    return VerifiedTakeOver(statement, neighbours, act.signers[signers.index(spare.id)])


def branches_after(
    takeovers: Sequence[VerifiedTakeOver], register: Register
) -> Mapping[DeviceId, BranchId]:
    """Return the branch of every device that has one, by register and take-overs.

    A used spare may be replaced by another one. Raises `DeviceActError` for two acts about one spare,
    or for one device, and for a device that is not one of the branch.
    """
    acts = {takeover.statement.spare: takeover.statement for takeover in takeovers}
    check_once(takeover.statement.spare for takeover in takeovers)
    check_once(takeover.statement.replaces for takeover in takeovers)
    branches = {
        device.id: device.branch for device in register.devices if device.branch is not None
    }
    waiting = dict(acts)
    while ready := [each for each in waiting.values() if each.replaces in branches]:
        for each in ready:
            if branches[each.replaces] != each.branch:
                raise DeviceActError(DeviceActReason.ACT_BRANCH)
            branches[each.spare] = each.branch
            del waiting[each.spare]
    if waiting:
        raise DeviceActError(DeviceActReason.ACT_BRANCH)
    return branches


def _spare(register: Register, statement: TakeOver) -> RegisteredDevice:
    spare = register.device(statement.spare)
    if spare is None or spare.branch is not None:
        raise DeviceActError(DeviceActReason.ACT_SPARE)
    return spare
