"""Attack acts and lists about devices: who signs for a spare, a dead device, a missing one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from crypto.hybrid import HybridKey
from election.definition import DeviceId, Role
from election.missing import MissingDevice, MissingGround
from election.records import RecordSigner
from election.rulings import Revocation, RevocationGround, Rulings
from tests.trust.attacks.day import BRANCHES, NOW, SPARE, digest
from tests.trust.attacks.publication import BURNT, Publication, flipped
from tests.trust.attacks.table import Attack, C, F, H, T, gone, replaced


def _then_reindex(change: Callable[[Publication], object]) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        change(site)
        site.reindex()

    return do


def _on_the_day(change: Callable[[Publication], object]) -> Callable[[Publication], None]:
    """What happens on the day itself is in the first index already."""

    def do(site: Publication) -> None:
        change(site)
        site.reindex(lambda index: index.update(predecessor=None))

    return do


def _missing(*devices: MissingDevice) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        site.missing(*devices)
        site.reindex(lambda index: index.update(missing=[device.device for device in devices]))

    return do


def _entry(name: str, at_most: int | None) -> MissingDevice:
    return MissingDevice(DeviceId(name), MissingGround.LOST, at_most, 0, False)


def _unregistered_cards(site: Publication) -> None:
    cards = [site.day.card(role, BRANCHES[1]).signer for role in (Role.OFFICER, Role.SUPERVISOR)]
    site.takeover(cards=cards)


def _officer_alone(site: Publication) -> None:
    officer, supervisor = (
        site.day.cards[BRANCHES[1], role] for role in (Role.OFFICER, Role.SUPERVISOR)
    )
    site.takeover(cards=[officer.signer, (officer.signer[0], supervisor.certificate)])


def _stolen_terminal_key(site: Publication) -> None:
    key = HybridKey.generate()
    certificate = site.day.certified("station-2", key, Role.IDENTITY_STATION, "branch-2")
    site.rescue(signers=[(key, certificate)])


def _fewer(site: Publication) -> None:
    """A rescue of records that are one fewer than the device's last root."""
    box = site.day.boxes["terminal-2"]
    last = replace(box.root, cast=4)
    signer = site.day.terminals["terminal-2"].device.signing
    fingerprint = site.day.terminals["terminal-2"].encrypted.fingerprint
    root = RecordSigner(signer, fingerprint, DeviceId("terminal-2")).sign_root(
        [*(record.digest for record in box.records), digest(b"lost")],
        [],
        [*box.spent_hashes, digest(b"4")],
    )
    assert root.cast == last.cast
    site.rescue(site.day.rescue(box, root))


def _without_root(site: Publication) -> None:
    site.rescue(site.day.rescue(site.day.boxes["terminal-2"], None))


def _invented_root(site: Publication) -> None:
    """A rescue of fewer records, with a last root that hides it and that the device did not sign."""
    box = site.day.boxes["terminal-2"]
    forged = RecordSigner(
        site.day.devices["station-2"].signing,
        site.day.terminals["terminal-2"].encrypted.fingerprint,
        DeviceId("terminal-2"),
    ).sign_root([record.digest for record in box.records], [], box.spent_hashes)
    site.rescue(site.day.rescue(box, forged))


def _other_numbers(site: Publication) -> None:
    rescue = site.day.rescue(site.day.boxes["terminal-2"], None)
    site.rescue(replace(rescue, found=replace(rescue.found, cast=2)))


def _rulings(site: Publication, *, alone: bool = False) -> None:
    card = site.day.cards[BRANCHES[1], Role.OFFICER].certificate
    revoked = Revocation(digest(card), RevocationGround.STOLEN, NOW)
    signers = site.day.offices[:1] if alone else None
    site.rulings(Rulings(site.day.number, (), (revoked,)), signers)


def _stolen_spare(hours: int) -> Callable[[Publication], None]:
    """The spare was stolen so many hours before it took over, and both offices say so."""

    def do(site: Publication) -> None:
        _, certificate = site.day.signer(SPARE)
        since = NOW - timedelta(hours=hours)
        revoked = Revocation(digest(certificate), RevocationGround.STOLEN, since)
        site.rulings(Rulings(site.day.number, (), (revoked,)))
        site.reindex()

    return do


