"""Record how the card in the identity reader answers: `amin doctor --record FILE`.

For a workbench: a card that cannot be read is far from whoever can mend it. The file says how the chip
answers and how its files are built (`drivers.smartcard.trace`), and nothing of its holder; on a device
of an election nothing is recorded at all.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from commands.devices import card_reader
from commands.doctor.card_readers import CARD_WAIT_S
from commands.doctor.purpose import installed_election, is_ready
from commands.speaking import say, speaker
from crypto.errors import CryptoError
from drivers.errors import DriverError
from drivers.media.errors import StorageError
from drivers.smartcard.access_secret import AccessSecret
from drivers.smartcard.access_text import opened_by, secret_of, ways_of
from drivers.smartcard.profile import CardProfile, profile_text
from drivers.smartcard.recording import record_card
from election.because import because
from election.device_files import Files
from election.document_rules import DocumentRules, open_rules
from election.document_trust import trust_of, with_own
from election.errors import ElectionError
from election.files import write_new
from election.polls import PollsState
from election.schema import to_json
from election.trusted import Trusted
from kiosk.configuration import ConfigurationError
from kiosk.settings import IdentityReaders, StationConfiguration
from kiosk.storage.added_lists import read_added
from kiosk.storage.polls import Polls
from words.message import Latin, m


def record(config: StationConfiguration, path: Path, now: datetime) -> None:
    """Read the card once and write its trace to a new file. Raises `ConfigurationError`."""
    readers = config.readers
    if not isinstance(readers, IdentityReaders):
        raise ConfigurationError(m("only an identity station has a reader for identity cards"))
    _refuse_on_the_day(config)
    if path.exists():
        raise ConfigurationError(m("{path} is there already: name a new file", path=path))
    say(
        m(
            "The file will say how the chip answers, and nothing of its holder: no name, number, date or"
            " picture, nor their lengths."
        )
    )
    rules = _rules(config, now)
    try:
        secret = _secret(rules.profiles)
        profile = opened_by(rules.profiles, secret)
        reader = card_reader(readers.identity, config.limits)
        try:
            reader.wait_event(CARD_WAIT_S)
            channel = reader.open()
            try:
                trace = record_card(channel, profile, secret, rules.store, now, rules.policy)
            finally:
                channel.close()
        finally:
            reader.close()
        write_new(path, to_json(trace))
    except (DriverError, OSError) as trouble:
        raise ConfigurationError(
            m("nothing was recorded: {reason}", reason=because(trouble))
        ) from trouble
    written = m("{path}: {count} kinds of answers", path=path, count=len(trace.exchanges))
    say(written)
    if trace.ended:
        ended = m("The reading ended early: {reason}", reason=Latin(trace.ended))
        say(ended)
    failed = [check.name for check in trace.checks if check.outcome == "failed"]
    for name in failed:
        say(m("Not passed: {check}", check=Latin(name)))


def _refuse_on_the_day(config: StationConfiguration) -> None:
    """Refuse on a device that serves voters, or is set up to."""
    files = Files(config.data, config.mirror)
    try:
        polls = Polls(files.polls).state if files.polls.exists() else PollsState.UNCONFIGURED
        ready = is_ready(files.audit, config.signing_key)
    except (StorageError, CryptoError, OSError) as trouble:
        raise ConfigurationError(
            m(
                "nothing is recorded here, for it cannot be told what this device is for: {reason}",
                reason=because(trouble),
            )
        ) from trouble
    if polls.is_running:
        raise ConfigurationError(m("nothing is recorded while the polls are open"))
    election = installed_election(files.package)
    if ready or (files.package.exists() and (election is None or not election.rehearsal)):
        raise ConfigurationError(
            m("nothing is recorded on a device of a real election: take one for rehearsals")
        )


def _rules(config: StationConfiguration, now: datetime) -> DocumentRules:
    """Return what the rehearsal's package trusts, and the settings' own beside it.

    Without a package the settings alone, and without those the standard family and nobody's signature.
    Raises `ConfigurationError`.
    """
    files, own = Files(config.data, config.mirror), config.identity
    election = installed_election(files.package)
    try:
        if election is not None:
            return trust_of(election, own, read_added(files.added_lists)).rules()
        trusted = with_own(Trusted(profiles=(profile_text("standard"),)), own)
        return open_rules(trusted, now, rehearsal=True)
    except ElectionError as trouble:
        raise ConfigurationError(
            m("nothing was recorded: {reason}", reason=because(trouble))
        ) from trouble


def _secret(profiles: tuple[CardProfile, ...]) -> AccessSecret | None:
    """Ask for what opens the card; it is neither shown nor kept. Raises `ConfigurationError`."""
    ways = ways_of(profiles)
    if not ways:
        return None
    asked = m("The six digits on the card, or its machine readable zone")
    typed = str(click.prompt(speaker()(asked), hide_input=True, err=True))
    secret = secret_of(typed, ways)
    if secret is None:
        raise ConfigurationError(m("this opens no card: six digits, or all lines of the zone"))
    return secret
