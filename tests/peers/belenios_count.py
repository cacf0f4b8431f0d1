"""Elections begun by one program and finished by the other, at every place where a USB drive can change
hands. Run by name, because few machines have the reference tool: `make peers`, or

BELENIOS_TOOL=…/belenios-tool pytest tests/peers/belenios_count.py
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crypto.ballot import parse_ballot
from crypto.casting import Answer, BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.compact_json import load_compact
from crypto.election import (
    BeleniosElection,
    HomomorphicQuestion,
    make_election,
    slot_integers,
    slot_question,
)
from crypto.embedding import EmbeddingTable
from crypto.group import Scalar
from crypto.trustees import Trustees, generate_trustee, make_trustees
from headquarters.ceremony.coordinator import finish_ceremony
from headquarters.ceremony.share import export_secret, open_share
from headquarters.tally import relay
from headquarters.tally.archive_status import Stage
from headquarters.tally.decryption_proofs import proofs_path
from headquarters.tally.relay import open_archive
from headquarters.tally.steps import tally_ballots
from headquarters.verification import verify_archive
from tests.headquarters.archives import Step, put_together, take_apart
from tests.headquarters.ceremony.people import make_room
from tests.peers.reference import ReferenceTool, find_tool

SLOTS, CANDIDATES = 2, 3
VOTES: list[list[Answer]] = [
    [*(SlotAnswer(slot_integers(code)) for code in codes), HomomorphicAnswer(second)]
    for codes, second in (
        ((1234, 0), (0, 1, 0, 1)),
        ((65535, 16), (1, 0, 0, 0)),
        ((1234, 7), (0, 0, 1, 0)),
    )
]


@dataclass(frozen=True, slots=True)
class Keys:
    """The trustees, and of those who decrypt: our scalar, and the tool's options."""

    trustees: Trustees
    secrets: dict[int, tuple[Scalar, list[str]]]
    shufflers: tuple[int, ...]

    @property
    def command(self) -> str:
        threshold = any("--key" in options for _, options in self.secrets.values())
        return "decrypt-threshold" if threshold else "decrypt"


@pytest.fixture
def tool(tmp_path: Path) -> ReferenceTool:
    folder = tmp_path / "tool"
    folder.mkdir()
    return find_tool(folder)


