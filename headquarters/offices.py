"""Make the keys of the offices that sign beside headquarters, each by the office itself.

The office, at its own machine, in a folder of its own (`headquarters.key_folder`):

    lock.json   signing.key              for the reconciliation officer sealing.key, too,
                                         for the evaluator pseudonyms.key
    officer.json                         (or observer.json) to headquarters: public keys, signed
    signing.der                          what headquarters gave back for it

Headquarters, in the election's folder:

    offices/officer.json   observer.json     what was brought; both or neither
    offices/officer.der    observer.der      the certificates, given back to the offices
    offices/registry.json  registry.der      the same of a registry, if there is one,
    offices/evaluator.json evaluator.der     and of the evaluator beside it

Stations seal provisional check-ins to the officer's sealing key. No private key ever leaves its office.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, Literal

from annotated_types import Len

from crypto import canonical, certificates, hybrid, sealing
from crypto.errors import CryptoError, DecodeError
from crypto.hybrid import HybridKey, HybridPublicKey
from crypto.ristretto import is_element
from crypto.sealing import SealingKey
from election.because import because
from election.definition import Role
from election.errors import ElectionError
from election.fields import LongSignature
from election.files import PUBLIC, read_file, replace_file, write_new
from election.register import RegisteredEvaluator
from election.schema import from_json, to_json
from election.signed import SignatureRefusedError, verify_possession
from election.usb_drive import read_brought
from headquarters.authority import Authority, Validity
from headquarters.decisions import DecisionList, DecisionSignature, sign
from headquarters.keepers import Unlock
from headquarters.key_folder import KeyUse, create_key_folder, open_key_folder, read_lock
from words.message import Latin

if TYPE_CHECKING:
    from crypto.oprf import EvaluatorKey

_CONTEXT: Final = "amin office request"
_MAX_REQUEST: Final = 16 * 1024
_SIGNING, _SEALING, _CERTIFICATE = "signing.key", "sealing.key", "signing.der"
_PSEUDONYMS: Final = "pseudonyms.key"


class Office(StrEnum):
    """An office with a key of its own; also the name of its files."""

    OFFICER = "officer"
    """The reconciliation officer."""
    OBSERVER = "observer"
    """Of the supervision board."""
    REGISTRY = "registry"
    """Answers stations; it decides nothing after the day."""
    EVALUATOR = "evaluator"
    """The supervision board's half of a voter's pseudonym."""


OFFICER, OBSERVER = Office.OFFICER, Office.OBSERVER
_ROLES: Final[Mapping[Office, Role]] = MappingProxyType(
    {
        OFFICER: Role.RECONCILIATION_OFFICER,
        OBSERVER: Role.OBSERVER,
        Office.REGISTRY: Role.REGISTRY,
        Office.EVALUATOR: Role.EVALUATOR,
    }
)


class OfficeError(ElectionError):
    """An office's request or certificate cannot be used."""


@dataclass(frozen=True, slots=True)
class OfficeRequest:
    """What an office sends to headquarters: JSON, bytes as hex digits."""

    format: Literal["amin-office-request-1"] = field(default="amin-office-request-1", kw_only=True)
    office: Office
    rehearsal: bool
    signing_key: Annotated[bytes, Len(hybrid.PUBLIC_KEY_SIZE, hybrid.PUBLIC_KEY_SIZE)]
    """Of the office's `crypto.hybrid.HybridKey`."""
    sealing_key: Annotated[bytes, Len(0, sealing.PUBLIC_KEY_SIZE)]
    """Of the officer's `crypto.sealing.SealingKey`; the evaluator's public key of pseudonyms, an element of
    ristretto255; empty for all others."""
    signature: LongSignature

    @property
    def key(self) -> HybridPublicKey:
        """The key to be certified. Raises `DecodeError` for bytes that are none."""
        return HybridPublicKey.from_bytes(self.signing_key)

    @property
    def fingerprint(self) -> str:
        """What two people read to each other: 8 groups of 4 hex digits."""
        digest = hashlib.sha256(_message(self)).hexdigest()[:32]
        return " ".join(digest[i : i + 4] for i in range(0, 32, 4))


