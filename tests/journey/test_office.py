"""The whole journey of an office, by the commands of docs/headquarters-guide.md as they stand there.

Every command is a process of its own, run by a shell. What is played beside them is what is not
headquarters': devices ask, cards ask, voters vote at two branches, and files come in at night.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from commands.main import main
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.bundle import BallotBox, Bundle, CheckIns, GrantedCount, write_bundle
from election.definition import BranchId, ContestId, DeviceId, Role
from election.enrolment import make_request, write_request
from election.marks import Marks
from election.provisional import ProvisionalEntry, new_handle, seal_entry
from election.register import number_of
from election.report_code import ReportedNumbers, write_report_code
from headquarters.trustees import load_trustees
from headquarters.workspace import ElectionFolder, open_workspace
from tests.acts import Card, with_acts
from tests.headquarters.day import Terminal, hours_of
from tests.headquarters.small import DeviceKeys, Headquarters, jpeg
from tests.headquarters.unlocking import authority_of
from tests.provisioning.branch import documents
from tests.provisioning.guide import files, is_all_named, steps

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "headquarters-guide.md"
TEXT = GUIDE.read_text(encoding="utf-8")
STEPS = steps(TEXT)
_BLOCK = re.compile(r"^```\w*\n.*?^```$", re.MULTILINE | re.DOTALL)
COUNCIL = ContestId("council")
DEVICES = {
    "b0001-s1": Role.IDENTITY_STATION,
    "b0001-t1": Role.BALLOT_TERMINAL,
    "b0002-s1": Role.IDENTITY_STATION,
    "b0002-t1": Role.BALLOT_TERMINAL,
    "b0002-t2": Role.BALLOT_TERMINAL,
}
PLAN = (
    ("seats = 21", "seats = 2"),
    ("max_selections = 21", "max_selections = 2"),
    ("name a public source, such as the closing stock index of a day after it is fixed", "TEDPIX"),
)
TWICE, ONCE, ONLINE = "0013542419", "0013542427", "0013542435"
"""National numbers of invented persons."""


def test_every_block_has_a_name_and_is_run() -> None:
    assert is_all_named(TEXT)
    run = set(re.findall(r'office\.run\("([\w-]+)', Path(__file__).read_text(encoding="utf-8")))
    assert set(STEPS) == run
    assert set(files(TEXT)) == {"branches.csv", "candidates.csv", "lists.csv", "operators.csv"}


def test_both_languages_have_the_same_commands() -> None:
    persian = GUIDE.with_name("headquarters-guide.fa.md").read_text(encoding="utf-8")
    assert _BLOCK.findall(persian) == _BLOCK.findall(TEXT)


def test_every_step_of_headquarters_is_in_it() -> None:
    """But those that other pages are about."""
    elsewhere = {
        *("tally", "rule", "change-lock", "authorization-cards", "listen", "recordings", "roll"),
        *("check-page", "check-challenge", "accuracy-check", "ceremony", "hand-over"),
    }
    group = main.get_command(click.Context(main), "election")
    assert isinstance(group, click.Group)
    used = {
        shlex.split(line)[2]
        for body in STEPS.values()
        for line in body.splitlines()
        if line.startswith("amin election ")
    }
    assert used | elsewhere == set(group.list_commands(click.Context(group)))


@dataclass
class Office:
    """Folders, variables and commands of the guide."""

    folder: Path
    common: dict[str, str]

    def run(self, step: str, status: int = 0, **more: str) -> str:
        """Run a block as it stands, and expect the status of its last command.

        With another `status` than 0 its last command runs without what lets the block go on after it: that
        would let 0 pass, too.
        """
        command, *rest = STEPS[step].partition(" || ") if status else (STEPS[step],)
        assert not status or rest[1] == f"test $? = {status}\n"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env={**os.environ, **self.common, **more},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        told = done.stdout + done.stderr
        assert done.returncode == status, f"{step} {more}: {told}"
        assert "Traceback" not in told
        return told


@pytest.fixture
def office(tmp_path: Path) -> Office:
    (tmp_path / "bin").mkdir()
    hands = f'PYTHONPATH={ROOT} exec {sys.executable} -m tests.journey.hands "$@"\n'
    _script(tmp_path / "bin" / "amin", f"#!/bin/sh\n{hands}")
    _script(
        tmp_path / "bin" / "editor",
        f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.journey.test_office "$1"\n',
    )
    for name, content in files(TEXT).items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    for folder in ("usb", "night", "backup", "portraits", "requests"):
        (tmp_path / folder).mkdir()
    for number in range(1, 6):
        (tmp_path / "portraits" / f"r{number}.jpg").write_bytes(jpeg(number))
    documents(tmp_path, datetime.now(UTC))
    places = {
        "HQ": "hq",
        "OFFICER": "officer",
        "OBSERVER": "observer",
        "USB": "usb",
        "BACKUP": "backup",
        "NIGHT": "night",
        "COUNT": "count",
        "SITE": "site",
    }
    return Office(
        tmp_path,
        {
            **{word: str(tmp_path / place) for word, place in places.items()},
            "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "DAY": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}",
            "EDITOR": str(tmp_path / "bin" / "editor"),
        },
    )


def _script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def edit(plan: Path) -> None:
    """What people change in the plan of a small city."""
    text = plan.read_text(encoding="utf-8")
    for old, new in PLAN:
        assert old in text, old
        text = text.replace(old, new)
    plan.write_text(text, encoding="utf-8")


def make_devices(folder: Path) -> dict[str, DeviceKeys]:
    """Devices that ask to be enrolled."""
    made = {
        name: DeviceKeys(DeviceId(name), role, HybridKey.generate(), SealingKey.generate())
        for name, role in DEVICES.items()
    }
    for name, device in made.items():
        branch = BranchId(name.partition("-")[0])
        request = make_request(
            device.id, device.role, branch, device.signing, device.sealing.public_bytes
        )
        (folder / f"{name}.json").write_bytes(write_request(request))
    return made


def card_keys(folder: Path) -> dict[str, ec.EllipticCurvePrivateKey]:
    """Cards that made their keys and ask for their numbers."""
    folder.mkdir(exist_ok=True)
    keys = {number: ec.generate_private_key(ec.SECP256R1()) for number in _numbers()}
    for number, key in keys.items():
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, number)])
        request = x509.CertificateSigningRequestBuilder().subject_name(subject)
        signed = request.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
        (folder / f"{number}.csr").write_bytes(signed)
    return keys


def _numbers() -> tuple[str, ...]:
    return tuple(line[:4] for line in files(TEXT)["operators.csv"].splitlines()[1:])


class Night:
    """Two branches' day: who voted what, and the files they bring."""

    def __init__(
        self, office: Office, devices: dict[str, DeviceKeys], cards: dict[str, Sequence[Card]]
    ) -> None:
        place = ElectionFolder(office.folder / "hq")
        found = open_workspace(place)
        self.number = bytes.fromhex(number_of(place.register.read_bytes()))
        self.digest, self.cards, self.folder = found.package_digest, cards, office.folder
        trustees = load_trustees(place.trustees / "trustees.json")
        authority = authority_of(place.keys)
        self.hqs = {
            branch: Headquarters(
                place.path,
                authority,
                trustees,
                found.election,
                {},
                {
                    "station-1": devices[f"{branch}-s1"],
                    **{name: device for name, device in devices.items() if branch in name},
                },
                b"",
                number=self.number,
            )
            for branch in ("b0001", "b0002")
        }
        self.persons = [person.code for person in found.election.contests[0].candidates]
        self.list = found.election.contests[0].lists[0].code

    def vote(self) -> None:
        """Write the bundles: three votes and a challenge here; three votes there, and four provisional."""
        first = self._terminal("b0001", "b0001-t1")
        for person in (0, 0, 2):
            first.vote(Marks(COUNCIL, persons=(self.persons[person],)))
        tried = (Marks(COUNCIL, persons=(self.persons[3],)),)
        ballot, opening = first.ballot(tried)
        first.challenge(ballot, opening)
        second = self._terminal("b0002", "b0002-t1")
        second.vote(Marks(COUNCIL, list_code=self.list))
        for _ in range(2):
            second.vote(Marks(COUNCIL, persons=(self.persons[4],)))
        given = [(new_handle(), who) for who in (TWICE, TWICE, ONCE, ONLINE)]
        for handle, _ in given:
            second.vote(Marks(COUNCIL, persons=(self.persons[1],)), handle=handle)
        self._bring("b0001", "b0001-t1", first.box())
        self._bring("b0002", "b0002-t1", second.box())
        self._bring("b0001", "b0001-s1", self._check_ins("b0001", 3))
        self._bring("b0002", "b0002-s1", self._check_ins("b0002", 7, given))
        (self.folder / "voted.txt").write_text(f"{ONLINE}\n", encoding="utf-8")
        box = first.box()
        said = ReportedNumbers(
            self.number, first.device.id, (3, 1), (box.root.records, box.root.spent)
        )
        code = write_report_code(said, first.device.signing)
        (self.folder / "report.txt").write_text(code, encoding="utf-8")

    def _terminal(self, branch: str, name: str) -> Terminal:
        return Terminal(self.hqs[branch], name, self.folder / "media" / name)

    def _check_ins(
        self, branch: str, issued: int, given: Sequence[tuple[bytes, str]] = ()
    ) -> CheckIns:
        hq = self.hqs[branch]
        place = (hq.election.uuid, BranchId(branch), DeviceId(f"{branch}-s1"))
        key = hq.election.reconciliation_public_key
        entries = [seal_entry(ProvisionalEntry(handle, who), *place, key) for handle, who in given]
        return CheckIns(
            (GrantedCount((COUNCIL,), issued),),
            0,
            (),
            (),
            tuple(sorted(entries)),
            issued=tuple(sorted(hq.issued)),
        )

    def _bring(self, branch: str, name: str, content: BallotBox | CheckIns) -> None:
        hq = self.hqs[branch]
        device = hq.devices[name]
        listed = hq.election.device(device.id)
        assert listed is not None
        bundle = Bundle(
            hq.election.uuid,
            self.digest,
            device.id,
            device.role,
            BranchId(branch),
            (),
            bytes(32),
            box=content if isinstance(content, BallotBox) else None,
            check_ins=content if isinstance(content, CheckIns) else None,
        )
        bundle = with_acts(
            bundle, self.cards[branch], device.signing, hours_of(hq.election), self.number
        )
        data = write_bundle(bundle, device.signing, listed.certificate)
        (self.folder / "night" / f"{name}.bundle").write_bytes(data)


