"""No context, format, version or prefix can change without a golden file noticing."""

from __future__ import annotations

import ast

import pytest

from tests.golden.document import Document, stored
from tests.golden.documents import DOCUMENTS
from tests.golden.labels import Label, change, forget, labels, sources
from tests.golden.make import holds

NOT_IN_A_DOCUMENT = {
    "SCHEMA_VERSION": "tables on one device's medium; tests/kiosk/storage has their migrations",
    "amin-login-v1": "a challenge to an operator's card, forgotten after seconds",
    b"amin-pollbook-v1|": "makes the key of one device's own poll book",
    b"protest|": "makes a name in one device's own poll book",
    b"amin pseudonyms of a branch v1": "makes pseudonyms; tests/election/test_registry.py has one",
    b"OPRFV1-\x01-ristretto255-SHA512": "of RFC 9497, whose vectors tests/crypto/test_oprf.py has",
    b"amin more document checks": "makes codes that people type; tests/election/test_document_codes.py",
    b"amin roll": "the purpose of an evaluator's key; tests/registry/test_roll.py has one",
    "amin roll": "signs an answer between headquarters and the evaluator, which ends there",
    b"amin roll asked\n": "the question to that answer",
    b"amin roll given\n": "that answer",
    "amin-result": "result.json is computed anew by whoever verifies; docs/spec/example has one",
    "RESULT_VERSION": "of that file",
    "amin-medium": "the name of a file on a device's memories, which stay there",
    "ElectionResults.": "a prefix of NIST SP 1500-100; the published schema judges those files",
    "amin-simulators": "the name of a distribution",
    "amin-wiping-1": "a record of what was wiped, for people; nothing reads it",
    "amin-accuracy-deck-1": "a deck of test ballots, made and opened at headquarters",
    "amin-accuracy-expected-1": "what such a deck must give, made and opened at headquarters",
    "amin-backup-1": "headquarters' own copy, brought back there",
    "amin-voter": "the name of a window",
}
"""By name or value: labels that no travelling file depends on."""


def excused(label: Label) -> bool:
    return label.name in NOT_IN_A_DOCUMENT or label.value in NOT_IN_A_DOCUMENT


LABELS = [label for label in labels() if not excused(label)]


def likely_first(label: Label) -> list[Document]:
    """All documents; those in whose files the label can be read come first."""
    value = label.value if isinstance(label.value, bytes) else str(label.value).encode()
    return sorted(
        DOCUMENTS,
        key=lambda document: not any(value in data for data in stored(document.name).values()),
    )


@pytest.mark.slow
@pytest.mark.parametrize("label", LABELS, ids=str)
def test_a_changed_label_is_noticed(label: Label) -> None:
    with pytest.MonkeyPatch.context() as patch:
        change(patch, label)
        noticed = next(
            (document.name for document in likely_first(label) if not holds(document)), None
        )
    forget()
    assert noticed is not None, f"{label} is in no golden file"


def test_all_holds_again() -> None:
    assert all(holds(document) for document in DOCUMENTS)


def test_every_signing_context_is_among_them() -> None:
    """What a module gives to `sign` or `verify` by name is a constant found here, or an argument."""
    found = {(label.module, label.name) for label in labels()}
    contexts = {
        (source.module, expression.id)
        for source in sources()
        for expression in source.signing_contexts
        if isinstance(expression, ast.Name) and expression.id in source.constants
    }
    assert contexts <= found
    assert len(contexts) >= 9
    spelt_out = {
        (source.module, expression.value)
        for source in sources()
        for expression in source.signing_contexts
        if isinstance(expression, ast.Constant)
    }
    assert spelt_out == {("crypto.hybrid", b"self-test")}


def test_the_excuses_are_needed() -> None:
    used = {name for label in labels() for name in (label.name, label.value) if name}
    assert NOT_IN_A_DOCUMENT.keys() <= used
