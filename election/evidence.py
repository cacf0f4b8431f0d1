"""Say with which evidence voters were admitted: enumerated codes, counted, never kept by voter.

Of each authorization that a station wrote there is one code in every dimension, so the sums of each
dimension add up to the authorizations *issued*. Only the sums exist: a row of codes would single out the
one voter who came with a driving licence, and an order of rows would say when. They stand in the station's
closing bundle, which headquarters alone reads, and on the closing report; CLOSE has none of them, because
acts are published, and a station with one visitor of a kind would tell of a person. Published are sums over
whole batches (`headquarters.published_evidence`).

Certificates that signed the chips (document signers, ICAO Doc 9303 part 12) are counted by SHA-256 and
told where at least `FEWEST` cards carry them: a stolen signer shows as one branch with hundreds. Nothing
else of a card is kept: its security object, hashes of its groups and the signature of its chip are all
proofs, to anybody, that this person was here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from annotated_types import Ge, Le

from election.fields import Hash, Number

FEWEST: Final = 10
"""Cards of one signer from which on it is told."""


class DocumentKind(StrEnum):
    """The documents that the law names; the value is counted and signed."""

    NATIONAL_CARD = "national-card"
    BIRTH_CERTIFICATE = "birth-certificate"
    DRIVING_LICENCE = "driving-licence"
    PASSPORT = "passport"
    SERVICE_CARD = "service-card"

    @property
    def has_chip(self) -> bool:
        """Whether its chip is to be read; without one that answers it is checked by eye."""
        return self in {DocumentKind.NATIONAL_CARD, DocumentKind.PASSPORT}


class DocumentCode(StrEnum):
    """Kind of the document, and whether its chip or two roles looked at it."""

    CHIP_CARD = "chip-card"
    """An identity card whose chip was read."""
    CHIP_PASSPORT = "chip-passport"
    NATIONAL_CARD = "national-card"
    BIRTH_CERTIFICATE = "birth-certificate"
    DRIVING_LICENCE = "driving-licence"
    PASSPORT = "passport"
    SERVICE_CARD = "service-card"


class AccessCode(StrEnum):
    """How the chip was opened."""

    OPEN = "open"
    PACE = "pace"
    BAC = "bac"
    BAC_INSTEAD = "bac-instead"
    """The chip could not do PACE as we do."""
    NO_CHIP = "no-chip"


class CheckCode(StrEnum):
    """Outcome of a check of what a chip says; a failed one admits nobody."""

    PASSED = "passed"
    NOT_DONE = "not-done"
    """The chip, the list or the printed zone that it needs was not there."""
    EXEMPTED = "exempted"
    """A row of the signed table of exceptions let it through (`election.trusted`)."""
    NO_CHIP = "no-chip"


class ChipCode(StrEnum):
    """What proved that the chip is no copy."""

    BOTH = "both-proofs"
    CHIP = "chip-authentication"
    ACTIVE = "active-authentication"
    NO_PROOF = "no-proof"
    """It offers none, and none is demanded."""
    EXEMPTED = "exempted"
    """A row of the table of exceptions let a short key pass, or proofs that cannot be done."""
    DEAD = "chip-dead"
    """It was in the reader and did not answer."""
    NO_CHIP = "no-chip"


class HolderCode(StrEnum):
    """What showed that the person is the document's holder."""

    ON_CARD = "finger-on-card"
    MODULE = "finger-module"
    OVERRIDE = "override"
    DOCUMENT_CHECK = "document-check"


class RollCode(StrEnum):
    """What the roll said to number and birth date that were typed."""

    FITS = "fits"
    NOT_COMPARED = "not-compared"
    """There is no roll here, or it was still being opened."""
    SILENT = "silent"
    """It did not answer."""
    NOT_ASKED = "not-asked"
    """The chip says number and birth date."""


class BallotClass(StrEnum):
    """What was given, and why it may be judged in the night."""

    ORDINARY = "ordinary"
    NO_ANSWER = "provisional-no-answer"
    """The registry did not answer."""
    LEFT_TO_THE_NIGHT = "provisional-registry"
    """The registry answered that the night has to decide, or two roles let a protest be heard."""
    DOCUMENT = "provisional-document"
    """The document was checked by eye."""
    AFTER_DOCUMENT = "provisional-after-document"
    """Proven by a chip, after a provisional one for a document checked by eye."""


