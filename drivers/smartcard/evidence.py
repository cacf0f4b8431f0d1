"""Evidence of passive authentication: checks by name, each with its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from drivers.errors import AuthenticityError
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import DocumentKind


class DocumentCheck(StrEnum):
    """The checks, in the order they are done; `sod` tells what they ask."""

    STRUCTURE = "structure"
    CONTENT_TYPE = "content-type"
    MESSAGE_DIGEST = "message-digest"
    ALGORITHMS = "algorithms"
    SIGNATURE = "signature"
    KEY_USAGE = "key-usage"
    TRUST_STORE = "trust-store"
    ISSUER = "issuer"
    VALIDITY = "validity"
    REVOCATION = "revocation"
    GROUP_HASHES = "group-hashes"
    STATE = "state"
    CITIZEN = "citizen"
    DOCUMENT_TYPE = "document-type"
    PERIOD = "period"
    CONSISTENCY = "consistency"
    PRINTED_ZONE = "printed-zone"


MAY_BE_MISSING: Final = frozenset(
    {
        DocumentCheck.DOCUMENT_TYPE,
        DocumentCheck.PERIOD,
        DocumentCheck.REVOCATION,
        DocumentCheck.PRINTED_ZONE,
    }
)
"""Checks that need more than every card has: types, dates, a revocation list, the printed zone."""


class DocumentCheckOutcome(StrEnum):
    """Outcomes of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_DONE = "not-done"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check; `detail` tells why it failed or was not done, without personal data."""

    check: DocumentCheck
    outcome: DocumentCheckOutcome
    detail: str = ""


def judged(check: DocumentCheck, why_not: str) -> CheckResult:
    """Make the result of a check that was done; `why_not` is empty if it passed."""
    outcome = DocumentCheckOutcome.FAILED if why_not else DocumentCheckOutcome.PASSED
    return CheckResult(check, outcome, why_not)


def not_done(check: DocumentCheck, why: str) -> CheckResult:
    """Make the result of a check that could not be done."""
    return CheckResult(check, DocumentCheckOutcome.NOT_DONE, why)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Results of all checks.

    `groups_not_read` are listed in EF.SOD but were not read. `exempted`: what rows of the table of
    exceptions let through. `kind`: which of the accepted kinds the document is, None if it is none.
    """

    results: tuple[CheckResult, ...]
    groups_checked: tuple[int, ...] = ()
    groups_not_read: tuple[int, ...] = ()
    exempted: tuple[Exempt, ...] = ()
    kind: DocumentKind | None = None
    signer: bytes = b""
    """SHA-256 of the signer's certificate; empty where EF.SOD cannot be parsed."""

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """Checks that failed."""
        return tuple(r for r in self.results if r.outcome is DocumentCheckOutcome.FAILED)

    @property
    def authentic(self) -> bool:
        """No check failed, and all were done except those of `MAY_BE_MISSING`."""
        passed = {r.check for r in self.results if r.outcome is DocumentCheckOutcome.PASSED}
        return not self.failed and passed >= set(DocumentCheck) - MAY_BE_MISSING

    def outcome(self, check: DocumentCheck) -> DocumentCheckOutcome:
        """Return the outcome of a check; NOT_DONE if it is not among the results."""
        return next(
            (r.outcome for r in self.results if r.check is check), DocumentCheckOutcome.NOT_DONE
        )

    def require(self) -> None:
        """Raise `AuthenticityError` naming the first failed or missing check."""
        for result in self.failed:
            raise AuthenticityError(result.check, result.detail)
        if not self.authentic:
            raise AuthenticityError(DocumentCheck.STRUCTURE, "not all checks were done")
