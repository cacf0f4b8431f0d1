"""What was tried against bundles, certificates, tokens, shuffle proofs and the final files, and is
refused: it has to stay so. Every case that is ok here is a regression test to be.
"""

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial

from cryptography.hazmat.primitives.asymmetric import ec

from crypto import canonical
from crypto.certificates import issue, verify_chain
from crypto.errors import CryptoError
from crypto.group import hash_base64, point_from_text
from crypto.hybrid import HybridKey
from election import token
from election.authorization import Authorization
from election.bundle import BallotBox, Bundle, BundleError, read_bundle, write_bundle
from election.definition import BranchId, DeviceId, Role, StyleId
from election.records import RecordKind, spent_hash
from election.token import TokenRefused
from headquarters.importing import BundleFile, import_bundles
from headquarters.verification.formulas import Generators, Shuffling, shuffles
from headquarters.verification.questions import _shuffle_proof
from headquarters.verification.values import pair
from kiosk.storage.pollbook import LocalRegistry
from kiosk.storage.votes import VoteStore
from tests.cases.runner import add, collect, expect, new_folder
from tests.cases.trust.kit import A_VOTE, AFTER, B_VOTE, bring, headquarters, package_digest
from tests.crypto.elections import VECTORS
from tests.headquarters.archives import take_apart
from tests.headquarters.day import ACTS, bundle_of, station_bundle
from tests.headquarters.small import BRANCH, COUNCIL, EXPERTS, NOON, set_up

REFUSALS = (BundleError, CryptoError, TokenRefused)


def refused(name: str, attempt: Callable[[], object]) -> None:
    """A case: `attempt` is refused by an error of the product's own, or gives False."""

    def work() -> None:
        try:
            outcome = attempt()
        except REFUSALS:
            return
        expect(outcome is False, "accepted")

    add(name, work)


# ------------------------------------------------------------ closing bundles


@cache
def closed():
    """Headquarters, two terminals, and the box of each."""
    hq, one, two = headquarters()
    one.vote(*A_VOTE)
    one.challenge(*one.ballot(A_VOTE))
    two.vote(*B_VOTE)
    boxes = [
        BallotBox(each.store.records(), each.store.signed_root(), each.store.spent())
        for each in (one, two)
    ]
    return hq, one, two, boxes


def certificate(name: str) -> bytes:
    return closed()[0].election.device(DeviceId(name)).certificate


def key(name: str) -> HybridKey:
    return closed()[0].devices[name].signing


def read(data: bytes) -> Bundle:
    hq = closed()[0]
    return read_bundle(data, hq.election, hq.authority.root, AFTER)


@cache
def good() -> bytes:
    hq, one, *_ = closed()
    return one.close(package_digest(hq))


def envelope(**changes: bytes) -> bytes:
    return canonical.encode({**canonical.decode(good()), **changes})


def signature() -> bytes:
    return canonical.decode(good())["signature"]


