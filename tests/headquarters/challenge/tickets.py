"""Challenged ballots for these tests, and the page's own code run by Node.js."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crypto.ballot import Ballot
from crypto.casting import Answer, BallotMaker, SlotAnswer
from crypto.election import BeleniosElection as Encrypted
from crypto.election import parse_election
from crypto.embedding import EmbeddingTable
from election.answers import answers_for
from election.challenge import ChallengeTicket, ticket_text
from election.definition_file import published_definition
from election.marks import Marks
from election.schema import to_json
from election.sealed import Opening
from tests.headquarters.small import Headquarters
from tests.needs import missing

NODE_LIMIT_S = 120
SEED = bytes(range(100, 132))

_RUN = """
const fs = require("fs");
(async () => {
  for (const {election, definition, ticket, noted} of JSON.parse(fs.readFileSync(0, "utf8"))) {
    try {
      const bytes = utf8(election), found = await checkTicket(bytes, ticket, async () => {});
      const asked = readElection(bytes);
      const named = definition === null ? null : readDefinition(definition, asked);
      found.contests = readAnswers(asked, named, found.answers);
      found.noted = noted === null ? null : isTrackingOf(noted, found);
      console.log(JSON.stringify(found));
    } catch (error) { console.log(JSON.stringify({word: error.word ?? null, stack: error.stack})); }
  }
})();
"""

_READ = """
for (const {election, ticket} of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
  let found;
  try { found = {answers: readTicket(readElection(utf8(election)), ticket).answers}; }
  catch (error) { found = {word: error.word ?? null, stack: error.stack}; }
  console.log(JSON.stringify(found));
}
"""


@dataclass(frozen=True)
class Case:
    """What a voter brings to the page."""

    election: bytes
    ticket: str
    definition: bytes | None = None
    noted: str | None = None

    def as_json(self) -> Mapping[str, object]:
        named = None if self.definition is None else self.definition.decode()
        return {
            "election": self.election.decode(),
            "ticket": self.ticket,
            "definition": named,
            "noted": self.noted,
        }


@dataclass(frozen=True)
class Challenged:
    ballot: Ballot
    ticket: ChallengeTicket
    text: str


def challenged(election: Encrypted, answers: Sequence[Answer], seed: bytes = SEED) -> Challenged:
    """An honest terminal's ballot and its ticket."""
    slots = (answer.integers for answer in answers if isinstance(answer, SlotAnswer))
    ballot = BallotMaker(election, EmbeddingTable.of_vectors(slots)).make(answers, seed)
    ticket = ChallengeTicket(Opening(seed, tuple(answers)), ballot.digest)
    return Challenged(ballot, ticket, ticket_text(election, ticket))


def voted(hq: Headquarters, *marks: Marks) -> Challenged:
    encrypted = parse_election(hq.election.belenios_election)
    return challenged(encrypted, answers_for(hq.election, marks))


def public_folder(hq: Headquarters, folder: Path) -> Path:
    """The two files a voter needs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "election.json").write_bytes(hq.election.belenios_election)
    (folder / "definition.json").write_bytes(to_json(published_definition(hq.election)))
    return folder


def scripts_of(page: str) -> str:
    """The scripts of the page as it is given out, without what draws it."""
    core, screen = re.findall(r"<script(?: id=\"core\")?>(.*?)</script>", page, re.DOTALL)
    reading = screen.split("// Everything the page says.")[0]
    return f"{core}\n{reading}"


def in_browser(
    page: bytes, cases: Sequence[Case], *, read_only: bool = False
) -> list[dict[str, object]]:
    """What the page's code finds, one result per case. `read_only`: the ticket only, no ballot."""
    node = shutil.which("node")
    if node is None:
        missing("Node.js, which runs the page's code (apt package nodejs)")
    program = scripts_of(page.decode()) + (_READ if read_only else _RUN)
    done = subprocess.run(
        [node, "-e", program],
        input=json.dumps([case.as_json() for case in cases]),
        capture_output=True,
        text=True,
        timeout=NODE_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(cases)
    return found
