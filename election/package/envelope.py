"""Write the file of an election package, and check everything before a device believes one.

An envelope (`election.envelope`) with one signer, of the role headquarters; its content is the
canonical CBOR of `wire`, read after the signature was verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from crypto.certificates import is_for_rehearsals, read_subject, valid_from, verify_chain
from crypto.errors import CertificateRefusedError, CryptoError, DecodeError
from crypto.hybrid import HybridKey
from election.because import because
from election.definition import BranchId, DeviceId, Election, EnrolledDevice, Role
from election.envelope import (
    Envelope,
    EnvelopeFormat,
    EnvelopeRefusedError,
    read_envelope,
    write_envelope,
)
from election.errors import ManifestError, PackageError
from election.package import manifest
from election.package.portraits import portraits_beside
from election.package.wire import Content, decode_content, encode_content
from election.reasons import EnvelopeReason, PackageReason, SignatureReason
from election.recorded import RecordedList
from election.signed import SignatureRefusedError
from words.message import all_of, m

FORMAT = "amin-election-package"
VERSION = 9
_CONTEXT = "amin election package"
_SIGNER = ({Role.HEADQUARTERS},)
_DETAILS = {
    "format": "an election package of this version",
    "signer": "headquarters of this device's root certificate",
    "signature": "every byte is as it was signed",
    "content": "complete and readable",
    "election": "the one this device is for",
    "definition": "contests, candidates, portraits and encryption fit together",
    "branch": "serves this branch",
    "enrolment": "this device and its peers are enrolled with their keys",
    "clock": "the date fits the election's day",
}
_Outcome = TypeVar("_Outcome")
_DATES: Final[Mapping[str, PackageReason]] = {
    SignatureReason.EXPIRED: PackageReason.EXPIRED_CERTIFICATE,
    SignatureReason.NOT_YET_VALID: PackageReason.NOT_YET_VALID,
}
"""By words that signatures and certificates have in common."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The values that the device that opens a package knows beforehand."""

    root_certificate: bytes
    """DER."""
    election_uuid: str | None
    """None: whatever election comes first."""
    branch: BranchId
    device_id: DeviceId
    device_public_key: bytes
    """Of `crypto.hybrid.HybridKey`, both halves."""
    spare: EnrolledDevice | None = None
    """This device, where it is a spare that took over: the register names it (`election.takeover`)."""
    early: timedelta = timedelta(days=30)
    """How long before its day a package may be used."""
    late: timedelta = timedelta(days=7)
    """How long after the close of the polls."""


@dataclass(frozen=True, slots=True)
class PackageCheck:
    """One line on the operator's screen."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class LoadedPackage:
    """A package whose checks all passed."""

    election: Election
    portraits: Mapping[str, bytes]
    """JPEG by SHA-256 (hex)."""
    digest: bytes
    """SHA-256 of the whole file."""
    checks: tuple[PackageCheck, ...]
    recorded: tuple[RecordedList, ...] = ()
    """Lists of recordings and of films that it vouches for."""
    beside: bool = False
    """Whether its portraits lie beside it (`election.package.portraits`)."""


def encode_package(
    election: Election,
    portraits: Mapping[str, bytes] | None,
    signer_key: HybridKey,
    certificate: bytes,
    recorded: tuple[RecordedList, ...] = (),
) -> bytes:
    """Sign a definition; `ManifestError` if it contradicts itself.

    `portraits`: None where they lie beside it (`election.package.portraits`).
    `certificate`: the one of `signer_key` (role headquarters). `EnvelopeRefusedError` if the package is
    larger than devices read.
    """
    if problems := manifest.contradictions(election, portraits):
        raise ManifestError(all_of(problems))
    return sign_payload(
        encode_content(Content(election, portraits or {}, recorded)), signer_key, certificate
    )


def form() -> EnvelopeFormat:
    """Return the envelope format of a package."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT)


def sign_payload(payload: bytes, signer_key: HybridKey, certificate: bytes) -> bytes:
    """Put a payload, whatever it holds, into a signed file."""
    return write_envelope(form(), payload, [(signer_key, certificate)])


