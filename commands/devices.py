"""Turn settings into card readers; other devices are `drivers.attached`.

The socket reader of the simulators is the one kind that is looked up.
"""

from __future__ import annotations

from commands import plugins
from drivers.settings import DeviceLimits, PcscReaderSettings, ReaderSettings
from drivers.smartcard.channel import CardReader
from drivers.smartcard.pcsc import PcscReader


def card_reader(reader: ReaderSettings, limits: DeviceLimits) -> CardReader:
    """Open nothing before it is used. Raises `NotInstalled` for a socket without simulators."""
    answer_s = limits.card_answer_s
    if isinstance(reader, PcscReaderSettings):
        return PcscReader(reader.name, answer_timeout_s=answer_s)
    return plugins.socket_reader()(reader.path.stem, reader.path, answer_timeout_s=answer_s)
