"""What a station and a registry say to each other about a voter."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

from election.claims import (
    Answer,
    AnswerKind,
    Claim,
    ClaimRequest,
    Note,
    NoteKind,
    open_answer,
    open_claim,
    open_note,
    read_request,
    sign_claim,
    write_answer,
    write_note,
    write_request,
)
from election.register import PublishedRegister
from election.registry_export import ExportedClaim, ExportWriter, read_export
from election.registry_status import (
    ClaimSums,
    RegistryStatus,
    full_hour,
    open_status,
    write_status,
)
from tests.golden.day import COUNCIL, EXPERTS, UUID, World
from tests.golden.device_files import published
from tests.golden.document import Document
from tests.golden.people import BRANCH, EVENING, STATION
from tests.golden.vault import seed

REGISTRY = "reconciliation"
"""Any key of the election will do."""
CONTESTS = tuple(sorted((COUNCIL, EXPERTS)))
REFERENCE = seed("a voter's reference")[:16]


def _claim(draw: str) -> Claim:
    return Claim(UUID, BRANCH, STATION, REFERENCE, CONTESTS, seed(draw)[:16])


def request(world: World) -> ClaimRequest:
    return ClaimRequest(sign_claim(_claim("draw"), world.people.keys[STATION].classical), 7)


def answers(world: World) -> dict[str, Answer]:
    """Granted, and taken by a claim that was drawn before."""
    asked = request(world)
    other = sign_claim(_claim("other"), world.people.keys[STATION].classical)
    return {
        "granted": Answer(
            UUID, asked.signed.id, 7, 6, AnswerKind.GRANTED, CONTESTS[:1], None, None
        ),
        "taken": Answer(UUID, asked.signed.id, 7, 6, AnswerKind.TAKEN, (), None, other),
    }


def note(world: World) -> Note:
    return Note(UUID, STATION, REFERENCE, request(world).signed.id, NoteKind.WRITTEN)


def _write(world: World) -> Mapping[str, bytes]:
    station, registry = (world.people.keys[name].classical for name in (STATION, REGISTRY))
    return {
        "request.cbor": write_request(request(world)),
        **{
            f"{name}.cbor": write_answer(answer, registry)
            for name, answer in answers(world).items()
        },
        "note.cbor": write_note(note(world), station),
    }


def _read(world: World, files: Mapping[str, bytes]) -> object:
    station, registry = (world.people.keys[name].classical.public for name in (STATION, REGISTRY))
    asked = read_request(files["request.cbor"])
    found = [open_answer(files[f"{name}.cbor"], registry, asked) for name in ("granted", "taken")]
    return open_claim(asked.signed, station), asked, found, open_note(files["note.cbor"], station)


def _says(world: World) -> object:
    return _claim("draw"), request(world), list(answers(world).values()), note(world)


def with_registry(world: World) -> PublishedRegister:
    """Return the sample's register with the registry in it."""
    known = published(world)
    register = replace(known.register, registry=(world.people.certificates["registry"],))
    return replace(known, register=register)


def status(world: World) -> RegistryStatus:
    return RegistryStatus(
        bytes.fromhex(published(world).number),
        full_hour(EVENING),
        ClaimSums(1_204, 1_310, 1_199, None),
        2,
        1,
        (STATION,),
        (),
        _export(world)[1],
    )


def exported(world: World) -> tuple[ExportedClaim, ...]:
    """Two claims of a voter, in the order of their ids."""
    key = world.people.keys[STATION].classical
    claims = [
        ExportedClaim(REFERENCE, STATION, CONTESTS[at : at + 1], at == 0, False, signed)
        for at, signed in enumerate(sign_claim(_claim(draw), key) for draw in ("draw", "other"))
    ]
    return tuple(sorted(claims, key=lambda claim: claim.place))


def _export(world: World) -> tuple[bytes, bytes]:
    stream = io.BytesIO()
    writer = ExportWriter(stream)
    for claim in exported(world):
        writer.write(claim)
    return stream.getvalue() + bytes(4), writer.end()


def _write_night(world: World) -> Mapping[str, bytes]:
    key, certificate = world.people.keys["registry"], world.people.certificates["registry"]
    return {
        "claims.export": _export(world)[0],
        "claims.export.json": write_status(status(world), key, certificate),
    }


def _read_night(world: World, files: Mapping[str, bytes]) -> object:
    known = with_registry(world)
    vouched = open_status(files["claims.export.json"], known)
    assert vouched.export is not None
    stream = io.BytesIO(files["claims.export"])
    return vouched, tuple(read_export(stream, vouched.export, known))


DOCUMENTS = (
    Document("claims", _write, _read, _says),
    Document(
        "registry-night",
        _write_night,
        _read_night,
        lambda world: (status(world), exported(world)),
    ),
)
