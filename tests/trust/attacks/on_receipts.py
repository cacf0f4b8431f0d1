"""Attack what the devices of a branch say of each other: receipts, vouchers, handles."""

from __future__ import annotations

from collections.abc import Callable

from crypto.hybrid import HybridKey
from election.definition import BranchId, DeviceId
from election.issuance import IssuedCount, RecordedHandles, receipts_root
from election.records import RecordSigner, handle_hash
from election.voucher import Receipt, sign_receipt
from tests.trust.attacks.day import digest
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import Attack, H, Json, S, T

Items = Callable[[Json], object]
NOWHERE = digest(b"an authorization that no vote is there for")


def _in(branch: int, name: str, change: Items) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        site.edit(site.supplement(branch) / name, lambda value: change(value["items"]))
        site.reindex()

    return do


def _held(site: Publication, receipt: Receipt) -> None:
    """The station of branch-1 itself says that a card brought this receipt."""
    place = site.supplement(1)

    def on_station(value: Json) -> None:
        (station,) = value["items"]
        held = [*station["receipts"], {"hash": receipt.spent.hex(), "terminal": receipt.terminal}]
        held.sort(key=lambda each: (each["hash"], each["terminal"]))
        root = receipts_root((bytes.fromhex(each["hash"]), each["terminal"]) for each in held)
        count = IssuedCount(
            site.day.published.register.election,
            DeviceId("station-1"),
            BranchId("branch-1"),
            station["issued"],
            station["claimed"],
            station["provisional"],
            tuple(map(bytes.fromhex, station["hashes"])),
            root,
        )
        signature = count.sign(site.day.devices["station-1"].signing)
        station.update(receipts=held, receipts_root=root.hex(), signature=signature.hex())

    def on_lost(value: Json) -> None:
        value["items"].append(
            {
                "terminal": receipt.terminal,
                "hash": receipt.spent.hex(),
                "signature": receipt.signature.hex(),
            }
        )

    site.edit(place / "stations.json", on_station)
    site.edit(place / "lost.json", on_lost)
    site.reindex()


def _put_back(site: Publication) -> None:
    """The terminal recorded a vote, gave its receipt, and came back without the vote."""
    uuid = site.day.published.register.election
    key = site.day.devices["terminal-1"].signing.classical
    _held(site, sign_receipt(key, uuid, DeviceId("terminal-1"), NOWHERE))


def _invented(site: Publication) -> None:
    """The station says that votes were lost; no terminal signed that."""
    uuid = site.day.published.register.election
    key = HybridKey.generate().classical
    _held(site, sign_receipt(key, uuid, DeviceId("terminal-1"), NOWHERE))


def _replayed(site: Publication) -> None:
    """A receipt of another terminal's vote, under this terminal's name."""
    (receipt,) = site.day.receipts("terminal-3", 1)
    _held(site, Receipt(DeviceId("terminal-1"), receipt.spent, receipt.signature))


def _vouchers(items: Json) -> None:
    items[0]["spent"][0]["voucher"] = "00" * 64


def _moved(items: Json) -> None:
    one, two = items[0]["spent"][:2]
    one["voucher"], two["voucher"] = two["voucher"], one["voucher"]


def _unspent(site: Publication) -> None:
    """The terminal signs as many votes as it has, and one authorization fewer."""
    device, place = DeviceId("terminal-3"), site.supplement(3)

    def fewer(items: Json) -> None:
        (item,) = (each for each in items if each["device"] == device)
        item["spent"].pop()
        spent = [bytes.fromhex(each["hash"]) for each in item["spent"]]

        def resign(box: Json) -> None:
            cast = [bytes.fromhex(each["digest"]) for each in box["records"]]
            root = signer.sign_root(cast, [], spent)
            box.update(spent_root=root.spent.hex(), signature=root.signature.hex())

        site.box(3, device, resign)

    signer = RecordSigner(
        site.day.devices[device].signing,
        site.day.terminals[device].encrypted.fingerprint,
        device,
    )
    site.edit(place / "spent.json", lambda value: fewer(value["items"]))
    site.reindex()


def _hides_a_handle(site: Publication) -> None:
    """It signs a list without the handle that counts, which then needs no decision."""
    device = DeviceId("terminal-1")

    def fewer(items: Json) -> None:
        (item,) = (each for each in items if each["device"] == device)
        item["handles"].remove(handle_hash(site.day.handles[0]).hex())
        listed = RecordedHandles(
            site.day.published.register.election,
            device,
            BranchId("branch-1"),
            tuple(map(bytes.fromhex, item["handles"])),
        )
        item["signature"] = listed.sign(site.day.devices[device].signing).hex()

    site.edit(site.supplement(1) / "spent.json", lambda value: fewer(value["items"]))
    site.reindex()


RECEIPTS: tuple[Attack, ...] = (
    Attack(T, "comes back without a vote that it gave a receipt for", _put_back, "votes-lost", told=True),
    Attack(S, "says that votes were lost", _invented, "receipt-invalid", told=True),
    Attack(S, "turns another terminal's receipt against this one", _replayed, "receipt-invalid", told=True),
    Attack(H, "hides a receipt", _in(1, "stations.json", lambda items: items[0]["receipts"].pop()),
           "supplement-authorizations"),
    Attack(H, "hides the receipt of a missing terminal",
           _in(3, "lost.json", lambda items: items.clear()), "supplement-authorizations"),
    Attack(H, "hides it, and says that nothing was lost with the terminal",
           _in(3, "lost.json", lambda items: items.clear()), "missing-bound"),
    Attack(H, "shows a receipt that no station holds", _in(1, "lost.json", lambda items: items.append(
           {"terminal": "terminal-1", "hash": NOWHERE.hex(), "signature": "00" * 64})),
           "supplement-authorizations"),
    Attack(H, "says that it could not open the receipts",
           _in(1, "stations.json", lambda items: items[0].update(receipts=None)), "receipts-closed",
           told=True),
    Attack(H, "says so of a station that holds a missing terminal's receipt",
           _in(3, "stations.json", lambda items: items[0].update(receipts=None)),
           "supplement-authorizations"),
    Attack(H, "states another root of receipts", _in(1, "stations.json", lambda items: items[0].update(
           receipts_root="00" * 32)), "supplement-issued"),
    Attack(T, "spends an authorization that no station vouches for", _in(3, "spent.json", _vouchers),
           "supplement-authorizations"),
    Attack(T, "counts a vote more than it spent authorizations", _unspent, "supplement-authorizations"),
    Attack(T, "exchanges two vouchers", _in(3, "spent.json", _moved), "supplement-authorizations"),
    Attack(T, "hides that a ballot was provisional",
           _in(1, "spent.json", lambda items: items[0]["handles"].pop()), "supplement-authorizations"),
    Attack(T, "hides that a ballot was provisional, and signs so", _hides_a_handle, "handles-missing",
           told=True),
    Attack(T, "leaves out a spent authorization",
           _in(3, "spent.json", lambda items: items[0]["spent"].pop()), "supplement-authorizations"),
    Attack(H, "leaves out a list of spent authorizations", _in(3, "spent.json", lambda items: items.clear()),
           "supplement-authorizations"),
    Attack(S, "hides what it issued", _in(1, "stations.json", lambda items: items[0].update(hashes=[])),
           "supplement-issued"),
)  # fmt: skip
