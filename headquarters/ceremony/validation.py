"""Check every file of a USB drive as far as the ones before it allow. Pure; needs no secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from crypto.compact_json import load_compact
from crypto.errors import CryptoError
from crypto.group import Point
from crypto.threshold.certificates import (
    Certificates,
    check_certificate,
    check_certificates,
    parse_certificate,
)
from crypto.threshold.dealing import Dealing, check_commitments, parse_dealing
from crypto.threshold.messages import SignedMessage, StepRefusedError
from crypto.threshold.parameters import make_parameters
from crypto.threshold.shares import Share, VerificationKey, check_public_share, parse_share
from crypto.trustee_key import SingleTrustee
from crypto.trustees import Trustees, make_trustees
from election.because import because
from headquarters.ceremony.ceremony_files import CeremonyFiles
from headquarters.ceremony.definition import CeremonyStep, TrusteeMode, digest, file_name
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.statements import certificates_digest, commitment_text, confirmation_text
from headquarters.ceremony.transcript import statement_of
from headquarters.progress import ProgressCallback, no_progress

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Validation:
    """The values that the files prove; None where files for one are missing or refused."""

    refused: tuple[CeremonyError, ...]
    sound: frozenset[str]
    """Names of the files that were checked and hold."""
    certificates: Certificates | None
    dealings: tuple[Dealing, ...] | None
    trustees: Trustees | None
    """The result: what an election would be defined with."""
    confirmations: tuple[SignedMessage, ...] | None

    def demand(self) -> Validation:
        """Return itself if nothing is refused; else raise the first refusal."""
        if self.refused:
            raise self.refused[0]
        return self


def validate_files(
    ceremony_files: CeremonyFiles, progress: ProgressCallback = no_progress
) -> Validation:
    """Check everything that is there. Files of a step count once everybody's are there and good."""
    return _Examiner(ceremony_files, progress).run()


