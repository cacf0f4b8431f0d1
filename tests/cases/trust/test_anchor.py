"""Change what is published after the day; the number from before it tells who may have done what."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from crypto.certificates import issue
from crypto.hybrid import HybridKey
from election.definition import DeviceId, Role
from election.definition_file import DEFINITION_FILE
from election.json_envelope import read_json_envelope
from election.register import (
    REGISTER_FILE,
    Register,
    form,
    in_groups,
    number_of,
    open_published_register,
    write_register,
)
from headquarters.anchoring import check_register
from headquarters.decisions import DecisionList, Signed, sign, write_decisions
from headquarters.exclusion import DECISIONS_FILE
from headquarters.index_document import INDEX_FILE, SIGNATURE_FILE
from headquarters.supplement import SUPPLEMENT_FOLDER
from tests.cases.day import A_VOTE, B_VOTE, Day, publish
from tests.headquarters.day import station_bundle
from tests.headquarters.small import NOON


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Day, Path]:
    """A vote at each terminal, as published."""
    place = tmp_path_factory.mktemp("day")
    day = Day.begin(place)
    day.one.vote(*A_VOTE)
    day.two.vote(*B_VOTE)
    station = station_bundle(day.hq, 2, day.package)
    found = day.bring(station, day.one.close(day.package), day.two.close(day.package))
    return day, publish(day, place / "public", found).parent


@pytest.fixture
def published(honest: tuple[Day, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(honest[1], tmp_path / "public"))


def judge(folder: Path, number: str, *options: str) -> Result:
    return CliRunner().invoke(
        main, ["election", "verify", str(folder / INDEX_FILE), "--number", number, *options]
    )


def wrong(told: Result) -> list[tuple[str, str]]:
    """(reason, entry) of what the register says is wrong."""
    found = json.loads(told.stdout)["failures"]
    return [(each["reason"], each["entry"]) for each in found if each["reason"].startswith("reg")]


def later(day: Day, role: Role) -> tuple[HybridKey, bytes]:
    """A key of headquarters' that was certified after the day."""
    key, authority = HybridKey.generate(), day.hq.authority
    certificate = issue(
        authority.root,
        authority.root_key,
        "made later",
        key.public,
        role=role,
        branch="",
        not_before=NOON - timedelta(days=30),
        not_after=NOON + timedelta(days=30),
    )
    return key, certificate


def registered(day: Day) -> Register:
    return open_published_register(day.register, day.hq.authority.root).register


# ---------------------------------------------------------------- who does what after the day

Attack = Callable[[Day, Path], None]


def exchange_names(day: Day, folder: Path) -> None:
    """The wrong persons sit, and every proof holds."""
    del day
    path = folder / DEFINITION_FILE
    text = path.read_text(encoding="utf-8")
    first, second = "نامزد شمارهٔ 6", "نامزد شمارهٔ 7"
    swapped = text.replace(first, "\0").replace(second, first).replace("\0", second)
    assert swapped != text
    path.write_text(swapped, encoding="utf-8")


def drop_definition(day: Day, folder: Path) -> None:
    del day
    (folder / DEFINITION_FILE).unlink()


def sign_index_anew(day: Day, folder: Path, key: HybridKey, **members: object) -> None:
    value = json.loads((folder / INDEX_FILE).read_bytes()) | members
    data = json.dumps(value).encode()
    (folder / INDEX_FILE).write_bytes(data)
    (folder / SIGNATURE_FILE).write_bytes(key.sign("amin archive index", data))


def lower_minimum(day: Day, folder: Path) -> None:
    """Branches of three voters decrypted alone: the index says of itself what is few."""
    sign_index_anew(day, folder, day.hq.authority.signer_key, minimum=3)


def sign_by_a_later_key(day: Day, folder: Path) -> None:
    key, certificate = later(day, Role.HEADQUARTERS)
    (folder / "signer.der").write_bytes(certificate)
    sign_index_anew(day, folder, key)


def register_anew(day: Day, folder: Path, register: Register) -> None:
    data = write_register(register, day.hq.authority.signer_key, day.hq.authority.signer)
    (folder / REGISTER_FILE).write_bytes(data)