def content_changed() -> bytes:
    content = canonical.decode(good())["content"]
    middle = len(content) // 2
    return envelope(content=content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


def first(**changes: object) -> Bundle:
    """The bundle of terminal-1 before it is signed."""
    hq, _, _, boxes = closed()
    bundle = Bundle(
        hq.election.uuid,
        package_digest(hq),
        DeviceId("terminal-1"),
        Role.BALLOT_TERMINAL,
        BRANCH,
        ACTS,
        bytes(32),
        boxes[0],
    )
    return replace(bundle, **changes)


def own(bundle: Bundle) -> bytes:
    return write_bundle(bundle, key("terminal-1"), certificate("terminal-1"))


def records(change: Callable) -> bytes:
    """Signed by the device itself, with the root as it was."""
    box = closed()[3][0]
    return own(first(content=replace(box, records=change(box.records))))


def spoiled_for_cast(all_: Sequence) -> tuple:
    return tuple(
        replace(each, kind=RecordKind.SPOILED) if each.kind is RecordKind.CAST else each
        for each in all_
    )


def one_role() -> tuple:
    return tuple(replace(act, operators=act.operators[:1]) for act in ACTS)


def one_card_twice() -> tuple:
    return tuple(
        replace(act, operators=(act.operators[0], replace(act.operators[0], role=Role.SUPERVISOR)))
        for act in ACTS
    )


def other_package() -> object:
    hq = closed()[0]
    files = [BundleFile("x", good())]
    found = import_bundles(
        hq.election, b"\1" * 32, hq.authority.root, hq.authority.sealing_key, files, AFTER
    )
    return not found.report.rejected


def other_election() -> object:
    other = set_up(new_folder() / "other")
    return read_bundle(good(), other.election, other.authority.root, AFTER)


def box_of_another_device() -> bytes:
    hq, _, _, boxes = closed()
    return bundle_of(hq, hq.devices["terminal-2"], boxes[0], package_digest(hq))


def ballot_copied() -> object:
    """A record of terminal-1 is cast again at terminal-2: it counts once, and is a finding."""
    hq, one, two = headquarters()
    one.vote(*A_VOTE)
    two.vote(*B_VOTE)
    copied = one.store.records()[0]
    two.store.record(RecordKind.CAST, copied.digest, copied.sealed, secrets.token_bytes(16))
    package = package_digest(hq)
    found = bring(hq, station_bundle(hq, 5, package), one.close(package), two.close(package))
    return found.report.sound or len(found.ballots) != 2


for name, make in {
    "bundle-signed-by-another-device": lambda: write_bundle(
        first(), key("terminal-2"), certificate("terminal-2")
    ),
    "bundle-signed-by-another-device-with-the-right-certificate": lambda: write_bundle(
        first(), key("terminal-2"), certificate("terminal-1")
    ),
    "bundle-with-a-box-of-another-device": box_of_another_device,
    "bundle-ed25519-half-replaced": lambda: envelope(
        signature=secrets.token_bytes(64) + signature()[64:]
    ),
    "bundle-ml-dsa-half-replaced": lambda: envelope(
        signature=signature()[:64] + secrets.token_bytes(len(signature()) - 64)
    ),
    "bundle-ml-dsa-half-stripped": lambda: envelope(signature=signature()[:64]),
    "bundle-cut-off": lambda: good()[:-1],
    "bundle-with-a-byte-behind": lambda: good() + b"\0",
    "bundle-with-changed-content": content_changed,
    "bundle-without-a-record": lambda: records(lambda all_: all_[:-1]),
    "bundle-cast-called-spoiled": lambda: records(spoiled_for_cast),
    "bundle-with-a-sealed-form-of-another-record": lambda: records(
        lambda all_: tuple(replace(each, sealed=all_[0].sealed) for each in all_)
    ),
    "bundle-closed-by-one-role": lambda: own(first(acts=one_role())),
    "bundle-closed-by-one-card-in-two-roles": lambda: own(first(acts=one_card_twice())),
}.items():
    refused(name, lambda make=make: read(make()))
refused("bundle-of-another-election", other_election)
refused("bundle-of-another-package", other_package)
refused("ballot-copied-to-another-terminal", ballot_copied)


# ------------------------------------------------------------ certificates


def chain(
    leaf: Callable[[], bytes],
    *roles: Role,
    root: bytes | None = None,
    at: datetime = AFTER,
    branch: str | None = None,
) -> object:
    return verify_chain(leaf(), root or closed()[0].authority.root, at, set(roles), branch)


def card_with_a_device_role() -> object:
    """A card has one key; a device signs with two."""
    authority = closed()[0].authority
    card = ec.generate_private_key(ec.SECP256R1()).public_key()
    made = issue(
        authority.root,
        authority.root_key,
        "terminal-1",
        card,
        role=Role.BALLOT_TERMINAL,
        branch=BRANCH,
        not_before=NOON - timedelta(days=1),
        not_after=NOON + timedelta(days=9),
    )
    return verify_chain(made, authority.root, AFTER, {Role.BALLOT_TERMINAL}).signing_key


def device() -> bytes:
    return certificate("terminal-1")


TERMINAL = Role.BALLOT_TERMINAL
refused("certificate-of-a-card-with-a-device-role", card_with_a_device_role)
refused("certificate-of-a-device-as-operator", lambda: chain(device, Role.OFFICER, Role.SUPERVISOR))
refused("certificate-of-a-device-as-package-signer", lambda: chain(device, Role.HEADQUARTERS))
refused(
    "certificate-root-as-leaf", lambda: chain(lambda: closed()[0].authority.root, Role.HEADQUARTERS)
)
refused(
    "certificate-of-a-device-as-root",
    lambda: chain(lambda: certificate("terminal-2"), TERMINAL, root=certificate("terminal-1")),
)
refused("certificate-expired", lambda: chain(device, TERMINAL, at=AFTER + timedelta(days=400)))
refused("certificate-of-another-branch", lambda: chain(device, TERMINAL, branch="b-2"))
refused("certificate-with-a-byte-behind", lambda: chain(lambda: device() + b"\0", TERMINAL))


# ------------------------------------------------------------ tokens on authorization cards


def allowed(**changes: object) -> Authorization:
    made = Authorization(
        closed()[0].election.uuid,
        BRANCH,
        DeviceId("station-1"),
        StyleId("both"),
        (COUNCIL, EXPERTS),
        NOON + timedelta(hours=1),
        secrets.token_bytes(16),
        None,
    )
    return replace(made, **changes)


def checked(data: bytes, at: datetime = NOON, branch: BranchId = BRANCH) -> Authorization:
    return token.check(data, closed()[0].election, branch, at)


def issued(signer: str = "station-1", **changes: object) -> bytes:
    return token.issue(allowed(**changes), key(signer).classical)


def other_signature() -> bytes:
    """A token's content under the signature of a record."""
    record = closed()[3][0].records[0]
    return canonical.encode([2, canonical.decode(issued())[1], record.signature])


def token_is_accepted() -> None:
    checked(issued())


add("token-as-issued-is-accepted", token_is_accepted)
for name, make in {
    "token-signed-by-a-terminal": lambda: issued("terminal-1"),
    "token-that-names-a-terminal-as-issuer": lambda: issued(
        "terminal-1", issuer=DeviceId("terminal-1")
    ),
    "token-with-a-contest-its-style-has-not": lambda: issued(style=StyleId("one")),
    "token-too-large": lambda: b"\x9b" + b"\xff" * 8 + bytes(700),
    "token-that-announces-two-to-the-64-items": lambda: b"\x9b" + b"\xff" * 8,
    "token-nested-200-deep": lambda: b"\x81" * 200 + b"\x00",
    "token-with-the-signature-of-a-record": other_signature,
}.items():
    refused(name, lambda make=make: checked(make()))
refused("token-expired", lambda: checked(issued(), NOON + timedelta(hours=1)))
refused("token-of-another-branch", lambda: checked(issued(), NOON, BranchId("b-2")))


# ------------------------------------------------------------ shuffle proofs, checked many at once


@cache
def shuffled() -> Shuffling:
    """The first shuffle of a published archive."""
    steps = take_apart(VECTORS / "single-wide" / "archive.bel")
    election = json.loads(steps[0].objects[0])
    tally = json.loads(next(s for s in steps if s.kind == "EncryptedTally").objects[0])
    mixed = json.loads(next(s for s in steps if s.kind == "Shuffle").objects[0])
    before = [pair(each) for each in tally[0]]
    after = [pair(each) for each in mixed["ciphertexts"][0]]
    proof = _shuffle_proof(mixed["proofs"][0], len(after))
    public = point_from_text(election["public_key"])
    claim = Shuffling(hash_base64(steps[0].objects[0]), public, before, after, proof)
    if not shuffles([claim], Generators()):
        raise RuntimeError("the published shuffle is not accepted")
    return claim


def responses(**changes: object) -> Shuffling:
    claim = shuffled()
    return replace(claim, proof=claim.proof._replace(**changes))


def cancelling() -> list[Shuffling]:
    s1, s2, s3, s4 = shuffled().proof.s
    return [responses(s=(s1 + 1, s2 - 1, s3, s4))]


def one_chain() -> list[Shuffling]:
    one, two, *rest = shuffled().proof.s_hat
    return [responses(s_hat=(one + 1, two - 1, *rest))]


def opposite_claims() -> list[Shuffling]:
    s1, *rest = shuffled().proof.s
    return [responses(s=(s1 + 1, *rest)), responses(s=(s1 - 1, *rest))]


def doubled() -> list[Shuffling]:
    after = shuffled().after
    return [replace(shuffled(), after=[after[0], *after[:-1]])]


for name, make in {
    "shuffle-errors-that-cancel": cancelling,
    "shuffle-two-responses-of-one-chain": one_chain,
    "shuffle-opposite-errors-in-two-claims": opposite_claims,
    "shuffle-one-ciphertext-twice": doubled,
}.items():
    refused(name, lambda make=make: shuffles(make(), Generators()))


# ------------------------------------------------------------ places in the final files

VOTERS, SIZE = 200, 7445
CHANCE = 0.3
"""Of Spearman's rank correlation of 200 independent places, whose standard deviation is 0.07."""


def correlation(places: Sequence[int]) -> float:
    order = sorted(range(len(places)), key=places.__getitem__)
    n = len(places)
    return 1 - 6 * sum((rank - place) ** 2 for rank, place in enumerate(order)) / (n * (n * n - 1))


@cache
def cast() -> dict[str, list]:
    """200 voters in the order of casting, some challenges between, and both files."""
    folder = new_folder()
    store = VoteStore(
        folder / "primary.db", folder / "mirror.db", HybridKey.generate(), "phi", DeviceId("t1")
    )
    store.reserve(700, SIZE)
    made: dict[str, list] = {"digest": [], "tail": [], "spent": []}
    for number in range(VOTERS):
        digest, sealed, nonce = (secrets.token_bytes(size) for size in (32, SIZE, 16))
        if number % 9 == 4:
            store.record(RecordKind.SPOILED, secrets.token_bytes(32), sealed, None)
        store.record(RecordKind.CAST, digest, sealed, nonce)
        made["digest"].append(digest)
        made["tail"].append(sealed[-64:])
        made["spent"].append(spent_hash(nonce))
    made["bundle"] = [record.digest for record in store.records()]
    store.close()
    made["files"] = [folder / "primary.db", folder / "mirror.db"]
    return made


def places(what: str, medium: int) -> list[int]:
    raw = cast()["files"][medium].read_bytes()
    return [raw.find(each) for each in cast()[what]]


def slot_keys(medium: int) -> list[int]:
    with sqlite3.connect(cast()["files"][medium]) as connection:
        keys = dict(connection.execute("SELECT digest, key FROM slot"))
    return [int.from_bytes(keys[digest]) for digest in cast()["digest"]]


def sorted_by(order: Sequence[int], values: Sequence[int]) -> list[int]:
    return [value for _, value in sorted(zip(order, values, strict=True))]


def pollbook() -> list[int]:
    path = new_folder() / "pollbook.db"
    registry = LocalRegistry(path, bytes(32))
    references = [secrets.token_bytes(32) for _ in range(VOTERS)]
    for reference in references:
        registry.claim(reference, (COUNCIL,))
        registry.confirm_issued(reference)
    registry.close()
    raw = path.read_bytes()
    return [raw.find(reference) for reference in references]


def order_is_hidden(sequence: Callable[[], Sequence[int]]) -> None:
    rho = correlation(sequence())
    expect(abs(rho) < CHANCE, f"rank correlation with the order of casting {rho:+.2f}")


for number, medium in enumerate(("primary", "mirror")):
    for what, label in (
        ("digest", "records"),
        ("tail", "overflow-pages"),
        ("spent", "spent-hashes"),
    ):
        add(
            f"order-of-{label}-on-the-{medium}",
            partial(order_is_hidden, partial(places, what, number)),
        )
    add(f"order-of-slot-keys-on-the-{medium}", partial(order_is_hidden, partial(slot_keys, number)))
    add(
        f"spent-hashes-beside-records-on-the-{medium}",
        partial(
            order_is_hidden,
            lambda number=number: sorted_by(places("digest", number), places("spent", number)),
        ),
    )
add(
    "order-of-records-in-the-bundle",
    partial(order_is_hidden, lambda: [cast()["bundle"].index(each) for each in cast()["digest"]]),
)
add(
    "places-on-the-mirror-beside-the-primary",
    partial(order_is_hidden, lambda: sorted_by(places("digest", 0), places("digest", 1))),
)
add("order-of-rows-in-the-pollbook", partial(order_is_hidden, pollbook))


def nothing_is_left() -> None:
    for path in cast()["files"]:
        raw = path.read_bytes()
        with sqlite3.connect(path) as connection:
            free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        twice = sum(raw.count(digest) != 1 for digest in cast()["digest"])
        journal = path.with_name(path.name + "-journal").exists()
        expect(not (free or twice or journal), f"{free} free pages, {twice} digests twice")


add("final-files-have-no-free-pages-and-no-copies", nothing_is_left)

test_case = collect()
