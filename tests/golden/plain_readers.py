"""Readers of what is not signed as a whole: supplement, ceremony, election, ballot, secrets, recordings."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from unittest.mock import patch

from crypto.ballot import check_ballot, parse_ballot
from crypto.card_box import needed_key
from crypto.casting import Answer, SlotAnswer
from crypto.certificates import Subject
from crypto.compact_json import load_compact
from crypto.election import parse_election
from crypto.errors import CryptoError, ProofError, UntrustedKeyError
from crypto.group import SeededScalars
from crypto.strict_json import read_json
from crypto.strong_decryption import verify_strong_decryption
from crypto.threshold.certificates import parse_certificate
from crypto.threshold.dealing import parse_dealing
from crypto.threshold.messages import SignedMessage
from crypto.threshold.shares import VerificationKey, parse_share
from crypto.trustees import check_trustees, parse_trustees
from election.challenge import TicketError, read_ticket
from election.roll import read_roll
from election.schema import SchemaError
from headquarters import issuance_check, supplement
from headquarters.ceremony.ceremony_files import CeremonyFiles
from headquarters.ceremony.definition import CeremonyStep, parse_ceremony
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.journal import parse_journal
from headquarters.ceremony.secret import parse_secret_file
from headquarters.ceremony.statements import commitment_text
from headquarters.ceremony.validation import validate_files
from headquarters.key_folder import parse_lock
from headquarters.offices import OfficeError, read_request
from headquarters.published_acts import EVIDENCE_FILE
from headquarters.published_evidence import is_enough, read_evidence
from headquarters.supplement import SupplementReason, check_supplement
from headquarters.tally.decryption_proofs import PROOFS_FILE, parse_proofs
from headquarters.verification.report import ArchiveFinding, Findings
from headquarters.verification.strong import (
    StrongClaim,
    is_strong_decryption_valid,
    read_proof_file,
)
from headquarters.verification.values import ParsedProof as Challenged
from tests.golden.ceremonies import Held
from tests.golden.day import world
from tests.golden.document import stored_files, unpack_into
from tests.golden.mutate import as_json, json_tree
from tests.golden.public_files import ARCHIVE, standing
from tests.golden.recorded_files import read_clips, read_films
from tests.golden.subject import ACCEPTED, MALFORMED, DocumentUnderTest, Outcome, at
from tests.golden.vault import seed


def _parsed(
    name: str,
    data: bytes,
    read: Callable[[bytes], object],
    check: Callable[[bytes], Outcome] = lambda _: ACCEPTED,
) -> DocumentUnderTest:
    """A document with a reader that raises for its form; `check` says the rest."""

    def parse(data: bytes) -> Outcome | None:
        try:
            read(data)
        except (CryptoError, CeremonyError, OfficeError) as error:
            return None if isinstance(error, ProofError) else MALFORMED
        return None

    return DocumentUnderTest(name, json_tree(data), as_json, parse, check)


# ---------------------------------------------------------------- supplement

_SUPPLEMENT = ("boxes.json", "challenged.json", "stations.json", "spent.json", "excluded.json")


def _supplement() -> Iterator[DocumentUnderTest]:
    files = stored_files("supplement")
    opened = {
        (item["ballot"].encode(), bytes.fromhex(item["seed"]), json.dumps(item["answers"]))
        for item in json.loads(files["challenged.json"])["items"]
    }

    def opens(_: object, ballot: bytes, given: bytes, answers: list[Answer], _many: int) -> None:
        """What `open_challenge` says, without making the ballot again: it gives one ballot only."""
        numbers = [
            list(answer.integers if isinstance(answer, SlotAnswer) else answer.choices)
            for answer in answers
        ]
        if (ballot, given, json.dumps(numbers)) not in opened:
            raise ProofError("another ballot")

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        unpack_into(place, files)

        def subject(name: str) -> DocumentUnderTest:
            def read(data: bytes) -> tuple[ArchiveFinding, ...]:
                (place / name).write_bytes(data)
                try:
                    with patch.object(supplement, "open_challenge", opens):
                        return check_supplement(place, ARCHIVE, world().people.root)
                finally:
                    (place / name).write_bytes(files[name])

            def parse(data: bytes) -> Outcome | None:
                """Form comes before certificates, so none is taken here."""
                with (
                    patch.object(supplement, "verify_chain", _no_chain),
                    patch.object(issuance_check, "verify_chain", _no_chain),
                ):
                    failures = read(data)
                for failure in failures:
                    if failure.reason is SupplementReason.UNREADABLE or failure.entry == name:
                        return at("" if failure.entry == name else failure.entry)
                return None

            def verified(data: bytes) -> Outcome:
                reasons = sorted({str(failure.reason) for failure in read(data)})
                return " ".join(reasons) or ACCEPTED

            title = f"supplement-{name.removesuffix('.json')}"
            return DocumentUnderTest(title, json_tree(files[name]), as_json, parse, verified)

        yield from map(subject, _SUPPLEMENT)
        yield _proofs(place, files[PROOFS_FILE])
        yield _evidence(place, files[EVIDENCE_FILE])


def _evidence(place: Path, golden: bytes) -> DocumentUnderTest:
    """Sums over a batch: nobody signs them but the index, which has their hash."""

    def parse(data: bytes) -> Outcome | None:
        (place / EVIDENCE_FILE).write_bytes(data)
        try:
            read_evidence(place)
        except SchemaError as error:
            return at(error.place)
        return None

    def verified(_: bytes) -> Outcome:
        return ACCEPTED if is_enough(read_evidence(place), 1) else "evidence-minimum"

    return DocumentUnderTest("supplement-evidence", json_tree(golden), as_json, parse, verified)


def _proofs(place: Path, golden: bytes) -> DocumentUnderTest:
    """The strong proofs, by the reader of those who make them and by the verifier's: they agree."""
    counted = standing()
    claims = {
        owner: StrongClaim(
            made.fingerprint, counted.event, owner, made.public_key, made.alphas, made.factors
        )
        for owner, made in ((owner, counted.statement(owner)) for owner in counted.partials)
    }

    def parse(data: bytes) -> Outcome | None:
        (place / PROOFS_FILE).write_bytes(data)
        findings = Findings()
        with findings.catching(PROOFS_FILE):
            read_proof_file(place / PROOFS_FILE)
        try:
            parse_proofs(data)
        except CryptoError:
            assert findings.all()
            return MALFORMED
        assert not findings.all()
        return None

    def verified(data: bytes) -> Outcome:
        found = parse_proofs(data)
        if (found.event, found.proofs.keys()) != (counted.event, counted.partials.keys()):
            return "others"
        for owner, proof in found.proofs.items():
            holds = is_strong_decryption_valid(
                claims[owner], Challenged(proof.challenge, proof.response), None
            )
            try:
                verify_strong_decryption(counted.statement(owner), proof)
            except ProofError:
                assert not holds
                return "proof"
            assert holds
        return ACCEPTED

    return DocumentUnderTest("supplement-decryptions", json_tree(golden), as_json, parse, verified)


