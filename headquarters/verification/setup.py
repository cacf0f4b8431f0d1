"""Check rule `setup`: election, trustees and credentials fit together."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from crypto.group import IDENTITY, ORDER, Point, add, mul, point_text
from crypto.strict_json import ParsedJson
from headquarters.verification.container import ArchivedFile, ChainEvent
from headquarters.verification.formulas import is_schnorr_valid, is_signature_valid
from headquarters.verification.report import Findings, FlawError, Rule
from headquarters.verification.values import (
    ParsedProof,
    fields,
    items,
    number,
    parse_compact,
    parse_json,
    point,
    proof,
    text,
    to_json,
)
from words.message import m

_SLOT_NAMES = ["0"] * 28 + ["hi", "lo"]
_UUID = re.compile("[1-9A-HJ-NP-Za-km-z]{14,}")


@dataclass(frozen=True, slots=True)
class QuestionShape:
    """The shape of a question.

    A slot of `width` integers, or `width` ciphertexts (blank included) of which `least` to `most`
    are chosen.
    """

    slot: bool
    width: int
    blank: bool = False
    least: int = 0
    most: int = 0
    padding: int = 0


@dataclass(frozen=True, slots=True)
class TrusteeGroup:
    """An item of the trustees: `needed` of these owner numbers. A Single is one of one."""

    needed: int
    owners: tuple[int, ...]
    threshold: bool


@dataclass(frozen=True, slots=True)
class ElectionFrame:
    """The values every ballot is checked against: identifier, φ, election key, and questions."""

    uuid: str
    phi: str
    key: Point
    questions: tuple[QuestionShape, ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """The part of the Setup event that later rules need."""

    frame: ElectionFrame
    groups: tuple[TrusteeGroup, ...]
    owner_keys: dict[int, Point]
    credentials: frozenset[str]

    @property
    def questions(self) -> tuple[QuestionShape, ...]:
        """The shapes of the questions, in order."""
        return self.frame.questions

    @property
    def slots(self) -> list[int]:
        """Indices of the slot questions."""
        return [i for i, question in enumerate(self.questions) if question.slot]


def read_setup(event: ChainEvent, findings: Findings) -> Setup | None:
    """Check the four objects of a Setup event; None if one of them cannot be read at all."""
    election, trustees, credentials, links = event.objects
    with findings.catching(links.name):
        expected: ParsedJson = {
            "election": election.digest,
            "trustees": trustees.digest,
            "credentials": credentials.digest,
        }
        if parse_compact(links.content) != expected or links.content != to_json(expected):
            raise FlawError(Rule.CHAIN, m("Setup does not name the objects in front of it"))
    result = None
    with findings.catching(election.name):
        uuid, key, questions = _election(election.content)
        with findings.catching(trustees.name):
            groups, owner_keys, sum_of_keys = _trustees(trustees, findings)
            if sum_of_keys != key:
                findings.add(
                    Rule.SETUP, election.name, m("the election key is not the trustees' sum")
                )
            if len(set(owner_keys.values())) < len(owner_keys):
                findings.add(Rule.SETUP, trustees.name, m("two trustees have the same key"))
            with findings.catching(credentials.name):
                listed = _credentials(credentials, findings)
                phi = b64encode(sha256(election.content).digest()).decode().rstrip("=")
                frame = ElectionFrame(uuid, phi, key, questions)
                result = Setup(frame, groups, owner_keys, listed)
    return result


def _election(content: bytes) -> tuple[str, Point, tuple[QuestionShape, ...]]:
    value = parse_json(content)
    names = "version description name group public_key questions uuid"
    for optional in ("administrator", "credential_authority"):
        if isinstance(value, dict) and optional in value:
            names += f" {optional}"
    version, description, name, group, key, questions, uuid, *extra = fields(value, names)
    for string in (description, name, *extra):
        text(string)
    if number(version) != 1 or group != "Ed25519":
        raise FlawError(Rule.SETUP, m("not version 1 over Ed25519"))
    if not _UUID.fullmatch(text(uuid)):
        raise FlawError(Rule.SETUP, m("not an election identifier"))
    return text(uuid), point(key), tuple(_question(item) for item in items(questions))


def _question(value: ParsedJson) -> QuestionShape:
    if isinstance(value, dict) and "type" in value:
        kind, inner = fields(value, "type value")
        if kind != "NonHomomorphic":
            raise FlawError(Rule.SETUP, m("an unknown kind of question"))
        answers, title = fields(inner, "answers question")
        text(title)
        names = [text(answer) for answer in items(answers)]
        if not 1 <= len(names) <= 30:
            raise FlawError(Rule.SETUP, m("a slot has 1 to 30 integers"))
        padding = names.count("0") if names == _SLOT_NAMES else 0
        return QuestionShape(slot=True, width=len(names), padding=padding)
    blank = isinstance(value, dict) and "blank" in value
    answers, *flag, least, most, title = fields(
        value, "answers blank min max question" if blank else "answers min max question"
    )
    text(title)
    names = [text(answer) for answer in items(answers)]
    # More seats than candidates are no error: `most` may exceed the number of answers.
    stated = all(value is True for value in flag)
    if not stated or not names or number(least) > min(number(most), len(names)):
        raise FlawError(Rule.SETUP, m("a question whose limits cannot be met"))
    return QuestionShape(False, len(names) + blank, blank, number(least), number(most))


def _credentials(entry: ArchivedFile, findings: Findings) -> frozenset[str]:
    listed = [text(item) for item in items(parse_compact(entry.content))]
    for credential in listed:
        with findings.catching(entry.name):
            if "," in credential:
                raise FlawError(Rule.SETUP, m("a credential with a weight"))
            point(credential)
    if len(set(listed)) < len(listed):
        findings.add(Rule.SETUP, entry.name, m("a credential is listed twice"))
    return frozenset(listed)


def _trustees(
    entry: ArchivedFile, findings: Findings
) -> tuple[tuple[TrusteeGroup, ...], dict[int, Point], Point | None]:
    groups: list[TrusteeGroup] = []
    owner_keys: dict[int, Point] = {}
    total: Point | None = None
    for item in items(parse_compact(entry.content)):
        kind, value = items(item, 2)
        match kind:
            case "Single":
                pok, public_key = fields(value, "pok public_key")
                needed, keys, key = 1, [point(public_key)], point(public_key)
                _check_pok(entry, findings, key, proof(pok))
            case "Pedersen":
                needed, keys, key = _threshold(entry, findings, value)
            case _:
                raise FlawError(Rule.SETUP, m("an unknown kind of trustee"))
        numbers = range(len(owner_keys) + 1, len(owner_keys) + len(keys) + 1)
        owner_keys.update(zip(numbers, keys, strict=True))
        groups.append(TrusteeGroup(needed, tuple(numbers), threshold=kind == "Pedersen"))
        if key == IDENTITY:
            findings.add(Rule.SETUP, entry.name, m("trustees whose keys cancel out"))
        total = key if total is None else add(total, key)
    return tuple(groups), owner_keys, total


def _threshold(
    entry: ArchivedFile, findings: Findings, value: ParsedJson
) -> tuple[int, list[Point], Point]:
    """Check threshold parameters; returns k, the verification keys, and the item's key."""
    threshold, certs, coefexps, signatures, shares = fields(
        value, "threshold certs coefexps signatures verification_keys"
    )
    size, k = len(items(shares)), number(threshold)
    if not 1 <= k <= size:
        raise FlawError(Rule.SETUP, m("a threshold that cannot be met"))
    signers = [
        _signed_cert(entry, findings, item, size=size, threshold=k, index=i)
        for i, item in enumerate(items(certs, size, Rule.SETUP), 1)
    ]
    rows, own = (items(part, size, Rule.SETUP) for part in (coefexps, signatures))
    commitments = [
        _signed_commitments(entry, findings, item, signer, k)
        for item, signer in zip(rows, signers, strict=True)
    ]
    for row, signer, signature in zip(commitments, signers, own, strict=True):
        statement: ParsedJson = {"certs": certs, "coefexps": [point_text(a) for a in row]}
        if not is_signature_valid(
            signer, f"certs_sig|{to_json(statement).decode()}", proof(signature)
        ):
            findings.add(Rule.SETUP, entry.name, m("a trustee's signature of the certificates"))
    columns = [_sum(iter(column)) for column in zip(*commitments, strict=True)]
    keys = []
    for j, (share, signer) in enumerate(zip(items(shares), signers, strict=True), 1):
        pok, public_key, signature = fields(share, "pok public_key signature")
        keys.append(point(public_key))
        _check_pok(entry, findings, keys[-1], proof(pok))
        if not is_signature_valid(signer, text(public_key), proof(signature)):
            findings.add(Rule.SETUP, entry.name, m("a trustee's signature of the share's key"))
        if keys[-1] != _sum(mul(pow(j, m, ORDER), a) for m, a in enumerate(columns)):
            findings.add(Rule.SETUP, entry.name, m("a share's key is not what was committed to"))
    return k, keys, columns[0]


