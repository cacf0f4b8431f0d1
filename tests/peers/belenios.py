"""Key ceremonies together with the reference tool. Run by name, because few machines have it:

BELENIOS_TOOL=…/belenios-tool pytest tests/peers/belenios.py
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from crypto.compact_json import ParsedJson, dump, load_compact
from crypto.decryption import check_partial_decryption, parse_partial_decryption
from crypto.elgamal import ciphertexts_from_json
from crypto.group import hash_base64, mul_base, system_scalar
from crypto.threshold.certificates import (
    Certificates,
    TrusteePlace,
    check_certificates,
    make_certificate,
    parse_certificate,
)
from crypto.threshold.dealing import collect_input, deal, parse_dealing
from crypto.threshold.messages import TrusteeSecret
from crypto.threshold.parameters import ThresholdTrustees, make_parameters
from crypto.threshold.shares import compute_share, open_decryption_key, parse_share
from crypto.trustees import SingleTrustee, make_trustees, parse_trustees
from headquarters.ceremony.coordinator import finish_ceremony
from headquarters.ceremony.share import export_secret
from tests.crypto.threshold.vectors import input_text
from tests.headquarters.ceremony.people import make_room
from tests.peers.reference import ReferenceRefused, ReferenceTool, find_tool

SIZE, THRESHOLD = 3, 2
OURS = 1
"""Who of the trustees is ours; the others are the tool's."""


@pytest.fixture
def tool(tmp_path: Path) -> ReferenceTool:
    folder = tmp_path / "tool"
    folder.mkdir()
    return find_tool(folder)


@dataclass(frozen=True, slots=True)
class Mixed:
    """A finished ceremony: the secrets of all, and what they published."""

    seeds: list[bytes]
    certs: Certificates
    shares: list[bytes]
    parameters: ThresholdTrustees


def mixed_ceremony(tool: ReferenceTool) -> Mixed:
    """Both sides do every step; where anybody can do a step, both do it and agree to the byte."""
    secret = TrusteeSecret.generate()
    certs, seeds = [], []
    for index in range(1, SIZE + 1):
        if index == OURS:
            seeds.append(secret.seed.encode())
            certs.append(
                make_certificate(secret, TrusteePlace(SIZE, THRESHOLD, index), system_scalar).text
            )
            continue
        tool.threshold(1, "--threshold-context", f"{index}/{THRESHOLD}/{SIZE}")
        certs.append(tool.take(".cert"))
        seeds.append(tool.take(".key"))
    keys = [tool.write(f"{i}.seed", seed) for i, seed in enumerate(seeds, 1)]
    cert_file = tool.write("certs.jsons", *certs)
    tool.threshold(2, "--certs", cert_file)
    checked = check_certificates(
        [parse_certificate(certificate) for certificate in certs], THRESHOLD
    )

    polynomials = [
        deal(secret, index, checked, system_scalar).text
        if index == OURS
        else tool.threshold(3, "--certs", cert_file, "--key", keys[index - 1])
        for index in range(1, SIZE + 1)
    ]
    polynomial_file = tool.write("polynomials.jsons", *polynomials)
    tool.threshold(4, "--certs", cert_file, "--polynomials", polynomial_file)
    dealings = [parse_dealing(polynomial, SIZE) for polynomial in polynomials]
    inputs = [collect_input(index, dealings) for index in range(1, SIZE + 1)]
    written = {path.read_bytes().rstrip(b"\n") for path in tool.folder.glob("*.vinput")}
    assert written == {input_text(mutant) for mutant in inputs}

    shares = [
        compute_share(secret, index, checked, inputs[index - 1], system_scalar).text
        if index == OURS
        else tool.threshold(
            5,
            "--certs",
            cert_file,
            "--key",
            keys[index - 1],
            text=input_text(inputs[index - 1]) + b"\n",
        )
        for index in range(1, SIZE + 1)
    ]
    ours = make_parameters(checked, dealings, [parse_share(share) for share in shares])
    theirs = tool.threshold(
        6,
        "--certs",
        cert_file,
        "--polynomials",
        polynomial_file,
        text=b"".join(share + b"\n" for share in shares),
    )
    assert theirs == ours.text
    return Mixed(seeds, checked, shares, ours)


