"""The register: who is believed after the day, and the number that everybody compares."""

from __future__ import annotations

import base64
import hashlib
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.certificates import read_subject
from crypto.hybrid import HybridKey
from election.definition import BranchId, DeviceId, Role
from election.json_envelope import write_json_envelope
from election.register import (
    BranchAuthority,
    BranchOperators,
    Register,
    RegisteredDevice,
    RegisteredEvaluator,
    RegisteredPackage,
    RegisteredSigners,
    RegisterError,
    ReserveOperators,
    SeatRule,
    contradictions,
    form,
    in_groups,
    number_of,
    open_published_register,
    open_register,
    parse_number,
    write_register,
)
from election.schema import to_json
from tests.election.samples import BRANCH, END, NOW, OTHER_BRANCH, UUID, sample

SAMPLE = sample()
OFFICER, SUPERVISOR = sorted(hashlib.sha256(name).digest() for name in (b"one", b"other"))


def device(name: DeviceId) -> RegisteredDevice:
    listed = SAMPLE.election.device(name)
    assert listed is not None
    key = read_subject(listed.certificate).signing_key.classical.raw
    digest = hashlib.sha256(listed.certificate).digest()
    return RegisteredDevice(name, listed.role, listed.branch, key, digest)


REGISTER = Register(
    election=UUID,
    fingerprint="A" * 43,
    rehearsal=True,
    definition=bytes(32),
    seats=SeatRule("candidate-votes", "largest-remainder", "a public source"),
    decision_lot="another public source",
    minimum=500,
    groups=((BRANCH,), (OTHER_BRANCH,)),
    packages=(RegisteredPackage(1, (BRANCH, OTHER_BRANCH), bytes(32)),),
    root=SAMPLE.root,
    trustees=("0" * 64, "1" * 64),
    devices=tuple(device(each.id) for each in SAMPLE.election.devices),
    operators=(BranchOperators(BRANCH, (OFFICER, SUPERVISOR)),),
    reserves=(),
    signers=RegisteredSigners((SAMPLE.signer,), (), (), (SAMPLE.signer,), (SAMPLE.signer,)),
    split_keys=(),
    registry=(),
    evaluator=(),
    branch_authorities=(),
)
DATA = write_register(REGISTER, SAMPLE.signer_key, SAMPLE.signer)
LATER = replace(
    REGISTER,
    reserves=(ReserveOperators("منطقهٔ ۱", (BRANCH,), (OFFICER,)),),
    split_keys=(bytes(1216), bytes(1216)),
    registry=(SAMPLE.signer,),
    evaluator=(RegisteredEvaluator(SAMPLE.signer, bytes(range(32))),),
    branch_authorities=(BranchAuthority(BRANCH, SAMPLE.signer),),
)
"""With the members that are empty today."""


def refused(data: bytes, root: bytes = SAMPLE.root) -> str:
    with pytest.raises(RegisterError) as refusal:
        open_register(data, root, NOW)
    return refusal.value.reason


def signed(content: bytes) -> bytes:
    return write_json_envelope(form(), content, [(SAMPLE.signer_key, SAMPLE.signer)])


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("register", [REGISTER, LATER], ids=["today", "later"])
def test_round_trip(register: Register) -> None:
    data = write_register(register, SAMPLE.signer_key, SAMPLE.signer)
    published = open_register(data, SAMPLE.root, NOW)
    assert published.register == register
    assert published.number == hashlib.sha256(data).hexdigest()


def test_long_after_the_day() -> None:
    """When every certificate has expired, whoever knows the number can still read it."""
    late = END + timedelta(days=3650)
    with pytest.raises(RegisterError):
        open_register(DATA, SAMPLE.root, late)
    assert open_published_register(DATA, SAMPLE.root).register == REGISTER


def test_signers() -> None:
    stranger = HybridKey.generate()
    device_key = SAMPLE.issue("device", stranger, Role.BALLOT_TERMINAL, BRANCH)
    assert refused(write_register(REGISTER, stranger, device_key)) == "register-signature"
    assert refused(write_register(REGISTER, stranger, SAMPLE.signer)) == "register-signature"
    assert refused(DATA, sample().root) == "register-signature"
    other_root = replace(REGISTER, root=sample().root)
    assert refused(write_register(other_root, SAMPLE.signer_key, SAMPLE.signer)) == "register-root"


