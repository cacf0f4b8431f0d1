"""What headquarters gives out before the day: certificates, the package, the definition."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from crypto.certificates import verify_chain
from election.definition import Role
from election.definition_file import published_definition
from election.package import Expected, encode_package, open_package
from election.package.wire import Content, decode_content, encode_content
from election.recorded import RecordedKind, RecordedList
from election.register import (
    REGISTER_FILE,
    BranchOperators,
    Register,
    SeatRule,
    open_register,
    write_register,
)
from election.schema import to_json
from headquarters.registering import Offices, make_register
from tests.golden.day import UUID, World
from tests.golden.document import Document
from tests.golden.people import (
    BRANCH,
    ELSEWHERE,
    NOW,
    OTHER_BRANCH,
    SPARE,
    STATION,
    TERMINAL,
    make_certificates,
)

RECORDED = (
    RecordedList(RecordedKind.SPEECH, ("ckb", "fa"), 12, 1840, "5a" * 32),
    RecordedList(RecordedKind.SIGNS, ("psc",), 8, 990, "c3" * 32),
)


def _write_certificates(world: World) -> Mapping[str, bytes]:
    made = make_certificates(world.people.keys, world.vault)
    return {f"{name}.der": der for name, der in made.items()}


def _read_certificates(world: World, files: Mapping[str, bytes]) -> object:
    root, roles = files["root.der"], set(Role)
    holders = {
        name.removesuffix(".der"): verify_chain(der, root, NOW, roles)
        for name, der in files.items()
        if name != "root.der"
    }
    return {name: (h.name, h.role, h.branch) for name, h in holders.items()}


def _certified(world: World) -> object:
    return {
        "signer": ("signer", "headquarters", ""),
        "reconciliation": ("reconciliation", "reconciliation-officer", ""),
        "observer": ("observer", "supervision-observer", ""),
        STATION: (STATION, "identity-station", BRANCH),
        TERMINAL: (TERMINAL, "ballot-terminal", BRANCH),
        ELSEWHERE: (ELSEWHERE, "ballot-terminal", OTHER_BRANCH),
        "officer": ("کارت officer", "officer", BRANCH),
        "supervisor": ("کارت supervisor", "supervisor", BRANCH),
        SPARE: (SPARE, "ballot-terminal", ""),
        "registry": ("registry", "registry", ""),
    }


def package_file(world: World) -> bytes:
    people = world.people
    signer = people.certificates["signer"]
    return encode_package(world.election, world.portraits, people.keys["signer"], signer, RECORDED)


def package_digest(world: World) -> bytes:
    return hashlib.sha256(package_file(world)).digest()


def expected(world: World) -> Expected:
    """What the terminal knows beforehand."""
    key = world.people.keys[TERMINAL].public_bytes
    return Expected(world.people.root, UUID, BRANCH, TERMINAL, key)


def _write_package(world: World) -> Mapping[str, bytes]:
    payload = encode_content(Content(world.election, world.portraits, RECORDED))
    return {"payload.cbor": payload, "file.cbor": package_file(world)}


def _read_package(world: World, files: Mapping[str, bytes]) -> object:
    content = decode_content(files["payload.cbor"])
    loaded = open_package(files["file.cbor"], expected(world), NOW)
    assert (content.election, content.portraits) == (loaded.election, loaded.portraits)
    return loaded.election, dict(loaded.portraits)


def _write_definition(world: World) -> Mapping[str, bytes]:
    return {"definition.json": to_json(published_definition(world.election))}


def _read_definition(world: World, files: Mapping[str, bytes]) -> object:
    value = json.loads(files["definition.json"])
    return [
        (contest["id"], [int(candidate["code"]) for candidate in contest["candidates"]])
        for contest in value["contests"]
    ]


def _defined(world: World) -> object:
    return [
        (contest.id, [candidate.code for candidate in contest.candidates])
        for contest in world.election.contests
    ]


def registered(world: World) -> Register:
    """What is announced before the day, with every list filled but the registry's, read as the index's."""
    people = world.people
    index, officer, observer = (
        people.certificates[name] for name in ("signer", "reconciliation", "observer")
    )
    cards = sorted(
        hashlib.sha256(people.certificates[name]).digest() for name in ("officer", "supervisor")
    )
    return make_register(
        world.election,
        [package_digest(world)],
        people.root,
        world.threshold.trustees,
        Offices(index, officer, observer),
        SeatRule("candidate-votes", "largest-remainder", "شاخص بورس"),
        "دمای فردا",
        [BranchOperators(BRANCH, tuple(cards))],
        minimum=100,
    )


def _write_register(world: World) -> Mapping[str, bytes]:
    people = world.people
    signer = people.certificates["signer"]
    return {REGISTER_FILE: write_register(registered(world), people.keys["signer"], signer)}


def _read_register(world: World, files: Mapping[str, bytes]) -> object:
    published = open_register(files[REGISTER_FILE], world.people.root, NOW)
    assert published.number == hashlib.sha256(files[REGISTER_FILE]).hexdigest()
    return published.register


DOCUMENTS = (
    Document("certificates", _write_certificates, _read_certificates, _certified),
    Document(
        "package", _write_package, _read_package, lambda world: (world.election, world.portraits)
    ),
    Document("definition", _write_definition, _read_definition, _defined),
    Document("register", _write_register, _read_register, registered),
)
