"""Devices whose clock is wrong, as terminals and headquarters see them."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache, partial

from election.authorization import Authorization
from election.bundle import BallotBox, Bundle, write_bundle
from election.definition import StyleId
from election.polls import Act, ActKind
from election.token import TokenRefused, check, issue
from headquarters.import_report import report_lines
from headquarters.importing import BundleFile, import_bundles
from tests.cases.runner import add, collect, expect, new_folder
from tests.headquarters.day import OPERATORS, Terminal, station_bundle
from tests.headquarters.small import BRANCH, COUNCIL, EXPERTS, NOON, set_up


@cache
def day():
    folder = new_folder()
    hq = set_up(folder / "hq")
    return hq, *(Terminal(hq, name, folder / name) for name in ("terminal-1", "terminal-2"))


def authorization(expires: datetime) -> bytes:
    hq, *_ = day()
    station = hq.devices["station-1"]
    contests = (COUNCIL, EXPERTS)
    made = Authorization(
        hq.election.uuid,
        BRANCH,
        station.id,
        StyleId("both"),
        contests,
        expires,
        secrets.token_bytes(16),
        None,
    )
    return issue(made, station.signing.classical)


def token_is_refused(expires: datetime) -> None:
    """It is good for `authorization_minutes` (30) at most, whatever the station's clock says."""
    try:
        check(authorization(expires), day()[0].election, BRANCH, NOON)
    except TokenRefused:
        return
    expect(False, f"accepted at noon, and good until {expires:%Y-%m-%d %H:%M}")


def token_is_accepted(expires: datetime) -> None:
    check(authorization(expires), day()[0].election, BRANCH, NOON)


def hour(number: float) -> datetime:
    return NOON + timedelta(hours=number)


add("token-good-for-half-an-hour", partial(token_is_accepted, hour(0.5)))
add("token-of-a-clock-three-hours-ahead", partial(token_is_refused, hour(3.5)))
add("token-until-2099", partial(token_is_refused, datetime(2099, 1, 1, tzinfo=UTC)))


def lines(*times: datetime) -> list[str]:
    """What the import says when terminal-1 was loaded, opened and closed then."""
    hq, one, two = day()
    package = hashlib.sha256(hq.package).digest()
    device = hq.devices["terminal-1"]
    kinds = (ActKind.LOAD, ActKind.OPEN, ActKind.CLOSE)
    acts = tuple(Act(kind, at, OPERATORS) for kind, at in zip(kinds, times, strict=True))
    box = BallotBox(one.store.records(), one.store.signed_root(), one.store.spent())
    bundle = Bundle(hq.election.uuid, package, device.id, device.role, BRANCH, acts, bytes(32), box)
    certificate = hq.election.device(device.id).certificate
    files = [
        BundleFile("a", write_bundle(bundle, device.signing, certificate)),
        BundleFile("b", two.close(package)),
        BundleFile("c", station_bundle(hq, 0, package)),
    ]
    authority = hq.authority
    found = import_bundles(
        hq.election, package, authority.root, authority.sealing_key, files, hour(24)
    )
    return list(report_lines(found.report))


def import_tells(*times: datetime) -> None:
    expect(lines(*times), "imported without a word")


def import_is_silent(*times: datetime) -> None:
    told = lines(*times)
    expect(not told, f"an ordinary day is odd: {told[:1]}")


YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
add("polls-of-an-ordinary-day", partial(import_is_silent, hour(-7), hour(-6), hour(6)))
add("polls-closed-before-they-opened", partial(import_tells, hour(-7), hour(6), hour(-6)))
add(
    "polls-opened-in-2000",
    partial(import_tells, YEAR_2000, YEAR_2000 + timedelta(hours=1), hour(6)),
)
add(
    "polls-closed-in-2099",
    partial(import_tells, hour(-7), hour(-6), datetime(2099, 1, 1, tzinfo=UTC)),
)
add("polls-closed-four-hours-early", partial(import_tells, hour(-7), hour(-6), hour(2)))

test_case = collect()
