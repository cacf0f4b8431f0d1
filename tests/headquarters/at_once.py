"""Import all bundles of a day at once, in memory: what the import that remembers has to come to, too."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from crypto.sealing import SealingKey
from election.bundle import Bundle, BundleError
from election.definition import Election
from election.register import PublishedRegister
from headquarters.closings import (
    NOTHING_SETTLED,
    Closing,
    SettledDevices,
    as_bundle,
    choose,
    rescue_name,
)
from headquarters.handed_in import Believed
from headquarters.import_report import RejectedBundle
from headquarters.importing import CountedBundle, Imported, Office, whole
from headquarters.tally.work import ALONE, Work


@dataclass(frozen=True, slots=True)
class BundleFile:
    """The bytes of a closing bundle, not checked yet."""

    name: str
    """Where it came from, for the report."""
    data: bytes


def import_bundles(
    election: Election,
    package_digest: bytes,
    root_certificate: bytes,
    sealing_key: SealingKey,
    files: Iterable[BundleFile],
    now: datetime,
    work: Work = ALONE,
    *,
    earlier: Collection[bytes] = (),
    settled: SettledDevices = NOTHING_SETTLED,
    published: PublishedRegister | None = None,
) -> Imported:
    """Read, check, unseal and compare everything; the order of the files does not matter.

    `package_digest`: SHA-256 of the package that was sent to the branches; `earlier`: of revisions of
    it that count, too; `settled`: what acts and two offices said about devices; `published`: the
    register, by which the acts of every bundle are judged. Whatever is wrong with a bundle or a record is in
    the report; only a definition that is no election raises (`DecodeError`).
    """
    by = Believed(election, {package_digest, *earlier}, root_certificate, published)
    office = Office(by, sealing_key)
    bundles: dict[str, Bundle] = {}
    rejected: list[RejectedBundle] = []
    for file in sorted(files, key=lambda each: each.name):
        try:
            bundles[file.name] = office.read(file.data, now)
        except BundleError as error:
            rejected.append(RejectedBundle(file.name, error.reason, error.message))
    closings = choose((Closing.of(name, bundle) for name, bundle in bundles.items()), settled)
    counted = [(each.name, bundles[each.name]) for each in closings.accepted]
    counted += [
        (rescue_name(rescue), as_bundle(rescue, file, election))
        for rescue, file in closings.rescued
    ]
    checked = office.check([bundle for _, bundle in counted], work)
    compared = office.compare(
        [
            CountedBundle(name, bundle, records)
            for (name, bundle), records in zip(counted, checked, strict=True)
        ],
        settled,
    )
    return replace(compared, report=whole(election, [compared.report], rejected, closings, settled))