def open_package(
    data: bytes,
    expected: Expected,
    now: datetime,
    progress: Callable[[PackageCheck], None] | None = None,
    beside: Path | None = None,
) -> LoadedPackage:
    """Verify everything, then trust it. `progress` is told of each check, the failed one included.

    `beside`: the folder of the file, where portraits are looked for that are not in it. Raises
    `PackageError`.
    """
    checks = _Checks(progress)
    envelope = checks.run("format", lambda: _read(data))
    payload = _open(checks, envelope, expected.root_certificate, now)
    content = checks.run("content", lambda: _content(payload))
    whole = _with_portraits(content, beside)
    _check_content(checks, content, expected, now, lambda: _check_manifest(whole()))
    return replace(_loaded(data, whole(), checks), beside=not content.portraits)


def open_sent_package(data: bytes, root: bytes) -> LoadedPackage:
    """Open a package that was sent to the branches, at headquarters and long after its day.

    Verified like on the first device of its list, as of the hour at which the polls open; the
    signature is verified before that hour is read. Portraits that lie beside it are not looked at. `root`:
    headquarters' certificate (DER). Raises `PackageError`.
    """
    checks = _Checks(None)
    envelope = checks.run("format", lambda: _read(data))
    issued = checks.run("signer", lambda: _issued_at(envelope))
    payload = _open(_Checks(None), envelope, root, issued)
    content = checks.run("content", lambda: _content(payload))
    election = content.election
    _open(checks, envelope, root, election.opens)
    expected = checks.run("enrolment", lambda: _first_device(election, root))
    _check_content(checks, content, expected, election.opens, lambda: _check_sent(content))
    return _loaded(data, content, checks)


# ---------------------------------------------------------------- the steps


@dataclass(slots=True)
class _Checks:
    progress: Callable[[PackageCheck], None] | None
    done: list[PackageCheck] = field(default_factory=list)

    def run(self, name: str, step: Callable[[], _Outcome]) -> _Outcome:
        try:
            outcome = step()
        except PackageError as error:
            self._note(PackageCheck(name, False, str(error)))
            raise
        self._note(PackageCheck(name, True, _DETAILS[name]))
        return outcome

    def _note(self, check: PackageCheck) -> None:
        self.done.append(check)
        if self.progress is not None:
            self.progress(check)


def _read(data: bytes) -> Envelope:
    try:
        return read_envelope(form(), data)
    except EnvelopeRefusedError as error:
        of_version = error.reason is EnvelopeReason.VERSION
        raise PackageError(PackageReason.VERSION if of_version else PackageReason.FORMAT) from error


def _open(checks: _Checks, envelope: Envelope, root: bytes, now: datetime) -> bytes:
    """Return the payload of a package with a good signature, in two checks: who signed, and what."""
    outcome = _opened(envelope, root, now)
    altered = isinstance(outcome, PackageError) and outcome.reason is PackageReason.SIGNATURE
    checks.run("signer", lambda: None if altered else _raised(outcome))
    return checks.run("signature", lambda: _raised(outcome))


def _opened(envelope: Envelope, root: bytes, now: datetime) -> bytes | PackageError:
    try:
        return envelope.open(_SIGNER, root, now).content
    except SignatureRefusedError as error:
        if error.reason is SignatureReason.SIGNATURE:
            return PackageError(PackageReason.SIGNATURE)
        reason = _DATES.get(error.reason, PackageReason.UNTRUSTED_SIGNER)
        return PackageError(reason, m("the package's signer: {error}", error=because(error)))


def _raised(outcome: bytes | PackageError) -> bytes:
    if isinstance(outcome, PackageError):
        raise outcome
    return outcome


def _issued_at(envelope: Envelope) -> datetime:
    """Return when the signer's certificate begins to be valid, whoever issued it."""
    try:
        return valid_from(envelope.signatures[0].certificate)
    except DecodeError as error:
        message = m("the package's signer: {error}", error=because(error))
        raise PackageError(PackageReason.UNTRUSTED_SIGNER, message) from error


