"""Trustees for tests: each with a folder, a passphrase, and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from crypto.passphrase import Cost
from election.definition import Text
from headquarters.ceremony.ceremony_files import write_file
from headquarters.ceremony.coordinator import begin_ceremony
from headquarters.ceremony.definition import Ceremony, new_ceremony
from headquarters.ceremony.trustee import DueStepsReport, run_due_steps
from headquarters.keepers import PassphraseKeeper, SecretKeeper
from words.message import Message

CHEAP = Cost(8192, 1, 1)
TITLE = Text("انتخابات شورا", "Council election")
DAY = date(2026, 6, 1)
NAMES = tuple(
    Text(fa, en)
    for fa, en in (
        ("مریم رضایی", "Maryam Rezaei"),
        ("علی\u200cرضا کریمی", "Alireza Karimi"),
        ("زهرا احمدی", ""),
        ("حسن موسوی", "Hassan Mousavi"),
        ("پری نیک‌نام", ""),
    )
)


def passphrase(index: int) -> str:
    return f"چراغ پیمانه درنا سنجاق {index}"


@dataclass(slots=True)
class Someone:
    """A trustee at a machine who answers as told, and remembers what was asked."""

    stick: Path
    folder: Path
    index: int
    answer: Callable[[str], bool] = lambda _: True
    asked: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    typed: str | None = None

    def chooses(self, free: Mapping[int, Text]) -> int:
        return self.index

    def agrees(self, question: Message) -> bool:
        self.asked.append(str(question))
        return self.answer(str(question))

    def reads(self, line: Message) -> None:
        self.read.append(str(line))

    @property
    def keeper(self) -> SecretKeeper:
        return PassphraseKeeper(lambda _: self.typed or passphrase(self.index), CHEAP, tries=1)

    def comes(
        self,
        stick: Path | None = None,
        write: Callable[[Path, bytes], None] = write_file,
    ) -> DueStepsReport:
        return run_due_steps(stick or self.stick, self.folder, self.keeper, self, write=write)


@dataclass(frozen=True, slots=True)
class Room:
    """A ceremony on a USB drive, and its trustees."""

    ceremony: Ceremony
    stick: Path
    people: tuple[Someone, ...]

    def rounds(self, count: int) -> None:
        """Everybody comes `count` times."""
        for _ in range(count):
            for someone in self.people:
                someone.comes()

    def contents(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.stick.glob("*.json"))}


def make_room(folder: Path, size: int = 3, threshold: int = 2, *, single: bool = False) -> Room:
    ceremony = new_ceremony(TITLE, DAY, NAMES[:size], threshold, single=single)
    stick = folder / "stick"
    begin_ceremony(stick, ceremony)
    people = tuple(Someone(stick, folder / f"trustee{i}", i) for i in ceremony.indices)
    return Room(ceremony, stick, people)
