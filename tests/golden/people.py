"""Keys and certificates: headquarters, two branches, the reconciliation office, two cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from cryptography.hazmat.primitives.asymmetric import ec

from crypto import certificates
from crypto.hybrid import HybridPublicKey
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId, Role
from headquarters.authority import Authority
from tests.golden.vault import FixedKey, Vault, card_key, replaying, sealing_key

TEHRAN = timezone(timedelta(hours=3, minutes=30))
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 14, 7, 30, tzinfo=TEHRAN)
EVENING = datetime(2026, 6, 14, 21, tzinfo=UTC)
"""When the bundles are imported and the archive is written."""
BRANCH, OTHER_BRANCH = BranchId("b0001"), BranchId("b0002")
STATION, TERMINAL = DeviceId("b0001-i1"), DeviceId("b0001-t1")
ELSEWHERE = DeviceId("b0002-t1")
PLACES = (
    (STATION, Role.IDENTITY_STATION, BRANCH),
    (TERMINAL, Role.BALLOT_TERMINAL, BRANCH),
    (ELSEWHERE, Role.BALLOT_TERMINAL, OTHER_BRANCH),
)
_SIGNERS = (
    ("signer", Role.HEADQUARTERS),
    ("reconciliation", Role.RECONCILIATION_OFFICER),
    ("observer", Role.OBSERVER),
)
SPARE = DeviceId("spare-t1")
_SPARES = ((SPARE, Role.BALLOT_TERMINAL),)
"""Devices without a branch."""
_REGISTRY = (("registry", Role.REGISTRY),)
_CARDS = (("officer", Role.OFFICER), ("supervisor", Role.SUPERVISOR))


@dataclass(frozen=True, slots=True)
class People:
    """Everybody's keys and certificates, by name; a device's name is its id."""

    keys: dict[str, FixedKey]
    sealing: dict[str, SealingKey]
    certificates: dict[str, bytes]
    """DER; `root` is the one all the others hang on."""

    @property
    def root(self) -> bytes:
        return self.certificates["root"]

    @property
    def authority(self) -> Authority:
        return Authority(
            self.root,
            self.keys["root"],
            self.certificates["signer"],
            self.keys["signer"],
            self.sealing["headquarters"].public_bytes,
        )


def make_people(vault: Vault) -> People:
    """The keys, and certificates made anew (their second signatures come out of the vault)."""
    names = (
        "root",
        *(name for name, _ in _SIGNERS),
        *(name for name, _, _ in PLACES),
        *(name for name, _ in _SPARES + _REGISTRY),
    )
    keys = {name: FixedKey(name, vault) for name in names}
    sealed = ("headquarters", "reconciliation", *(name for name, _, _ in PLACES))
    sealing = {name: sealing_key(name) for name in sealed}
    return People(keys, sealing, make_certificates(keys, vault))


def make_certificates(keys: dict[str, FixedKey], vault: Vault) -> dict[str, bytes]:
    """Root, signers, devices and cards, in a fixed order with serial numbers from 1."""
    with replaying(vault, "certificates"):
        root = certificates.create_root("ستاد نمونه", keys["root"], START, END)

        def issue(
            name: str, public: HybridPublicKey | ec.EllipticCurvePublicKey, role: Role, branch: str
        ) -> bytes:
            return certificates.issue(
                root,
                keys["root"],
                name,
                public,
                role=role,
                branch=branch,
                not_before=START,
                not_after=END,
            )

        return {
            "root": root,
            **{name: issue(name, keys[name].public, role, "") for name, role in _SIGNERS},
            **{name: issue(name, keys[name].public, role, at) for name, role, at in PLACES},
            **{
                name: issue(f"کارت {name}", card_key(name).public_key(), role, BRANCH)
                for name, role in _CARDS
            },
            **{
                name: issue(name, keys[name].public, role, "") for name, role in _SPARES + _REGISTRY
            },
        }