@pytest.mark.timeout(900)
def test_the_whole_journey(office: Office) -> None:
    """Every block of the guide, in its order; the published result is what was voted."""
    office.run("ceremony")
    for _ in range(5):
        for number in ("1", "2", "3"):
            secrets = str(office.folder / f"trustee-{number}")
            office.run("ceremony-step", SECRETS=secrets, N=number)
    office.run("ceremony-end")
    assert "600" in office.run("capacity")
    office.run("begin")
    office.run("branches")
    office.run("survey", status=1)
    assert "b0001" in office.run("readiness", status=1)
    assert len(list((office.folder / "readiness").glob("*.png"))) >= 4
    assert "5 candidates" in office.run("candidates")
    devices = make_devices(office.folder / "requests")
    office.run("package")
    assert "1001" in office.run("letters", status=1)
    keys = card_keys(office.folder / "hq" / "card-requests")
    office.run("cards")
    operators = office.folder / "hq" / "operators"
    cards = {
        number: Card((operators / f"{number}.der").read_bytes(), key)
        for number, key in keys.items()
    }
    office.run("register")
    number = hashlib.sha256((office.folder / "hq" / "register.json").read_bytes()).hexdigest()
    office.run("inventory")
    forms = sorted(path.name for path in (office.folder / "forms").rglob("*.pdf"))
    assert forms == [f"{x}.{y}.pdf" for x in ("001", "b0001", "b0002") for y in ("en", "fa")]
    office.run("rehearsal")
    for copy in ("registered", "once-more"):
        office.run("backup", COPY=copy)
        assert (office.folder / f"restored-{copy}" / "register.json").exists()
    night = Night(
        office,
        devices,
        {"b0001": (cards["1001"], cards["1002"]), "b0002": (cards["2001"], cards["2002"])},
    )
    night.vote()
    office.run("import", status=1)
    assert "b0002-t2" in office.run("arrivals", status=1)
    office.run("missing")
    page = (office.folder / "hq" / "arrivals" / "arrivals.en.html").read_text("utf-8")
    assert "Nothing is pending" in page
    office.run("provisional")
    office.run("batches")
    for one in ("1", "3"):
        office.run("mix", N=one)
    for one in ("1", "3"):
        office.run("decrypt", SECRETS=str(office.folder / f"trustee-{one}"))
    office.run("conclude")
    office.run("lot")
    office.run("publish", NUMBER=number)
    assert "b0001-t1" in office.run("report", NUMBER=number)
    result = json.loads((office.folder / "count" / "result.json").read_bytes())
    votes = [person["total"] for person in result["contests"][0]["candidates"]]
    assert (result["ballots"], votes) == (8, [3, 3, 1, 0, 2])
    site = office.folder / "site"
    assert (site / "index.html").exists()
    assert "مریم رضایی" in "".join(x.read_text("utf-8") for x in site.rglob("*.html"))


if __name__ == "__main__":
    edit(Path(sys.argv[1]))
