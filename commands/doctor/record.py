"""Record how a card, or the fingerprint module, answers: `amin doctor --record FILE`.

For a workbench: what cannot be read is far from whoever can mend it. The file says how the chip answers and
how its files are built (`drivers.smartcard.trace`), or how the module answers (`drivers.fingerprint.
module_trace`), and nothing of the person; on a device of an election nothing is recorded at all.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from commands.devices import card_reader
from commands.doctor.card_readers import CARD_WAIT_S
from commands.doctor.purpose import is_ready
from commands.speaking import say, speaker
from crypto.errors import CryptoError
from drivers.attached import fingerprint_reader, serial_line
from drivers.errors import DriverError
from drivers.fingerprint.module_recording import record_module
from drivers.media.errors import StorageError
from drivers.smartcard.access_secret import AccessSecret
from drivers.smartcard.access_text import opened_by, secret_of, ways_of
from drivers.smartcard.profile import CardProfile
from drivers.smartcard.recording import card_in, record_card
from election.added_lists import read_added
from election.because import because
from election.device_files import Files
from election.document_trust import rules_for_trials
from election.errors import ElectionError
from election.files import write_new
from election.package.looking import installed_election
from election.polls import PollsState
from election.schema import to_json
from kiosk.configuration import ConfigurationError
from kiosk.settings import IdentityReaders, StationConfiguration
from kiosk.storage.polls import Polls
from words.message import Latin, m


def record(config: StationConfiguration, path: Path, now: datetime) -> None:
    """Read the card once and write its trace to a new file. Raises `ConfigurationError`."""
    readers = config.readers
    if not isinstance(readers, IdentityReaders):
        raise ConfigurationError(m("only an identity station has a reader for identity cards"))
    _begin(config, path)
    say(
        m(
            "The file will say how the chip answers, and nothing of its holder: no name, number, date or"
            " picture, nor their lengths."
        )
    )
    files = Files(config.data, config.mirror)
    election = installed_election(files.package)
    try:
        added = () if election is None else read_added(files.added_lists)
        rules = rules_for_trials(election, config.identity, added, now)
        secret = _secret(rules.profiles)
        profile, *_ = opened_by(rules.profiles, secret)
        with card_in(card_reader(readers.identity, config.limits), CARD_WAIT_S) as channel:
            trace = record_card(channel, profile, secret, rules.store, now, rules.policy)
        write_new(path, to_json(trace))
    except (DriverError, ElectionError, OSError) as trouble:
        raise _nothing(trouble) from trouble
    _recorded(path, len(trace.exchanges), trace.ended)
    failed = [check.name for check in trace.checks if check.outcome == "failed"]
    for name in failed:
        say(m("Not passed: {check}", check=Latin(name)))


def record_finger(config: StationConfiguration, path: Path) -> None:
    """Use the fingerprint module once and write its trace to a new file. Raises `ConfigurationError`."""
    line = config.fingerprint
    if line is None:
        raise ConfigurationError(m("only an identity station has a fingerprint module"))
    _begin(config, path)
    say(
        m(
            "Put a finger of your own on the sensor and leave it there. The file will say how the module"
            " answers, and nothing of the finger."
        )
    )
    try:
        trace = record_module(
            line.protocol.value,
            line.baud,
            lambda: serial_line(line, config.limits),
            lambda opened: fingerprint_reader(line, config.limits, opened),
        )
        write_new(path, to_json(trace))
    except (DriverError, OSError) as trouble:
        raise _nothing(trouble) from trouble
    _recorded(path, len(trace.exchanges), trace.ended)


def _begin(config: StationConfiguration, path: Path) -> None:
    _refuse_on_the_day(config)
    if path.exists():
        raise ConfigurationError(m("{path} is there already: name a new file", path=path))


def _nothing(trouble: Exception) -> ConfigurationError:
    return ConfigurationError(m("nothing was recorded: {reason}", reason=because(trouble)))


def _recorded(path: Path, count: int, ended: str) -> None:
    written = m("{path}: {count} kinds of answers", path=path, count=count)
    say(written)
    if ended:
        early = m("The reading ended early: {reason}", reason=Latin(ended))
        say(early)


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