class Dimension(StrEnum):
    """A dimension; the value is signed."""

    DOCUMENT = "document"
    ACCESS = "access"
    SIGNATURE = "signature"
    STATE = "state"
    REVOCATION = "revocation"
    PERIOD = "period"
    ZONE = "zone"
    CHIP = "chip"
    HOLDER = "holder"
    ROLL = "roll"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class VoterEvidence:
    """The evidence of one voter: in memory from the reading to the card, then added to the sums."""

    document: DocumentCode
    access: AccessCode
    signature: CheckCode
    state: CheckCode
    revocation: CheckCode
    period: CheckCode
    zone: CheckCode
    chip: ChipCode
    holder: HolderCode = HolderCode.MODULE
    roll: RollCode = RollCode.NOT_ASKED
    given: BallotClass = BallotClass.ORDINARY
    signer: bytes | None = None
    """SHA-256 of the certificate that signed the chip's data."""

    @property
    def codes(self) -> tuple[tuple[Dimension, str], ...]:
        """(dimension, code), one in each dimension."""
        return tuple((dimension, str(getattr(self, dimension))) for dimension in Dimension)


DIMENSIONS: Final[Mapping[Dimension, type[StrEnum]]] = {
    Dimension.DOCUMENT: DocumentCode,
    Dimension.ACCESS: AccessCode,
    Dimension.SIGNATURE: CheckCode,
    Dimension.STATE: CheckCode,
    Dimension.REVOCATION: CheckCode,
    Dimension.PERIOD: CheckCode,
    Dimension.ZONE: CheckCode,
    Dimension.CHIP: ChipCode,
    Dimension.HOLDER: HolderCode,
    Dimension.ROLL: RollCode,
    Dimension.GIVEN: BallotClass,
}
"""Codes of each dimension, which is a member of `VoterEvidence`."""


@dataclass(frozen=True, slots=True)
class EvidenceSum:
    """The number of voters who were admitted with this code. `ValueError` for another dimension's code."""

    dimension: Dimension
    code: str
    number: Annotated[Number, Ge(1)]

    def __post_init__(self) -> None:
        DIMENSIONS[self.dimension](self.code)


@dataclass(frozen=True, slots=True)
class SignerCount:
    """The number of voters whose chips carry data of this signer."""

    signer: Hash
    number: Annotated[int, Ge(FEWEST), Le(10_000_000)]


def of_document_check(kind: DocumentKind, roll: RollCode, *, dead: bool) -> VoterEvidence:
    """Return the evidence of a document that two roles have looked at. `dead`: its chip did not answer."""
    return VoterEvidence(
        DocumentCode(kind.value),
        AccessCode.NO_CHIP,
        *(CheckCode.NO_CHIP,) * 5,
        ChipCode.DEAD if dead else ChipCode.NO_CHIP,
        HolderCode.DOCUMENT_CHECK,
        roll,
    )


def total(sums: Iterable[EvidenceSum], dimension: Dimension, *codes: str) -> int:
    """Add up the voters of a dimension; of these codes alone, if there are any."""
    return sum(
        each.number
        for each in sums
        if each.dimension is dimension and (not codes or each.code in codes)
    )


def add_up(parts: Iterable[Iterable[EvidenceSum]]) -> tuple[EvidenceSum, ...]:
    """Add up the sums of several stations or batches, by dimension in its order, then code."""
    found: Counter[tuple[Dimension, str]] = Counter()
    for part in parts:
        for each in part:
            found[each.dimension, each.code] += each.number
    sums = [EvidenceSum(dimension, code, number) for (dimension, code), number in found.items()]
    return tuple(sorted(sums, key=_place))


def in_order(sums: Iterable[EvidenceSum]) -> bool:
    """Return whether sums stand by dimension in its order, then code, and none is there twice."""
    places = list(map(_place, sums))
    return places == sorted(set(places))


def _place(each: EvidenceSum) -> tuple[int, str]:
    return _ORDER.index(each.dimension), each.code


_ORDER: Final = tuple(Dimension)