def make_office(
    folder: Path, office: Office, unlock: Unlock, *, rehearsal: bool = False
) -> OfficeRequest:
    """Make an office's keys in a new or empty folder; return the request, which lies there, too.

    Raises `OfficeError` for a folder that is in use, `OSError`, and what the keeper raises.
    """
    if folder.exists() and any(folder.iterdir()):
        raise OfficeError.of(
            "{folder} is not empty; keys are made once, in a folder of their own", folder=folder
        )
    keys = create_key_folder(folder, KeyUse.of(rehearsal), unlock)
    signing = HybridKey.generate()
    keys.write_new(_SIGNING, signing.to_pem())
    public = b""
    if office is OFFICER:
        own = SealingKey.generate()
        keys.write_new(_SEALING, own.to_pem())
        public = own.public_bytes
    elif office is Office.EVALUATOR:
        # Only the evaluator's machine has the library.
        from crypto.oprf import EvaluatorKey

        pseudonyms = EvaluatorKey.generate()
        keys.write_new(_PSEUDONYMS, pseudonyms.to_bytes())
        public = pseudonyms.public
    request = make_request(office, signing, public, rehearsal=rehearsal)
    write_new(folder / f"{office}.json", to_json(request), PUBLIC)
    return request


def make_request(
    office: Office, key: HybridKey, sealing_key: bytes, *, rehearsal: bool
) -> OfficeRequest:
    """Make and sign an office's request for its own keys. `sealing_key`: public; see `OfficeRequest`."""
    unsigned = OfficeRequest(office, rehearsal, key.public.raw, sealing_key, b"")
    return replace(unsigned, signature=key.sign(_CONTEXT, _message(unsigned)))


def read_request(data: bytes) -> OfficeRequest:
    """Parse and check an office's request. Raises `OfficeError`."""
    if len(data) > _MAX_REQUEST:
        raise OfficeError.of("the file is too large for an office's request")
    try:
        request = from_json(OfficeRequest, data)
        verify_possession(_message(request), _CONTEXT, request.key, request.signature)
        if request.office is OFFICER:
            sealing.check_public_key(request.sealing_key)
        elif request.office is Office.EVALUATOR:
            if not is_element(request.sealing_key):
                raise DecodeError("the evaluator's key is no element of the group")
        elif request.sealing_key:
            raise DecodeError("this office has no second key")
    except (DecodeError, SignatureRefusedError) as error:
        raise OfficeError.of(
            "the file is no office's request, or was altered: {error}", error=because(error)
        ) from error
    return request


def load_requests(folder: Path) -> tuple[OfficeRequest, ...]:
    """Read what the offices brought: officer and observer both or neither, an evaluator only with a registry.

    Raises `OfficeError`, `OSError`.
    """
    there = {path.name for path in folder.glob("*.json")}
    found = tuple(
        _brought(folder / f"{office}.json", office)
        for office in Office
        if f"{office}.json" in there
    )
    if sum(request.office in {OFFICER, OBSERVER} for request in found) == 1:
        raise OfficeError.of(
            "{folder} has the request of one office; the reconciliation officer and the observer "
            "decide together: bring both, or none",
            folder=folder,
        )
    if "evaluator.json" in there and "registry.json" not in there:
        raise OfficeError.of(
            "{folder} has an evaluator's request and no registry's: pseudonyms are for a registry",
            folder=folder,
        )
    return found


def certify_offices(
    folder: Path, authority: Authority, name: str, validity: Validity, *, rehearsal: bool
) -> bytes:
    """Issue the offices' certificates beside their requests; return what stations seal check-ins to.

    `name`: of the election. Empty if there are no offices. A certificate that was given for the same key
    stays. Raises `OfficeError`, also for the keys of a rehearsal in a real election, `OSError`.
    """
    requests = load_requests(folder)
    for request in requests:
        if request.rehearsal and not rehearsal:
            raise OfficeError.of(
                "the keys of the {office} were made for a rehearsal: a real election needs new ones",
                office=Latin(request.office),
            )
    for request in requests:
        target = folder / f"{request.office}.der"
        if target.exists() and certificates.named_pair(_file(target)) == request.key:
            continue
        role = _ROLES[request.office]
        common = certificates.common_name(name, f": {role}")
        certificate = authority.issue(common, request.key, role, validity)
        replace_file(target, certificate, PUBLIC)
    return next((request.sealing_key for request in requests if request.office is OFFICER), b"")


def office_certificate(folder: Path, office: Office) -> bytes:
    """Read the certificate (DER) that headquarters gave an office. Raises `OSError`."""
    return _file(folder / f"{office}.der")