def _no_chain(*_: object) -> Subject:
    raise UntrustedKeyError("not looked at")


# ---------------------------------------------------------------- election, ballot, ticket


def _election() -> Iterator[DocumentUnderTest]:
    encrypted = world().encrypted
    files = stored_files("challenge")

    def ballot_holds(data: bytes) -> Outcome:
        try:
            check_ballot(encrypted, parse_ballot(encrypted, data))
        except CryptoError:
            return "proof"
        return ACCEPTED

    def trustees_hold(data: bytes) -> Outcome:
        try:
            check_trustees(parse_trustees(data))
        except CryptoError:
            return "proof"
        return ACCEPTED

    def read_text(data: bytes) -> object:
        text = json.loads(data)
        return read_ticket(encrypted, text) if isinstance(text, str) else None

    def ticket(data: bytes) -> Outcome:
        text = json.loads(data)
        if not isinstance(text, str):
            return "no text"
        try:
            read_ticket(encrypted, text)
        except TicketError:
            return MALFORMED
        return ACCEPTED

    yield _parsed("election", files["election.json"], parse_election)
    yield _parsed(
        "ballot",
        files["ballot.json"],
        lambda data: parse_ballot(encrypted, data),
        ballot_holds,
    )
    text = json.dumps(files["ticket.txt"].decode()).encode()
    yield DocumentUnderTest("ticket", json_tree(text), as_json, lambda _: None, ticket)
    for name in ("threshold", "single"):
        trustees = stored_files(f"ceremony-{name}")["trustees.json"]
        yield _parsed(f"trustees-{name}", trustees, parse_trustees, trustees_hold)


# ---------------------------------------------------------------- ceremony


