"""Name what a row of the table of exceptions may let through; importing this loads nothing else."""

from __future__ import annotations

from enum import StrEnum


class Exempt(StrEnum):
    """What a row of the table of exceptions lets through; the words are signed."""

    CONTENT_TYPE = "content-type"
    """EF.SOD has another content type than today's: a few old documents do."""
    DENYING_AUTHORITY = "denying-authority"
    """An authority whose certificate says that it is none."""
    EXPIRED_SIGNER = "expired-signer"
    """The signer's certificate ended before the cards that it signed."""
    PURPOSE = "purpose"
    """The signer's certificate names an extended purpose."""
    NO_REVOCATION_LIST = "no-revocation-list"
    """No current revocation list of the country can be had."""
    CHIP_NOT_PROVEN = "chip-not-proven"
    """The chip offers only proofs that cannot be done here; never where one is demanded."""
    SHORT_CHIP_KEY = "short-chip-key"
    """Keys of Active Authentication below the floor."""
    EXPIRED_DOCUMENT = "expired-document"
    """The document itself is over, and was prolonged."""
