"""Let a district's spare take over at the branch itself: from one of its devices that lives, by a USB drive.

    spare's drive ──▶ a device that lives: draft, both cards sign, hand_over ──▶ <spare>.handover
                  ──▶ the spare, with package and register: complete, keep ──▶ <spare>.takeover
                  ──▶ all other devices of the branch, the replaced one too: admit

The device that lives is the neighbour that countersigns, and it seals the management key of the branch's
authorization cards to the spare: no other device of the district has it. What the spare signs then is
the act of `election.takeover`, for headquarters and for all who verify. A branch of which no device
lives has nobody to hand over, and waits for headquarters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final

from annotated_types import Len

from crypto.certificates import MAX_CERTIFICATE_SIZE
from crypto.hybrid import HybridKey
from election.acts import FIRST
from election.definition import BranchId, DeviceId, Election, EnrolledDevice, Role
from election.device_acts import (
    CardSignature,
    DeviceActError,
    SignedStatement,
    card_message,
)
from election.envelope import join_envelope, sign_part
from election.fields import LongSignature
from election.reasons import DeviceActReason
from election.register import PublishedRegister
from election.rescue import Rescue
from election.rescuing import CARD_ROLES
from election.schema import SchemaError, from_cbor, to_cbor
from election.sealed import seal_card_key
from election.signed import Signature
from election.spare import VerifiedSpare
from election.takeover import TakeOver, VerifiedTakeOver, form, open_takeover

HANDOVER_SUFFIX: Final = ".handover"
TAKEOVER_SUFFIX: Final = ".takeover"
MAX_HANDOVER: Final = 64 * 1024
"""Bytes of either file."""


@dataclass(frozen=True, slots=True)
class Handover:
    """The file for the spare: an act that only its own signature is missing from, and a key."""

    content: Annotated[bytes, Len(1, 32 * 1024)]
    """Of the act: statement and cards (`election.device_acts.SignedStatement`)."""
    spare: Annotated[bytes, Len(1, MAX_CERTIFICATE_SIZE)]
    """The spare's certificate (DER)."""
    neighbour: Annotated[bytes, Len(1, MAX_CERTIFICATE_SIZE)]
    """The certificate (DER) of the device that hands over."""
    signature: LongSignature
    """The neighbour's."""
    card_key: Annotated[bytes, Len(1, 4096)]
    """Management key of the branch's authorization cards, sealed to the spare."""


@dataclass(frozen=True, slots=True)
class HandoverDraft:
    """A frozen take-over that no card has signed yet."""

    statement: TakeOver
    spare: VerifiedSpare

    @property
    def message(self) -> bytes:
        """What both cards sign."""
        return card_message(form(), to_cbor(self.statement))


@dataclass(frozen=True, slots=True)
class Completed:
    """What the spare keeps."""

    act: bytes
    """The take-over, with all signatures."""
    verified: VerifiedTakeOver
    card_key: bytes
    """Sealed to the spare."""


def replaceable(
    election: Election, own: EnrolledDevice, taken: Iterable[VerifiedTakeOver]
) -> tuple[DeviceId, ...]:
    """List the devices of a branch that a spare may take over from: not this one, none twice."""
    gone = {each.statement.replaces for each in taken}
    return tuple(
        device.id
        for device in election.devices
        if device.branch == own.branch and device.id not in {own.id, *gone}
    )


def chosen(typed: str, devices: Sequence[DeviceId]) -> DeviceId:
    """Return the device of the typed number, from 1. Raises `DeviceActError` (`ACT_BRANCH`)."""
    number = int(typed) if typed.isascii() and typed.isdigit() else 0
    if not 0 < number <= len(devices):
        raise DeviceActError(DeviceActReason.ACT_BRANCH)
    return devices[number - 1]


def draft(
    spare: VerifiedSpare,
    election: Election,
    published: PublishedRegister,
    branch: BranchId,
    replaces: DeviceId,
    taken: Iterable[VerifiedTakeOver],
    found: Rescue | None,
    at: datetime,
) -> HandoverDraft:
    """Freeze who takes over from whom. `taken`: known before; `found`: the dead device's rescue.

    Raises `DeviceActError`: a spare of another district or role, one that took over before, a device of
    another branch, or one that is replaced already.
    """
    here, replaced = election.branch(branch), election.device(replaces)
    if here is None or replaced is None or replaced.branch != branch:
        raise DeviceActError(DeviceActReason.ACT_BRANCH)
    if spare.said.district != here.district:
        raise DeviceActError(DeviceActReason.ACT_DISTRICT)
    if spare.device.role is not replaced.role:
        raise DeviceActError(DeviceActReason.ACT_SPARE)
    acts = [each.statement for each in taken]
    if any(spare.device.id == act.spare or replaces == act.replaces for act in acts):
        raise DeviceActError(DeviceActReason.ACT_TWICE)
    statement = TakeOver(
        bytes.fromhex(published.number),
        branch,
        spare.device.id,
        replaces,
        FIRST if found is None else found.predecessor,
        0 if found is None else found.found.cast,
        bytes(32) if found is None else found.log_head,
        0 if found is None else found.log_length,
        at.replace(microsecond=0),
    )
    return HandoverDraft(statement, spare)


def hand_over(
    made: HandoverDraft,
    cards: Mapping[Role, tuple[bytes, bytes]],
    key: HybridKey,
    certificate: bytes,
    card_key: bytes,
) -> bytes:
    """Return the file for the spare.

    `cards`: as in `election.rescuing.hand_in`; `key`, `certificate`: of this device; `card_key`: of the
    branch's authorization cards.
    """
    signed = (CardSignature(*cards[role]) for role in CARD_ROLES)
    content = to_cbor(SignedStatement(to_cbor(made.statement), tuple(signed)))
    said, statement = made.spare.said, made.statement
    return to_cbor(
        Handover(
            content,
            said.certificate,
            certificate,
            sign_part(form(), content, (said.certificate, certificate), key),
            seal_card_key(
                card_key, said.election, statement.branch, statement.spare, said.sealing_key
            ),
        )
    )


def complete(
    data: bytes, device: DeviceId, key: HybridKey, published: PublishedRegister
) -> Completed:
    """Sign as the spare, and verify the whole as headquarters will. Raises `DeviceActError`.

    `device`, `key`: the spare's own.
    """
    try:
        given = from_cbor(Handover, data)
    except SchemaError as error:
        raise DeviceActError(DeviceActReason.ACT_FORMAT, error.message) from error
    own = sign_part(form(), given.content, (given.spare, given.neighbour), key)
    signatures = (Signature(given.spare, own), Signature(given.neighbour, given.signature))
    act = join_envelope(form(), given.content, signatures)
    verified = open_takeover(act, published)
    if verified.statement.spare != device:
        raise DeviceActError(DeviceActReason.ACT_SPARE)
    return Completed(act, verified, given.card_key)


def entry_of(
    takeover: VerifiedTakeOver, published: PublishedRegister, card_key: bytes = b""
) -> EnrolledDevice:
    """Return a spare as if the package had enrolled it for the branch of its act."""
    statement = takeover.statement
    device = published.register.device(statement.spare)
    if device is None:
        raise DeviceActError(DeviceActReason.ACT_SPARE)
    return EnrolledDevice(device.id, device.role, statement.branch, takeover.certificate, card_key)


def with_spares(election: Election, spares: Sequence[EnrolledDevice]) -> Election:
    """Return the election with spares that took over, after the devices of the package, by id."""
    known = {device.id for device in election.devices}
    more = sorted((each for each in spares if each.id not in known), key=lambda each: each.id)
    return replace(election, devices=(*election.devices, *more)) if more else election
