"""Collect where a device's log once stood, by its closing bundle: by its acts, and by the last hash."""

from __future__ import annotations

from hashlib import sha256

from crypto.certificates import named_pair, valid_from
from crypto.errors import CryptoError
from election.acts import ActRefusedError
from election.audit_log import KnownPosition
from election.because import because
from election.bundle import BundleError, decode_bundle, form
from election.envelope import EnvelopeRefusedError, read_envelope
from election.errors import RefusedError
from election.reasons import LogReason
from election.register import PublishedRegister, RegisteredDevice
from election.registered_acts import check_registered_acts
from election.signed import SignatureRefusedError
from words.message import m


class LogError(RefusedError[LogReason]):
    """What is laid beside a log is refused."""


def positions_in_bundle(
    data: bytes, device: RegisteredDevice, published: PublishedRegister
) -> tuple[KnownPosition, ...]:
    """Return the position of each act, and of the closing, in a bundle of a registered device.

    Nothing of an election is needed beside its register. Raises `LogError`.
    """
    try:
        envelope = read_envelope(form(), data)
        certificate = envelope.signatures[0].certificate
        if sha256(certificate).digest() != device.certificate:
            raise LogError(LogReason.LOG_BUNDLE)
        began = valid_from(certificate)
        opened = envelope.open(({device.role},), published.register.root, began)
        bundle = decode_bundle(opened.content)
        acts = check_registered_acts(
            bundle.acts,
            named_pair(certificate),
            device.id,
            device.branch or bundle.branch,
            published,
        )
    except (
        EnvelopeRefusedError,
        SignatureRefusedError,
        BundleError,
        ActRefusedError,
        CryptoError,
    ) as error:
        raise LogError(
            LogReason.LOG_BUNDLE, m("the closing bundle: {reason}", reason=because(error))
        ) from error
    return (
        *(
            KnownPosition(
                f"act {act.statement.kind}", act.statement.log.head, act.statement.log.length
            )
            for act in acts
        ),
        KnownPosition("closing bundle", bundle.audit_tail),
    )