def another_register(day: Day, folder: Path) -> None:
    """The same content, signed again: there is one register, not one content."""
    register_anew(day, folder, registered(day))


def drop_register(day: Day, folder: Path) -> None:
    del day
    (folder / REGISTER_FILE).unlink()


def link_register(day: Day, folder: Path) -> None:
    del day
    (folder / REGISTER_FILE).rename(folder / "elsewhere")
    (folder / REGISTER_FILE).symlink_to(folder / "elsewhere")


def cut_register(day: Day, folder: Path) -> None:
    path = folder / REGISTER_FILE
    path.write_bytes(path.read_bytes()[:-100])


def decide_by_later_offices(day: Day, folder: Path) -> None:
    """A second pair of officer and observer, made by one office."""
    encrypted = day.one.encrypted
    statement = DecisionList(encrypted.uuid, encrypted.fingerprint, ())
    signed = Signed(
        statement,
        tuple(
            sign(statement, *later(day, role))
            for role in (Role.RECONCILIATION_OFFICER, Role.OBSERVER)
        ),
    )
    (folder / SUPPLEMENT_FOLDER / DECISIONS_FILE).write_bytes(write_decisions(signed))
    (folder / SUPPLEMENT_FOLDER / "excluded.json").write_text('{"items": []}')


def list_another_branch(day: Day, folder: Path) -> None:
    value = json.loads((folder / INDEX_FILE).read_bytes())
    (batch,) = value["batches"]
    batch["branches"] = ["b-1", "b-2"]
    sign_index_anew(day, folder, day.hq.authority.signer_key, batches=[batch])


def rename_device(day: Day, folder: Path) -> None:
    """A registered certificate under another name."""
    devices = folder / SUPPLEMENT_FOLDER / "devices"
    (devices / "terminal-2.der").rename(devices / "terminal-3.der")


ATTACKS: dict[str, tuple[Attack, set[tuple[str, str]]]] = {
    "names-exchanged": (exchange_names, {("register-definition", DEFINITION_FILE)}),
    "definition-gone": (drop_definition, {("register-definition", DEFINITION_FILE)}),
    "minimum": (lower_minimum, {("register-minimum", INDEX_FILE)}),
    "signer-of-the-index": (sign_by_a_later_key, {("register-signer", "signer.der")}),
    "register-signed-again": (another_register, {("register-number", REGISTER_FILE)}),
    "register-cut": (cut_register, {("register-number", REGISTER_FILE)}),
    "register-gone": (drop_register, {("register-missing", REGISTER_FILE)}),
    "register-a-link": (link_register, {("register-missing", REGISTER_FILE)}),
    "offices": (decide_by_later_offices, {("register-signer", DECISIONS_FILE)}),
    "branch": (list_another_branch, {("register-group", "b-2")}),
    "device-renamed": (rename_device, {("register-device", "terminal-3")}),
}


@pytest.mark.parametrize(("attack", "reasons"), ATTACKS.values(), ids=list(ATTACKS))
def test_changed_after_the_day(
    honest: tuple[Day, Path], published: Path, attack: Attack, reasons: set[tuple[str, str]]
) -> None:
    day, _ = honest
    attack(day, published)
    told = judge(published, number_of(day.register), "--json")
    assert told.exit_code == 1, told.output
    assert set(wrong(told)) == reasons
    assert json.loads(told.stdout)["valid"] is False


@pytest.mark.parametrize("attack", [exchange_names, sign_by_a_later_key], ids=["names", "signer"])
def test_a_register_that_fits_the_change_has_another_number(
    honest: tuple[Day, Path], published: Path, attack: Attack
) -> None:
    """Headquarters changes both: the acts of the day's cards and devices name the true number."""
    day, _ = honest
    attack(day, published)
    register = registered(day)
    definition = hashlib.sha256((published / DEFINITION_FILE).read_bytes()).digest()
    signers = replace(register.signers, index=((published / "signer.der").read_bytes(),))
    register_anew(day, published, replace(register, definition=definition, signers=signers))
    told = CliRunner().invoke(main, ["election", "verify", str(published / INDEX_FILE), "--json"])
    assert told.exit_code == 1, told.output
    assert {each["reason"] for each in json.loads(told.stdout)["failures"]} == {"acts-number"}
    assert json.loads(told.stdout)["unchecked"] == ["root", "number"]
    told = judge(published, number_of(day.register), "--json")
    assert (told.exit_code, wrong(told)) == (1, [("register-number", REGISTER_FILE)])


