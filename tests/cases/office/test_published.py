"""What is published of an election, changed by somebody who may or may not hold keys, under `amin
election verify`.
"""

import json
import secrets
import shutil
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from crypto import group
from crypto.archive import ArchiveWriter, read_entries, tar_header
from crypto.compact_json import dump
from crypto.group import ORDER, point_from_text, point_text
from headquarters.archive_index import _CONTEXT, SIGNATURE_FILE, ListedBatch, write_index
from headquarters.authority import load_authority
from headquarters.folder import ElectionFolder
from headquarters.trustees import load_private_keys, load_trustees
from headquarters.verification.formulas import is_canonical, slot_integers
from tests.cases.office.kit import accepted, amin, voted_election
from tests.cases.runner import add, apart, case, collect, expect, new_folder
from tests.crypto.elections import VECTORS
from tests.headquarters import archives
from tests.headquarters.archives import Step, put_together, take_apart

GIB = 1 << 30


@cache
def _counted() -> ElectionFolder:
    """An election of two ballots, through all commands."""
    folder = ElectionFolder(voted_election())
    accepted(amin("tally", folder.path))
    return folder


def published() -> Path:
    """A copy of what is published; its index."""
    copy = new_folder() / "result"
    shutil.copytree(_counted().result, copy)
    return copy / "index.json"


def sign(index: Path, data: bytes) -> None:
    """The index with other bytes, signed by headquarters."""
    index.write_bytes(data)
    signature = load_authority(_counted().keys).signer_key.sign(_CONTEXT, data)
    (index.parent / SIGNATURE_FILE).write_bytes(signature)


def invalid(file: Path, otherwise: str) -> None:
    told = amin("verify", file)
    expect(not told.crashed, told.line)
    expect(told.status == 1, f"{told.line.split('; φ')[0]}: {otherwise}")


@case
def honest_publication() -> None:
    accepted(amin("verify", published()))


# ------------------------------------------------------------ a trustee grinds a decryption


def grind(steps: list[Step], private_key: int, question: int, row: int) -> None:
    """The owner of the last decryption makes a slot vote an invalid one.

    The challenge of a decryption proof covers neither alpha nor the factor (Belenios
    specification), so the factor can be chosen after the challenge; tries go on until the wrong
    point looks canonical.
    """
    setup = steps[0].objects[0]
    width = len(json.loads(setup)["questions"][question]["value"]["answers"])
    parts = [step for step in steps if step.kind == "PartialDecryption"]
    mixed = [step for step in steps if step.kind == "Shuffle"][-1]
    ciphertext = json.loads(mixed.objects[0])["ciphertexts"][question][row]
    alpha, plain = (point_from_text(ciphertext[name]) for name in ("alpha", "beta"))
    for part in parts:
        factor = json.loads(part.objects[0])["decryption_factors"][question][row]
        plain = group.sub(plain, point_from_text(factor, identity=True))
    prefix = f"decrypt|{group.hash_base64(setup)}|{point_text(group.mul_base(private_key))}|"
    witness = secrets.randbelow(ORDER)
    left, right = point_text(group.mul_base(witness)), group.mul(witness, alpha)
    while True:
        chosen = secrets.randbelow(ORDER - 1) + 1
        commitment = group.add(right, group.mul_base(chosen))
        challenge = group.hash_to_scalar(f"{prefix}{left},{point_text(commitment)}")
        shift = group.mul_base(chosen * group.inverse(challenge))
        wrong = group.sub(plain, shift)
        integers = slot_integers(wrong, width)
        if wrong[31] < 0x40 and is_canonical(wrong, integers):
            break
    ground = json.loads(parts[-1].objects[0])
    factor = group.add(group.mul(private_key, alpha), shift)
    ground["decryption_factors"][question][row] = point_text(factor)
    response = (witness - challenge * private_key) % ORDER
    proof = {"challenge": str(challenge), "response": str(response)}
    ground["decryption_proofs"][question][row] = proof
    parts[-1].objects[0] = dump(ground)
    result = next(step for step in steps if step.kind == "Result")
    value = json.loads(result.objects[0])["result"]
    value[question][row] = list(integers)
    result.objects[0] = dump({"result": value})


def a_vote(steps: list[Step]) -> tuple[int, int]:
    """Question and row of a slot that is not blank."""
    rows = json.loads(next(step for step in steps if step.kind == "Result").objects[0])["result"]
    return next(
        (question, row)
        for question, all_ in enumerate(rows)
        for row, each in enumerate(all_)
        if any(each)
    )


WIPED = "one trustee has made a vote an invalid row"


