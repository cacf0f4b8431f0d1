"""Verify an archive or an index with what lies beside it, and say the verdict: as lines, as plain values.

archive    every proof of one file; the trustees' strong proofs and what terminals signed, where they are
index      all archives it lists, what they add up to, and the register beside it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from headquarters.tally.decryption_proofs import PROOFS_FILE, SUPPLEMENT_FOLDER
from headquarters.tally.work import Work
from headquarters.verification import ArchiveFinding, verify_archive
from words.message import Latin, Message, m
from words.plain import plain_message
from words.speaker import Speaker

if TYPE_CHECKING:
    from election.report_code import ReportedNumbers
    from headquarters.result_check import Elected

_JOINER: Final = "\u200c"
"""The zero-width non-joiner of Persian words, which is no printable character."""
_UNCHECKED: Final = {
    "root": m(
        "not checked: whose root certificate it is; "
        "with --root give the one that was published before the day"
    ),
    "number": m(
        "not anchored: devices and offices may have been made after the day; "
        "with --number give the number that was published before it"
    ),
    "devices": m("not checked: what the devices signed; there is no supplement beside the archive"),
}
"""By its word among the plain values."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and what could not be checked."""

    facts: Mapping[str, object]
    """What the file holds, as plain values."""
    failures: Sequence[ArchiveFinding]
    told: Sequence[ArchiveFinding]
    unchecked: Sequence[str]
    """Words of what stays open."""
    valid: Message
    """What is said if nothing failed."""
    right: Sequence[ArchiveFinding] = ()
    """What agrees with the register."""
    classes: Message | None = None
    """How many findings are in each class."""
    reports: Sequence[ReportedNumbers] = ()
    """What closing reports must show."""
    more: Sequence[Message] = ()
    """What is said besides."""
    is_final: bool = True
    """No registered device is pending."""
    elected: Sequence[Elected] = ()
    """Who is elected, by what follows from the archives."""

    def plain(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {
            "valid": not self.failures,
            **self.facts,
            "unchecked": self.unchecked,
            "failures": [_plain(failure) for failure in self.failures],
            "told": [_plain(notice) for notice in self.told],
            "right": [_plain(agreement) for agreement in self.right],
        }

    def lines(self, t: Speaker) -> Iterator[str]:
        """Say one line a finding, with tabs between its fields, and then what it comes to."""
        for failure in self.failures:
            yield finding_line(failure, t)
        for notice in self.told:
            yield finding_line(notice, t, m("told"))
        for agreement in self.right:
            yield finding_line(agreement, t, m("right"))
        for report in self.reports:
            roots = (root.hex() for root in report.roots)
            yield "\t".join(map(str, ("report", report.device, *report.numbers, *roots)))
        for person in self.elected:
            fields = ("elected", person.contest, person.code, person.name, person.votes)
            yield "\t".join(_printable(str(field)) for field in fields)
        if self.classes is not None:
            yield t(self.classes)
        yield from map(t, self.more)
        if not self.failures:
            yield t(self.valid)
            yield from (t(_UNCHECKED[word]) for word in self.unchecked)


def finding_line(finding: ArchiveFinding, t: Speaker, verdict: Message | None = None) -> str:
    """Write a finding as a line of tab-separated fields: verdict if given, reason, entry, what."""
    where = f"{finding.batch}/{finding.entry}" if finding.batch else finding.entry
    fields = [finding.reason, where, t(finding.message)]
    return "\t".join(map(_printable, fields if verdict is None else [t(verdict), *fields]))


def supplement_of(archive: Path, named: Path | None) -> Path | None:
    """Return the folder of what the terminals signed: the named one, or that beside an archive."""
    beside = archive.with_name(SUPPLEMENT_FOLDER)
    if named is not None or not beside.is_dir():
        return named
    # The archive of others has the proofs beside it and nothing else.
    return beside if any(entry.name != PROOFS_FILE for entry in beside.iterdir()) else None


def judge_archive(
    archive: Path, named: Path | None, root: bytes | None, work: Work, *, final: bool
) -> Verdict:
    """Verify one archive. Raises `OSError`.

    `named`: the folder of its supplement, if not beside it; `root`: the root certificate as published;
    `final`: the archive has to hold a result.
    """
    beside, folder = archive.with_name(SUPPLEMENT_FOLDER), supplement_of(archive, named)
    proofs = (named or beside) / PROOFS_FILE if named is not None or beside.is_dir() else None
    verdict = verify_archive(
        archive, final=final, progress=work.progress, executor=work.executor, proofs=proofs
    )
    failures, notices = list(verdict.failures), verdict.told
    if folder is not None and verdict.ok_but_for_proofs:
        # What the terminals signed takes documents; proofs alone take arithmetic.
        from headquarters.supplement import check_supplement
        from headquarters.verification.report import apart

        broken, told_too = apart(check_supplement(folder, archive, root))
        failures += broken
        notices += told_too
    ballots, phi = verdict.ballots, Latin(verdict.fingerprint or "")
    valid = m("valid: {ballots} ballots; φ {fingerprint}", ballots=ballots, fingerprint=phi)
    if folder is not None:
        valid = m(
            "valid: {ballots} ballots, device signatures included; φ {fingerprint}",
            ballots=ballots,
            fingerprint=phi,
        )
    facts = {
        "ballots": verdict.ballots,
        "fingerprint": verdict.fingerprint,
        "complete": verdict.complete,
        "supplement": None if folder is None else str(folder),
    }
    unchecked = ["devices"] if folder is None else without(root)
    return Verdict(facts, failures, notices, unchecked, valid)


def without(root: bytes | None) -> list[str]:
    """Name what stays open without a published root: anybody can make a root, and devices of it."""
    return [] if root is not None else ["root"]


def _plain(finding: ArchiveFinding) -> dict[str, object]:
    return {
        "reason": finding.reason,
        "entry": finding.entry,
        "batch": finding.batch,
        **plain_message(finding.message),
    }


def _printable(text: str) -> str:
    """Names from files of strangers stay in their line and their column."""
    return "".join(sign if sign.isprintable() or sign == _JOINER else "\ufffd" for sign in text)