def test_a_ceremony_with_the_tool(tool: ReferenceTool) -> None:
    mixed = mixed_ceremony(tool)
    tool.write("threshold.json", mixed.parameters.text)
    tool.write("public_keys.jsons")
    tool("setup", "make-trustees")
    made = (tool.folder / "trustees.json").read_bytes().rstrip(b"\n")
    assert made == make_trustees([mixed.parameters]).text
    for index, seed in enumerate(mixed.seeds, 1):
        share = parse_share(mixed.shares[index - 1])
        key = open_decryption_key(TrusteeSecret(seed.decode()), share.private_key)
        assert mul_base(key) == share.public_key.public_key


def test_the_tool_refuses_what_we_refuse(tool: ReferenceTool) -> None:
    """A check of the checks: a share dealt off the polynomial ends the tool's step 5 as well."""
    secret = TrusteeSecret.generate()
    tool.threshold(1, "--threshold-context", "2/1/2")
    theirs, seed = tool.take(".cert"), tool.take(".key")
    certs = check_certificates(
        [make_certificate(secret, TrusteePlace(2, 1, 1), system_scalar), parse_certificate(theirs)],
        1,
    )
    cert_file = tool.write("certs.jsons", *(item.signed.text for item in certs.items))
    key = tool.write("2.seed", seed)
    good = deal(secret, 1, certs, system_scalar)
    other = deal(secret, 1, certs, system_scalar)
    bad = type(good)(good.polynomial, other.secrets, good.coefexps, good.signature)
    second = parse_dealing(tool.threshold(3, "--certs", cert_file, "--key", key), 2)
    arguments = ("--certs", cert_file, "--key", key)
    fine = collect_input(2, [good, second])
    assert parse_share(tool.threshold(5, *arguments, text=input_text(fine) + b"\n"))
    with pytest.raises(ReferenceRefused):
        tool.threshold(5, *arguments, text=input_text(collect_input(2, [bad, second])) + b"\n")


def vote(tool: ReferenceTool) -> bytes:
    """An election of the tool under the `trustees.json` in its folder, up to the encrypted tally."""
    for path in tool.folder.glob("*"):
        if path.name != "trustees.json":
            path.unlink()
    uuid = tool("setup", "generate-token").decode()
    template: ParsedJson = {
        "description": "",
        "name": "Peers",
        "questions": [
            {"answers": ["a", "b"], "min": 0, "max": 1, "question": "Which?"},
        ],
    }
    tool.write("template.json", dump(template))
    where = ("--uuid", uuid, "--group", "Ed25519")
    tool("setup", "generate-credentials", *where, "--count", "2")
    (pubcreds,) = tool.folder.glob("*.pubcreds")
    pubcreds.rename(tool.folder / "public_creds.json")
    (privcreds,) = tool.folder.glob("*.privcreds")
    credentials = load_compact(privcreds.read_bytes().strip())
    assert isinstance(credentials, dict)
    tool("setup", "make-election", *where, "--template", "template.json")
    tool("archive", "init")
    for credential in credentials.values():
        tool.write("cred", str(credential).encode())
        tool.write("choice", b"[[1,0]]")
        ballot = tool("election", "generate-ballot", "--privcred", "cred", "--choice", "choice")
        tool("archive", "add-event", "--type=Ballot", text=ballot + b"\n")
    tool("archive", "add-event", "--type=EndBallots")
    tally = tool("election", "compute-encrypted-tally")
    tool("archive", "add-event", "--type=EncryptedTally", text=tally + b"\n")
    return tally.splitlines()[0]


