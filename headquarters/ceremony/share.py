"""Open the key that a trustee decrypts with, after the election."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crypto.compact_json import dump
from crypto.errors import CryptoError
from crypto.group import Scalar, mul_base
from crypto.threshold.messages import SealedMessage
from crypto.threshold.shares import open_decryption_key, parse_share
from crypto.trustees import Trustees
from election.because import because
from election.files import write_new
from headquarters.ceremony.ceremony_files import read_file
from headquarters.ceremony.definition import CeremonyStep, file_name
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.journal import read_journal
from headquarters.ceremony.secret import OwnSecret, SecretFile, demand_secret
from headquarters.keepers import SecretKeeper
from words.message import m


@dataclass(frozen=True, slots=True)
class DecryptionKey:
    """A trustee's private key or share, and its owner number. Never print or log this."""

    trustee: int
    """Number within the ceremony, from 1: the owner number if it is the election's only one."""
    scalar: Scalar

    def __repr__(self) -> str:
        return f"DecryptionKey(trustee {self.trustee})"

    def owner(self, trustees: Trustees) -> int:
        """Return the owner number among an election's trustees. Raises CeremonyError (`keys`)."""
        public = mul_base(self.scalar)
        for number, owner in trustees.owners.items():
            if owner.public_key == public:
                return number
        raise CeremonyError(
            "keys",
            m(
                "trustee {trustee} of that ceremony is no trustee of this election",
                trustee=self.trustee,
            ),
        )


def open_share(folder: Path, keeper: SecretKeeper, stick: Path | None = None) -> DecryptionKey:
    """Open the decryption key of the trustee whose secret is in `folder`.

    `stick`: of the ceremony; needed only if the trustee's journal is lost. Raises CeremonyError
    (`secret`, `incomplete`), UnsealError for a wrong passphrase, or what the keeper raises.
    """
    file, secret = _open(folder, keeper)
    if secret.private_key is not None:
        return DecryptionKey(file.trustee, secret.private_key)
    sealed = _sealed_key(folder, file.trustee, stick)
    try:
        return DecryptionKey(file.trustee, open_decryption_key(secret.seed, sealed))
    except CryptoError as error:
        raise CeremonyError("keys", m("the share is not of this secret")) from error


def export_secret(
    folder: Path, keeper: SecretKeeper, target: Path, stick: Path | None = None
) -> tuple[Path, ...]:
    """Write the secret **in the clear**, as the reference tool reads it, into a new folder.

    For a count without this program: `trustee.key` (the seed) and `trustee.dkey` of a threshold
    trustee, `trustee.privkey` of a single one. Raises as `open_share`.
    """
    file, secret = _open(folder, keeper)
    if secret.private_key is not None:
        files = {"trustee.privkey": dump(str(secret.private_key))}
    else:
        sealed = _sealed_key(folder, file.trustee, stick)
        files = {"trustee.key": secret.seed.seed.encode(), "trustee.dkey": sealed.text.encode()}
    try:
        target.mkdir(mode=0o700, parents=True)
        for name, content in files.items():
            write_new(target / name, content)
    except OSError as error:
        raise CeremonyError(
            "secret",
            m("{target} has to be a new folder: {reason}", target=target, reason=because(error)),
        ) from error
    return tuple(target / name for name in files)


def _open(folder: Path, keeper: SecretKeeper) -> tuple[SecretFile, OwnSecret]:
    file = demand_secret(folder)
    return file, file.open(keeper)


def _sealed_key(folder: Path, trustee: int, stick: Path | None) -> SealedMessage:
    journal = read_journal(folder)
    made = None if journal is None else journal.made.get(CeremonyStep.SHARE)
    if made is None and stick is not None:
        made = read_file(stick / file_name(CeremonyStep.SHARE, trustee))
    if made is None:
        raise CeremonyError(
            "incomplete", m("the trustee's share is missing: give the USB drive of the ceremony")
        )
    try:
        return parse_share(made).private_key
    except CryptoError as error:
        raise CeremonyError("format", m("the trustee's share is damaged")) from error