class _Examiner:
    def __init__(self, ceremony_files: CeremonyFiles, progress: ProgressCallback) -> None:
        self._board = ceremony_files
        self._ceremony = ceremony_files.ceremony
        self._refused: list[CeremonyError] = []
        self._sound: set[str] = set()
        self._progress = progress
        self._done = 0

    def run(self) -> Validation:
        certificates = self._certificates()
        dealings: list[Dealing] | None = None
        trustees: Trustees | None = None
        confirmations: list[SignedMessage] | None = None
        if certificates is not None:
            promised = self._commitments(certificates)
            if promised is not None:
                if self._ceremony.mode is TrusteeMode.THRESHOLD:
                    dealings, trustees = self._threshold(certificates, promised)
                else:
                    trustees = self._single(certificates, promised)
        if trustees is not None and certificates is not None:
            confirmations = self._confirmations(certificates, trustees)
        self._progress("check", 1, 1)
        return Validation(
            tuple(self._refused),
            frozenset(self._sound),
            certificates,
            None if dealings is None else tuple(dealings),
            trustees,
            None if confirmations is None else tuple(confirmations),
        )

    def _certificates(self) -> Certificates | None:
        def one(index: int, content: bytes) -> SignedMessage:
            signed = parse_certificate(content)
            check_certificate(signed, self._ceremony.place(index))
            return signed

        signed = self._each(CeremonyStep.CERTIFICATE, one)
        if signed is None:
            return None
        try:
            return check_certificates(signed, self._ceremony.threshold)
        except StepRefusedError as error:
            self._refuse(CeremonyStep.CERTIFICATE, self._ceremony.size, error)
            return None

    def _commitments(self, certificates: Certificates) -> list[str] | None:
        """Return the promised hash of everybody's next file."""
        ceremony_files, ceremony = self._board, self._ceremony
        texts = ceremony_files.all_of(CeremonyStep.CERTIFICATE)

        def one(index: int, content: bytes) -> str:
            signed = self._signed(certificates, index, content)
            names = ("step", "ceremony", "trustee", "certificates", "file")
            step, of, trustee, certs, promised = signed.fields(*names)
            if (step, of, trustee) != (CeremonyStep.COMMITMENT.value, ceremony.digest, index):
                raise StepRefusedError("ceremony", "is for another ceremony or trustee", index)
            if certs != certificates_digest(texts):
                raise StepRefusedError("changed", "was signed with other certificates", index)
            committed = ceremony_files.get(ceremony.committed, index)
            if committed is not None and (
                signed.message != commitment_text(ceremony, index, texts, committed)
            ):
                name = file_name(ceremony.committed, index)
                raise StepRefusedError("commitment", f"{name} is not what was promised", index)
            if not isinstance(promised, str):
                raise StepRefusedError("commitment", "does not name a hash", index)
            return promised

        return self._each(CeremonyStep.COMMITMENT, one)

    def _threshold(
        self, certificates: Certificates, promised: list[str]
    ) -> tuple[list[Dealing] | None, Trustees | None]:
        rows: dict[int, tuple[Point, ...]] = {}

        def dealing(index: int, content: bytes) -> Dealing:
            self._promised(index, content, promised)
            parsed = parse_dealing(content, certificates.size)
            rows[index] = check_commitments(certificates, index, parsed.coefexps, parsed.signature)
            return parsed

        def share(index: int, content: bytes) -> Share:
            parsed = parse_share(content)
            commitments = [rows[i] for i in self._ceremony.indices]
            check_public_share(parsed.public_key, index, certificates, commitments)
            return parsed

        dealings = self._each(CeremonyStep.POLYNOMIAL, dealing)
        if dealings is None:
            return None, None
        shares = self._each(CeremonyStep.SHARE, share)
        if shares is None:
            return dealings, None
        try:
            return dealings, make_trustees([make_parameters(certificates, dealings, shares)])
        except CryptoError as error:
            self._refuse(CeremonyStep.SHARE, self._ceremony.size, error)
            return dealings, None

    def _single(self, certificates: Certificates, promised: list[str]) -> Trustees | None:
        def one(index: int, content: bytes) -> SingleTrustee:
            self._promised(index, content, promised)
            key = VerificationKey.from_json(load_compact(content))
            key.check(certificates.of(index).verification, index)
            return SingleTrustee(key.public_key, key.pok)

        keys = self._each(CeremonyStep.KEY, one)
        if keys is None:
            return None
        if len({key.public_key for key in keys}) != len(keys):
            self._refuse(
                CeremonyStep.KEY, len(keys), StepRefusedError("keys", "two trustees have one key")
            )
            return None
        return make_trustees(keys)

    def _confirmations(
        self, certificates: Certificates, trustees: Trustees
    ) -> list[SignedMessage] | None:
        statement = statement_of(self._board, trustees)

        def one(index: int, content: bytes) -> SignedMessage:
            signed = self._signed(certificates, index, content)
            if signed.message != confirmation_text(self._ceremony, index, statement):
                raise StepRefusedError(
                    "transcript", "confirms something else than these files", index
                )
            return signed

        return self._each(CeremonyStep.CONFIRMATION, one)

    @staticmethod
    def _signed(certificates: Certificates, index: int, content: bytes) -> SignedMessage:
        signed = SignedMessage.from_json(load_compact(content))
        if not signed.is_signed_by(certificates.of(index).verification):
            raise StepRefusedError("signature", "is not signed by the trustee", index)
        return signed

    @staticmethod
    def _promised(index: int, content: bytes, promised: list[str]) -> None:
        if digest(content) != promised[index - 1]:
            raise StepRefusedError("commitment", "is not what was promised", index)

    def _each(self, step: CeremonyStep, one: Callable[[int, bytes], T]) -> list[T] | None:
        """Read every present file of a step; None unless everybody's is there and good."""
        good: list[T] = []
        for index in self._ceremony.indices:
            content = self._board.get(step, index)
            if content is None:
                continue
            try:
                good.append(one(index, content))
                self._sound.add(file_name(step, index))
            except CryptoError as error:
                self._refuse(step, index, error)
            self._done += 1
            self._progress("check", self._done, len(self._board.files) + 1)
        return good if len(good) == self._ceremony.size else None

    def _refuse(self, step: CeremonyStep, index: int, error: CryptoError) -> None:
        reason = error.reason if isinstance(error, StepRefusedError) else "format"
        self._refused.append(CeremonyError(reason, because(error), file_name(step, index)))