def _first_device(election: Election, root: bytes) -> Expected:
    """Return what the first device of the list would expect."""
    if not election.devices:
        raise PackageError(PackageReason.NOT_ENROLLED, m("the package has no devices"))
    first = election.devices[0]
    try:
        key = read_subject(first.certificate).signing_key.raw
    except CryptoError as error:
        message = m("the certificate of device {id}: {error}", id=first.id, error=because(error))
        raise PackageError(PackageReason.NOT_ENROLLED, message) from error
    return Expected(root, election.uuid, first.branch, first.id, key)


def _loaded(data: bytes, content: Content, checks: _Checks) -> LoadedPackage:
    digest = hashlib.sha256(data).digest()
    return LoadedPackage(
        content.election, content.portraits, digest, tuple(checks.done), content.recorded
    )


def _with_portraits(content: Content, beside: Path | None) -> Callable[[], Content]:
    """Return what gives the content with its portraits, read when they are asked for, and once."""

    @cache
    def whole() -> Content:
        if content.portraits or beside is None:
            return content
        return replace(content, portraits=portraits_beside(beside, content.election))

    return whole


def _check_content(
    checks: _Checks,
    content: Content,
    expected: Expected,
    now: datetime,
    definition: Callable[[], None],
) -> None:
    election = content.election
    checks.run("election", lambda: _check_election(election, expected))
    checks.run("definition", definition)
    checks.run("branch", lambda: _check_branch(election, expected))
    checks.run("enrolment", lambda: _check_enrolment(election, expected, now))
    checks.run("clock", lambda: _check_clock(election, expected, now))


def _content(payload: bytes) -> Content:
    try:
        return decode_content(payload)
    except DecodeError as error:
        raise PackageError(PackageReason.FORMAT, because(error)) from error


def _check_election(election: Election, expected: Expected) -> None:
    if not election.rehearsal and is_for_rehearsals(expected.root_certificate):
        raise PackageError(PackageReason.REHEARSAL_KEYS)
    if expected.election_uuid not in (None, election.uuid):
        raise PackageError(PackageReason.WRONG_ELECTION, m("the package is for another election"))


def _check_manifest(content: Content) -> None:
    _check_definition(content.election, content.portraits)


def _check_sent(content: Content) -> None:
    _check_definition(content.election, content.portraits or None)


def _check_definition(election: Election, portraits: Mapping[str, bytes] | None) -> None:
    if problems := manifest.contradictions(election, portraits):
        raise PackageError(PackageReason.MANIFEST, all_of(problems[:3]))


def _check_branch(election: Election, expected: Expected) -> None:
    if election.branch(expected.branch) is None:
        raise PackageError(PackageReason.WRONG_BRANCH, m("the package does not serve this branch"))
    device = election.device(expected.device_id)
    if device is not None and device.branch != expected.branch:
        raise PackageError(
            PackageReason.WRONG_BRANCH,
            m("this device is enrolled for branch {branch}", branch=device.branch),
        )


def _check_enrolment(election: Election, expected: Expected, now: datetime) -> None:
    enrolled = election.device(expected.device_id) or expected.spare
    if enrolled is None:
        raise PackageError(
            PackageReason.NOT_ENROLLED, m("this device is not on the enrolment list")
        )
    if read_subject(enrolled.certificate).signing_key.raw != expected.device_public_key:
        raise PackageError(PackageReason.WRONG_KEY, m("this device is enrolled with another key"))
    # The other branches' devices are none of this device's business: only its own branch's
    # certificates will ever be relied on here.
    for device in election.devices:
        if device.branch == expected.branch:
            _check_device(device, expected, now)


def _check_device(device: EnrolledDevice, expected: Expected, now: datetime) -> None:
    try:
        verify_chain(
            device.certificate, expected.root_certificate, now, {device.role}, device.branch
        )
    except CertificateRefusedError as error:
        reason = _DATES.get(error.reason, PackageReason.NOT_ENROLLED)
        raise PackageError(
            reason, m("the certificate of device {id}: {error}", id=device.id, error=because(error))
        ) from error


def _check_clock(election: Election, expected: Expected, now: datetime) -> None:
    if now < election.opens - expected.early:
        raise PackageError(
            PackageReason.CLOCK, m("it is too early for this election: check the clock")
        )
    if now > election.closes + expected.late:
        raise PackageError(PackageReason.CLOCK, m("this election is over: check the clock"))
