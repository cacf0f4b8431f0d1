"""All targets by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.fuzz import (
    card_files,
    card_sessions,
    claims,
    devices,
    elections,
    office,
    piv_sessions,
    publication,
    recorded,
    simulated,
    traces,
)
from tests.fuzz.target import Make

TARGETS: Final[Mapping[str, Make]] = {
    **card_files.TARGETS,
    **card_sessions.TARGETS,
    **piv_sessions.TARGETS,
    **devices.TARGETS,
    **traces.TARGETS,
    **simulated.TARGETS,
    **elections.TARGETS,
    **office.TARGETS,
    **publication.TARGETS,
    **claims.TARGETS,
    **recorded.TARGETS,
}
