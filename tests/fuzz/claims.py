"""What a station and a registry say to each other, and what an evaluator is asked."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Final

from crypto import oprf
from crypto.errors import CryptoError
from crypto.oprf import Evaluation, EvaluatorKey
from election import claims, station_status
from election.claims import ClaimRefusedError
from election.office_lists import OfficeListError
from election.registry_export import read_export
from election.registry_status import open_status
from tests.fuzz.target import Make, Target
from tests.golden.claim_files import REGISTRY, exported, with_registry
from tests.golden.day import world
from tests.golden.document import stored_files
from tests.golden.people import STATION


def _requests() -> Target:
    """A request that reads is of this size, and its claim is believed only as it was signed."""
    good = stored_files("claims")["request.cbor"]
    key, right = world().people.keys[STATION].classical.public, claims.read_request(good).signed

    def read(data: bytes) -> None:
        request = claims.read_request(data)
        claims.open_claim(request.signed, key)
        assert request.signed == right

    return Target(read, (good,), (ClaimRefusedError,))


def _answers() -> Target:
    """Nothing but what the registry signed is an answer."""
    files = stored_files("claims")
    good = tuple(files[f"{name}.cbor"] for name in ("granted", "taken"))
    key = world().people.keys[REGISTRY].classical.public
    asked = claims.read_request(files["request.cbor"])

    def read(data: bytes) -> None:
        claims.open_answer(data, key, asked)
        assert data in good

    return Target(read, good, (ClaimRefusedError,))


def _notes() -> Target:
    """Nothing but what the station signed is a note."""
    good = stored_files("claims")["note.cbor"]
    key = world().people.keys[STATION].classical.public

    def read(data: bytes) -> None:
        claims.open_note(data, key)
        assert data == good

    return Target(read, (good,), (ClaimRefusedError,))


def _station_statuses() -> Target:
    """Nothing but what the station signed is a message to the board."""
    files = stored_files("station-status")
    good = tuple(files[f"{name}.cbor"] for name in ("morning", "noon"))
    key = world().people.keys[STATION].classical.public

    def read(data: bytes) -> None:
        station_status.open_status(data, key)
        assert data in good

    return Target(read, good, (station_status.StatusRefusedError,))


def _exports() -> Target:
    """Whatever is read is in its order and of registered stations, whoever vouches for the file."""
    good, known = stored_files("registry-night")["claims.export"], with_registry(world())
    right = {claim.signed for claim in exported(world())}

    def read(data: bytes) -> None:
        digest = hashlib.sha256(data).digest()
        found = list(read_export(io.BytesIO(data), digest, known))
        assert {claim.signed for claim in found} <= right
        assert [claim.place for claim in found] == sorted({claim.place for claim in found})

    return Target(read, (good,), (OfficeListError,), share=0.3)


def _statuses() -> Target:
    """Nothing but what the registry signed is its status."""
    good, known = stored_files("registry-night")["claims.export.json"], with_registry(world())

    def read(data: bytes) -> None:
        open_status(data, known)
        assert data == good

    return Target(read, (good,), (OfficeListError,), share=0.3)


def _evaluations() -> Target:
    """No other answer than the evaluator's passes; whatever is asked, nothing but a refusal comes."""
    key = EvaluatorKey.derive(bytes(32), b"fuzz")
    blinded = oprf.blind(b"somebody")
    answer = key.evaluate([blinded.element])
    (right,) = oprf.finalize([blinded], answer, key.public)

    def read(data: bytes) -> None:
        element, proof = data[: oprf.ELEMENT_SIZE], data[oprf.ELEMENT_SIZE :]
        key.evaluate([element])
        assert oprf.finalize([blinded], Evaluation((element,), proof), key.public) == (right,)

    return Target(read, (answer.elements[0] + answer.proof,), (CryptoError,), share=0.3)


TARGETS: Final[Mapping[str, Make]] = {
    "claim": _requests,
    "claim-answer": _answers,
    "claim-note": _notes,
    "evaluation": _evaluations,
    "station-status": _station_statuses,
    "registry-export": _exports,
    "registry-status": _statuses,
}