def test_content_is_changed() -> None:
    value = json.loads(DATA)
    value["content"] = value["content"].replace('"minimum": 500', '"minimum": 1')
    assert refused(json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n") == (
        "register-signature"
    )


@pytest.mark.parametrize(
    "spell",
    [
        lambda value: json.dumps(value, indent=1),
        lambda value: json.dumps(value, indent=2, ensure_ascii=False) + "\n",
        lambda value: (
            json.dumps(dict(reversed(value.items())), indent=1, ensure_ascii=False) + "\n"
        ),
        lambda value: json.dumps(value | {"more": []}, indent=1, ensure_ascii=False) + "\n",
        lambda value: json.dumps([value], indent=1, ensure_ascii=False) + "\n",
        lambda value: json.dumps(value | {"content": 1}, indent=1, ensure_ascii=False) + "\n",
        lambda value: json.dumps(value | {"signatures": [1]}, indent=1) + "\n",
        lambda value: json.dumps(value | {"signatures": ["=="]}, indent=1) + "\n",
        lambda value: json.dumps(value | {"content": "\ud800"}, indent=1) + "\n",
    ],
    ids=["no-break", "wider", "order", "more", "list", "number", "int", "base64", "surrogate"],
)
def test_one_spelling(spell: Callable[[dict[str, object]], str]) -> None:
    assert refused(spell(json.loads(DATA)).encode()) == "register-format"


def test_another_format_or_version() -> None:
    value = json.loads(DATA)
    for member, wanted in (({"format": "amin-x"}, "format"), ({"version": 1}, "version")):
        data = json.dumps(value | member, ensure_ascii=False, indent=1).encode() + b"\n"
        assert refused(data) == f"register-{wanted}"


def test_a_member_nobody_knows() -> None:
    """Fields of later steps are there from the start, so that none is ever added."""
    content = json.loads(to_json(REGISTER))
    assert refused(signed(json.dumps(content | {"hours": []}).encode())) == "register-format"
    for name in content:
        less = {member: value for member, value in content.items() if member != name}
        assert refused(signed(json.dumps(less).encode())) == "register-format"


def test_a_member_twice() -> None:
    content = to_json(REGISTER).replace(b'"minimum": 500', b'"minimum": 500, "minimum": 1')
    assert refused(signed(content)) == "register-format"


# ---------------------------------------------------------------- contradictions


def devices(*changed: RegisteredDevice) -> Register:
    ordered = sorted((*REGISTER.devices[1:], *changed), key=lambda each: each.id)
    return replace(REGISTER, devices=tuple(ordered))


FIRST = REGISTER.devices[0]
SECOND = REGISTER.devices[1]
WRONG: dict[str, Register] = {
    "branch-in-two-groups": replace(REGISTER, groups=((BRANCH,), (BRANCH, OTHER_BRANCH))),
    "device-of-no-group": devices(replace(FIRST, branch=BranchId("b9"))),
    "package-of-no-group": replace(
        REGISTER, packages=(RegisteredPackage(1, (BranchId("b9"),), bytes(32)),)
    ),
    "operators-of-no-group": replace(
        REGISTER, operators=(BranchOperators(BranchId("b9"), (OFFICER,)),)
    ),
    "groups-turned": replace(REGISTER, groups=((OTHER_BRANCH,), (BRANCH,))),
    "group-turned": replace(REGISTER, groups=((OTHER_BRANCH, BRANCH),)),
    "devices-turned": replace(REGISTER, devices=REGISTER.devices[::-1]),
    "device-twice": devices(FIRST, FIRST),
    "name-in-capitals": devices(
        FIRST, replace(FIRST, id=DeviceId(FIRST.id.upper()), key=bytes(32), certificate=bytes(32))
    ),
    "key-twice": devices(replace(FIRST, key=SECOND.key)),
    "certificate-twice": devices(replace(FIRST, certificate=SECOND.certificate)),
    "cards-turned": replace(REGISTER, operators=(BranchOperators(BRANCH, (SUPERVISOR, OFFICER)),)),
    "revisions-turned": replace(
        REGISTER,
        packages=(
            RegisteredPackage(2, (BRANCH,), bytes(32)),
            RegisteredPackage(1, (BRANCH,), bytes([1]) * 32),
        ),
    ),
    "package-twice": replace(
        REGISTER,
        packages=tuple(RegisteredPackage(each, (BRANCH,), bytes(32)) for each in (1, 2)),
    ),
    "reserve-of-no-group": replace(
        REGISTER, reserves=(ReserveOperators("d", (BranchId("b9"),), (OFFICER,)),)
    ),
    "branch-in-two-districts": replace(
        REGISTER,
        reserves=tuple(ReserveOperators(name, (BRANCH,), (OFFICER,)) for name in ("d", "e")),
    ),
    "district-turned": replace(
        REGISTER, reserves=(ReserveOperators("d", (OTHER_BRANCH, BRANCH), (OFFICER,)),)
    ),
    "trustee-twice": replace(REGISTER, trustees=("0" * 64,) * 2),
    "signer-twice": replace(
        REGISTER, signers=replace(REGISTER.signers, missing=(SAMPLE.signer,) * 2)
    ),
}