@case
def ground_decryption_in_an_archive() -> None:
    folder = VECTORS / "single-wide"
    steps = take_apart(folder / "archive.bel")
    owner = [step for step in steps if step.kind == "PartialDecryption"][-1].owner
    key = int(json.loads((folder / f"trustee{owner}.privkey").read_text()))
    grind(steps, key, *a_vote(steps))
    invalid(put_together(new_folder() / "election.bel", steps), WIPED)


@case
def ground_decryption_in_a_whole_election() -> None:
    """Supplement and signed index are those of headquarters, which has not looked."""
    index, hq = published(), _counted()
    archive = index.parent / "election.bel"
    steps = take_apart(archive)
    keys = load_private_keys(hq.trustees, load_trustees(hq.trustees / "trustees.json"))
    last = [step for step in steps if step.kind == "PartialDecryption"][-1]
    grind(steps, keys[last.owner], *a_vote(steps))
    with archive.open("rb") as stream:
        time = next(iter(read_entries(stream))).time
    with patch.object(archives, "ArchiveWriter", lambda stream, _: ArchiveWriter(stream, time)):
        put_together(archive, steps)
    authority = load_authority(hq.keys)
    batches = [ListedBatch(".", ("branch-1",))]
    minimum = json.loads(index.read_text())["minimum"]
    write_index(
        index.parent,
        batches,
        minimum,
        root=authority.root,
        signer=authority.signer,
        signer_key=authority.signer_key,
    )
    invalid(index, WIPED)


# ------------------------------------------------------------ a member twice: two readers


def member_twice(name: str) -> None:
    """An empty list first, then the true one, which alone is read."""
    index = published()
    path = index.parent / "supplement" / name
    text = path.read_text(encoding="utf-8")
    changed = text.replace("{", '{"items": [],', 1)
    if '"items"' not in text:
        raise RuntimeError(f"{name} has another form")
    path.write_text(changed, encoding="utf-8")
    invalid(index, "another reader of the same file finds no item in it")


for name in ("boxes", "challenged", "stations"):
    add(f"member-twice-in-{name}", partial(member_twice, f"{name}.json"))


@case
def member_twice_in_a_signed_index() -> None:
    index = published()
    text = index.read_text(encoding="utf-8")
    sign(index, text.replace("{", '{"ballots": 900, "sums": [],', 1).encode())
    invalid(index, "another reader of the same signed file finds 900 ballots")


# ------------------------------------------------------------ without bound


@case
def supplement_of_three_gib() -> None:
    """boxes.json is one large hole."""
    index = published()
    with (index.parent / "supplement" / "boxes.json").open("r+b") as file:
        file.truncate(3 * GIB)

    def work() -> None:
        told = amin("verify", index.parent / "election.bel")
        expect(not told.crashed, f"read whole; {told.line}")
        expect(told.status in (1, 2), told.line)

    apart(work, seconds=60, memory=5 * GIB // 2)


@case
def one_fault_told_once() -> None:
    """An archive of 0.9 MB whose list of credentials is 300,000 empty texts."""
    vectors = VECTORS / "single"
    election, trustees = (
        (vectors / name).read_bytes().strip() for name in ("election.json", "trustees.json")
    )
    credentials = b"[" + b",".join([b'""'] * 300_000) + b"]"
    parts = {"election": election, "trustees": trustees, "credentials": credentials}
    link = dump({name: sha256(data).hexdigest() for name, data in parts.items()})
    event = dump({"height": 0, "type": "Setup", "payload": sha256(link).hexdigest()})
    time = 1795328752
    path = new_folder() / "flood.bel"
    with path.open("wb") as file:
        for content, kind in (
            (b'{"version":1,"timestamp":"%d"}' % time, ""),
            *((data, ".data.json") for data in (*parts.values(), link)),
            (event, ".event.json"),
        ):
            name = sha256(content).hexdigest() + kind if kind else "BELENIOS"
            file.write(tar_header(name, len(content), time) + content + bytes(-len(content) % 512))
    told = amin("verify", path, "--in-progress")
    expect(not told.crashed and told.status == 1, told.line)
    lines = told.text.count("\n")
    expect(lines < 10_000, f"{lines} lines, {len(told.text) >> 20} MiB, for one fault")


@case
def index_in_capitals() -> None:
    """As a stick that was written elsewhere has it."""
    index = published()
    capitals = index.rename(index.with_name("INDEX.JSON"))
    told = amin("verify", capitals)
    expect("not a header" not in told.text, "read as an archive: «not a header»")


test_case = collect()
