"""Let a district's spare take over at the branch itself: from one of its devices that lives, by a USB drive.

    spare's drive ──▶ a device that lives: draft, both cards sign, hand_over ──▶ <spare>.handover
                  ──▶ the spare, with package and register: complete, keep ──▶ <spare>.takeover
                  ──▶ all other devices of the branch, the replaced one too: admit

The device that lives is the neighbour that countersigns, and it seals the management key of the branch's
authorization cards to the spare: no other device of the district has it. What the spare signs then is
the act of `election.takeover`, for headquarters and for all who verify. Of a branch of which no device
lives headquarters hands over (`headquarters.handing_over`): it signs the file, and the act has no witness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final

from annotated_types import Len

from crypto.certificates import MAX_CERTIFICATE_SIZE, valid_from
from crypto.errors import DecodeError
from crypto.hybrid import SIGNATURE_SIZE, HybridKey
from election.acts import FIRST
from election.because import because
from election.definition import BranchId, DeviceId, Election, EnrolledDevice, Role
from election.device_acts import (
    CardSignature,
    DeviceActError,
    SignedStatement,
    card_message,
)
from election.envelope import (
    EnvelopeFormat,
    EnvelopeRefusedError,
    join_envelope,
    read_envelope,
    sign_part,
    write_envelope,
)
from election.reasons import DeviceActReason
from election.register import PublishedRegister
from election.rescue import Rescue
from election.rescuing import CARD_ROLES
from election.schema import SchemaError, from_cbor, to_cbor
from election.sealed import seal_card_key
from election.signed import Signature, SignatureRefusedError
from election.spare import VerifiedSpare
from election.takeover import TakeOver, VerifiedTakeOver, form, open_takeover

HANDOVER_SUFFIX: Final = ".handover"
TAKEOVER_SUFFIX: Final = ".takeover"
FORMAT, VERSION = "amin-handover", 1
_CONTEXT = "amin handover"
MAX_HANDOVER: Final = 64 * 1024
"""Bytes of either file."""


@dataclass(frozen=True, slots=True)
class Handover:
    """The file for the spare: an act that only its own signature is missing from, and a key."""

    content: Annotated[bytes, Len(1, 32 * 1024)]
    """Of the act: statement and cards (`election.device_acts.SignedStatement`)."""
    spare: Annotated[bytes, Len(1, MAX_CERTIFICATE_SIZE)]
    """The spare's certificate (DER)."""
    neighbour: Annotated[bytes, Len(0, MAX_CERTIFICATE_SIZE)]
    """The certificate (DER) of the device that hands over; empty within a file of headquarters."""
    signature: Annotated[bytes, Len(0, SIGNATURE_SIZE)]
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
    content = _content(made, cards)
    signature = sign_part(form(), content, (made.spare.said.certificate, certificate), key)
    return to_cbor(_handover(made, content, certificate, signature, card_key))


def hand_over_from_headquarters(
    made: HandoverDraft,
    cards: Mapping[Role, tuple[bytes, bytes]],
    signer: HybridKey,
    certificate: bytes,
    card_key: bytes,
) -> bytes:
    """Return the file for the spare where no device of the branch lives; `signer` signs packages."""
    given = _handover(made, _content(made, cards), b"", b"", card_key)
    return write_envelope(headquarters_form(), to_cbor(given), [(signer, certificate)])


def headquarters_form() -> EnvelopeFormat:
    """Return the envelope format of a handover by headquarters."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, MAX_HANDOVER)


def _content(made: HandoverDraft, cards: Mapping[Role, tuple[bytes, bytes]]) -> bytes:
    signed = (CardSignature(*cards[role]) for role in CARD_ROLES)
    return to_cbor(SignedStatement(to_cbor(made.statement), tuple(signed)))


def _handover(
    made: HandoverDraft, content: bytes, certificate: bytes, signature: bytes, card_key: bytes
) -> Handover:
    said, statement = made.spare.said, made.statement
    sealed = seal_card_key(
        card_key, said.election, statement.branch, statement.spare, said.sealing_key
    )
    return Handover(content, said.certificate, certificate, signature, sealed)


def complete(
    data: bytes, device: DeviceId, key: HybridKey, published: PublishedRegister
) -> Completed:
    """Sign as the spare, and verify the whole as headquarters will. Raises `DeviceActError`.

    `device`, `key`: the spare's own.
    """
    given = _read(data, published)
    neighbours = (given.neighbour,) if given.neighbour else ()
    own = sign_part(form(), given.content, (given.spare, *neighbours), key)
    witnesses = (Signature(each, given.signature) for each in neighbours)
    signatures = (Signature(given.spare, own), *witnesses)
    act = join_envelope(form(), given.content, signatures)
    verified = open_takeover(act, published)
    if verified.statement.spare != device:
        raise DeviceActError(DeviceActReason.ACT_SPARE)
    return Completed(act, verified, given.card_key)


def _read(data: bytes, published: PublishedRegister) -> Handover:
    """Read a file for a spare: of a neighbour, who signed the act, or of headquarters, who signed it all."""
    root, by_headquarters = published.register.root, True
    try:
        envelope = read_envelope(headquarters_form(), data)
        began = valid_from(envelope.signatures[0].certificate)
        content = envelope.open([{Role.HEADQUARTERS}], root, began).content
    except EnvelopeRefusedError:
        content, by_headquarters = data, False
    except (SignatureRefusedError, DecodeError) as error:
        raise DeviceActError(DeviceActReason.ACT_HANDOVER, because(error)) from error
    try:
        given = from_cbor(Handover, content)
    except SchemaError as error:
        raise DeviceActError(DeviceActReason.ACT_FORMAT, error.message) from error
    if bool(given.neighbour) is by_headquarters:
        raise DeviceActError(DeviceActReason.ACT_DEVICE)
    return given


def statement_of(data: bytes, published: PublishedRegister) -> TakeOver:
    """Return what a file for a spare says; its cards are not judged. Raises `DeviceActError`."""
    try:
        signed = from_cbor(SignedStatement, _read(data, published).content)
        return from_cbor(TakeOver, signed.statement)
    except SchemaError as error:
        raise DeviceActError(DeviceActReason.ACT_FORMAT, error.message) from error


def is_from_headquarters(data: bytes, published: PublishedRegister) -> bool:
    """Return whether headquarters handed over, and no neighbour; False for what is no such file."""
    try:
        return not _read(data, published).neighbour
    except DeviceActError:
        return False


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
