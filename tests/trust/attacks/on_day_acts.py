"""Attack the acts of a device's day: who loaded, opened and closed it, and what they saw."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from crypto.hybrid import HybridKey
from election.acts import SignedAct, SignedActKind, Statement, read_statement
from election.day_sums import DaySum
from election.definition import DeviceId, Role
from election.rulings import Revocation, RevocationGround, Rulings
from election.schema import DocumentForm, to_plain
from headquarters.day_acts import DeviceDay, read_day_acts
from tests.trust.attacks.day import BRANCHES, NOW, AttackedDay, Card, digest
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import Attack, B, C, F, H, Json, S, T, gone

Change = Callable[[list[Statement]], list[Statement]]
OFFICER, SUPERVISOR = Role.OFFICER, Role.SUPERVISOR


def _file(branch: int, change: Callable[[Json], object]) -> Callable[[Publication], None]:
    """Change acts.json of a branch."""

    def do(site: Publication) -> None:
        site.edit(site.supplement(branch) / "acts.json", lambda value: change(value["items"]))
        site.reindex()

    return do


def _item(items: Json, device: str) -> Json:
    (item,) = (each for each in items if each["device"] == device)
    return item


def _of(
    device: str, branch: int, change: Callable[[Json], object]
) -> Callable[[Publication], None]:
    """Change the published acts of one device."""
    return _file(branch, lambda items: change(_item(items, device)["acts"]))


def statements_at(site: Publication, branch: int, device: str) -> list[Statement]:
    """Return what the published acts of a device say."""
    days = {day.device: day.acts for day in read_day_acts(site.supplement(branch))}
    return list(map(read_statement, days[DeviceId(device)]))


def _put(site: Publication, branch: int, device: str, acts: Sequence[SignedAct]) -> None:
    plain: Json = to_plain(DeviceDay(DeviceId(device), tuple(acts)), DocumentForm.JSON)

    def change(value: Json) -> None:
        _item(value["items"], device)["acts"] = plain["acts"]

    site.edit(site.supplement(branch) / "acts.json", change)
    site.reindex()


def _again(
    device: str,
    branch: int,
    change: Change = lambda same: same,
    cards: Callable[[AttackedDay], Sequence[Card]] | None = None,
    key: Callable[[AttackedDay], HybridKey] | None = None,
) -> Callable[[Publication], None]:
    """Have the day of a device signed anew: other words, other cards, another key."""

    def do(site: Publication) -> None:
        day = site.day
        said = change(statements_at(site, branch, device))
        hands = cards(day) if cards else _own(day, branch)
        signing = key(day) if key else day.devices[device].signing
        _put(site, branch, device, day.chain(said, hands, signing))

    return do


def _own(day: AttackedDay, branch: int) -> list[Card]:
    return [day.cards[BRANCHES[branch - 1], role] for role in (OFFICER, SUPERVISOR)]


def _every(**members: object) -> Change:
    return lambda said: [replace(each, **members) for each in said]  # type: ignore[arg-type]


def _last(**members: object) -> Change:
    return lambda said: [*said[:-1], replace(said[-1], **members)]  # type: ignore[arg-type]


def _closing(said: list[Statement]) -> list[Statement]:
    """The closing has another root than what is handed in."""
    closing = said[-1].closing
    assert closing is not None
    return [*said[:-1], replace(said[-1], closing=replace(closing, records=digest(b"other")))]


def _summed(*sums: DaySum) -> Change:
    """The closing has these sums."""

    def change(said: list[Statement]) -> list[Statement]:
        closing = said[-1].closing
        assert closing is not None
        return [*said[:-1], replace(said[-1], closing=replace(closing, sums=sums))]

    return change


def _opened_with_five(said: list[Statement]) -> list[Statement]:
    load, opened, closed = said
    return [load, replace(opened, cast=5), closed]


def _shorter_log(said: list[Statement]) -> list[Statement]:
    return [*said[:-1], replace(said[-1], log=replace(said[-1].log, length=1))]


def _opened_twice(said: list[Statement]) -> list[Statement]:
    load, opened, closed = said
    return [load, opened, opened, closed]


def _log_ahead(said: list[Statement]) -> list[Statement]:
    last = said[-1]
    return [*said[:-1], replace(last, log=replace(last.log, votes=last.cast + 2))]


def _unopened(said: list[Statement]) -> list[Statement]:
    return [each for each in said if each.kind is not SignedActKind.OPEN]


def _late(said: list[Statement]) -> list[Statement]:
    return [*said[:-1], replace(said[-1], at=said[-1].at + timedelta(days=9))]


def _backwards(said: list[Statement]) -> list[Statement]:
    load, opened, closed = said
    return [replace(load, at=opened.at + timedelta(hours=2)), opened, closed]


def _ghosts(day: AttackedDay) -> list[Card]:
    return [day.card(role, BRANCHES[2]) for role in (OFFICER, SUPERVISOR)]


def _two_officers(day: AttackedDay) -> list[Card]:
    return [day.cards[BRANCHES[2], OFFICER]] * 2


def _one_key(day: AttackedDay) -> list[Card]:
    """One card, which headquarters certified in both roles."""
    officer = day.cards[BRANCHES[2], OFFICER]
    twin = day.certified("7", officer.key, SUPERVISOR, BRANCHES[2])
    return [officer, Card(officer.key, twin)]


def _one_ghost(day: AttackedDay) -> list[Card]:
    return [day.cards[BRANCHES[2], OFFICER], day.card(SUPERVISOR, BRANCHES[2])]


def _flip(member: str, card: int = 0) -> Callable[[Json], None]:
    def change(acts: Json) -> None:
        signature = acts[-1]["cards"][card]
        data = bytearray(b64decode(signature[member]))
        data[-1] ^= 1
        signature[member] = b64encode(data).decode()

    return change


def _of_another_device(items: Json) -> None:
    one, two = (_item(items, name) for name in ("terminal-3", "station-3"))
    one["acts"], two["acts"] = two["acts"], one["acts"]


def _revoked(site: Publication) -> None:
    """An officer's card was stolen before the opening; what it signed stays."""
    card = site.day.cards[BRANCHES[2], OFFICER].certificate
    revoked = Revocation(digest(card), RevocationGround.STOLEN, NOW - timedelta(days=40))
    site.rulings(Rulings(site.day.number, (), (revoked,)))
    site.reindex()


