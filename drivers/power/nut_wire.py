r"""Lines of NUT's network protocol, for both ends (Network UPS Tools, Developer Guide, "Network protocol").

    GET VAR kiosk ups.status        -> VAR kiosk ups.status "OL CHRG"      or ERR DATA-STALE
    LIST UPS                        -> BEGIN LIST UPS / UPS kiosk "text" / END LIST UPS

Words are parted by blanks; a word with blanks stands in double quotes, in which `\"` and `\\` are escaped.
Lines end with LF and are bounded, and so are lists.
"""

from __future__ import annotations

import math
import re
from enum import Enum
from typing import Final

from drivers.errors import DriverError, ProtocolError
from drivers.power.seam import Doubt, PowerState, Supply, unknown

PORT: Final = 3493
MAX_LINE: Final = 2048
MAX_LIST: Final = 512
"""Lines of one list; a real UPS has some 60 variables."""
NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""Names of devices and variables, as upsd's own configuration has them."""

STATUS: Final = "ups.status"
CHARGE: Final = "battery.charge"
RUNTIME: Final = "battery.runtime"

ANSWERS: Final = frozenset({"VAR", "UPS", "BEGIN", "END"})
"""First words of the answers that the client asks for, but for `ERR` and the bare version."""

_WORD: Final = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|([^ "\\]+))(?: +|\Z)', re.DOTALL)
_FIGURE: Final = re.compile(r" *([0-9]{1,12}(?:[.,][0-9]{0,12})?) *%? *")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


class NutCode(Enum):
    """Codes behind `ERR`; codes that are not here are OTHER."""

    ACCESS_DENIED = "ACCESS-DENIED"
    UNKNOWN_UPS = "UNKNOWN-UPS"
    VAR_NOT_SUPPORTED = "VAR-NOT-SUPPORTED"
    CMD_NOT_SUPPORTED = "CMD-NOT-SUPPORTED"
    INVALID_ARGUMENT = "INVALID-ARGUMENT"
    UNKNOWN_COMMAND = "UNKNOWN-COMMAND"
    DATA_STALE = "DATA-STALE"
    DRIVER_NOT_CONNECTED = "DRIVER-NOT-CONNECTED"
    USERNAME_REQUIRED = "USERNAME-REQUIRED"
    PASSWORD_REQUIRED = "PASSWORD-REQUIRED"
    ALREADY_LOGGED_IN = "ALREADY-LOGGED-IN"
    ALREADY_SET_USERNAME = "ALREADY-SET-USERNAME"
    ALREADY_SET_PASSWORD = "ALREADY-SET-PASSWORD"
    FEATURE_NOT_SUPPORTED = "FEATURE-NOT-SUPPORTED"
    READONLY = "READONLY"
    OTHER = ""


class NutError(DriverError):
    """The service refused a question with a `code`."""

    def __init__(self, code: NutCode) -> None:
        super().__init__(
            f"the power service answers {code.value or 'with an error'}: see its configuration"
        )
        self.code = code


class NutLimitError(ProtocolError):
    """A line or list is longer than is reasonable."""


def split_words(line: str) -> tuple[str, ...]:
    """Split a line without its LF into its words. Raises ProtocolError."""
    if len(line) > MAX_LINE:
        raise NutLimitError("the power service sends endless lines; is it the right port?")
    words: list[str] = []
    at = len(line) - len(line.lstrip(" "))
    while at < len(line):
        word = _WORD.match(line, at)
        if word is None:
            raise ProtocolError("the power service sends words or quotes that are not parted")
        quoted, plain = word.groups()
        words.append(plain if quoted is None else _ESCAPED.sub(r"\1", quoted))
        at = word.end()
    if not all(word.isprintable() for word in words):
        raise ProtocolError("the power service sends control characters; is it the right port?")
    return tuple(words)


def quote(value: str) -> str:
    """Put `value` in quotes, as one word."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def expect(line: str, *beginning: str) -> tuple[str, ...]:
    """Return the words of a line behind `beginning`.

    Raises NutError for `ERR`, ProtocolError for any other beginning.
    """
    words = split_words(line)
    if words[:1] == ("ERR",):
        raise NutError(_code(words[1] if len(words) > 1 else ""))
    if words[: len(beginning)] != beginning:
        raise ProtocolError("the power service answers something else than it was asked")
    return words[len(beginning) :]


def kind_of(line: str) -> str:
    """Name the kind of an answer for a log: its first word, and the code of an `ERR`."""
    word, _, rest = line.partition(" ")
    if word == "ERR":
        return f"ERR {_code(rest.partition(' ')[0]).name}"
    return word if word in ANSWERS else "unknown line"


def take_value(words: tuple[str, ...]) -> str:
    """Return the value that has to stand alone. Raises ProtocolError."""
    if len(words) != 1:
        raise ProtocolError("the power service sends not exactly one value")
    return words[0]


def parse_figure(value: str, most: float) -> float | None:
    """Parse a number from 0 to `most`; anything else is None, as if it were not reported.

    Drivers pass on a percent sign, or the decimal comma of the supply's own language.
    """
    found = _FIGURE.fullmatch(value)
    figure = float(found.group(1).replace(",", ".")) if found else math.inf
    return figure if math.isfinite(figure) and figure <= most else None


def parse_status(status: str, charge: float | None, runtime_s: float | None) -> PowerState:
    """Make a reading from the words of `ups.status`, a charge in percent and a runtime in seconds.

    OL on line, OB on battery, LB low, RB replace, FSD going to switch off, OFF no output. Of both OL and
    OB the worse is taken. A supply that is bypassed or off feeds nobody from its battery: NOT_SAID.
    """
    words = frozenset(status.upper().split())
    closing = "FSD" in words
    if "OB" in words:
        supply = Supply.LOW if "LB" in words else Supply.ON_BATTERY
    elif "OL" in words and not words & {"OFF", "BYPASS"}:
        supply = Supply.ON_LINE
    else:
        supply = Supply.UNKNOWN
    return PowerState(
        supply,
        charge_percent=charge,
        runtime_s=runtime_s,
        low_battery="LB" in words,
        replace_battery="RB" in words,
        closing=closing,
        doubt=Doubt.NOT_SAID if supply is Supply.UNKNOWN else None,
    )


def state_of_error(error: DriverError) -> PowerState:
    """Make the UNKNOWN reading that an error answer of the service stands for."""
    match error:
        case NutError(code=NutCode.DATA_STALE):
            return unknown(Doubt.STALE)
        case NutError(code=NutCode.DRIVER_NOT_CONNECTED):
            return unknown(Doubt.NO_DRIVER)
        case NutError(code=NutCode.UNKNOWN_UPS):
            return unknown(Doubt.NO_DEVICE)
        case NutError():
            return unknown(Doubt.REFUSED)
    return unknown(Doubt.NONSENSE)


def _code(word: str) -> NutCode:
    try:
        return NutCode(word)
    except ValueError:
        return NutCode.OTHER