@pytest.mark.parametrize("register", WRONG.values(), ids=list(WRONG))
def test_contradictions(register: Register) -> None:
    assert contradictions(register)
    with pytest.raises(RegisterError):
        write_register(register, SAMPLE.signer_key, SAMPLE.signer)
    assert refused(signed(to_json(register))) == "register-contradiction"


def test_revisions_for_several_areas_agree() -> None:
    """Two packages of one revision, each for its branches; and a spare without one."""
    packages = (
        RegisteredPackage(1, (BRANCH,), bytes(32)),
        RegisteredPackage(1, (OTHER_BRANCH,), bytes([1]) * 32),
    )
    spare = devices(replace(FIRST, branch=None))
    assert contradictions(replace(spare, packages=packages)) == ()


# ---------------------------------------------------------------- the number


def test_all_digits_in_groups() -> None:
    number = number_of(DATA)
    assert in_groups(number).split(" ") == [number[at : at + 4] for at in range(0, 64, 4)]
    assert parse_number(in_groups(number)) == number


@given(st.text())
def test_a_number_or_an_error(text: str) -> None:
    try:
        number = parse_number(text)
    except ValueError:
        return
    assert len(number) == 64


# ---------------------------------------------------------------- bytes of strangers


@pytest.mark.fuzz
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    assert refused(data) == "register-format"


@pytest.mark.fuzz
@settings(deadline=None, max_examples=150)
@given(
    place=st.integers(0, len(DATA) - 1),
    length=st.integers(0, 40),
    put=st.binary(max_size=40) | st.sampled_from([b'"', b"[[[[", b"\\u0000", b"\xff"]),
)
def test_a_part_is_exchanged(place: int, length: int, put: bytes) -> None:
    """Whatever is changed, nothing is read from it; and nobody's error but ours."""
    changed = DATA[:place] + put + DATA[place + length :]
    if changed != DATA:
        assert refused(changed).startswith("register-")


CONTENT = to_json(REGISTER)


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"[]," * 500_000 + b"[]]",
        DATA[:-3] + b',\n "more": [' + b"[]," * 500_000 + b"[]]\n}\n",
        DATA.replace(b'"content": "', b'"content": [' + b"0," * 500_000, 1),
        DATA.replace(b'"certificates": [\n', b'"certificates": [\n' + b'  "",\n' * 300_000, 1),
    ],
    ids=["list", "member", "content", "certificates"],
)
def test_memory_before_a_signature_is_checked(data: bytes) -> None:
    tracemalloc.start()
    try:
        assert refused(data) == "register-format"
        assert tracemalloc.get_traced_memory()[1] < len(data)
    finally:
        tracemalloc.stop()


@pytest.mark.fuzz
@settings(deadline=None, max_examples=60)
@given(place=st.integers(0, len(CONTENT) - 1), put=st.binary(min_size=1, max_size=20))
def test_headquarters_signs_anything(place: int, put: bytes) -> None:
    """A content that is signed and wrong: an error of ours, or a register."""
    content = (CONTENT[:place] + put + CONTENT[place + len(put) :]).decode(errors="replace")
    try:
        found = open_register(signed(content.encode()), SAMPLE.root, NOW)
    except RegisterError:
        return
    assert contradictions(found.register) == ()


def test_base64_is_that_of_the_certificate() -> None:
    (certificate,) = json.loads(DATA)["certificates"]
    assert base64.b64decode(certificate) == SAMPLE.signer