def _ceremonies() -> Iterator[DocumentUnderTest]:
    for name, held in (("threshold", world().threshold), ("single", world().single)):
        yield _parsed(f"ceremony-{name}", held.board.ceremony.text, parse_ceremony)
        for step in held.board.ceremony.steps:
            yield _step(f"{name}-{step}", held, step)
            if step in (
                CeremonyStep.CERTIFICATE,
                CeremonyStep.COMMITMENT,
                CeremonyStep.CONFIRMATION,
            ):
                yield _inner(f"{name}-{step}-text", held, step)


def _step(name: str, held: Held, step: CeremonyStep) -> DocumentUnderTest:
    """Trustee 1's file, among the others of this step and the ones before."""
    read = _READ[step]

    def parse(data: bytes) -> Outcome | None:
        try:
            read(data, held.board.ceremony.size)
        except CryptoError:
            return MALFORMED
        return None

    return DocumentUnderTest(
        name, json_tree(held.board.files[step, 1]), as_json, parse, partial(_examined, held, step)
    )


def _inner(name: str, held: Held, step: CeremonyStep) -> DocumentUnderTest:
    """The text that trustee 1 signs in its file, signed anew."""

    def verified(text: bytes) -> Outcome:
        draw = SeededScalars(seed(name), b"")
        signed = SignedMessage.make(held.secrets[1].seed, text.decode(), draw)
        return _examined(held, step, signed.text)

    text = json.loads(held.board.files[step, 1])["message"].encode()
    return DocumentUnderTest(name, json_tree(text), as_json, lambda _: None, verified)


_READ: Mapping[CeremonyStep, Callable[[bytes, int], object]] = {
    CeremonyStep.CERTIFICATE: lambda data, _: parse_certificate(data),
    CeremonyStep.COMMITMENT: lambda data, _: SignedMessage.from_json(load_compact(data)),
    CeremonyStep.POLYNOMIAL: parse_dealing,
    CeremonyStep.SHARE: lambda data, _: parse_share(data),
    CeremonyStep.KEY: lambda data, _: VerificationKey.from_json(load_compact(data)),
    CeremonyStep.CONFIRMATION: lambda data, _: SignedMessage.from_json(load_compact(data)),
}


def _examined(held: Held, step: CeremonyStep, data: bytes) -> Outcome:
    """The first reason for which trustee 1's file of this step is refused."""
    ceremony = held.board.ceremony
    known = ceremony.steps[: ceremony.steps.index(step) + 1]
    files = {place: file for place, file in held.board.files.items() if place[0] in known}
    if step is ceremony.committed:
        files[CeremonyStep.COMMITMENT, 1] = _promise(held, data)
    found = validate_files(CeremonyFiles(ceremony, {**files, (step, 1): data}))
    return found.refused[0].reason if found.refused else ACCEPTED


def _promise(held: Held, data: bytes) -> bytes:
    """Trustee 1's commitment to other content."""
    ceremony = held.board.ceremony
    text = commitment_text(ceremony, 1, held.board.all_of(CeremonyStep.CERTIFICATE), data)
    draw = SeededScalars(seed("promise"), b"")
    return SignedMessage.make(held.secrets[1].seed, text, draw).text


# ---------------------------------------------------------------- what a trustee keeps


def _kept() -> Iterator[DocumentUnderTest]:
    files = stored_files("trustee")
    yield _parsed("journal", files["journal-threshold.json"], parse_journal)
    yield _parsed("secret", files["secret-threshold.json"], parse_secret_file)
    boxes = stored_files("secrets")
    yield _parsed("box-card", boxes["card-rsa.json"], lambda data: needed_key(read_json(data)))


def _office() -> Iterator[DocumentUnderTest]:
    files = stored_files("office")
    yield _parsed("office-lock", files["lock.json"], parse_lock)
    yield _parsed("office-request", files["officer.json"], read_request)


def _recorded() -> Iterator[DocumentUnderTest]:
    files = stored_files("recorded")
    yield _parsed("clip-list", files["clips.json"], read_clips)
    yield _parsed("film-list", files["signs.json"], read_films)
    yield _parsed("roll", stored_files("roll")["roll.json"], read_roll)


PLAIN: Mapping[str, Callable[[], Iterator[DocumentUnderTest]]] = {
    "supplement": _supplement,
    "election": _election,
    "ceremonies": _ceremonies,
    "kept": _kept,
    "office": _office,
    "recorded": _recorded,
}