R = _then_reindex
ACTS: tuple[Attack, ...] = (
    Attack(H, "uses a spare without a take-over", gone(f"acts/{SPARE}.takeover"), "register-spare"),
    Attack(H, "hides a take-over from the index", gone(f"acts/{SPARE}.takeover", resign=False),
           "index-document"),
    Attack(H, "makes operators after the day", R(_unregistered_cards), "act-cards"),
    Attack(C, "takes over alone", R(_officer_alone), "act-cards"),
    Attack(C, "takes over in another branch", R(lambda s: s.takeover(cards=s.day.pair(BRANCHES[0]))),
           "act-cards"),
    Attack(C, "takes over without a neighbour", _on_the_day(lambda s: s.takeover(devices=(SPARE,))),
           "spare-unwitnessed", told=True),
    Attack(C, "takes over with a device of another branch",
           R(lambda s: s.takeover(devices=(SPARE, "station-1"))), "act-device"),
    Attack(C, "takes over without the spare", R(lambda s: s.takeover(devices=("station-2",))),
           "act-device"),
    Attack(F, "replays a take-over of another election",
           R(lambda s: s.takeover(replace(s.day.takeover(), number=bytes(32)))), "act-election"),
    Attack(H, "lets an enrolled device take over",
           R(lambda s: s.takeover(replace(s.day.takeover(), spare=DeviceId("terminal-3")))), "act-spare"),
    Attack(H, "moves the spare to another branch", R(lambda s: s.takeover(
           replace(s.day.takeover(), branch=BRANCHES[0]), cards=s.day.pair(BRANCHES[0]),
           devices=(SPARE, "station-1"))), "act-branch"),
    Attack(H, "copies the take-over for a second spare",
           R(lambda s: s.takeover(name="spare-2")), "act-twice"),
    Attack(F, "changes a take-over", R(replaced(f"acts/{SPARE}.takeover", lambda s:
           flipped((s.folder / "acts" / f"{SPARE}.takeover").read_bytes(), 100))), "act-device"),
    Attack(H, "counts rescued records without the act", gone("acts/terminal-2.rescue"),
           "supplement-summary"),
    Attack(F, "rescues with a station's forged certificate", R(_stolen_terminal_key), "act-device"),
    Attack(T, "rescues itself after its death",
           R(lambda s: s.rescue(signers=[s.day.signer("terminal-2")])), "act-device"),
    Attack(C, "rescues with cards of another branch",
           R(lambda s: s.rescue(cards=s.day.pair(BRANCHES[2]))), "act-cards"),
    Attack(C, "leaves out a record in a rescue", _on_the_day(_fewer), "rescue-differs", told=True),
    Attack(C, "rescues without the last root", _on_the_day(_without_root), "rescue-without-root", told=True),
    Attack(C, "invents the last root of a dead device", R(_invented_root), "supplement-summary"),
    Attack(C, "states other numbers in a rescue", R(_other_numbers), "supplement-summary"),
    Attack(C, "walks off with a card, which is revoked", R(_rulings), "card-revoked", told=True),
    Attack(C, "takes over with a spare that was stolen", _stolen_spare(1), "spare-revoked", told=True),
    Attack(C, "takes over at the second since which the spare is stolen", _stolen_spare(0),
           "spare-revoked", told=True),
    # Acts of this day are at the hours of its polls, whatever hour it is now.
    Attack(C, "serves with a spare that was stolen", _stolen_spare(48), "acts-revoked", told=True),
    Attack(C, "takes over before the spare is stolen", _stolen_spare(-1),
           "card-revoked", told=True),
    Attack(H, "revokes a card alone", R(lambda s: _rulings(s, alone=True)), "list-signature"),
    Attack(H, "declares a device missing alone",
           R(lambda s: s.missing(signers=s.day.offices[:1])), "list-signature"),
    Attack(H, "declares with an observer made after the day",
           R(lambda s: s.missing(signers=[s.day.offices[0], s.new_observer()])), "list-signature"),
    Attack(H, "declares with its key in both roles",
           R(lambda s: s.missing(signers=[s.day.offices[0]] * 2)), "list-signature"),
    Attack(F, "replays a missing list of another election",
           R(lambda s: s.missing(number=bytes(31) + b"1")), "list-election"),
    Attack(H, "calls a counted terminal missing", _missing(_entry("terminal-3", 3), BURNT),
           "missing-present"),
    Attack(H, "says that fewer votes can be lost", _missing(replace(BURNT, at_most=0)), "missing-bound"),
    Attack(H, "says that nothing bounds what is lost", _missing(replace(BURNT, at_most=None)),
           "missing-bound"),
    Attack(H, "claims more receipts than can be", _missing(replace(BURNT, receipts=4)), "missing-bound"),
    Attack(H, "takes back the missing list", R(lambda s: (s.folder / "missing.json").unlink()),
           "index-final"),
)  # fmt: skip
