"""Damage every kind of document beside an archive: none is read as something else, and none is overlooked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from election.definition import DeviceId
from election.lots import LotKind
from election.missing import MissingDevice, MissingGround
from tests.trust.attacks.on_lots import put_lot
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import Attack, H, replaced

_OTHERS: Final = MissingDevice(DeviceId("terminal-9"), MissingGround.DESTROYED, 3, 1, True)


def _version(name: str) -> Callable[[Publication], None]:
    """Say that a document is of a later version."""
    return lambda site: site.edit(site.folder / name, lambda value: value.update(version=9))


def _resigned(change: Callable[[Publication], object]) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        change(site)
        site.reindex()

    return do


def _lot(change: Callable[[Publication], object]) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        put_lot(site, LotKind.SEATS)
        change(site)

    return do


def _index(**members: object) -> Callable[[Publication], None]:
    return lambda site: site.reindex(lambda index: index.update(members))


def _reworded(site: Publication) -> None:
    """Change the content of the register, and nothing of its signature."""

    def on(value: dict[str, str]) -> None:
        value["content"] = json.dumps(json.loads(value["content"]))

    site.edit(site.folder / "register.json", on)


def _beside(name: str, content: bytes) -> Callable[[Publication], None]:
    """Write another file into the supplement of the first branch."""

    def do(site: Publication) -> None:
        (site.supplement(1) / name).write_bytes(content)

    return do


def _early(site: Publication) -> None:
    """Take the missing list back, and call the rest interim."""
    (site.folder / "missing.json").unlink()
    site.reindex(lambda index: index.update(interim=True, missing=[]))


def _signer(site: Publication) -> None:
    """Give a terminal the certificate of headquarters' signer."""
    path = site.supplement(1) / "devices" / "terminal-1.der"
    path.write_bytes((site.folder / "signer.der").read_bytes())


DOCUMENTS: Final[tuple[Attack, ...]] = (
    Attack(H, "publishes something else as the register", replaced("register.json", lambda _: b"{}"),
           "register-format", own_number=True),
    Attack(H, "publishes a register of a later version", _version("register.json"), "register-version",
           own_number=True),
    Attack(H, "rewords the register that was signed", _reworded, "register-signature", own_number=True),
    Attack(H, "publishes something else as the missing list", _resigned(replaced("missing.json",
           lambda _: b"{}")), "list-format"),
    Attack(H, "publishes a missing list of a later version", _resigned(_version("missing.json")),
           "list-version"),
    Attack(H, "declares a device missing that nobody registered", _resigned(lambda s: s.missing(_OTHERS)),
           "list-device"),
    Attack(H, "publishes something else as a lot", _lot(replaced("lot-seats.json", lambda _: b"{}")),
           "lot-format"),
    Attack(H, "publishes a lot of a later version", _lot(_version("lot-seats.json")), "lot-version"),
    Attack(H, "publishes something else as a take-over", _resigned(replaced("acts/spare-1.takeover",
           lambda _: b"{}")), "act-format"),
    Attack(H, "publishes a take-over of a later version", _resigned(replaced("acts/spare-1.takeover",
           lambda s: (s.folder / "acts" / "spare-1.takeover").read_bytes().replace(
           b"\x67version\x01", b"\x67version\x02"))), "act-version"),
    Attack(H, "publishes something else as the index", replaced("index.json", lambda _: b"{}"),
           "index-unreadable"),
    Attack(H, "lists archives of another election", _index(uuid="2uFvw8vxfbDqTs"), "index-election"),
    Attack(H, "states a minimum that its batches do not have", _index(minimum=1000), "index-minimum"),
    Attack(H, "mixes a branch while one of its terminals is pending", _early, "index-early"),
    Attack(H, "publishes something else as boxes", _beside("boxes.json", b"{}"), "supplement-unreadable"),
    Attack(H, "gives a terminal the certificate of an office", _signer, "supplement-certificate"),
)  # fmt: skip
