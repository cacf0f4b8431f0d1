"""Headquarters before the day: it publishes the number of a register that is not true of the day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crypto.hybrid import HybridKey
from election.definition import BranchId, DeviceId, Role
from election.json_envelope import write_json_envelope
from election.register import BranchOperators, Register, RegisteredDevice, SeatRule, form
from election.schema import to_json
from tests.trust.attacks.day import BRANCHES, digest
from tests.trust.attacks.on_lots import draw_with
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import Attack, B


def _registers(change: Callable[[Register], Register]) -> Callable[[Publication], None]:
    """Sign another register; its number is the one that everybody knows."""

    def do(site: Publication) -> None:
        day = site.day
        content = to_json(change(day.published.register))
        signers = [(day.authority.signer_key, day.authority.signer)]
        data = write_json_envelope(form(), content, signers)
        (site.folder / "register.json").write_bytes(data)

    return do


def _set(**members: object) -> Callable[[Publication], None]:
    return _registers(lambda register: replace(register, **members))  # type: ignore[arg-type]


def _without(name: str) -> Callable[[Publication], None]:
    return _registers(
        lambda register: replace(
            register, devices=tuple(each for each in register.devices if each.id != name)
        )
    )


def _ghost(register: Register) -> Register:
    key = HybridKey.generate().classical.public.raw
    ghost = RegisteredDevice(
        DeviceId("ghost-1"), Role.BALLOT_TERMINAL, BRANCHES[0], key, digest(b"ghost")
    )
    devices = sorted((*register.devices, ghost), key=lambda each: each.id)
    return replace(register, devices=tuple(devices))


def _twice(register: Register) -> Register:
    return replace(register, devices=(*register.devices, register.devices[0]))


def _own_operators(register: Register) -> Register:
    made = BranchOperators(BRANCHES[2], tuple(sorted((digest(b"one"), digest(b"two")))))
    others = [each for each in register.operators if each.branch != BRANCHES[2]]
    ordered = sorted((*others, made), key=lambda each: each.branch)
    return replace(register, operators=tuple(ordered))


def _one_group(register: Register) -> Register:
    return replace(register, groups=((BranchId("branch-1"), BranchId("branch-3")),
                                     (BranchId("branch-2"),), (BranchId("branch-4"),)))  # fmt: skip


def _another_root(register: Register) -> Register:
    return replace(register, root=register.signers.index[0])


def _other_seats(site: Publication) -> None:
    """Draw by the day's rules, and register others."""
    draw_with(site, "a lot")
    _set(seats=SEATS)(site)


SEATS = SeatRule("candidate-votes", "highest-average", "another lot")
REGISTER: tuple[Attack, ...] = tuple(
    replace(attack, own_number=True)
    for attack in (
        Attack(B, "leaves a terminal out of the register", _without("terminal-3"), "register-device"),
        Attack(B, "leaves a station out of the register", _without("station-3"), "register-device"),
        Attack(B, "registers a terminal that stands nowhere", _registers(_ghost), "index-final"),
        Attack(B, "registers a device twice", _registers(_twice), "register-contradiction"),
        Attack(B, "registers a smaller batch", _set(minimum=1), "register-minimum"),
        Attack(B, "registers other names", _set(definition=digest(b"names")), "register-definition"),
        Attack(B, "registers other rules of seats", _other_seats, "register-seats"),
        Attack(B, "registers other trustees", _set(trustees=("0" * 64,)), "register-trustees"),
        Attack(B, "registers other operators", _registers(_own_operators), "acts-number"),
        Attack(B, "registers no reserves", _set(reserves=()), "acts-number"),
        Attack(B, "groups branches otherwise", _registers(_one_group), "register-group"),
        Attack(B, "registers another election", _set(election="another"), "register-election"),
        Attack(B, "registers another root", _registers(_another_root), "register-root"),
        Attack(B, "gives people and devices two registers", _set(rehearsal=False), "acts-number"),
    )
)  # fmt: skip