# ---------------------------------------------------------------- the honest one


def test_number_as_people_write_it(honest: tuple[Day, Path], published: Path) -> None:
    number = number_of(honest[0].register)
    persian = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    for text in (number, in_groups(number), number.upper(), in_groups(number).translate(persian)):
        assert judge(published, text).exit_code == 0
    for text in (number[:16], number + "0", "", "g" + number[1:]):
        assert judge(published, text).exit_code == 2, "never the beginning of a number"


def test_three_classes(honest: tuple[Day, Path], published: Path) -> None:
    value = json.loads(judge(published, number_of(honest[0].register), "--json").stdout)
    assert (value["valid"], value["anchored"], value["interim"]) == (True, True, False)
    assert value["number"] == number_of(honest[0].register)
    assert value["failures"] == []
    told = [x["reason"] for x in value["told"] if x["reason"] != "result-unread"]
    assert told == ["receipts-cover", "register-rehearsal", "result-missing"]
    assert value["receipts"] == {"covered": 0, "votes": 2}
    right = {x["reason"]: x["values"]["count"] for x in value["right"]}
    assert (right["right-number"], right["right-devices"], right["right-trustees"]) == (1, 3, 2)


def test_persian_verdict(honest: tuple[Day, Path], published: Path) -> None:
    number = number_of(honest[0].register)
    words = ["--language", "fa", "election", "verify", str(published / INDEX_FILE)]
    told = CliRunner().invoke(main, [*words, "--number", number])
    assert told.exit_code == 0
    assert "شمارهٔ دفتر ثبت" in told.stdout
    assert "\ufffd" not in told.stdout
    assert "لنگر ندارد" in CliRunner().invoke(main, words).stdout


def test_number_is_for_an_index(published: Path) -> None:
    told = CliRunner().invoke(
        main, ["election", "verify", str(published / "election.bel"), "--number", "0" * 64]
    )
    assert told.exit_code == 2


def test_spare_that_nothing_gave_a_branch(honest: tuple[Day, Path], published: Path) -> None:
    day, _ = honest
    register = registered(day)
    devices = tuple(
        replace(device, branch=None) if device.id == "terminal-2" else device
        for device in register.devices
    )
    register_anew(day, published, replace(register, devices=devices))
    number = number_of((published / REGISTER_FILE).read_bytes())
    found = check_register(published / INDEX_FILE, number).findings
    assert [x.entry for x in found if x.reason == "register-spare"] == ["terminal-2"]
    assert not [x for x in found if x.reason == "register-pending"], "a spare is not expected"


def test_other_trustees(honest: tuple[Day, Path], published: Path) -> None:
    day, _ = honest
    register = registered(day)
    register_anew(day, published, replace(register, trustees=("0" * 64, *register.trustees[1:])))
    number = number_of((published / REGISTER_FILE).read_bytes())
    found = check_register(published / INDEX_FILE, number).findings
    assert "register-trustees" in [each.reason for each in found]


def test_anybody_reads_the_register(honest: tuple[Day, Path], published: Path) -> None:
    """With two readings of JSON, and no code of ours."""
    day, _ = honest
    data = (published / REGISTER_FILE).read_bytes()
    content = json.loads(json.loads(data)["content"])
    assert [device["id"] for device in content["devices"]] == [
        "station-1",
        "terminal-1",
        "terminal-2",
    ]
    device = day.hq.election.device(DeviceId("terminal-1"))
    assert device is not None
    digest = hashlib.sha256(device.certificate).hexdigest()
    assert content["devices"][1]["certificate"] == digest
    assert read_json_envelope(form(), data).signatures[0].certificate == day.hq.authority.signer
