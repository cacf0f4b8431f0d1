"""Say what a package will hold, for people to compare before they let it be signed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from election.roles import ROLES
from headquarters import offices
from headquarters.device_list import read_devices
from headquarters.documents import check_trusted, summary_of, trusted_of
from headquarters.plan_check import check_listed, check_plan, missing_devices, not_asked
from headquarters.preparation import load_requests
from headquarters.workspace import ElectionFolder, load_plan
from words.message import Latin, Message, m


def lines(folder: ElectionFolder, now: datetime) -> Iterator[Message]:
    """Yield who asked, with fingerprints, what is missing, whose documents are believed.

    Raises `ElectionError` in between for what cannot be packaged, `OSError`.
    """
    requests = load_requests(folder)
    for request in requests:
        yield m(
            "{device}  {role}  branch {branch}  {fingerprint}",
            device=request.device,
            role=ROLES[request.role],
            branch=request.branch,
            fingerprint=Latin(request.fingerprint),
        )
    for office in offices.load_requests(folder.offices):
        yield m(
            "office {office}  {fingerprint}",
            office=Latin(office.office),
            fingerprint=Latin(office.fingerprint),
        )
    plan, listed = load_plan(folder), read_devices(folder)
    yield from missing_devices(plan, requests)
    yield from not_asked(requests, listed)
    check_plan(plan, now, folder.plan.name)
    check_listed(plan, requests, listed)
    yield from summary_of(check_trusted(plan, trusted_of(plan, folder.path, folder.documents)))
