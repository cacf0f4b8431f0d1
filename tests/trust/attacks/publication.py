"""A copy of what a day published, and how the people of the threat model tamper with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crypto.hybrid import HybridKey
from election.definition import DeviceId, Role
from election.missing import MissingDevice, MissingGround, MissingList, write_missing
from election.records import RecordSigner
from election.register import REGISTER_FILE, number_of
from election.rescue import Rescue, write_rescue
from election.rescue import read_rescue as take_apart_rescue
from election.rulings import Rulings, write_rulings
from election.takeover import TakeOver, write_takeover
from headquarters.index_document import CONTEXT, INDEX_FILE, sha256_of
from headquarters.published_acts import EVIDENCE_FILE
from headquarters.trustees import load_private_keys, load_trustees
from tests.headquarters.unlocking import unlock
from tests.trust.attacks.day import SPARE, AttackedDay, run

Json = Any
Edit = Callable[[Json], object]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of `amin election verify --json`."""

    status: int
    wrong: frozenset[str]
    told: frozenset[str]
    right: frozenset[str]
    numbers: frozenset[tuple[str, int]] = frozenset()
    """What is told, with how many it is about."""
    elected: tuple[str, ...] = ()
    """The codes of who is said to be elected."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A folder as headquarters publishes it."""

    day: AttackedDay
    folder: Path

    @classmethod
    def copied(cls, day: AttackedDay, place: Path) -> Publication:
        """Copy the final publication of a day."""
        shutil.copytree(day.folder.result, place)
        return cls(day, place)

    # ------------------------------------------------------------ the verdict

    def verify(self, *options: str | Path, own_number: bool = False) -> Verdict:
        """Verify as anybody does who knows the number: the day's, or that of what is published."""
        published = number_of((self.folder / REGISTER_FILE).read_bytes()) if own_number else ""
        number = ("--number", published or self.day.number.hex())
        done = run("verify", self.folder / INDEX_FILE, *number, *options, "--json")
        contests = json.loads(done.stdout)
        wrong, told, right = (
            frozenset(each["reason"] for each in contests[key])
            for key in ("failures", "told", "right")
        )
        numbers = frozenset(
            (str(each["reason"]), int(each["values"]["count"]))
            for each in contests["told"]
            if "count" in each["values"]
        )
        elected = tuple(str(each["code"]) for each in contests.get("elected", ()))
        return Verdict(done.exit_code, wrong, told, right, numbers, elected)

    # ------------------------------------------------------------ tampering

    def supplement(self, branch: int) -> Path:
        """Return the supplement of branch-N."""
        name = f"branch-{branch}"
        batches = json.loads((self.folder / INDEX_FILE).read_bytes())["batches"]
        (batch,) = (batch["name"] for batch in batches if name in batch["branches"])
        return self.folder / str(batch) / "supplement"

    def archive(self, branch: int) -> Path:
        """Return the archive of branch-N."""
        return self.supplement(branch).with_name("election.bel")

    def edit(self, path: Path, change: Edit) -> None:
        """Change a JSON file that nobody signs."""
        value = json.loads(path.read_bytes())
        change(value)
        path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def reindex(self, change: Edit = lambda _: None) -> None:
        """Sign the index again, as headquarters can: hashes of what is there, then `change`."""
        index = json.loads((self.folder / INDEX_FILE).read_bytes())
        for batch in index["batches"]:
            place = self.folder / batch["name"]
            batch["sha256"] = sha256_of(place / "election.bel")
            devices = (place / "supplement" / "devices").glob("*.der")
            batch["devices"] = sorted(path.stem for path in devices)
        files = (self.folder / "missing.json", self.folder / "rulings.json")
        acts = sorted((self.folder / "acts").glob("*"))
        evidence = sorted(self.folder.glob(f"*/supplement/{EVIDENCE_FILE}"))
        index["documents"] = sorted(
            (
                {"name": path.relative_to(self.folder).as_posix(), "sha256": sha256_of(path)}
                for path in (*files, *acts, *evidence)
                if path.exists()
            ),
            key=lambda each: str(each["name"]),
        )
        change(index)
        data = json.dumps(index, ensure_ascii=False, indent=1).encode() + b"\n"
        key = self.day.authority.signer_key
        (self.folder / "index.sig").write_bytes(key.sign(CONTEXT, data))
        (self.folder / INDEX_FILE).write_bytes(data)

    def box(self, branch: int, device: str, change: Edit) -> None:
        """Change what is published of one terminal."""

        def on(value: Json) -> None:
            (item,) = (each for each in value["items"] if each["device"] == device)
            change(item)

        self.edit(self.supplement(branch) / "boxes.json", on)

    def resummed(self, branch: int, device: str) -> None:
        """Have a device sign its root again over the records that are published of it."""
        signer = RecordSigner(
            self.day.devices[device].signing,
            json.loads((self.folder / INDEX_FILE).read_bytes())["fingerprint"],
            DeviceId(device),
        )

        def on(item: Json) -> None:
            by_kind = {
                kind: [
                    bytes.fromhex(record["digest"])
                    for record in item["records"]
                    if record["kind"] == kind
                ]
                for kind in ("cast", "spoiled")
            }
            spent = [bytes([at]) * 32 for at in range(len(by_kind["cast"]))]
            root = signer.sign_root(by_kind["cast"], by_kind["spoiled"], spent)
            item |= {
                "cast": root.cast,
                "spoiled": root.spoiled,
                "records_root": root.records.hex(),
                "spent_root": root.spent.hex(),
                "signature": root.signature.hex(),
            }

        self.box(branch, device, on)

    def takeover(
        self,
        statement: TakeOver | None = None,
        *,
        cards: Sequence[Any] | None = None,
        devices: Sequence[str] = (SPARE, "station-2"),
        name: str = SPARE,
    ) -> None:
        """Write another take-over of the spare."""
        day = self.day
        made = write_takeover(
            statement or day.takeover(),
            cards or day.pair(day.takeover().branch),
            [day.signer(device) for device in devices],
        )
        (self.folder / "acts" / f"{name}.takeover").write_bytes(made)

    def rescue(
        self,
        statement: Rescue | None = None,
        *,
        cards: Sequence[Any] | None = None,
        signers: Sequence[tuple[HybridKey, bytes]] | None = None,
    ) -> None:
        """Write another act of the rescue."""
        day, box = self.day, self.day.boxes["terminal-2"]
        made = write_rescue(
            statement or day.rescue(box, box.root),
            box.records,
            box.spent,
            box.handles,
            cards or day.pair(day.takeover().branch),
            signers or [day.signer("station-2")],
        )
        (self.folder / "acts" / "terminal-2.rescue").write_bytes(take_apart_rescue(made).act)

    def missing(
        self,
        *devices: MissingDevice,
        signers: Sequence[tuple[HybridKey, bytes]] | None = None,
        number: bytes | None = None,
    ) -> None:
        """Write another list of missing devices."""
        listed = MissingList(number or self.day.number, devices or (BURNT,))
        (self.folder / "missing.json").write_bytes(
            write_missing(listed, signers or self.day.offices)
        )

    def rulings(
        self, rulings: Rulings, signers: Sequence[tuple[HybridKey, bytes]] | None = None
    ) -> None:
        """Write rulings of two offices."""
        data = write_rulings(rulings, signers or self.day.offices)
        (self.folder / "rulings.json").write_bytes(data)

    def trustee_keys(self) -> dict[int, int]:
        """Return every trustee's private key."""
        folder = self.day.folder.trustees
        return dict(load_private_keys(folder, load_trustees(folder / "trustees.json"), unlock))

    def new_observer(self) -> tuple[HybridKey, bytes]:
        """Return an observer whom headquarters made after the day."""
        key = HybridKey.generate()
        return key, self.day.certified("observer", key, Role.OBSERVER, "")


BURNT = MissingDevice(DeviceId("terminal-5"), MissingGround.DESTROYED, 3, 1, True)
"""The entry of the day's list."""


def flipped(data: bytes, at: int) -> bytes:
    """Return bytes of which one is another."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
