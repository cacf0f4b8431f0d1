"""Anybody's check that no branch has more ballots than its identity stations gave authorizations.

    stations.json       {"items": [{"device", "issued", "claimed", "signature"}]}, in the supplement
    devices/<id>.der    certificates of the stations, which name their branches

Each station signs its two numbers (`election.issued`). The check goes branch by branch, over the cast
records of the terminals whose certificates name it; excluded ballots had authorizations, too. That an
authorization was given to an entitled person is not to be seen here: observers count people.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crypto import hybrid
from crypto.certificates import read_holder
from crypto.errors import CryptoError
from election.definition import ID_PATTERN, BranchId, DeviceId
from election.files import PUBLIC, replace_file
from election.issued import IssuedCount
from election.signed import SignatureRefused

STATIONS_FILE: Final = "stations.json"
_SIGNATURE = rf"^([0-9a-f]{{2}}){{{hybrid.SIGNATURE_SIZE}}}$"

Problem: TypeAlias = tuple[str, str]
"""(entry, what is wrong)."""


@dataclass(frozen=True, slots=True)
class StationEvidence:
    """What lets others check how many authorizations a station gave."""

    count: IssuedCount
    certificate: bytes
    signature: bytes

    @property
    def device(self) -> DeviceId:
        return self.count.device


def write_stations(folder: Path, stations: Iterable[StationEvidence]) -> None:
    """The file, and the stations' certificates in `devices`, which is there. Raises `OSError`."""
    items = []
    for each in sorted(stations, key=lambda item: item.device):
        replace_file(folder / "devices" / f"{each.device}.der", each.certificate, PUBLIC)
        items.append(
            {
                "device": each.device,
                "issued": each.count.issued,
                "claimed": each.count.claimed,
                "signature": each.signature.hex(),
            }
        )
    data = json.dumps({"items": items}, ensure_ascii=False, indent=1).encode() + b"\n"
    replace_file(folder / STATIONS_FILE, data, PUBLIC)


def check_stations(
    folder: Path, root: bytes, at: datetime, election: str, cast: Mapping[str, int]
) -> tuple[Problem, ...]:
    """What is wrong. `election`: its uuid; `cast`: records the terminals signed as cast, by branch.

    Raises `OSError` if the file cannot be read.
    """
    try:
        items = _Stations.model_validate_json((folder / STATIONS_FILE).read_bytes()).items
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        return ((STATIONS_FILE, first["msg"]),)
    problems: list[Problem] = []
    given: Counter[str] = Counter()
    for device, times in Counter(each.device for each in items).items():
        if times > 1:
            problems.append((device, "is listed more than once"))
    for each in {each.device: each for each in items}.values():
        try:
            certificate = (folder / "devices" / f"{each.device}.der").read_bytes()
            branch = BranchId(read_holder(certificate).branch)
            count = IssuedCount(election, DeviceId(each.device), branch, each.issued, each.claimed)
            holder = count.verify(certificate, bytes.fromhex(each.signature), root, at)
        except FileNotFoundError:
            problems.append((each.device, "its certificate is missing"))
        except (CryptoError, SignatureRefused) as error:
            problems.append((each.device, str(error)))
        else:
            if holder.name != each.device:
                problems.append((each.device, "the certificate is another device's"))
            given[branch] += each.issued + each.claimed
    for name, number in sorted(cast.items()):
        if number > given[name]:
            problems.append((name, f"{number} ballots, but {given[name]} authorizations"))
    return tuple(problems)


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


_Number = Annotated[int, Field(ge=0, le=10_000_000)]


class _Station(_Model):
    device: str = Field(pattern=ID_PATTERN)
    issued: _Number
    claimed: _Number
    signature: str = Field(pattern=_SIGNATURE)


class _Stations(_Model):
    items: list[_Station]