def decrypt(tool: ReferenceTool, tally: bytes, index: int, *secret: str | Path) -> None:
    """The tool decrypts as trustee `index`; we check what it says."""
    command = "decrypt" if "--privkey" in secret else "decrypt-threshold"
    made = tool("election", command, *secret, "--trustee-id", str(index))
    trustees = parse_trustees((tool.folder / "trustees.json").read_bytes().rstrip(b"\n"))
    check_partial_decryption(
        hash_base64((tool.folder / "election.json").read_bytes().rstrip(b"\n")),
        trustees.owners[index].public_key,
        ciphertexts_from_json(load_compact(tally)),
        parse_partial_decryption(made.splitlines()[0]),
    )
    tool("archive", "add-event", "--type=PartialDecryption", text=made + b"\n")


def conclude(tool: ReferenceTool) -> None:
    result = tool("election", "compute-result")
    assert result == b'{"result":[[2,0]]}'
    tool("archive", "add-event", "--type=Result", text=result + b"\n")
    tool("election", "verify")


def test_an_election_with_the_mixed_key(tool: ReferenceTool) -> None:
    """The tool decrypts with our trustee's files, and verifies the finished archive."""
    mixed = mixed_ceremony(tool)
    tool.write("threshold.json", mixed.parameters.text)
    tool.write("public_keys.jsons")
    tool("setup", "make-trustees")
    tally = vote(tool)
    for index in (1, 3):
        key = tool.write(f"{index}.seed", mixed.seeds[index - 1])
        share = parse_share(mixed.shares[index - 1])
        sealed = tool.write(f"{index}.dkey", share.private_key.text.encode())
        decrypt(tool, tally, index, "--key", key, "--decryption-key", sealed)
    conclude(tool)


@pytest.mark.parametrize("single", [False, True])
def test_a_count_without_this_program(
    tool: ReferenceTool,
    tmp_path: Path,
    single: bool,
) -> None:
    """Ours up to the key; the tool votes, decrypts with exported secrets, and counts."""
    room = make_room(tmp_path / "room", 2 if single else 3, 2, single=single)
    room.rounds(5)
    tool.write("trustees.json", finish_ceremony(room.stick).trustees.text)
    tally = vote(tool)
    for who in room.people[-2:]:
        paths = export_secret(who.folder, who.keeper, tmp_path / f"clear{who.index}")
        options = ("--privkey",) if single else ("--key", "--decryption-key")
        assert len(options) == len(paths)
        secret = [part for pair in zip(options, paths, strict=True) for part in pair]
        decrypt(tool, tally, who.index, *secret)
    conclude(tool)


def test_the_files_of_a_whole_ceremony(tool: ReferenceTool, tmp_path: Path) -> None:
    """Our step files, as they lie on the USB drive, are the tool's: it checks them and agrees."""
    room = make_room(tmp_path / "room", 5, 3)
    room.rounds(6)
    trustees = finish_ceremony(room.stick).trustees

    def on_stick(step: str) -> list[bytes]:
        return [(room.stick / f"{step}-{i}.json").read_bytes() for i in room.ceremony.indices]

    certs = tool.write("certs.jsons", *on_stick("certificate"))
    polynomials = tool.write("polynomials.jsons", *on_stick("polynomial"))
    tool.threshold(2, "--certs", certs)
    tool.threshold(4, "--certs", certs, "--polynomials", polynomials)
    shares = b"".join(share + b"\n" for share in on_stick("share"))
    made = tool.threshold(6, "--certs", certs, "--polynomials", polynomials, text=shares)
    assert trustees.text == b'[["Pedersen",' + made + b"]]"


def test_single_keys_of_a_ceremony(tool: ReferenceTool, tmp_path: Path) -> None:
    room = make_room(tmp_path / "room", 3, single=True)
    room.rounds(4)
    trustees = finish_ceremony(room.stick).trustees
    published = []
    for item in trustees.items:
        assert isinstance(item, SingleTrustee)
        published.append(dump(item.as_json()))
    tool.write("public_keys.jsons", *published)
    tool("setup", "make-trustees")
    assert (tool.folder / "trustees.json").read_bytes().rstrip(b"\n") == trustees.text