def registry_certificates(folder: Path) -> tuple[bytes, ...]:
    """Read the certificate (DER) of the registry; none of an election without one. Raises `OSError`."""
    path = folder / f"{Office.REGISTRY}.der"
    return (_file(path),) if path.exists() else ()


def evaluators(folder: Path) -> tuple[RegisteredEvaluator, ...]:
    """Return the evaluator with the key it brought; none of an election without one.

    Raises `OfficeError`, also for a certificate of another key than the request's, `OSError`.
    """
    path = folder / f"{Office.EVALUATOR}.der"
    if not path.exists():
        return ()
    certificate = _file(path)
    request = _brought(path.with_suffix(".json"), Office.EVALUATOR)
    if certificates.named_pair(certificate) != request.key:
        raise OfficeError.of("{name} is of another key than its request", name=path.name)
    return (RegisteredEvaluator(certificate, request.sealing_key),)


def load_pseudonyms_key(own: Path, unlock: Unlock) -> EvaluatorKey:
    """Load the evaluator's key. Raises `KeyFolderError`."""
    from crypto.oprf import EvaluatorKey

    return open_key_folder(own, unlock).read(_PSEUDONYMS, EvaluatorKey)


def load_evaluator(own: Path, unlock: Unlock) -> tuple[HybridKey, EvaluatorKey]:
    """Load the evaluator's signing key and that of pseudonyms; no certificate is needed.

    Raises `KeyFolderError`.
    """
    from crypto.oprf import EvaluatorKey

    keys = open_key_folder(own, unlock)
    return keys.read(_SIGNING, HybridKey.from_pem), keys.read(_PSEUDONYMS, EvaluatorKey)


def read_certificate(path: Path) -> bytes:
    """Read a certificate that was brought. Raises `OSError`."""
    return read_brought(path, certificates.MAX_CERTIFICATE_SIZE)


def take_certificate(folder: Path, certificate: bytes, unlock: Unlock) -> None:
    """Put what headquarters gave back into the office's folder, if it is of the key there.

    Raises `OfficeError`, `KeyFolderError`, `OSError`.
    """
    key = open_key_folder(folder, unlock).read(_SIGNING, HybridKey.from_pem)
    try:
        same = certificates.named_pair(certificate) == key.public
    except DecodeError:
        same = False
    if not same:
        raise OfficeError.of("this is not the certificate of the key in {folder}", folder=folder)
    replace_file(folder / _CERTIFICATE, certificate, PUBLIC)


def load_sealing_key(own: Path, unlock: Unlock) -> SealingKey:
    """Load the officer's key that opens provisional check-ins. Raises `KeyFolderError`."""
    return open_key_folder(own, unlock).read(_SEALING, SealingKey.from_pem)


def open_office(own: Path, unlock: Unlock) -> tuple[HybridKey, bytes]:
    """Open the key in an officer's or observer's folder; return it with its certificate (DER).

    Raises `ElectionError`.
    """
    read_lock(own)
    try:
        certificate = _file(own / _CERTIFICATE)
    except OSError as error:
        raise OfficeError.of(
            "{folder} has no certificate yet: bring it from headquarters "
            "(amin election office-key --certificate)",
            folder=own,
        ) from error
    return open_key_folder(own, unlock).read(_SIGNING, HybridKey.from_pem), certificate


def sign_as(own: Path, statement: DecisionList, unlock: Unlock) -> DecisionSignature:
    """Sign with the key in an officer's or observer's folder. Raises `ElectionError`."""
    key, certificate = open_office(own, unlock)
    try:
        return sign(statement, key, certificate)
    except CryptoError as error:
        raise OfficeError.of(
            "the key in {folder} cannot sign: {error}", folder=own, error=because(error)
        ) from error


# ---------------------------------------------------------------- parts


def _brought(path: Path, office: Office) -> OfficeRequest:
    request = read_request(read_brought(path, _MAX_REQUEST))
    if request.office is not office:
        raise OfficeError.of("{name} is the request of another office", name=path.name)
    return request


def _file(path: Path) -> bytes:
    return read_file(path, certificates.MAX_CERTIFICATE_SIZE)


def _message(request: OfficeRequest) -> bytes:
    return canonical.encode(
        [request.office.value, request.rehearsal, request.signing_key, request.sealing_key]
    )
