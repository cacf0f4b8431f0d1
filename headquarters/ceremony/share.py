"""The key a trustee decrypts with, after the election."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crypto.errors import CryptoError
from crypto.group import Scalar, mul_base
from crypto.threshold.shares import open_decryption_key, parse_share
from crypto.trustees import Trustees
from headquarters.ceremony.board import read_file
from headquarters.ceremony.definition import Step, file_name
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.journal import read_journal
from headquarters.ceremony.secret import SecretKeeper, read_secret


@dataclass(frozen=True, slots=True)
class DecryptionKey:
    """A trustee's private key or share, and its owner number. Never print or log this."""

    trustee: int
    """Number within the ceremony, from 1: the owner number if it is the election's only one."""
    scalar: Scalar

    def __repr__(self) -> str:
        return f"DecryptionKey(trustee {self.trustee})"

    def owner(self, trustees: Trustees) -> int:
        """The owner number among an election's trustees. Raises CeremonyError (`keys`)."""
        public = mul_base(self.scalar)
        for number, owner in trustees.owners.items():
            if owner.public_key == public:
                return number
        raise CeremonyError(
            "keys", f"trustee {self.trustee} of that ceremony is no trustee of this election"
        )


def open_share(folder: Path, keeper: SecretKeeper, stick: Path | None = None) -> DecryptionKey:
    """The decryption key of the trustee whose secret is in `folder`.

    stick: of the ceremony; needed only if the trustee's journal is lost. Raises CeremonyError
    (`secret`, `incomplete`), UnsealError for a wrong passphrase, or what the keeper raises.
    """
    file = read_secret(folder)
    if file is None:
        raise CeremonyError("secret", f"{folder} holds no trustee's secret")
    secret = file.open(keeper)
    if secret.private_key is not None:
        return DecryptionKey(file.trustee, secret.private_key)
    journal = read_journal(folder)
    made = None if journal is None else journal.made.get(Step.SHARE)
    if made is None and stick is not None:
        made = read_file(stick / file_name(Step.SHARE, file.trustee))
    if made is None:
        raise CeremonyError(
            "incomplete", "the trustee's share is missing: give the stick of the ceremony"
        )
    try:
        sealed = parse_share(made).private_key
        return DecryptionKey(file.trustee, open_decryption_key(secret.seed, sealed))
    except CryptoError as error:
        raise CeremonyError("keys", "the share is not of this secret") from error
