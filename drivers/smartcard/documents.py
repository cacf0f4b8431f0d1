"""Contents that issuers sign, in ASN.1: the security object of a card and the master list (ICAO Doc 9303)."""

from __future__ import annotations

from typing import Final

from asn1crypto import algos, core, x509

LDS_SECURITY_OBJECT: Final = "2.23.136.1.1.1"
"""Content type of a card's security object (part 10, 4.6.2)."""
MASTER_LIST: Final = "2.23.136.1.1.2"
"""Content type of a list of country signing certificates (part 12, 9.1)."""


class GroupHash(core.Sequence):  # type: ignore[misc]
    """Hash of one data group."""

    _fields = [("number", core.Integer), ("hash", core.OctetString)]  # noqa: RUF012


class GroupHashes(core.SequenceOf):  # type: ignore[misc]
    """Hashes of the data groups."""

    _child_spec = GroupHash


class LdsVersion(core.Sequence):  # type: ignore[misc]
    """Versions of the data structure and of Unicode, from version 1 of the security object on."""

    _fields = [("lds", core.PrintableString), ("unicode", core.PrintableString)]  # noqa: RUF012


class LdsSecurityObject(core.Sequence):  # type: ignore[misc]
    """Signed content of EF.SOD."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("algorithm", algos.DigestAlgorithm),
        ("hashes", GroupHashes),
        ("lds_version", LdsVersion, {"optional": True}),
    ]


class MasterCertificates(core.SetOf):  # type: ignore[misc]
    """Certificates of a master list."""

    _child_spec = x509.Certificate


class MasterList(core.Sequence):  # type: ignore[misc]
    """Signed content of a master list."""

    _fields = [("version", core.Integer), ("certificates", MasterCertificates)]  # noqa: RUF012
