"""Every document that travels, and what holds its format: golden files, tables of refusals, fuzz targets.

A module of the program has such a document if it has a signing context, a format's name or a prefix
(`labels`), or a dataclass whose `format` is one. A new one without an entry here fails
`test_travelling`; so does an entry without files, tables or targets.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.golden.labels import labels, sources

ROOMS: Final = ("election.", "kiosk.", "headquarters.")
"""Whose documents these are; `crypto` has the parts that they are made of."""
PARTS: Final = {
    "election.provisional": "sealed: an entry and a commitment, in bundle and supplement",
    "election.registry": "makes pseudonyms, in claims",
    "election.records": "records and roots, in bundle and supplement",
    "election.sealed": "sealed forms, in package, bundle and supplement",
    "election.trusted_digest": "a digest, in acts and reports",
    "election.wiping": "a record for the file, read by people",
    "headquarters.accuracy": "headquarters' own test, read again there alone",
    "headquarters.board.accounts": "the board's own accounts, read again there alone",
    "headquarters.backup": "headquarters' own copy, handed to nobody",
    "headquarters.ceremony.journal": "a trustee's own, never handed to anybody",
    "headquarters.ceremony.secret": "a trustee's own, never handed to anybody",
    "headquarters.site.place": "marks a folder as ours; the site is made anew, never read",
    "headquarters.site.results_json": "for readers of NIST SP 1500-100; its schema judges it",
    "headquarters.verification.ballots": "the verifier's own reading of an archive",
    "headquarters.verification.formulas": "the verifier's own reading of an archive",
    "headquarters.verification.setup": "the verifier's own reading of an archive",
    "headquarters.verification.strong": "the verifier's own reading of the proofs",
    "kiosk.station.base": "makes a key, in no file",
    "election.document_codes": "a code of twelve digits, typed once, in no file",
    "election.operator_card": "a challenge to a card, forgotten after seconds",
    "election.device_table": "which plugged device serves as what: stays on the device",
    "election.anchors": "stays on a device's media",
    "kiosk.storage.counters": "stays on a device's media",
    "election.vote_slots": "stays on a device's media",
    "election.pairing": "stays on a device's media",
    "election.pollbook_tables": "stays on a device's media",
    "election.voter_reference": "makes names in one device's own poll book",
    "headquarters.roll": "a question and its answer between headquarters and the evaluator, that end there",
    "headquarters.result_file": "computed anew by whoever verifies; docs/spec/result.md",
    "kiosk.storage.polls": "stays on a device's media",
}
"""Modules with labels and without a travelling document of their own, and why."""


@dataclass(frozen=True, slots=True)
class Held:
    """What holds a document's format."""

    golden: tuple[str, ...]
    """Folders of `tests/vectors/golden`."""
    tables: tuple[str, ...]
    """Names of `*.refusals.json`."""
    fuzz: tuple[str, ...]
    """Targets of `tests.fuzz`."""