def _takeover(**members: object) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        site.takeover(replace(site.day.takeover(), **members))  # type: ignore[arg-type]
        site.reindex(lambda index: index.update(predecessor=None))

    return do


def _rescue_after_nothing(site: Publication) -> None:
    rescue = site.day.rescue(site.day.boxes["terminal-2"], None)
    site.rescue(replace(rescue, predecessor=bytes(32)))
    site.reindex(lambda index: index.update(predecessor=None))


def _garbage(acts: Json) -> None:
    acts[0]["statement"] = b64encode(b"\xff").decode()


def _no_json(site: Publication) -> None:
    (site.supplement(3) / "acts.json").write_text(json.dumps({"items": [{}]}), encoding="utf-8")
    site.reindex()


def _unpublished(site: Publication) -> None:
    gone(str((site.supplement(3) / "acts.json").relative_to(site.folder)))(site)


T3 = ("terminal-3", 3)
DAY_ACTS: tuple[Attack, ...] = (
    Attack(H, "publishes no acts of a branch", _unpublished, "acts-missing"),
    Attack(H, "publishes something else as acts", _no_json, "acts-format"),
    Attack(H, "leaves out a device's acts", _of(*T3, lambda acts: acts.clear()), "acts-missing"),
    Attack(H, "leaves out a closing", _of(*T3, lambda acts: acts.pop()), "acts-missing"),
    Attack(H, "leaves out an opening", _of(*T3, lambda acts: acts.pop(1)), "acts-chain"),
    Attack(H, "exchanges the acts of two devices", _file(3, _of_another_device), "acts-device"),
    Attack(H, "lists a device's acts twice",
           _file(3, lambda items: items.append(_item(items, "terminal-3"))), "acts-format"),
    Attack(H, "lists acts of a device that is not in", _file(3, lambda items: items.append(
           {"device": "terminal-9", "acts": []})), "acts-format"),
    Attack(H, "writes a statement that is none", _of(*T3, _garbage), "acts-format"),
    Attack(H, "has operators made after the day close a device",
           _again(*T3, cards=_ghosts), "acts-operator"),
    Attack(H, "makes the second operator after the day", _again(*T3, cards=_one_ghost), "acts-operator"),
    Attack(B, "gives one officer a card in both roles", _again(*T3, cards=_one_key), "acts-same-key"),
    Attack(C, "opens and closes alone", _again(*T3, cards=_two_officers), "acts-roles"),
    Attack(C, "closes a device of another branch",
           _again(*T3, cards=lambda day: _own(day, 1)), "acts-branch"),
    Attack(C, "closes in another branch, and says so", _again(*T3, _every(branch=BRANCHES[0]),
           cards=lambda day: _own(day, 1)), "acts-branch"),
    Attack(C, "acts as a reserve of another district",
           _again(*T3, cards=lambda day: day.reserves), "acts-operator"),
    Attack(C, "had the card stolen before the opening", _revoked, "acts-revoked", told=True),
    Attack(F, "changes a card's signature", _of(*T3, _flip("value")), "acts-signature"),
    Attack(F, "changes a card's certificate", _of(*T3, _flip("certificate")), "acts-certificate"),
    Attack(F, "closes a device without its key",
           _again(*T3, key=lambda _: HybridKey.generate()), "acts-device"),
    Attack(F, "closes with a neighbour's key",
           _again(*T3, key=lambda day: day.devices["station-3"].signing), "acts-device"),
    Attack(F, "closes with the device's key and no cards", _again(*T3, cards=_ghosts), "acts-operator"),
    Attack(F, "replays the acts of another election", _again(*T3, _every(number=bytes(32))), "acts-number"),
    Attack(F, "replays acts of another uuid", _again(*T3, _every(election="another")), "acts-chain"),
    Attack(T, "knows no number", _again(*T3, _every(number=None)), "acts-number"),
    Attack(T, "gives another device's name", _again(*T3, _every(device=DeviceId("terminal-1"))),
           "acts-chain"),
    Attack(T, "is opened twice", _again(*T3, _opened_twice), "acts-order"),
    Attack(T, "is closed without an opening", _again(*T3, _unopened), "acts-order"),
    Attack(T, "hands in other records than it closed with", _again(*T3, _closing), "acts-differ",
           told=True),
    Attack(T, "hands in fewer votes than it closed with", _again(*T3, _last(cast=7)), "acts-differ",
           told=True),
    Attack(T, "has fewer votes than at its opening", _again(*T3, _opened_with_five), "acts-set-back",
           told=True),
    Attack(T, "comes back with a shorter log", _again(*T3, _shorter_log), "acts-set-back", told=True),
    Attack(T, "was started with less than it had held", _again(*T3, _summed(
           DaySum("set-back", "log-set-back", 3))), "acts-set-back", told=True),
    Attack(T, "has fewer votes than its log", _again(*T3, _log_ahead), "acts-set-back", told=True),
    Attack(T, "closes nine days later", _again(*T3, _late), "acts-time", told=True),
    Attack(S, "is loaded after its opening", _again("station-3", 3, _backwards), "acts-time", told=True),
    Attack(S, "closes with other numbers than it hands in", _again("station-3", 3, _last(cast=2)),
           "acts-differ", told=True),
    Attack(S, "tells in its closing how voters were admitted", _again("station-3", 3, _summed(
           DaySum("finger-matched", "try 1", 3))), "acts-voters"),
    Attack(T, "tells in its closing that a voter called for help", _again(*T3, _summed(
           DaySum("help-asked", "", 1))), "acts-voters"),
    Attack(S, "hides a voter in the reason of a sum about the device", _again("station-3", 3, _summed(
           DaySum("closed-without", "terminal-3 dead, the teacher had no passport", 1))), "acts-voters"),
    Attack(C, "takes over after an act that nobody made", _takeover(predecessor=digest(b"none")),
           "acts-chain"),
    Attack(C, "takes over with more votes than are rescued", _takeover(cast=5), "acts-set-back", told=True),
    Attack(C, "rescues without the device's acts", _of("terminal-2", 2, lambda acts: acts.clear()),
           "acts-lost", told=True),
    Attack(C, "rescues as if nothing was before", _rescue_after_nothing, "acts-lost", told=True),
)  # fmt: skip
