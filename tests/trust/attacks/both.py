"""Have both verifiers judge publications, and compare all that they say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from election.register import REGISTER_FILE, number_of
from headquarters.index_document import INDEX_FILE
from tests.page.running import run_page
from tests.trust.attacks.publication import Publication, Verdict

OF_THE_HOUR: Final = "closes nine days later"
"""The hours of acts are told by the program alone."""


@dataclass(frozen=True, slots=True)
class Case:
    """A publication to be judged."""

    name: str
    site: Publication
    own_number: bool = False
    """The number that everybody knows is that of the register that is published."""
    kept: Path | None = None
    """An earlier index that the reader kept."""
    typed: str = ""
    """Another number, that the reader takes for the election's."""

    @property
    def line(self) -> str:
        """What the page is asked (`tests/page/run_page.mjs`)."""
        folder = self.site.folder
        own = number_of((folder / REGISTER_FILE).read_bytes()) if self.own_number else ""
        number = self.typed or own or self.site.day.number.hex()
        return "\t".join([str(folder / INDEX_FILE), number, "", str(self.kept or "")])

    def verify(self) -> Verdict:
        """Return what the program says."""
        kept = () if self.kept is None else ("--earlier", self.kept)
        typed = ("--number", self.typed) if self.typed else ()
        return self.site.verify(*kept, *typed, own_number=self.own_number)


def agreed(cases: Iterable[Case]) -> list[Verdict]:
    """Return what both verifiers say of these publications; fail where they say different things."""
    asked = list(cases)
    verdicts = [case.verify() for case in asked]
    differing = {}
    for case, ours, said in zip(
        asked, verdicts, run_page(case.line for case in asked), strict=True
    ):
        if found := _difference(case, ours, said):
            differing[case.name] = found
    assert differing == {}
    return verdicts


def _difference(case: Case, ours: Verdict, said: dict[str, Any]) -> dict[str, object]:
    """Return what one verifier says and the other does not, by kind."""
    if said["whole"]["kind"] != "done":
        return {"failed": said["whole"]}
    reports = [said["whole"]["report"], *said["reports"]]
    wrong = {one["reason"] for report in reports for one in report["findings"]}
    told = {one["reason"] for report in reports for one in report["told"]}
    counts = {(one["reason"], one["count"]) for report in reports for one in report["told"]}
    elected = [one["code"] for one in reports[0].get("elected", ())]
    pairs: dict[str, tuple[set[Any], set[Any]]] = {
        "wrong": (wrong, set(ours.wrong)),
        "elected": (set(elected), set(ours.elected)),
    }
    # What is told of a publication that is wrong anyway may follow from its fault, or not.
    if not wrong and not case.name.endswith(OF_THE_HOUR):
        counted = {reason for reason, _ in ours.numbers}
        pairs["told"] = told, set(ours.told) - {"receipts-cover"}
        pairs["numbers"] = {one for one in counts if one[0] in counted}, set(ours.numbers)
    return {
        kind: {"page": sorted(page - program), "program": sorted(program - page)}
        for kind, (page, program) in pairs.items()
        if page != program
    }
