"""What a station and a registry say to each other about a voter."""

from __future__ import annotations

from collections.abc import Mapping

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
from tests.golden.day import COUNCIL, EXPERTS, UUID, World
from tests.golden.document import Document
from tests.golden.people import BRANCH, STATION
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


DOCUMENTS = (Document("claims", _write, _read, _says),)
