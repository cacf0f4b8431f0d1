"""Two key ceremonies with fixed random numbers: two of three trustees, and two single keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crypto.election import ALPHABET
from crypto.group import Scalar, SeededScalars
from crypto.threshold.messages import TrusteeSecret
from crypto.threshold.shares import open_decryption_key, parse_share
from crypto.trustees import Trustees
from election.definition import Text
from headquarters.ceremony.ceremony_files import TRANSCRIPT_FILE, TRUSTEES_FILE, CeremonyFiles
from headquarters.ceremony.definition import (
    DEFINITION_FILE,
    Ceremony,
    CeremonyStep,
    TrusteeMode,
    file_name,
    new_ceremony,
)
from headquarters.ceremony.journal import Journal, empty_journal
from headquarters.ceremony.machine import do_step
from headquarters.ceremony.secret import OwnSecret
from headquarters.ceremony.transcript import statement_of, transcript_of
from headquarters.ceremony.validation import Validation, validate_files
from tests.golden.vault import seed

_TITLE = Text("انتخابات نمونه", "Sample election")
_DAY = date(2026, 6, 1)
_NAMES = (
    Text("مریم رضایی", "Maryam Rezaei"),
    Text("علی\u200cرضا کریمی"),
    Text("زهرا احمدی", "Zahra"),
)


@dataclass(frozen=True, slots=True)
class Held:
    """A finished ceremony: its files, what was found in them, and what the trustees keep."""

    board: CeremonyFiles
    found: Validation
    secrets: dict[int, OwnSecret]
    journals: dict[int, Journal]

    @property
    def trustees(self) -> Trustees:
        assert self.found.trustees is not None
        return self.found.trustees

    @property
    def decryption_keys(self) -> dict[int, Scalar]:
        """Of a threshold ceremony, by trustee."""
        return {
            index: open_decryption_key(
                secret.seed, parse_share(self.board.files[CeremonyStep.SHARE, index]).private_key
            )
            for index, secret in self.secrets.items()
        }

    def files(self) -> dict[str, bytes]:
        """As they lie on the USB drive."""
        assert self.found.confirmations is not None
        statement = statement_of(self.board, self.trustees)
        return {
            DEFINITION_FILE: self.board.ceremony.text,
            **{file_name(*place): data for place, data in self.board.files.items()},
            TRUSTEES_FILE: self.trustees.text,
            TRANSCRIPT_FILE: transcript_of(statement, self.found.confirmations),
        }


def hold_ceremony(mode: TrusteeMode) -> Held:
    """All trustees do all steps, one after the other."""
    single = mode is TrusteeMode.SINGLE
    names = _NAMES[:2] if single else _NAMES
    ceremony = new_ceremony(
        _TITLE, _DAY, names, 2, single=single, random=lambda size: seed(f"ceremony {mode}", size)
    )
    secrets = {index: _secret(ceremony, index) for index in ceremony.indices}
    board = CeremonyFiles(ceremony, {})
    journals = {index: empty_journal(ceremony, index) for index in ceremony.indices}
    for step in ceremony.steps:
        for index in ceremony.indices:
            draw = SeededScalars(seed(f"draw {mode} {index}"), step.encode())
            found = validate_files(board)
            journals[index] = do_step(board, found, journals[index], secrets[index], step, draw)
            board = board.having(step, index, journals[index].made[step])
    return Held(board, validate_files(board).demand(), secrets, journals)


def _secret(ceremony: Ceremony, index: int) -> OwnSecret:
    draw = SeededScalars(seed(f"secret {ceremony.mode} {index}"), b"")
    letters = TrusteeSecret("".join(ALPHABET[draw() % len(ALPHABET)] for _ in range(22)))
    return OwnSecret(letters, draw() if ceremony.mode is TrusteeMode.SINGLE else None)