@pytest.fixture(params=["single", "pedersen"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Keys:
    """Two single trustees, or two of three."""
    if request.param == "single":
        made = [generate_trustee() for _ in range(2)]
        secret = {}
        for number, key in enumerate(made, 1):
            path = tmp_path / f"{number}.privkey"
            path.write_bytes(key.private_text)
            secret[number] = (key.private_key, ["--privkey", str(path)])
        return Keys(make_trustees([key.trustee for key in made]), secret, (1, 2))
    room = make_room(tmp_path / "room", 3, 2)
    room.rounds(6)
    secret = {}
    for who in (room.people[0], room.people[2]):
        paths = export_secret(who.folder, who.keeper, tmp_path / f"clear{who.index}")
        options = [
            str(part)
            for pair in zip(("--key", "--decryption-key"), paths, strict=True)
            for part in pair
        ]
        secret[who.index] = (open_share(who.folder, who.keeper).scalar, options)
    return Keys(finish_ceremony(room.stick).trustees, secret, (1, 3))


@dataclass(slots=True)
class Count:
    """One election on a USB drive; each step can be done by either program."""

    tool: ReferenceTool
    keys: Keys
    election: BeleniosElection

    @property
    def archive(self) -> Path:
        (path,) = self.tool.folder.glob("*.bel")
        return path

    def steps(self) -> list[tuple[Callable[[], object], Callable[[], object]]]:
        """Ours and theirs, from the ballots to the result."""
        return [
            (self.ballots, self.their_ballots),
            (self.our_tally, self.their_tally),
            *(self._mix(owner) for owner in self.keys.shufflers),
            *(self._decrypt(owner) for owner in self.keys.secrets),
            (self.our_result, self.their_result),
        ]

    def our_result(self) -> None:
        """Decryptions of the tool have no strong proofs; the trustees make them afterwards."""
        standing = open_archive(self.archive)
        for owner in sorted(standing.partials.keys() - standing.proofs.keys()):
            standing = relay.prove_decryption(standing, self.keys.secrets[owner][0])
        _done(relay.conclude(standing))
        assert verify_archive(self.archive, proofs=proofs_path(self.archive)).ok

    def ballots(self) -> None:
        """Setup and ballots, without closing them, as the tool leaves an archive."""
        codes = {0, 1234, 65535, 16, 7}
        maker = BallotMaker(self.election, EmbeddingTable.of_vectors(map(slot_integers, codes)))
        ballots = [maker.make(vote, secrets.token_bytes(32)) for vote in VOTES]
        path = self.tool.folder / f"{self.election.uuid}.bel"
        relay.begin(path, self.election, self.keys.trustees, ballots, timestamp=1795328752)
        put_together(path, take_apart(path)[: 1 + len(ballots)])

    def their_ballots(self) -> None:
        tool = self.tool
        tool.write("election.json", self.election.text)
        tool.write("trustees.json", self.keys.trustees.text)
        where = ("--uuid", self.election.uuid, "--group", "Ed25519")
        tool("setup", "generate-credentials", *where, "--count", str(len(VOTES)))
        (public,) = tool.folder.glob("*.pubcreds")
        public.rename(tool.folder / "public_creds.json")
        (private,) = tool.folder.glob("*.privcreds")
        credentials = load_compact(private.read_bytes().strip())
        assert isinstance(credentials, dict)
        tool("archive", "init")
        for credential, vote in zip(credentials.values(), VOTES, strict=True):
            tool.write("cred", str(credential).encode())
            plain = [
                list(answer.integers if isinstance(answer, SlotAnswer) else answer.choices)
                for answer in vote
            ]
            tool.write("choice", json.dumps(plain).encode())
            made = tool("election", "generate-ballot", "--privcred", "cred", "--choice", "choice")
            self._add("Ballot", made)

    def our_tally(self) -> None:
        steps = take_apart(self.archive)
        ballots = [step.objects[0] for step in steps if step.kind == "Ballot"]
        tally = tally_ballots(self.election, [parse_ballot(self.election, x) for x in ballots])
        last = Step("EncryptedTally", [tally.text], size=tally.ballots)
        put_together(self.archive, [*steps, Step("EndBallots"), last])

    def their_tally(self) -> None:
        self._add("EndBallots")
        self._add("EncryptedTally", self.tool("election", "compute-encrypted-tally"))

    def their_result(self) -> None:
        self._add("Result", self.tool("election", "compute-result"))

    def _mix(self, owner: int) -> tuple[Callable[[], object], Callable[[], object]]:
        last = owner == self.keys.shufflers[-1]

        def theirs() -> None:
            self._add("Shuffle", self.tool("election", "shuffle", "--trustee-id", str(owner)))
            if last:
                self._add("EndShuffles")

        def ours() -> None:
            relay.mix(open_archive(self.archive), owner)
            if last and open_archive(self.archive).stage is Stage.MIXING:
                # Of k of n more could mix; the tool does not decrypt before it is told.
                self._add("EndShuffles")

        return ours, theirs

    def _decrypt(self, owner: int) -> tuple[Callable[[], object], Callable[[], object]]:
        scalar, options = self.keys.secrets[owner]

        def theirs() -> None:
            made = self.tool("election", self.keys.command, *options, "--trustee-id", str(owner))
            self._add("PartialDecryption", made)

        return lambda: relay.decrypt(open_archive(self.archive), scalar), theirs

    def _add(self, kind: str, lines: bytes = b"") -> None:
        self.tool("archive", "add-event", f"--type={kind}", text=lines + b"\n" if lines else b"")


@pytest.fixture
def count(tool: ReferenceTool, keys: Keys) -> Count:
    names = tuple(f"نامزد {i}" for i in range(CANDIDATES))
    election = make_election(
        name="انتخابات",
        description="peers",
        public_key=keys.trustees.election_key,
        questions=[
            *(slot_question(f"خانه {i}") for i in range(SLOTS)),
            HomomorphicQuestion("دوم", names, blank=True, minimum=1, maximum=2),
        ],
        uuid=tool("setup", "generate-token").decode(),
    )
    return Count(tool, keys, election)


def check(count: Count) -> None:
    """Both verifiers accept, and the result is what was voted."""
    report = verify_archive(count.archive)
    assert report.ok, report.failures
    count.tool("election", "verify")
    (result,) = take_apart(count.archive)[-1].objects
    *slots, second = json.loads(result)["result"]
    assert [sorted(int.from_bytes(bytes(row)) for row in rows) for rows in slots] == [
        [1234, 1234, 65535],
        [0, 7, 16],
    ]
    assert second == [1, 1, 1, 1]


@pytest.mark.parametrize("first", ["ours", "theirs"])
@pytest.mark.parametrize("change", range(1, 7))
def test_an_election_changes_hands_once(count: Count, first: str, change: int) -> None:
    """After the ballots, the tally, each mix, each decryption."""
    for number, (ours, theirs) in enumerate(count.steps()):
        begins_ours = first == "ours"
        (ours if (number < change) is begins_ours else theirs)()
    check(count)


def test_an_election_changes_hands_at_every_step(count: Count) -> None:
    for number, (ours, theirs) in enumerate(count.steps()):
        (theirs if number % 2 else ours)()
    check(count)


def test_the_tool_accepts_each_of_our_ballots_and_finds_our_result(
    count: Count, tmp_path: Path
) -> None:
    """`verify-ballot` against the archive cut after Setup, and the tool's own count of ours."""
    for ours, _ in count.steps():
        ours()
    check(count)
    steps = take_apart(count.archive)
    ours = json.loads(steps[-1].objects[0])["result"]
    path = count.archive
    ballots = [step.objects[0] for step in steps if step.kind == "Ballot"]
    whole = path.read_bytes()
    put_together(path, steps[:1])
    for ballot in ballots:
        file = tmp_path / "ballot.json"
        file.write_bytes(ballot + b"\n")
        count.tool("election", "verify-ballot", "--ballot", file)
    path.write_bytes(whole)
    put_together(path, [step for step in steps if step.kind not in ("PartialDecryption", "Result")])
    for owner in count.keys.secrets:
        count._decrypt(owner)[1]()
    count.their_result()
    assert json.loads(take_apart(path)[-1].objects[0])["result"] == ours


def _done(_: object) -> None:
    """A step whose outcome lies in the archive."""
