"""Read a card once, and keep its trace."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from drivers.errors import DriverError
from drivers.smartcard import shapes
from drivers.smartcard.access_secret import AccessSecret
from drivers.smartcard.channel import CardReader, Channel
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.files import FID_CARD_ACCESS, FID_INFO
from drivers.smartcard.lds import group_file
from drivers.smartcard.policy import PassivePolicy
from drivers.smartcard.profile import CardProfile
from drivers.smartcard.recorder import RecordingChannel, masked_atr
from drivers.smartcard.trace import CardTrace, CheckShape
from drivers.smartcard.trust import CscaStore


@contextlib.contextmanager
def card_in(reader: CardReader, wait_s: float) -> Iterator[Channel]:
    """Lend the card that is in a reader, or comes within `wait_s`; both are closed. Raises `DriverError`."""
    with contextlib.closing(reader):
        reader.wait_event(wait_s)
        with contextlib.closing(reader.open()) as channel:
            yield channel


def record_card(
    channel: Channel,
    profile: CardProfile,
    secret: AccessSecret | None,
    store: CscaStore,
    now: datetime,
    policy: PassivePolicy | None = None,
) -> CardTrace:
    """Read the card as a station does, as far as it goes; an error ends the reading, not the trace.

    `policy` None accepts the profile's documents; what is not authentic is not parsed.
    Raises ValueError if the profile demands a secret and there is none.
    """
    recorder = RecordingChannel(channel)
    card = IdentityCard(recorder, profile, secret)
    recorder.begin_job()
    checks: list[CheckShape] = []
    ended = ""
    try:
        card.read()
        evidence = card.verify_authenticity(store, now, policy)
        checks += [CheckShape(found.check.value, found.outcome.value) for found in evidence.results]
        if evidence.authentic:
            proof = card.verify_genuineness()
            checks += [
                CheckShape("active-authentication", proof.active.result.value),
                CheckShape("chip-authentication", proof.chip.result.value),
                CheckShape("access-parameters", proof.card_access.result.value),
            ]
            card.identity(now.date())
    except DriverError as trouble:
        ended = type(trouble).__name__
    contents = {fid: bytes(data) for fid, data in recorder.contents.items()}
    return CardTrace(
        format="amin-card-trace",
        version=1,
        answer_to_reset=masked_atr(channel.atr).hex().upper(),
        announced=shapes.announced(contents.get(FID_INFO)),
        card_access=shapes.protocols(contents.get(FID_CARD_ACCESS)),
        protocols=shapes.protocols(contents.get(group_file(14)), in_group=True),
        files=shapes.files(contents),
        exchanges=tuple(recorder.exchanges),
        checks=tuple(checks),
        ended=ended,
    )
