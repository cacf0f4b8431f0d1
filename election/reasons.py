"""The reasons why a file or a document is refused: one stable word and one sentence each."""

from __future__ import annotations

from enum import StrEnum


class FileReason(StrEnum):
    """Why a file is not read (`election.files`)."""

    NOT_A_FILE = "not-a-file"
    TOO_LARGE = "too-large"
    VANISHED = "vanished"
