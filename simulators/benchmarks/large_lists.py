"""What lists of real size cost: 500 authorities of many states, and 100,000 revoked certificates."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.smartcard.certificates import load_certificate, load_revocation_list
from drivers.smartcard.policy import DocumentKind, PassivePolicy
from drivers.smartcard.sod import check_passive
from drivers.smartcard.trust import CscaStore
from simulators.benchmarks.holdings import MIB, Holdings
from simulators.benchmarks.measure import Figure, StatusCallback, sampled
from simulators.cards.issuer import Issuer
from simulators.commands.identity import EidOptions, holder

AUTHORITIES: Final = 500
ENTRIES: Final = 100_000
READS: Final = 21
LOAD_MS, FIRST_MS, AGAIN_MS = 1500, 3000, 15
MEMORY_MIB: Final = 128
KIND: Final = DocumentKind((("IRN", "IR"),), ("IRN",), ("I",))

T = TypeVar("T")


def revoked(issuer: Issuer, entries: int, now: datetime) -> bytes:
    """Return a list (DER) with invented serial numbers, each with its reason."""
    numbers = random.Random("revoked")
    reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
    listed = [
        x509.RevokedCertificateBuilder()
        .serial_number(numbers.getrandbits(126) | 1 << 126)
        .revocation_date(now)
        .add_extension(reason, critical=False)
        .build()
        for _ in range(entries)
    ]
    key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.authority_key.public_key())
    made = x509.CertificateRevocationListBuilder(
        issuer.authority.subject, now - timedelta(days=1), now + timedelta(days=30), [], listed
    ).add_extension(key, critical=False)
    return made.sign(issuer.authority_key, hashes.SHA256()).public_bytes(Encoding.DER)


def list_figures(tell: StatusCallback) -> Iterator[Figure]:
    """Yield the figures, in processor time of this process."""
    now = datetime.now(UTC)
    tell("making authorities and a list of real size")
    issuers = [Issuer.create(f"Invented authority {number}", now) for number in range(AUTHORITIES)]
    own = issuers[-1]
    person, _ = holder(EidOptions(ca=Path()), now.date())
    card = own.issue(person)
    ders = [issuer.authority_der for issuer in issuers]
    data = revoked(own, ENTRIES, now)
    before = Holdings.now(os.getpid()).memory
    tell("reading documents with it")
    certificates, loading = _timed(lambda: tuple(load_certificate(der) for der in ders))
    list_, listing = _timed(lambda: load_revocation_list(data))
    policy = PassivePolicy((KIND,), require_revocation=True)
    groups = {number: card.groups[number] for number in (1, 2, 11)}

    def judge(store: CscaStore) -> float:
        evidence, taken = _timed(lambda: check_passive(card.sod, groups, store, now, policy))
        if not evidence.authentic:
            raise AssertionError(f"the bench's card is refused: {evidence.failed}")
        return taken

    alone = CscaStore((own.authority,), (load_revocation_list(own.revocation_list(now)),))
    store = CscaStore(certificates, (list_,))
    judge(alone)
    usual = [judge(alone) for _ in range(READS)]
    first = judge(store)
    again = [judge(store) for _ in range(READS)]
    grown = (Holdings.now(os.getpid()).memory - before) / MIB
    size = f"{len(data) / 1e6:.1f} MB"
    yield Figure(f"lists: load {AUTHORITIES} authorities, ours", loading, "ms", target=LOAD_MS)
    yield Figure(
        f"lists: load one of {ENTRIES:,} entries, ours", listing, "ms", target=LOAD_MS, note=size
    )
    yield Figure("lists: the first document judged with them, ours", first, "ms", target=FIRST_MS)
    yield sampled("lists: any further document, ours", again, "ms", target=AGAIN_MS)
    yield Figure(
        "lists: any further document, over one authority and an empty list",
        statistics.median(again) / statistics.median(usual),
        "×",
        samples=READS,
        target=3.0,
    )
    yield Figure("lists: memory for them", grown, "MiB", target=MEMORY_MIB)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what `work` gives, and the milliseconds of processor time that it took."""
    begun = time.process_time()
    done = work()
    return done, 1000 * (time.process_time() - begun)
