"""The file of an election package, and everything a device checks before it believes one.

    {format, version, payload, certificates, signature}          canonical CBOR, text keys

`payload` is the canonical CBOR of `wire`; `certificates` the signer's (role headquarters) first;
`signature` is the signer's over format, version and the SHA-256 of payload and certificates, with
both of its keys (`crypto.hybrid`). No byte of the file is outside one of these, so no byte can be
changed unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from crypto import canonical
from crypto.certificates import CertificateRefused, Holder, read_holder, verify_chain
from crypto.errors import CryptoError, DecodeError, SignatureError
from crypto.hybrid import HybridKey
from election.because import because
from election.definition import BranchId, Device, DeviceId, Election, Role
from election.errors import ManifestError, PackageError
from election.package import manifest
from election.package.wire import Content, decode_content, encode_content
from words.message import all_of, m

FORMAT = "amin-election-package"
VERSION = 2
_CONTEXT = "amin election package"
_KEYS = {"format", "version", "payload", "certificates", "signature"}
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
_DATES = {"expired": "expired-certificate", "not-yet-valid": "not-yet-valid"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What the device that opens a package knows beforehand."""

    root_certificate: bytes
    """DER."""
    election_uuid: str | None
    """None: whatever election comes first."""
    branch: BranchId
    device_id: DeviceId
    device_public_key: bytes
    """Of `crypto.hybrid.HybridKey`, both halves."""
    early: timedelta = timedelta(days=30)
    """How long before its day a package may be used."""
    late: timedelta = timedelta(days=7)
    """How long after the close of the polls."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line on the operator's screen."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class LoadedPackage:
    election: Election
    portraits: Mapping[str, bytes]
    """JPEG by SHA-256 (hex)."""
    digest: bytes
    """SHA-256 of the whole file."""
    checks: tuple[Check, ...]


def encode_package(
    election: Election,
    portraits: Mapping[str, bytes],
    signer_key: HybridKey,
    certificates: Sequence[bytes],
) -> bytes:
    """Sign a definition; `ManifestError` if it contradicts itself.

    `certificates`: the one of `signer_key` (role headquarters) first.
    """
    if problems := manifest.contradictions(election, portraits):
        raise ManifestError(all_of(problems))
    return sign_payload(encode_content(Content(election, portraits)), signer_key, certificates)


def sign_payload(payload: bytes, signer_key: HybridKey, certificates: Sequence[bytes]) -> bytes:
    """The file around a payload, whatever it holds."""
    signature = signer_key.sign(_CONTEXT, _to_be_signed(payload, certificates))
    return canonical.encode(
        {
            "format": FORMAT,
            "version": VERSION,
            "payload": payload,
            "certificates": list(certificates),
            "signature": signature,
        }
    )


def open_package(
    data: bytes,
    expected: Expected,
    now: datetime,
    progress: Callable[[Check], None] | None = None,
) -> LoadedPackage:
    """Verify everything, then trust it. `progress` is told of each check, the failed one included.

    Raises `PackageError` with one of the reasons format, version, untrusted-signer,
    expired-certificate, not-yet-valid, signature, wrong-election, manifest, wrong-branch,
    not-enrolled, wrong-key, clock.
    """
    checks = _Checks(progress)
    envelope = checks.run("format", lambda: _read(data))
    signer = checks.run("signer", lambda: _check_signer(envelope, expected, now))
    checks.run("signature", lambda: _check_signature(envelope, signer))
    content = checks.run("content", lambda: _content(envelope.payload))
    election = content.election
    checks.run("election", lambda: _check_election(election, expected))
    checks.run("definition", lambda: _check_manifest(content))
    checks.run("branch", lambda: _check_branch(election, expected))
    checks.run("enrolment", lambda: _check_enrolment(election, expected, now))
    checks.run("clock", lambda: _check_clock(election, expected, now))
    digest = hashlib.sha256(data).digest()
    return LoadedPackage(election, content.portraits, digest, tuple(checks.done))


# ---------------------------------------------------------------- the steps


@dataclass(frozen=True, slots=True)
class _Envelope:
    payload: bytes
    certificates: tuple[bytes, ...]
    signature: bytes


@dataclass(slots=True)
class _Checks:
    progress: Callable[[Check], None] | None
    done: list[Check] = field(default_factory=list)

    def run(self, name: str, step: Callable[[], _Outcome]) -> _Outcome:
        try:
            outcome = step()
        except PackageError as error:
            self._note(Check(name, False, str(error)))
            raise
        self._note(Check(name, True, _DETAILS[name]))
        return outcome

    def _note(self, check: Check) -> None:
        self.done.append(check)
        if self.progress is not None:
            self.progress(check)


def _read(data: bytes) -> _Envelope:
    try:
        value = canonical.decode(data)
    except DecodeError as error:
        raise PackageError("format", m("the file is damaged or no election package")) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise PackageError("format", m("the file is no election package"))
    if value.get("version") != VERSION:
        raise PackageError("version", m("the package is of another version; update this device"))
    match [value.get(key) for key in ("payload", "certificates", "signature")]:
        case [bytes(payload), [bytes(), *_] as certificates, bytes(signature)] if (
            value.keys() == _KEYS
        ):
            ders = tuple(der for der in certificates if isinstance(der, bytes))
            if len(ders) == len(certificates):
                return _Envelope(payload, ders, signature)
    raise PackageError("format", m("the file is damaged"))


def _to_be_signed(payload: bytes, certificates: Sequence[bytes]) -> bytes:
    hashes = [hashlib.sha256(certificate).digest() for certificate in certificates]
    return canonical.encode([FORMAT, VERSION, hashlib.sha256(payload).digest(), hashes])


def _check_signer(envelope: _Envelope, expected: Expected, now: datetime) -> Holder:
    try:
        return verify_chain(
            envelope.certificates[0], expected.root_certificate, now, {Role.HEADQUARTERS}
        )
    except CertificateRefused as error:
        reason = _DATES.get(error.reason, "untrusted-signer")
        raise PackageError(
            reason, m("the package's signer: {error}", error=because(error))
        ) from error
    except CryptoError as error:
        raise PackageError(
            "untrusted-signer", m("the package's signer: {error}", error=because(error))
        ) from error


def _check_signature(envelope: _Envelope, signer: Holder) -> None:
    message = _to_be_signed(envelope.payload, envelope.certificates)
    try:
        signer.signing_key.verify(_CONTEXT, message, envelope.signature)
    except SignatureError as error:
        raise PackageError(
            "signature", m("the package was altered; get a fresh copy from headquarters")
        ) from error
    except CertificateRefused as error:
        raise PackageError(
            "untrusted-signer", m("the package's signer: {error}", error=because(error))
        ) from error


def _content(payload: bytes) -> Content:
    try:
        return decode_content(payload)
    except DecodeError as error:
        raise PackageError("format", because(error)) from error


def _check_election(election: Election, expected: Expected) -> None:
    if expected.election_uuid not in (None, election.uuid):
        raise PackageError("wrong-election", m("the package is for another election"))


def _check_manifest(content: Content) -> None:
    if problems := manifest.contradictions(content.election, content.portraits):
        raise PackageError("manifest", all_of(problems[:3]))


def _check_branch(election: Election, expected: Expected) -> None:
    if election.branch(expected.branch) is None:
        raise PackageError("wrong-branch", m("the package does not serve this branch"))
    device = election.device(expected.device_id)
    if device is not None and device.branch != expected.branch:
        raise PackageError(
            "wrong-branch", m("this device is enrolled for branch {branch}", branch=device.branch)
        )


def _check_enrolment(election: Election, expected: Expected, now: datetime) -> None:
    own = election.device(expected.device_id)
    if own is None:
        raise PackageError("not-enrolled", m("this device is not on the enrolment list"))
    if read_holder(own.certificate).signing_key.raw != expected.device_public_key:
        raise PackageError("wrong-key", m("this device is enrolled with another key"))
    # The other branches' devices are none of this device's business: only its own branch's
    # certificates will ever be relied on here.
    for device in election.devices:
        if device.branch == expected.branch:
            _check_device(device, expected, now)


def _check_device(device: Device, expected: Expected, now: datetime) -> None:
    try:
        verify_chain(
            device.certificate, expected.root_certificate, now, {device.role}, device.branch
        )
    except CertificateRefused as error:
        reason = _DATES.get(error.reason, "not-enrolled")
        raise PackageError(
            reason, m("the certificate of device {id}: {error}", id=device.id, error=because(error))
        ) from error


def _check_clock(election: Election, expected: Expected, now: datetime) -> None:
    if now < election.opens - expected.early:
        raise PackageError("clock", m("it is too early for this election: check the clock"))
    if now > election.closes + expected.late:
        raise PackageError("clock", m("this election is over: check the clock"))
