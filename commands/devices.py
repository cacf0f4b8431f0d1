"""Turn settings into card readers; other devices are `drivers.attached`.

The socket reader of the simulators is the one kind that is looked up.
"""

from __future__ import annotations

from typing import assert_never

from commands import plugins
from drivers import settings
from drivers.settings import DeviceLimits, ReaderSettings
from drivers.smartcard.channel import CardReader
from drivers.smartcard.pcsc import PcscReader


def card_reader(reader: ReaderSettings, limits: DeviceLimits) -> CardReader:
    """Open nothing before it is used. Raises `NotInstalled` for a socket without simulators."""
    match reader:
        case settings.PcscReaderSettings(name):
            return PcscReader(name, answer_timeout_s=limits.card_answer_s)
        case settings.SocketReaderSettings(path):
            make = plugins.socket_reader()
            return make(path.stem, path, answer_timeout_s=limits.card_answer_s)
        case _:
            assert_never(reader)
