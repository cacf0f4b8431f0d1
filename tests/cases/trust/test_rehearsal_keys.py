"""Refuse the keys of a rehearsal in a real election, at headquarters and at each device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from election.enrolment import make_request
from election.errors import PackageError
from election.package import open_sent_package
from election.reasons import PackageReason
from headquarters.authority import create_authority, enrol
from headquarters.definition_builder import define_election, new_election_uuid
from headquarters.packaging import encode
from tests.headquarters.small import BRANCH, VALIDITY, Headquarters, council, experts, plan, set_up
from tests.headquarters.unlocking import unlock


@pytest.fixture(scope="module")
def hq(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    return set_up(tmp_path_factory.mktemp("hq"))


def packaged(
    hq: Headquarters, folder: Path, *, keys_of_rehearsal: bool, rehearsal: bool
) -> tuple[bytes, bytes]:
    """Return a package that is a rehearsal or none, and the root under which it is signed."""
    authority = create_authority(
        folder, "ستاد", VALIDITY, lambda _: True, unlock, rehearsal=keys_of_rehearsal
    )
    requests = [
        make_request(device.id, device.role, BRANCH, device.signing, device.sealing.public_bytes)
        for device in hq.devices.values()
    ]
    uuid = new_election_uuid()
    devices = enrol(authority, requests, lambda _: bytes(32), uuid, VALIDITY)
    portraits = {**council().portraits, **experts().portraits}
    election = define_election(
        replace(plan(), rehearsal=rehearsal),
        portraits,
        hq.trustees,
        devices,
        authority.sealing_public,
        uuid,
    )
    return encode(election, portraits, authority), authority.root


def test_a_real_package_under_the_root_of_a_rehearsal(hq: Headquarters, tmp_path: Path) -> None:
    """As with a plan whose word was changed by hand, or a program without the check."""
    package, root = packaged(hq, tmp_path / "k", keys_of_rehearsal=True, rehearsal=False)
    with pytest.raises(PackageError) as refused:
        open_sent_package(package, root)
    assert refused.value.reason is PackageReason.REHEARSAL_KEYS


@pytest.mark.parametrize(
    ("keys_of_rehearsal", "rehearsal"), [(False, False), (True, True), (False, True)]
)
def test_keys_that_fit(
    hq: Headquarters, tmp_path: Path, keys_of_rehearsal: bool, rehearsal: bool
) -> None:
    """The election's own keys may be tried in a rehearsal."""
    package, root = packaged(
        hq, tmp_path / "k", keys_of_rehearsal=keys_of_rehearsal, rehearsal=rehearsal
    )
    assert open_sent_package(package, root).election.rehearsal is rehearsal
