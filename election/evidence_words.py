"""Name documents and evidence in few words, for forms, reports and screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from election import evidence as of
from election.definition import DocumentCheck
from election.evidence import Dimension, DocumentCode, DocumentKind
from words.message import Message, in_context, m

DOCUMENTS: Final[Mapping[DocumentKind, Message]] = {
    DocumentKind.NATIONAL_CARD: m("National card"),
    DocumentKind.BIRTH_CERTIFICATE: m("Birth certificate"),
    DocumentKind.DRIVING_LICENCE: m("Driving licence"),
    DocumentKind.PASSPORT: m("Passport"),
    DocumentKind.SERVICE_CARD: m("Service card"),
}
"""Documents that the law names."""

CHECKED: Final[Mapping[str, Message]] = {
    DocumentCode(kind.value): name for kind, name in DOCUMENTS.items()
}
"""Codes of documents that were checked by eye."""

CHECK_POLICIES: Final[Mapping[DocumentCheck, Message]] = {
    DocumentCheck.PROVISIONAL: m("provisional ballot"),
    DocumentCheck.ORDINARY: m("ordinary ballot"),
    DocumentCheck.OFF: m("not accepted"),
}
"""What a document without a chip is worth."""

_DIMENSIONS: Final[Mapping[Dimension, Message]] = {
    Dimension.DOCUMENT: m("Document"),
    Dimension.ACCESS: m("Access to the chip"),
    Dimension.SIGNATURE: m("Signature"),
    Dimension.STATE: m("State"),
    Dimension.REVOCATION: m("Revocation"),
    Dimension.PERIOD: m("Period of the signer"),
    Dimension.ZONE: m("Printed lines"),
    Dimension.CHIP: m("Chip"),
    Dimension.HOLDER: m("Holder"),
    Dimension.ROLL: m("Roll"),
    Dimension.GIVEN: m("Ballot"),
}

_CODES: Final[Mapping[str, Message]] = {
    **CHECKED,
    DocumentCode.CHIP_CARD: m("card, read by its chip"),
    DocumentCode.CHIP_PASSPORT: m("passport, read by its chip"),
    of.AccessCode.OPEN: in_context("access to a chip", "open"),
    of.AccessCode.PACE: m("PACE"),
    of.AccessCode.BAC: m("BAC"),
    of.AccessCode.BAC_INSTEAD: m("BAC instead of PACE"),
    of.AccessCode.NO_CHIP: m("no chip read"),
    of.CheckCode.PASSED: m("checked"),
    of.CheckCode.NOT_DONE: m("not checked"),
    of.CheckCode.EXEMPTED: m("let through by an exception"),
    of.ChipCode.BOTH: m("two proofs"),
    of.ChipCode.CHIP: m("Chip Authentication"),
    of.ChipCode.ACTIVE: m("Active Authentication"),
    of.ChipCode.NO_PROOF: m("no proof offered"),
    of.ChipCode.DEAD: m("does not answer"),
    of.HolderCode.ON_CARD: m("finger, compared by the card"),
    of.HolderCode.MODULE: m("finger, compared by the module"),
    of.HolderCode.OVERRIDE: m("by two roles"),
    of.HolderCode.DOCUMENT_CHECK: m("by two roles, document without a chip"),
    of.RollCode.FITS: m("fits"),
    of.RollCode.NOT_COMPARED: m("not compared"),
    of.RollCode.SILENT: m("no answer"),
    of.RollCode.NOT_ASKED: m("not asked"),
    of.BallotClass.ORDINARY: m("ordinary"),
    of.BallotClass.NO_ANSWER: m("provisional, no answer"),
    of.BallotClass.LEFT_TO_THE_NIGHT: m("provisional, by the registry or a protest"),
    of.BallotClass.DOCUMENT: m("provisional, document without a chip"),
    of.BallotClass.AFTER_DOCUMENT: m("provisional, chip after such a document"),
}
"""Codes of all dimensions; a word that two of them share means the same in both."""


def evidence_named(dimension: Dimension, code: str) -> Message:
    """Return the label of a sum."""
    return m("{dimension}: {code}", dimension=_DIMENSIONS[dimension], code=_CODES[code])
