"""Set a device of a branch up, and try out its media: `amin operator provision` and what follows it."""

from __future__ import annotations

from pathlib import Path

import click

from commands.speaking import say, usage, write, write_lines
from commands.working import (
    EXISTING_FOLDER,
    FILE,
    FOLDER,
    JSON,
    YES,
    asker,
    leave,
    now,
    print_json,
    progress,
)
from drivers.private_process import keep_files_private, keep_memory_off_the_disk
from election.errors import ElectionError
from words.message import Latin, m

_PATH = click.Path(path_type=Path)


@click.command()
@FOLDER
@click.option("--device", required=True, help="Name of the device, such as b0001-t1.")
@click.option("--role", type=click.Choice(["identity-station", "ballot-terminal"]), required=True)
@click.option("--branch", required=True, help="As election.toml names it; a spare's: spare.")
@click.option("--keys", "kept", type=click.Choice(["file", "tpm", "token"]), default="file")
@click.option("--tpm", default="auto", help="Device of the TPM.")
@click.option("--module", help="PKCS#11 module of the token.")
@click.option("--token", help="Label of the token; its RSA key is called keys.")
@click.option("--pin-file", help="File in FOLDER with the token's PIN.")
def provision(
    folder: Path, device: str, role: str, branch: str, kept: str, tpm: str, **token: str | None
) -> None:
    """Make a device's keys in FOLDER, on the device, and its request to be enrolled.

    \b
    --keys file     for the station's account only: encrypt the disk
    --keys tpm      closed by the TPM: they open on this machine alone
    --keys token    closed by an RSA key in a PKCS#11 token
    Bring FOLDER/DEVICE.json to headquarters. Its fingerprint is shown in digits, in words for the telephone
    and as a QR code: headquarters compares it before the device is enrolled.
    """
    from election import provisioning
    from election.definition import BranchId, DeviceId, Role

    keep_memory_off_the_disk()
    keep_files_private()
    given = {name: value for name, value in token.items() if value is not None}
    keys = provisioning.KeptKeys(provisioning.Kept(kept), tpm, **given)
    request = provisioning.make_keys(folder, DeviceId(device), Role(role), BranchId(branch), keys)
    write_lines(provisioning.shown(request))
    say("Bring {file} to headquarters", file=folder / f"{device}.json")


@click.command()
@FOLDER
@click.option("--drive", type=EXISTING_FOLDER, required=True, help="Headquarters' USB drive.")
@click.option("--data", type=EXISTING_FOLDER, required=True, help="Folder of the first memory.")
@click.option("--mirror", type=EXISTING_FOLDER, required=True, help="Folder of the second memory.")
@click.option("--usb", type=_PATH, help="Where drives will be mounted; --drive if not given.")
@click.option("--opened", type=_PATH, help="Where closed keys will be opened: a folder in memory.")
@YES
def configure(
    folder: Path,
    drive: Path,
    data: Path,
    mirror: Path,
    usb: Path | None,
    opened: Path | None,
    yes: bool,
) -> None:
    """Write a device's settings, FOLDER/station.toml, from what headquarters brought on a drive.

    \b
    The drive holds root.der, package.amin, register.json, and ballot-terminal.toml or
    identity-station.toml: which readers, printers and the like such a device has.
    Compare the root's fingerprint with headquarters' sheet. The package has to name this device with these
    keys, the register the package, and the memories have to be two, of kinds that overwrite in place.
    """
    from election import provisioning
    from kiosk import configuration

    root, fingerprint = provisioning.root_on(drive)
    write("Root of headquarters: {fingerprint}", fingerprint=Latin(fingerprint))
    if not asker(yes)(m("Does it agree with headquarters' sheet?")):
        raise ElectionError(m("nothing was written"))
    advice = provisioning.look_at(data, mirror)
    known = (data.absolute(), mirror.absolute(), (usb or drive).absolute())
    places = provisioning.Places(*known, (opened or provisioning.OPENED).absolute())
    provisioning.configure(folder, drive, root, places, now(), configuration.read)
    for line in advice:
        say(line)
    settings = folder / provisioning.STATION_FILE
    write("Next: amin doctor --config {settings}", settings=settings)


@click.command("open-keys")
@FOLDER
@click.option("--to", "target", type=_PATH, required=True, help="A folder in memory.")
def open_keys(folder: Path, target: Path) -> None:
    """Open a device's closed keys into a folder in memory, before its station starts.

    The unit of a station does it; with keys in plain files nothing is to do.
    """
    from election.provisioning import open_keys as open_them

    keep_memory_off_the_disk()
    keep_files_private()
    write("{count} keys are open", count=open_them(folder, target))


@click.command("medium-test")
@click.argument("folder", type=EXISTING_FOLDER)
@click.option("--aside", type=_PATH, help="Where copies of what is on it are kept meanwhile.")
@click.option("--syncs", type=click.IntRange(1, 100_000), default=10_000, show_default=True)
@YES
@JSON
def medium_test(folder: Path, aside: Path | None, syncs: int, yes: bool, as_json: bool) -> None:
    """Fill a medium, read all of it back, and say whether it is as large and as true as it claims.

    \b
    FOLDER is where the medium is mounted. What is on it is copied to --aside first and compared at the
    end, because a medium that lies about its size overwrites other files; the copies stay if one differs.
    Afterwards small writes are synced one by one, as a vote is: half of them, one in a hundred, and the
    longest took as long as the report says. Ctrl-C ends it, and leaves nothing of the test on the medium.

    Exit status: 0 good, 1 the medium is not to be used, 2 it could not be tested.
    """
    from drivers.media import medium_test as testing

    names = testing.files_on(folder)
    if names and aside is None:
        raise usage(m("there are files on it: give --aside, a folder elsewhere for their copies"))
    if not asker(yes)(m("Fill all free room of {folder} and empty it again?", folder=folder)):
        raise ElectionError(m("nothing was done"))
    with progress() as told:
        report = testing.test(folder, aside, syncs, told)
    if as_json:
        print_json(testing.as_plain(report))
    else:
        for line in testing.lines(report):
            write(line)
    leave(report.good)


@click.command()
@click.option(
    "--config", type=click.Path(path_type=Path, exists=True), required=True, help="station.toml"
)
@click.option(
    "--handed-in", type=FILE, required=True, help="Headquarters' copy of its closing bundle."
)
@click.option("--record", type=_PATH, required=True, help="Where the record of it is written.")
@YES
def wipe(config: Path, handed_in: Path, record: Path, yes: bool) -> None:
    """Overwrite a device's keys and media after the election, and write a record for headquarters.

    Only with headquarters' copy of the bundle that this device handed in, the same to the last bit. Keys that
    a TPM or a token closed go, too. The record is not signed: there is no key any more.
    """
    from election import provisioning, wiping
    from kiosk import configuration

    read = configuration.read(config)
    media = (read.data, read.mirror)
    bundle = wiping.check_handed_in(media, handed_in)
    for folder in filter(wiping.holds_nothing, media):
        say("{folder} holds nothing: is its medium in?", folder=folder)
    if not asker(yes)(m("Wipe {device}? Nothing of it comes back.", device=read.device)):
        raise ElectionError(m("nothing was wiped"))
    own = (read.signing_key, read.sealing_key, *provisioning.secrets_in(config.parent))
    keys = tuple(dict.fromkeys(path.absolute() for path in own))
    made = wiping.wipe(read.device, read.branch, keys, media, bundle, record, now())
    write("{count} files are wiped; {left} could not be", count=made.files, left=len(made.left))
    leave(not made.left)
