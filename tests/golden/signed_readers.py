"""Readers of what is signed as a whole: package, bundles, request, token, log, decisions, index.

Content is read with the old signature first: what is refused then is refused for its form. What
only fails at the signature is signed anew by the fixed key and read again.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from unittest.mock import patch

from crypto import canonical
from crypto.errors import DecodeError
from crypto.signing import SigningKey
from drivers.media.errors import TamperedStoreError
from election import claims
from election.acts import (
    ActRefusedError,
    SignedAct,
    Statement,
    countersign,
    verify_act,
)
from election.bundle import Bundle, BundleError, form, read_bundle
from election.enrolment import EnrolmentError, read_request
from election.envelope import write_envelope
from election.errors import PackageError
from election.json_envelope import write_json_envelope
from election.office_lists import OfficeListError
from election.package import open_package
from election.package.envelope import sign_payload
from election.package.wire import decode_content
from election.reasons import ClaimReason, EnrolmentReason, OfficeListReason, StatusReason
from election.register import REGISTER_FILE, Register, RegisterError, open_register
from election.register import form as register_form
from election.registry_export import HEAD, read_export
from election.schema import SchemaError, from_cbor, from_json, to_cbor
from election.station_status import StatusRefusedError, open_status
from election.token import TokenRefusedError, check
from headquarters import archive_index
from headquarters.archive_index import IndexReport, verify_index
from headquarters.decisions import DecisionError, Signed, read_decisions, sign, verify
from headquarters.exclusion import read_handles
from headquarters.index_document import INDEX_FILE, SIGNATURE_FILE
from headquarters.supplement import CheckedSupplement
from headquarters.verification import VerificationReport
from kiosk.storage import audit
from tests.golden.branch_files import EXPIRES
from tests.golden.claim_files import REGISTRY, with_registry
from tests.golden.claim_files import exported as exported_claims
from tests.golden.day import UUID, cards, world
from tests.golden.document import stored_files
from tests.golden.headquarters_files import expected
from tests.golden.mutate import Tree, as_cbor, as_json, cbor_tree, json_tree
from tests.golden.people import BRANCH, EVENING, NOW, STATION, TERMINAL
from tests.golden.public_files import index_into
from tests.golden.subject import ACCEPTED, MALFORMED, DocumentUnderTest, Outcome, at, malformed
from tests.golden.vault import FixedKey


def _key(name: str) -> FixedKey:
    return world().people.keys[name]


def fresh(name: str, context: str, message: bytes) -> bytes:
    """A long signature that is in no vault."""
    return _key(name).anew.sign(context, message)


# ---------------------------------------------------------------- package


def _package() -> Iterator[DocumentUnderTest]:
    files = stored_files("package")

    def opened(data: bytes) -> Outcome:
        try:
            open_package(data, expected(world()), NOW)
        except PackageError as error:
            return malformed(error) if error.reason == "format" else error.reason
        return ACCEPTED

    def parse(payload: bytes) -> Outcome | None:
        try:
            decode_content(payload)
        except DecodeError as error:
            return malformed(error)
        return None

    def verified(payload: bytes) -> Outcome:
        signer = world().people.certificates["signer"]
        return opened(sign_payload(payload, _key("signer").anew, signer))

    def envelope(data: bytes) -> Outcome | None:
        outcome = opened(data)
        return outcome if outcome.startswith(MALFORMED) else None

    yield DocumentUnderTest("package", cbor_tree(files["payload.cbor"]), as_cbor, parse, verified)
    yield DocumentUnderTest(
        "package-envelope", cbor_tree(files["file.cbor"]), as_cbor, envelope, opened
    )


# ---------------------------------------------------------------- register


def _register() -> Iterator[DocumentUnderTest]:
    data = stored_files("register")[REGISTER_FILE]
    content = json.loads(data)["content"].encode()
    signer = world().people.certificates["signer"]

    def opened(data: bytes) -> Outcome:
        try:
            open_register(data, world().people.root, NOW)
        except RegisterError as error:
            return malformed(error) if error.reason == "register-format" else error.reason
        return ACCEPTED

    def parse(content: bytes) -> Outcome | None:
        try:
            from_json(Register, content)
        except SchemaError as error:
            return malformed(error)
        return None

    def verified(content: bytes) -> Outcome:
        return opened(
            write_json_envelope(register_form(), content, [(_key("signer").anew, signer)])
        )

    def as_file(tree: Tree) -> bytes:
        """With the line breaks that the file has; a member twice has no such form."""
        if "Members(" in repr(tree):
            return as_json(tree)
        return json.dumps(tree, ensure_ascii=False, indent=1).encode() + b"\n"

    def envelope(data: bytes) -> Outcome | None:
        outcome = opened(data)
        return outcome if outcome.startswith(MALFORMED) else None

    yield DocumentUnderTest("register", json_tree(content), as_json, parse, verified)
    yield DocumentUnderTest("register-envelope", json_tree(data), as_file, envelope, opened)


# ---------------------------------------------------------------- bundles


def _bundle(name: str, device: str) -> Iterator[DocumentUnderTest]:
    files = stored_files(name)
    certificate = world().people.certificates[device]

    @lru_cache(maxsize=1)
    def read(data: bytes) -> Outcome:
        try:
            read_bundle(data, world().election, world().people.root, EVENING)
        except BundleError as error:
            return malformed(error) if error.reason == "format" else error.reason
        return ACCEPTED

    def parse(content: bytes) -> Outcome | None:
        try:
            from_cbor(Bundle, content)
        except SchemaError as error:
            return malformed(error)
        return None

    def verified(content: bytes) -> Outcome:
        return read(write_envelope(form(), content, [(_key(device).anew, certificate)]))

    def envelope(data: bytes) -> Outcome | None:
        outcome = read(data)
        return outcome if outcome.startswith(MALFORMED) else None

    yield DocumentUnderTest(name, cbor_tree(files["payload.cbor"]), as_cbor, parse, verified)
    yield DocumentUnderTest(
        f"{name}-envelope", cbor_tree(files["file.cbor"]), as_cbor, envelope, read
    )


# ---------------------------------------------------------------- acts


def _acts(name: str) -> Iterator[DocumentUnderTest]:
    """A statement under new signatures of the right cards and the right device."""
    statement = stored_files("acts")[f"{name}.cbor"]
    key = _key(TERMINAL).anew

    def parse(content: bytes) -> Outcome | None:
        try:
            from_cbor(Statement, content)
        except SchemaError as error:
            return malformed(error)
        return None

    def verified(content: bytes) -> Outcome:
        signed = [card.sign(content) for card in cards(world().people)]
        act = countersign(content, signed, key)
        try:
            verify_act(act, key.public, world().people.root, EVENING)
        except ActRefusedError as error:
            return error.reason
        return ACCEPTED

    yield DocumentUnderTest(f"act-{name}", cbor_tree(statement), as_cbor, parse, verified)


def _signed_act() -> Iterator[DocumentUnderTest]:
    def parse(content: bytes) -> Outcome | None:
        try:
            from_cbor(SignedAct, content)
        except SchemaError as error:
            return malformed(error)
        return None

    def verified(content: bytes) -> Outcome:
        act, key = from_cbor(SignedAct, content), _key(TERMINAL).public
        try:
            verify_act(act, key, world().people.root, EVENING)
        except ActRefusedError as error:
            return error.reason
        return ACCEPTED

    file = stored_files("acts")["file.cbor"]
    yield DocumentUnderTest("act", cbor_tree(file), as_cbor, parse, verified)


# ---------------------------------------------------------------- enrolment


def _enrolment() -> Iterator[DocumentUnderTest]:
    def parse(data: bytes) -> Outcome | None:
        try:
            read_request(data)
        except EnrolmentError as error:
            signed = {EnrolmentReason.SIGNATURE, EnrolmentReason.KEY}
            return None if error.reason in signed else malformed(error)
        return None

    def verified(data: bytes) -> Outcome:
        value = json.loads(data)
        texts = [value["device"], value["role"], value["branch"]]
        keys = [bytes.fromhex(value["signing_key"]), bytes.fromhex(value["sealing_key"])]
        message = canonical.encode([*texts, *keys])
        value["signature"] = fresh(TERMINAL, "amin enrolment request", message).hex()
        for text in (data, json.dumps(value).encode()):
            try:
                read_request(text)
            except EnrolmentError:
                continue
            return ACCEPTED
        return "signature"

    yield DocumentUnderTest(
        "enrolment", json_tree(stored_files("enrolment")["file.json"]), as_json, parse, verified
    )


# ---------------------------------------------------------------- claims


def _claims() -> Iterator[DocumentUnderTest]:
    """The content inside the signature, signed anew; the request and its number around it."""
    files = stored_files("claims")
    station, registry = (_key(name).classical for name in (STATION, REGISTRY))
    request = claims.read_request(files["request.cbor"])

    def judged(read: Callable[[], object]) -> Outcome:
        try:
            read()
        except claims.ClaimRefusedError as error:
            if error.reason is ClaimReason.CLAIM_FORMAT:
                cause = error.__cause__
                return malformed(cause if isinstance(cause, Exception) else error)
            return error.reason
        return ACCEPTED

    def claim(data: bytes) -> Outcome:
        signed = claims.SignedClaim(data, station.sign("amin claim", data))
        return judged(lambda: claims.open_claim(signed, station.public))

    def packed(data: bytes, context: str, key: SigningKey) -> bytes:
        return canonical.encode({"content": data, "signature": key.sign(context, data)})

    def answer(data: bytes) -> Outcome:
        file = packed(data, "amin claim answer", registry)
        return judged(lambda: claims.open_answer(file, registry.public, request))

    def note(data: bytes) -> Outcome:
        file = packed(data, "amin claim note", station)
        return judged(lambda: claims.open_note(file, station.public))

    def under_test(
        name: str, content: bytes, read: Callable[[bytes], Outcome]
    ) -> DocumentUnderTest:
        def parse(data: bytes) -> Outcome | None:
            outcome = read(data)
            return outcome if outcome.startswith(MALFORMED) else None

        return DocumentUnderTest(name, cbor_tree(content), as_cbor, parse, read)

    def exported(data: bytes) -> Outcome:
        """Whatever the registry says of a claim that the station signed."""
        file = HEAD + len(data).to_bytes(4, "big") + data + bytes(4)
        digest, known = hashlib.sha256(file).digest(), with_registry(world())
        try:
            list(read_export(io.BytesIO(file), digest, known))
        except OfficeListError as error:
            if error.reason is OfficeListReason.LIST_FORMAT:
                cause = error.__cause__
                return malformed(cause if isinstance(cause, Exception) else error)
            return error.reason
        return ACCEPTED

    (one, _) = exported_claims(world())
    yield under_test("registry-export", to_cbor(one), exported)
    yield under_test("claim", request.signed.claim, claim)
    yield under_test("claim-answer", _content(files["taken.cbor"]), answer)
    yield under_test("claim-note", _content(files["note.cbor"]), note)


def _station_status() -> Iterator[DocumentUnderTest]:
    """The content inside the signature, signed anew."""
    station = _key(STATION).classical

    def read(data: bytes) -> Outcome:
        signature = station.sign("amin station status", data)
        file = canonical.encode({"content": data, "signature": signature})
        try:
            open_status(file, station.public)
        except StatusRefusedError as error:
            if error.reason is StatusReason.STATUS_FORMAT:
                cause = error.__cause__
                return malformed(cause if isinstance(cause, Exception) else error)
            return error.reason
        return ACCEPTED

    def parse(data: bytes) -> Outcome | None:
        outcome = read(data)
        return outcome if outcome.startswith(MALFORMED) else None

    content = _content(stored_files("station-status")["noon.cbor"])
    yield DocumentUnderTest("station-status", cbor_tree(content), as_cbor, parse, read)


def _content(file: bytes) -> bytes:
    packed = canonical.decode(file)
    assert isinstance(packed, dict)
    content = packed["content"]
    assert isinstance(content, bytes)
    return content


# ---------------------------------------------------------------- token


def _token() -> Iterator[DocumentUnderTest]:
    now = EXPIRES - timedelta(seconds=1)

    def read(data: bytes) -> Outcome:
        try:
            check(data, world().election, BRANCH, now)
        except TokenRefusedError as error:
            return MALFORMED if error.reason == "malformed" else error.reason.value
        return ACCEPTED

    def parse(data: bytes) -> Outcome | None:
        outcome = read(data)
        return outcome if outcome == MALFORMED else None

    def verified(data: bytes) -> Outcome:
        first = read(data)
        value = canonical.decode(data)
        if first != "bad-signature" or not isinstance(value, list):
            return first
        message = canonical.encode(value[:2])
        signature = _key(STATION).classical.sign("amin ballot authorization", message)
        return read(canonical.encode([*value[:2], signature]))

    yield DocumentUnderTest(
        "token", cbor_tree(stored_files("tokens")["provisional.cbor"]), as_cbor, parse, verified
    )


# ---------------------------------------------------------------- audit log


def _audit() -> Iterator[DocumentUnderTest]:
    first, second, *_ = stored_files("audit-log")["file.jsonl"].splitlines(keepends=True)
    fields = ("previous", "number", "time", "what", "detail")

    def encode(tree: Tree) -> bytes:
        """A line with spaces as the log has them."""
        if isinstance(tree, dict):
            return json.dumps(tree).encode() + b"\n"
        return as_json(tree) + b"\n"

    def signed(line: bytes) -> bytes:
        """Signed anew if everything that is signed is there."""
        value = json.loads(line)
        previous, number, time, what, detail = (value[field] for field in fields)
        moment = int(datetime.fromisoformat(time).timestamp())
        message = canonical.encode([bytes.fromhex(previous), number, moment, what, detail])
        digest = hashlib.sha256(message).digest()
        signature = _key(TERMINAL).classical.sign("amin audit log", digest).hex()
        return json.dumps({**value, "signature": signature}).encode() + b"\n"

    def read(line: bytes) -> Outcome:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "audit.jsonl"
            path.write_bytes(first + line)
            try:
                audit.verify(path, _key(TERMINAL).public.classical)
            except TamperedStoreError as error:
                return "order" if "does not follow" in str(error) else MALFORMED
        return ACCEPTED

    def verified(line: bytes) -> Outcome:
        try:
            again = signed(line)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            again = line
        outcomes = {read(line), read(again)}
        return next(verdict for verdict in (ACCEPTED, "order", MALFORMED) if verdict in outcomes)

    yield DocumentUnderTest("audit-line", json_tree(second), encode, lambda _: None, verified)


# ---------------------------------------------------------------- decisions


def _decisions() -> Iterator[DocumentUnderTest]:
    files = stored_files("decisions")
    golden = read_decisions(files["file.json"])
    people, phi = world().people, world().encrypted.fingerprint

    def parse(data: bytes) -> Outcome | None:
        try:
            read_decisions(data)
        except DecisionError as error:
            return malformed(error) if error.reason == "format" else None
        return None

    def verified(data: bytes) -> Outcome:
        try:
            signed = read_decisions(data)
            if signed.statement != golden.statement:
                signed = anew(signed)
            verify(signed, people.root, EVENING, UUID, phi)
        except DecisionError as error:
            return error.reason
        return ACCEPTED

    def anew(signed: Signed) -> Signed:
        """Signed by those who signed the golden one; other signatures stay."""
        makers = dict(zip(golden.signatures, ("reconciliation", "observer"), strict=True))
        return replace(
            signed,
            signatures=tuple(
                sign(signed.statement, _key(makers[signature]).anew, signature.certificate)
                if signature in makers
                else signature
                for signature in signed.signatures
            ),
        )

    def handles(data: bytes) -> Outcome:
        try:
            read_handles(data, UUID, phi)
        except DecisionError as error:
            return malformed(error) if error.reason == "format" else error.reason
        return ACCEPTED

    def only_form(data: bytes) -> Outcome | None:
        outcome = handles(data)
        return outcome if outcome.startswith(MALFORMED) else None

    yield DocumentUnderTest("decisions", json_tree(files["file.json"]), as_json, parse, verified)
    yield DocumentUnderTest(
        "handles", json_tree(files["handles.json"]), as_json, only_form, handles
    )


# ---------------------------------------------------------------- index


_GOOD = VerificationReport((), 0, None, complete=True)


@contextmanager
def _archives_taken() -> Iterator[None]:
    """Archives and supplements have readers of their own; here they are taken as good."""
    with (
        patch.object(archive_index, "verify_archive", lambda *_, **__: _GOOD),
        patch.object(archive_index, "judge_supplement", lambda *_: CheckedSupplement(())),
    ):
        yield


def _index() -> Iterator[DocumentUnderTest]:
    files = stored_files("index")

    def read(place: Path, data: bytes) -> IndexReport:
        (place / INDEX_FILE).write_bytes(data)
        with _archives_taken():
            return verify_index(place / INDEX_FILE, world().people.root)

    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        bare, whole = Path(first), Path(second)
        index_into(whole, world(), files)

        def parse(data: bytes) -> Outcome | None:
            for failure in read(bare, data).failures:
                if failure.reason == "index-unreadable":
                    return at(failure.entry)
            return None

        def verified(data: bytes) -> Outcome:
            signature = fresh("signer", "amin archive index", data)
            (whole / SIGNATURE_FILE).write_bytes(signature)
            reasons = sorted({str(failure.reason) for failure in read(whole, data).failures})
            return " ".join(reasons) or ACCEPTED

        yield DocumentUnderTest("index", json_tree(files[INDEX_FILE]), as_json, parse, verified)


SIGNED: Mapping[str, Callable[[], Iterator[DocumentUnderTest]]] = {
    "package": _package,
    "register": _register,
    "bundle-terminal": lambda: _bundle("bundle-terminal", TERMINAL),
    "bundle-station": lambda: _bundle("bundle-station", STATION),
    "act-load": lambda: _acts("load"),
    "act-close": lambda: _acts("close"),
    "act": _signed_act,
    "enrolment": _enrolment,
    "claims": _claims,
    "station-status": _station_status,
    "token": _token,
    "audit": _audit,
    "decisions": _decisions,
    "index": _index,
}
