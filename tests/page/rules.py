"""Write docs/spec/rules.md, what breaks every rule in both verifiers: `python -m tests.page.rules`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tests.trust.attacks.all_attacks import ATTACKS

PAGE: Final = Path(__file__).parents[2] / "docs" / "spec" / "rules.md"
TAMPERED: Final = Path(__file__).parents[1] / "vectors" / "belenios" / "tampered"
HEAD: Final = """\
# Every rule, and what shows it in both verifiers

Made by `python -m tests.page.rules`. `amin election verify` and
[the page for browsers](../adr/0052-a-second-verifier-in-the-browser.md) are run over the same files, and
have to give the same verdict: the changed archives by `tests/page/test_page.py` (and those that are changed
at random, 10,000 with `make peers`), what somebody does to a publication by
`tests/trust/attacks/test_publication.py`, a share of it in every run and all of it with `make peers`. There
the reasons have to be the same, too, except that of what follows from a fault that was named one may name
more. The page tells an act before the one that it follows (`acts-time`); an act that is days away from the
day is told by the program alone.

The words are those of [what is published](publication.md#reasons) and of [the reasons](reasons.md).
"""


def page() -> str:
    """Return the page's text."""
    lines = [HEAD, "## Archives", "", "| reason | what is changed | file |", "|---|---|---|"]
    for path in sorted(TAMPERED.iterdir()):
        said = json.loads((path / "manifest.json").read_bytes())
        what = str(said["description"]).strip().rstrip(".").replace("|", "\\|")
        reasons = ", ".join(f"`{each}`" for each in said["expected"]["reasons"])
        lines.append(f"| {reasons} | {what} | `tampered/{path.name}` |")
    lines += ["", "## Publications", "", "| reason | who does what |", "|---|---|"]
    by_reason: dict[str, list[str]] = {}
    for attack in ATTACKS:
        by_reason.setdefault(attack.reason, []).append(f"{attack.who} {attack.what}")
    lines += [f"| `{reason}` | {'; '.join(acts)} |" for reason, acts in sorted(by_reason.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
