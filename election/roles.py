"""Name the roles of certificates for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from election.definition import Role
from words.message import Message, m

ROLES: Final[Mapping[Role, Message]] = {
    Role.HEADQUARTERS: m("Headquarters"),
    Role.OFFICER: m("Officer"),
    Role.SUPERVISOR: m("Supervisor"),
    Role.IDENTITY_STATION: m("Identity station"),
    Role.BALLOT_TERMINAL: m("Ballot terminal"),
    Role.RECONCILIATION_OFFICER: m("Reconciliation officer"),
    Role.OBSERVER: m("Observer of the supervision board"),
    Role.REGISTRY: m("Registry"),
    Role.EVALUATOR: m("Evaluator of pseudonyms"),
}
