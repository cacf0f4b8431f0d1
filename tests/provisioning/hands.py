"""`amin`, and whoever sits at its keyboard: types the passphrase, and agrees to what is asked.

python -m tests.provisioning.hands election new …
"""

from __future__ import annotations

import sys
from unittest.mock import patch

from commands.main import main
from tests.headquarters.unlocking import CHEAP, PASSPHRASE_FILE, WITH_KEYS

AGREES = frozenset({"new", "package", "register", "configure", "medium-test", "add-authorities"})
FEW_SYNCS = ("--syncs", "50")


def typed(words: list[str]) -> list[str]:
    """What a person types besides."""
    word = words[1] if len(words) > 1 else ""
    more = ["--passphrase-file", str(PASSPHRASE_FILE)] if word in WITH_KEYS else []
    more += ["--yes"] if word in AGREES else []
    return [*words, *more, *(FEW_SYNCS if word == "medium-test" else ())]


if __name__ == "__main__":
    with patch("commands.trustee_keeper.STANDARD", CHEAP):
        main(typed(sys.argv[1:]), prog_name="amin")