TRAVELLING: Final[Mapping[str, Held]] = {
    "election.acts": Held(("acts",), ("act", "act-load", "act-close"), ("act",)),
    "election.audit_log": Held(("audit-log",), ("audit-line",), ("audit-log",)),
    "election.bundle": Held(
        ("bundle-station", "bundle-terminal"),
        (
            "bundle-station",
            "bundle-terminal",
            "bundle-station-envelope",
            "bundle-terminal-envelope",
        ),
        ("bundle",),
    ),
    "election.cards_back": Held(("sealed",), ("cards-back",), ("cards-back", "cards-back-content")),
    "election.challenge": Held(("challenge",), ("ticket",), ("ticket",)),
    "election.claims": Held(
        ("claims",),
        ("claim", "claim-answer", "claim-note"),
        ("claim", "claim-answer", "claim-note"),
    ),
    "election.station_status": Held(("station-status",), ("station-status",), ("station-status",)),
    "election.clips": Held(("recorded",), ("clip-list",), ("clip-list",)),
    "election.device_order": Held(("order",), ("order", "order-envelope"), ("device-order",)),
    "election.enrolment": Held(("enrolment",), ("enrolment",), ("enrolment",)),
    "election.handover": Held(("handover",), ("handover", "handover-envelope"), ("handover",)),
    "election.issuance": Held(("issued",), ("supplement-stations",), ("supplement",)),
    "election.lots": Held(("lots",), ("lot", "lot-envelope"), ("lot",)),
    "election.missing": Held(("missing",), ("missing", "missing-envelope"), ("missing",)),
    "election.package.envelope": Held(
        ("package",), ("package", "package-envelope"), ("package", "package-content")
    ),
    "election.paper_record": Held(("paper-record",), ("paper-record",), ("paper-record",)),
    "election.register": Held(("register",), ("register", "register-envelope"), ("register",)),
    "election.report_code": Held(("report",), ("report",), ("report-code",)),
    "election.registry_export": Held(
        ("registry-night",), ("registry-export",), ("registry-export",)
    ),
    "election.registry_status": Held(
        ("registry-night",),
        ("registry-status", "registry-status-envelope"),
        ("registry-status",),
    ),
    "election.rescue": Held(
        ("rescue",), ("rescue", "rescue-cards", "rescue-envelope", "rescue-file"), ("rescue",)
    ),
    "election.roll": Held(("roll",), ("roll",), ("roll-list",)),
    "election.rulings": Held(("rulings",), ("rulings", "rulings-envelope"), ("rulings",)),
    "election.signs": Held(("recorded",), ("film-list",), ("film-list",)),
    "election.spare": Held(("spare",), ("spare", "spare-envelope"), ("spare",)),
    "election.takeover": Held(
        ("takeover",), ("takeover", "takeover-cards", "takeover-envelope"), ("takeover",)
    ),
    "election.token": Held(("tokens",), ("token",), ("token",)),
    "election.voucher": Held(("notes",), ("note-intent", "note-receipt"), ("note",)),
    "headquarters.ceremony.definition": Held(
        ("ceremony-single", "ceremony-threshold"),
        ("ceremony-single", "ceremony-threshold"),
        ("ceremony", "ceremony-file"),
    ),
    "headquarters.decisions": Held(("decisions",), ("decisions",), ("decisions",)),
    "headquarters.exclusion": Held(
        ("decisions", "supplement"), ("handles", "supplement-excluded"), ("handles", "supplement")
    ),
    "headquarters.index_document": Held(("index",), ("index",), ("index",)),
    "headquarters.key_folder": Held(("office",), ("office-lock",), ("key-lock", "locked-key")),
    "headquarters.offices": Held(("office",), ("office-request",), ("office-request",)),
    "headquarters.published_evidence": Held(
        ("supplement",), ("supplement-evidence",), ("evidence",)
    ),
    "headquarters.supplement": Held(
        ("supplement",),
        (
            *("supplement-boxes", "supplement-challenged", "supplement-stations"),
            *("supplement-spent", "supplement-excluded", "supplement-decryptions"),
        ),
        ("supplement", "decryption-proofs"),
    ),
    "headquarters.tally.decryption_proofs": Held(
        ("supplement",), ("supplement-decryptions",), ("decryption-proofs",)
    ),
}
"""By the module that describes it."""
WITHOUT_LABEL: Final = frozenset({"headquarters.supplement", "election.clips", "election.signs"})
"""JSON that has neither a name nor a signature of its own: what it holds, or its SHA-256, is signed."""


def found() -> set[str]:
    """Return the modules of the program that have a document."""
    by_label = {label.module for label in labels()} | set(_named())
    return {module for module in by_label if module.startswith(ROOMS)}


def _named() -> Iterator[str]:
    """Yield the modules with a dataclass whose `format` is a literal."""
    for source in sources():
        for node in ast.walk(source.tree):
            match node:
                case ast.AnnAssign(
                    target=ast.Name(id="format"),
                    annotation=ast.Subscript(slice=ast.Constant(value=str(value))),
                ) if value.startswith("amin-"):
                    yield source.module
