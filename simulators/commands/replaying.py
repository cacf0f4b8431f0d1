"""Cards of `amin simulator card --replay`: a recorded chip with an invented holder."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from crypto.errors import CryptoError
from drivers.smartcard.profile import Access, AccessSecretKind, CardProfile, load_profile
from drivers.smartcard.recording import record_card
from drivers.smartcard.trace import MAX_TRACE, CardTrace
from drivers.smartcard.trust import CscaStore
from election.files import read_file
from election.schema import from_json
from simulators.cards.access import AccessMode
from simulators.cards.eid import EidCard, zone_of
from simulators.cards.issuer import Issuer
from simulators.cards.replay import differences, replay
from simulators.commands.authority import country_issuer
from simulators.commands.errors import OptionsError
from simulators.commands.identity import EidOptions, holder
from simulators.local_reader import LocalReader, VirtualCard

FINGER = "replay"
"""Whose finger is on a card that had templates, unless the options name one."""


def read_trace(path: Path) -> CardTrace:
    """Read a trace that `amin doctor --record` wrote. Raises `OptionsError`."""
    try:
        return from_json(CardTrace, read_file(path, MAX_TRACE), MAX_TRACE)
    except (OSError, CryptoError) as trouble:
        raise OptionsError(f"--replay: {path} is no trace of a card: {trouble}") from trouble


def replayed_cards(
    path: Path, options: EidOptions, now: datetime
) -> tuple[VirtualCard, VirtualCard]:
    """Return the recorded chip with two invented holders; say what it does otherwise.

    Raises `OptionsError`.
    """
    trace = read_trace(path)
    issuer = country_issuer(options.ca, now)
    first = replayed(trace, options, issuer, now)
    for line in differences(trace, recorded(first, options.can, issuer, now)):
        click.echo(f"not as recorded: {line}", err=True)
    first.reset()
    other = replace(options, seed=options.seed + 1, mrz=None, name=None, national_number=None)
    return first, replayed(trace, other, issuer, now)


def replayed(trace: CardTrace, options: EidOptions, issuer: Issuer, now: datetime) -> EidCard:
    """Return one copy. Raises `OptionsError`."""
    with_fingers = any("19794-2" in word for shape in trace.files for word in shape.form)
    fingers = options.fingers or ((FINGER,) if with_fingers else ())
    person, _ = holder(replace(options, fingers=fingers), now.date())
    try:
        made = replay(trace, person, options.can)
        return EidCard(
            made.groups,
            issuer.sign_groups(made.groups),
            fingers_readable=True,
            access=made.access,
            keys=made.keys,
            extended=made.extended,
            habit=made.habit,
        )
    except ValueError as error:
        raise OptionsError(f"--replay: {error}") from error


def recorded(card: EidCard, can: str, issuer: Issuer, now: datetime) -> CardTrace:
    """Record a simulated card as `amin doctor` records a real one."""
    from drivers.smartcard.access_secret import AccessSecret, Can

    reader = LocalReader("replay")
    reader.insert(card)
    store = CscaStore.from_der([issuer.authority_der])
    secret: AccessSecret | None
    match card.access.mode:
        case AccessMode.NONE:
            secret = None
        case AccessMode.BAC:
            secret = zone_of(card.groups[1])
        case _:
            secret = Can(can)
    return record_card(reader.open(), _profile(card), secret, store, now)


def _profile(card: EidCard) -> CardProfile:
    """Return the profile that reads all groups of the card, and opens it as it opens."""
    usual = load_profile()
    wanted = [number for number in sorted(card.groups) if number not in (14, 15)]
    needed = tuple(number for number in usual.groups if number in wanted)
    optional = tuple(number for number in wanted if number not in needed)
    open_card = card.access.mode is AccessMode.NONE
    return replace(
        usual,
        groups=needed,
        optional_groups=optional,
        access=Access.NONE if open_card else Access.PACE_OR_BAC,
        secrets=() if open_card else (AccessSecretKind.CAN, AccessSecretKind.MRZ),
    )
