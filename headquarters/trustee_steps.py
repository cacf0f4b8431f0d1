"""Take a trustee's steps on every archive of a count: mix, decrypt.

A trustee's command waits for nothing of the office's steps (`headquarters.batch_tally`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crypto.group import Scalar
from headquarters.batch_list import archives_in
from headquarters.tally import relay
from headquarters.tally.archive_status import ArchiveStatus
from headquarters.tally.work import ALONE, Work


@dataclass(frozen=True, slots=True)
class StepCount:
    """On how many archives a trustee's step was done."""

    done: int
    before: tuple[Path, ...]
    """Archives on which the trustee had done it before; they are left alone."""


def mix(target: Path, trustee: int, work: Work = ALONE) -> StepCount:
    """Verify every archive of the target and shuffle it as a trustee (from 1). Raises `RelayError`."""

    def step(standing: ArchiveStatus) -> bool:
        if trustee in standing.shufflers:
            return False
        relay.mix(standing, trustee, work)
        return True

    return _on_every_archive(target, step, work)


def decrypt(target: Path, private_key: Scalar, work: Work = ALONE) -> StepCount:
    """Verify every archive of the target and add the key owner's decryption with its strong proof.

    Where only the proof is missing it is added. Raises `RelayError`.
    """

    def step(standing: ArchiveStatus) -> bool:
        owner = relay.owner_of(standing.trustees, private_key)
        if owner in standing.proofs:
            return False
        if owner in standing.partials:
            relay.prove_decryption(standing, private_key)
        else:
            relay.decrypt(standing, private_key, work)
        return True

    return _on_every_archive(target, step, work)


def _on_every_archive(target: Path, step: Callable[[ArchiveStatus], bool], work: Work) -> StepCount:
    archives = archives_in(target)
    before: list[Path] = []
    for number, archive in enumerate(archives, 1):
        if not step(relay.open_archive(archive, work)):
            before.append(archive)
        work.progress("archives", number, len(archives))
    return StepCount(len(archives) - len(before), tuple(before))