def _signed_cert(
    entry: ArchivedFile,
    findings: Findings,
    value: ParsedJson,
    *,
    size: int,
    threshold: int,
    index: int,
) -> Point:
    message, signature = _signed_message(value)
    context, verification, encryption = fields(
        parse_compact(message.encode()), "context verification encryption"
    )
    expected: ParsedJson = {
        "group": "Ed25519",
        "size": size,
        "threshold": threshold,
        "index": index,
    }
    point(encryption)
    signer = point(verification)
    if to_json(context) != to_json(expected) or not is_signature_valid(signer, message, signature):
        findings.add(Rule.SETUP, entry.name, m("a trustee's certificate"))
    return signer


def _signed_commitments(
    entry: ArchivedFile, findings: Findings, value: ParsedJson, signer: Point, threshold: int
) -> list[Point]:
    message, signature = _signed_message(value)
    (coefficients,) = fields(parse_compact(message.encode()), "coefexps")
    if not is_signature_valid(signer, message, signature):
        findings.add(Rule.SETUP, entry.name, m("a trustee's signature of its coefficients"))
    return [point(item) for item in items(coefficients, threshold, Rule.SETUP)]


def _signed_message(value: ParsedJson) -> tuple[str, ParsedProof]:
    message, signature = fields(value, "message signature")
    return text(message), proof(signature)


def _check_pok(entry: ArchivedFile, findings: Findings, key: Point, pok: ParsedProof) -> None:
    if not is_schnorr_valid(f"pok|Ed25519|{point_text(key)}|", key, pok):
        findings.add(Rule.SETUP, entry.name, m("a trustee's proof of knowledge"))


def _sum(points: Iterator[Point]) -> Point:
    result = next(points)
    for summand in points:
        result = add(result, summand)
    return result
