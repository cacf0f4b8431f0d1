"""Examine what could carry secrets of a device away: folders others may open, swap, core files."""

from __future__ import annotations

import resource
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from drivers.examined.finding import DoctorFinding, at, good
from drivers.file_system import keeps_old_blocks
from words.message import Items, Latin, m

SWAPS: Final = Path("/proc/swaps")
"""proc(5): a head, then a line for each area in use."""
_OTHERS: Final = 0o077


def of_machine(swaps: Path = SWAPS) -> tuple[DoctorFinding, ...]:
    """Examine swap and the limit of core files. Never raises for something that is missing."""
    return _swap(swaps), _core_files()


def of_station(data: Path, mirror: Path, *keys: Path) -> tuple[DoctorFinding, ...]:
    """Examine who may open the folders of votes and keys, and what media keep. Never raises."""
    return (
        _folders([data, mirror, *sorted({key.parent for key in keys})]),
        _old_blocks([data, mirror]),
    )


def _swap(swaps: Path) -> DoctorFinding:
    name = m("swap")
    try:
        areas = [line.split()[0] for line in swaps.read_text().splitlines()[1:] if line.strip()]
    except OSError:
        unread = m("a file cannot be read or written")
        return good(name, at(swaps, unread), m("see to it that swap is off or encrypted"))
    if not areas:
        return good(name, m("off"))
    used = Items(tuple(Latin(area) for area in areas))
    advice = m(
        "switch it off ({command}), or encrypt it: memory on a disk outlives the day",
        command=Latin("swapoff -a"),
    )
    return good(name, m("on: {areas}", areas=used), advice)


def _core_files() -> DoctorFinding:
    """Examine the limit that other programs of the account follow; a station forbids them for itself."""
    name = m("core files")
    soft, _ = resource.getrlimit(resource.RLIMIT_CORE)
    if soft == 0:
        return good(name, m("off"))
    advice = m(
        "switch them off ({command}): a program that crashes leaves its memory behind",
        command=Latin("ulimit -c 0"),
    )
    return good(name, m("programs of this account may write them"), advice)


def _old_blocks(folders: Iterable[Path]) -> DoctorFinding:
    name = m("overwritten blocks")
    kept = [
        Latin(f"{folder} ({kind or '?'})")
        for folder in folders
        if folder.is_dir() and (kind := keeps_old_blocks(folder)) is not None
    ]
    if not kept:
        return good(name, m("not kept"))
    advice = m(
        "format both media with {system}: elsewhere old blocks tell in which order votes were cast",
        system=Latin("ext4"),
    )
    return good(name, m("may be kept in {folders}", folders=Items(tuple(kept))), advice)


def _folders(folders: Iterable[Path]) -> DoctorFinding:
    name = m("rights of the folders")
    wide = []
    for folder in folders:
        try:
            mode = stat.S_IMODE(folder.stat().st_mode)
        except OSError:
            continue  # a folder that is not there has a finding of its own
        if mode & _OTHERS:
            wide.append(Latin(f"{folder} ({mode:04o})"))
    if not wide:
        return good(name, m("for the station's account only"))
    advice = m(
        "{command}, or mount the medium so: votes and keys are for the station's account only",
        command=Latin("chmod 700"),
    )
    return good(name, m("others may open {folders}", folders=Items(tuple(wide))), advice)
