"""Examine the card readers of a station, simulated ones and those of the PC/SC service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from commands import plugins
from commands.devices import card_reader
from drivers.errors import (
    CardInUseError,
    CardMuteError,
    CardRemovedError,
    DeviceLostError,
    DeviceNotFoundError,
    DriverError,
)
from drivers.examined.finding import DoctorFinding, at, bad, good
from drivers.settings import DeviceLimits, PcscReaderSettings, ReaderSettings, SocketReaderSettings
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import CardReader
from drivers.smartcard.pcsc import list_readers
from drivers.smartcard.recognise import CardKind, recognise
from election.because import because
from words.message import Items, Latin, Message, m

CARD_WAIT_S: Final = 1.0
"""pcscd tells at once of a card that is in."""
KINDS: Final[Mapping[CardKind, Message]] = {
    CardKind.IDENTITY: m("an identity card"),
    CardKind.OPERATOR: m("an operator card"),
    CardKind.AUTHORIZATION: m("an authorization card"),
    CardKind.UNKNOWN: m("a card of no known kind"),
}


def examine_reader(name: Message, reader: ReaderSettings, limits: DeviceLimits) -> DoctorFinding:
    """Examine a card reader, and the card that is in it."""
    match reader:
        case SocketReaderSettings(path):
            detail = m("simulated, at {path}", path=path)
            if plugins.are_simulators_installed():
                return good(name, detail, m("no real reader: for demonstrations only"))
            return bad(name, detail, plugins.advice(plugins.SOCKET_READER))
        case PcscReaderSettings(wanted):
            return _pcsc(name, Latin(wanted), reader, limits)
        case _:
            assert_never(reader)


def _pcsc(
    name: Message, wanted: Latin, reader: ReaderSettings, limits: DeviceLimits
) -> DoctorFinding:
    try:
        there = list_readers()
    except DriverError as trouble:
        advice = m(
            "is pcscd installed? Type: {command}", command=Latin("systemctl start pcscd.socket")
        )
        return bad(name, because(trouble), advice)
    driver = card_reader(reader, limits)
    try:
        # Opened whether or not a card is in: that tells whether the reader itself is there.
        driver.wait_event(CARD_WAIT_S)
        return _card(name, wanted, driver)
    except DeviceNotFoundError as trouble:
        listed = Items(tuple(map(Latin, there))) if there else m("none at all")
        return bad(
            name,
            m(
                "{wanted}: {reason}; there: {listed}",
                wanted=wanted,
                reason=because(trouble),
                listed=listed,
            ),
            m("plug it in, or set its name in station.toml"),
        )
    except DeviceLostError as trouble:
        advice = m("type: {command}", command=Latin("systemctl restart pcscd"))
        return bad(name, because(trouble), advice)
    finally:
        driver.close()


def _card(name: Message, wanted: Latin, driver: CardReader) -> DoctorFinding:
    try:
        channel = driver.open()
    except CardRemovedError:
        return good(name, at(wanted, m("ready, no card is in")))
    except CardInUseError:
        advice = m("stop the station to test the card as well")
        return good(name, at(wanted, m("in use")), advice)
    except CardMuteError as trouble:
        return bad(name, at(wanted, because(trouble)), m("turn the card round, or try another"))
    try:
        kind = recognise(ApduChannel(channel))
    except DriverError as trouble:
        return bad(name, at(wanted, because(trouble)), m("clean the card, or try another"))
    finally:
        channel.close()
    doubt = m("is it a card of this election?") if kind is CardKind.UNKNOWN else None
    return good(name, at(wanted, KINDS[kind]), doubt)
