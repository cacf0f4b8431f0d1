"""Keys of headquarters and trustees, enrolment, certificates."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.certificates import verify_chain
from crypto.errors import CertificateRefusedError, CryptoError
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from crypto.trustee_key import read_private_key
from election.definition import BranchId, DeviceId, Role
from election.enrolment import (
    EnrolmentError,
    EnrolmentRequest,
    check_request,
    make_request,
    read_request,
    write_request,
)
from headquarters.authority import (
    Authority,
    AuthorityError,
    create_authority,
    enrol,
    issue_device,
    issue_operator,
    load_sealing_key,
)
from headquarters.key_folder import LOCK_FILE, KeyFolderError, KeyUse, open_key_folder
from headquarters.trustees import (
    TrusteeError,
    create_trustees,
    key_path,
    load_private_keys,
    load_trustees,
)
from tests.headquarters.small import BRANCH, NOON, VALIDITY
from tests.headquarters.unlocking import authority_of, card_key_of, unlock


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return create_authority(folder, "ستاد", VALIDITY, lambda _: True, unlock)


def request(name: str = "t-1", role: Role = Role.BALLOT_TERMINAL) -> EnrolmentRequest:
    sealing = SealingKey.generate()
    key = HybridKey.generate()
    return make_request(DeviceId(name), role, BRANCH, key, sealing.public_bytes)


def test_keys_are_private_and_come_back(authority: Authority, folder: Path) -> None:
    for path in folder.rglob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = authority_of(folder)
    assert again.root == authority.root
    assert again.sealing_public == authority.sealing_public
    assert load_sealing_key(folder, unlock).public_bytes == authority.sealing_public
    assert "Authority(…)" in repr(again)
    verify_chain(again.signer, again.root, NOON, {Role.HEADQUARTERS})


def test_keys_are_made_once(authority: Authority, folder: Path) -> None:
    with pytest.raises(AuthorityError, match="not empty"):
        create_authority(folder, "again", VALIDITY, lambda _: True, unlock)


@pytest.mark.parametrize("declined", [0, 1])
def test_both_questions_count(tmp_path: Path, declined: int) -> None:
    answers = [index != declined for index in range(2)]
    with pytest.raises(AuthorityError, match="no keys were made"):
        create_authority(tmp_path / "k", "x", VALIDITY, lambda _: answers.pop(0), unlock)
    assert not (tmp_path / "k").exists()


def _load_sealing(folder: Path) -> SealingKey:
    return load_sealing_key(folder, unlock)


@pytest.mark.parametrize(
    "name", ["root/root.key", "signer.key", "sealing.key", "sealing.pub", "root.der", "signer.der"]
)
def test_missing_and_damaged_files_are_named(tmp_path: Path, name: str) -> None:
    create_authority(tmp_path / "k", "x", VALIDITY, lambda _: True, unlock)
    load = _load_sealing if name == "sealing.key" else authority_of
    (tmp_path / "k" / name).write_bytes(b"damaged")
    with pytest.raises(KeyFolderError, match=name):
        load(tmp_path / "k")
    (tmp_path / "k" / name).unlink()
    with pytest.raises(KeyFolderError, match=f"{name} is missing"):
        load(tmp_path / "k")


def test_a_key_of_another_certificate_is_noticed(tmp_path: Path) -> None:
    create_authority(tmp_path / "a", "x", VALIDITY, lambda _: True, unlock)
    create_authority(tmp_path / "b", "x", VALIDITY, lambda _: True, unlock)
    (tmp_path / "a" / "signer.der").write_bytes((tmp_path / "b" / "signer.der").read_bytes())
    with pytest.raises(AuthorityError, match="do not belong together"):
        authority_of(tmp_path / "a")


def test_device_certificate_names_role_and_branch(authority: Authority) -> None:
    wanted = request()
    certificate = issue_device(authority, wanted, VALIDITY)
    holder = verify_chain(certificate, authority.root, NOON, {Role.BALLOT_TERMINAL}, BRANCH)
    assert holder.signing_key == wanted.key
    assert holder.name == "t-1"
    with pytest.raises(CertificateRefusedError):
        verify_chain(certificate, authority.root, NOON, {Role.OFFICER})


def test_operator_certificate(authority: Authority) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    certificate = issue_operator(
        authority, "204", key, role=Role.SUPERVISOR, branch=BRANCH, validity=VALIDITY
    )
    holder = verify_chain(certificate, authority.root, NOON, {Role.SUPERVISOR}, BRANCH)
    assert holder.name == "204"
    for role, name in ((Role.HEADQUARTERS, "1"), (Role.OFFICER, ""), (Role.OFFICER, "نسرین کریمی")):
        with pytest.raises(AuthorityError):
            issue_operator(authority, name, key, role=role, branch=BRANCH, validity=VALIDITY)


def test_enrolment_list(authority: Authority, folder: Path) -> None:
    one, two = request("t-2"), request("s-1", Role.IDENTITY_STATION)
    devices = enrol(
        authority, [one, two], lambda branch: card_key_of(folder, branch), "uuid", VALIDITY
    )
    assert [device.id for device in devices] == ["s-1", "t-2"]
    assert devices[0].sealed_card_key != devices[1].sealed_card_key
    assert card_key_of(folder, BRANCH) == card_key_of(folder, BRANCH)
    assert card_key_of(folder, BRANCH) != card_key_of(folder, BranchId("b-2"))
    assert stat.S_IMODE((folder / "cards" / f"{BRANCH}.key").stat().st_mode) == 0o600


def test_enrolment_refuses_doubles_and_other_roles(authority: Authority) -> None:
    one = request()
    with pytest.raises(AuthorityError, match="same id"):
        enrol(authority, [one, request()], lambda _: bytes(32), "u", VALIDITY)
    key = HybridKey.generate()
    same = [
        make_request(DeviceId(n), one.role, BRANCH, key, SealingKey.generate().public_bytes)
        for n in "ab"
    ]
    with pytest.raises(AuthorityError, match="same id"):
        enrol(authority, same, lambda _: bytes(32), "u", VALIDITY)
    with pytest.raises(AuthorityError, match="role Officer"):
        issue_device(authority, request(role=Role.OFFICER), VALIDITY)


def test_branch_names_cannot_leave_the_folder(folder: Path) -> None:
    with pytest.raises(AuthorityError):
        card_key_of(folder, BranchId("../x"))


# ---------------------------------------------------------------- requests


def test_request_file_comes_back() -> None:
    made = request()
    assert read_request(write_request(made)) == made
    assert len(made.fingerprint.split()) == 8


def test_altered_requests_are_refused() -> None:
    made = request()
    for changed in (
        replace(made, device=DeviceId("other")),
        replace(made, role=Role.IDENTITY_STATION),
        replace(made, branch=BranchId("b-9")),
        replace(made, sealing_key=SealingKey.generate().public_bytes),
        replace(made, signing_key=HybridKey.generate().public.raw),
    ):
        with pytest.raises(EnrolmentError):
            check_request(changed)


REQUEST = write_request(request())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(REQUEST) - 1), st.integers(0, 255))
def test_any_bytes_raise_enrolment_errors_only(noise: bytes, place: int, byte: int) -> None:
    changed = REQUEST[:place] + bytes([byte]) + REQUEST[place + 1 :]
    for data in (noise, changed, REQUEST[:place]):
        try:
            found = read_request(data)
        except EnrolmentError:
            continue
        assert write_request(found) == REQUEST


# ---------------------------------------------------------------- trustees


def test_trustees_keys(tmp_path: Path) -> None:
    trustees = create_trustees(tmp_path / "t", 3, lambda _: True, unlock)
    assert load_trustees(tmp_path / "t" / "trustees.json").text == trustees.text
    assert sorted(load_private_keys(tmp_path / "t", trustees, unlock)) == [1, 2, 3]
    assert stat.S_IMODE(key_path(tmp_path / "t", 1).stat().st_mode) == 0o600
    with pytest.raises(TrusteeError, match="not empty"):
        create_trustees(tmp_path / "t", 3, lambda _: True, unlock)


def test_wrong_trustees_keys_are_named(tmp_path: Path) -> None:
    trustees = create_trustees(tmp_path / "t", 2, lambda _: True, unlock)
    key_path(tmp_path / "t", 2).write_bytes(key_path(tmp_path / "t", 1).read_bytes())
    with pytest.raises(KeyFolderError, match=r"trustee-2\.key cannot be used"):
        load_private_keys(tmp_path / "t", trustees, unlock)
    key_path(tmp_path / "t", 2).write_bytes(b"nothing")
    with pytest.raises(KeyFolderError, match=r"trustee-2\.key is damaged"):
        load_private_keys(tmp_path / "t", trustees, unlock)
    key_path(tmp_path / "t", 2).unlink()
    with pytest.raises(KeyFolderError, match=r"trustee-2\.key is missing"):
        load_private_keys(tmp_path / "t", trustees, unlock)
    (tmp_path / "t" / "trustees.json").write_text("[]")
    with pytest.raises(TrusteeError):
        load_trustees(tmp_path / "t" / "trustees.json")


def test_trustees_keys_rest_encrypted_and_marked(tmp_path: Path) -> None:
    """Who copies the folder of a rehearsal has nothing, either."""
    place = tmp_path / "t"
    create_trustees(place, 2, lambda _: True, unlock, rehearsal=True)
    other = create_trustees(tmp_path / "o", 2, lambda _: True, unlock)
    for number in (1, 2):
        with pytest.raises(CryptoError):
            read_private_key(key_path(place, number).read_bytes())
    assert open_key_folder(place, unlock).use is KeyUse.REHEARSAL
    with pytest.raises(TrusteeError, match="not the key of trustee 1"):
        load_private_keys(place, other, unlock)
    (place / LOCK_FILE).unlink()
    with pytest.raises(TrusteeError, match="no private keys of trustees"):
        load_private_keys(place, other, unlock)


def test_trustees_are_confirmed_and_limited(tmp_path: Path) -> None:
    with pytest.raises(TrusteeError, match="no trustees"):
        create_trustees(tmp_path / "t", 2, lambda _: False, unlock)
    for count in (0, 17):
        with pytest.raises(TrusteeError, match="1 to 16"):
            create_trustees(tmp_path / "t", count, lambda _: True, unlock)
