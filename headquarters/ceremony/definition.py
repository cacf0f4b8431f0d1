"""Define a ceremony: ceremony.json, which the organiser fixes, its steps and the names of all files."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crypto.compact_json import (
    ParsedJson,
    as_fields,
    as_list,
    as_number,
    as_text,
    dump,
    load_compact,
)
from crypto.errors import CryptoError, DecodeError, UnsupportedVersionError
from crypto.threshold.certificates import TrusteePlace
from election.because import because
from election.definition import Text
from headquarters.ceremony.errors import CeremonyError
from words.message import m

DEFINITION_FILE = "ceremony.json"
VERSION = 1
MOST_TRUSTEES = 16
LEAST_THRESHOLD = 2
"""With 1 every share is the key itself."""
LONGEST_NAME = 100

_ID = re.compile(r"[0-9a-f]{32}")
_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners are part of Persian spelling; other invisible characters are not."""
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class TrusteeMode(StrEnum):
    """The number of trustees needed to decrypt: k of n, or all; the value is stored."""

    THRESHOLD = "threshold"
    """Any `threshold` of the trustees decrypt (Pedersen)."""
    SINGLE = "single"
    """All are needed, each with a key of their own."""


class CeremonyStep(StrEnum):
    """A step, for which each trustee writes one file; the value begins the file's name."""

    CERTIFICATE = "certificate"
    COMMITMENT = "commitment"
    POLYNOMIAL = "polynomial"
    SHARE = "share"
    KEY = "key"
    CONFIRMATION = "confirmation"


_STEPS = {
    TrusteeMode.THRESHOLD: (
        CeremonyStep.CERTIFICATE,
        CeremonyStep.COMMITMENT,
        CeremonyStep.POLYNOMIAL,
        CeremonyStep.SHARE,
        CeremonyStep.CONFIRMATION,
    ),
    TrusteeMode.SINGLE: (
        CeremonyStep.CERTIFICATE,
        CeremonyStep.COMMITMENT,
        CeremonyStep.KEY,
        CeremonyStep.CONFIRMATION,
    ),
}


@dataclass(frozen=True, slots=True)
class Ceremony:
    """ceremony.json. `id` is random, so that no two ceremonies are alike."""

    id: str
    title: Text
    day: date
    mode: TrusteeMode
    threshold: int
    trustees: tuple[Text, ...]
    """Their names, in the order of their numbers."""

    @property
    def size(self) -> int:
        """The number of trustees."""
        return len(self.trustees)

    @property
    def indices(self) -> range:
        """The numbers of the trustees, from 1."""
        return range(1, self.size + 1)

    @property
    def steps(self) -> tuple[CeremonyStep, ...]:
        """The steps of this mode, in order."""
        return _STEPS[self.mode]

    @property
    def committed(self) -> CeremonyStep:
        """The step whose file is fixed by the commitment."""
        return CeremonyStep.POLYNOMIAL if self.mode is TrusteeMode.THRESHOLD else CeremonyStep.KEY

    def place(self, index: int) -> TrusteePlace:
        """Return the place of trustee `index` (from 1) among all."""
        return TrusteePlace(self.size, self.threshold, index)

    def name(self, index: int) -> Text:
        """Return the name of trustee `index` (from 1)."""
        return self.trustees[index - 1]

    @property
    def text(self) -> bytes:
        """The bytes of ceremony.json."""
        return dump(
            {
                "version": VERSION,
                "id": self.id,
                "title": _text_json(self.title),
                "day": self.day.isoformat(),
                "mode": self.mode.value,
                "threshold": self.threshold,
                "trustees": [_text_json(name) for name in self.trustees],
            }
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the file; every later file and every secret is bound to it."""
        return digest(self.text)


def file_name(step: CeremonyStep, index: int) -> str:
    """Return the name of the file of trustee `index` (from 1) at a step."""
    return f"{step}-{index}.json"


def digest(content: bytes) -> str:
    """Hash with SHA-256, to 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def spoken(digest_: str) -> str:
    """Shorten a SHA-256 digest (hex) to what people read aloud: 8 groups of 4 hex digits, 128 bits."""
    return " ".join(digest_[i : i + 4] for i in range(0, 32, 4))


def new_ceremony(
    title: Text,
    day: date,
    names: Sequence[Text],
    threshold: int,
    *,
    single: bool,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Ceremony:
    """Define a new ceremony with a random id.

    `single`: every trustee is needed, and `threshold` has no effect. Raises CeremonyError
    (`format`) with what may be asked for.
    """
    if single:
        mode, threshold = TrusteeMode.SINGLE, len(names)
    else:
        mode = TrusteeMode.THRESHOLD
        if not LEAST_THRESHOLD <= threshold < len(names):
            raise CeremonyError(
                "format",
                m(
                    "at least {least} and fewer than all trustees have to be enough; if all are needed, "
                    "choose single keys",
                    least=LEAST_THRESHOLD,
                ),
            )
    made = Ceremony(random(16).hex(), title, day, mode, threshold, tuple(names))
    return parse_ceremony(made.text)


def parse_ceremony(content: bytes) -> Ceremony:
    """Read and check ceremony.json. Raises CeremonyError (`format`)."""
    try:
        return _parse(content)
    except (CryptoError, ValueError) as error:
        raise CeremonyError(
            "format", m("not the definition of a ceremony: {error}", error=because(error))
        ) from error


def _parse(content: bytes) -> Ceremony:
    version, id_, title, day, mode, threshold, names = as_fields(
        load_compact(content), "version", "id", "title", "day", "mode", "threshold", "trustees"
    )
    if version != VERSION or isinstance(version, bool):
        raise UnsupportedVersionError("another version of this program made it")
    found = Ceremony(
        as_text(id_),
        _read_text(title),
        date.fromisoformat(as_text(day)),
        TrusteeMode(as_text(mode)),
        as_number(threshold),
        tuple(_read_text(name) for name in as_list(names)),
    )
    if not _ID.fullmatch(found.id) or not 1 <= found.size <= MOST_TRUSTEES:
        raise DecodeError(f"a ceremony has 1 to {MOST_TRUSTEES} trustees")
    allowed = (
        [found.size] if found.mode is TrusteeMode.SINGLE else range(LEAST_THRESHOLD, found.size)
    )
    if found.threshold not in allowed:
        raise DecodeError("a threshold of at least 2, less than the trustees; single keys need all")
    if len({name.fa for name in found.trustees}) != found.size:
        raise DecodeError("two trustees have the same name")
    if found.text != content:
        raise DecodeError("not in its one spelling")
    return found


def _text_json(text: Text) -> ParsedJson:
    return {"fa": text.fa, "en": text.en}


def _read_text(value: ParsedJson) -> Text:
    fa, en = (as_text(text) for text in as_fields(value, "fa", "en"))
    if not fa.strip() or any(len(name) > LONGEST_NAME or _hides(name) for name in (fa, en)):
        raise DecodeError(f"a name has 1 to {LONGEST_NAME} visible characters")
    return Text(fa, en)


def _hides(text: str) -> bool:
    return any(unicodedata.category(sign) in _INVISIBLE and sign not in _JOINERS for sign in text)
