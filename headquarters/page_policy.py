"""Say what a page may do: its Content Security Policy (Level 3, W3C), in one place for all pages.

A page holds its own style sheet and scripts, allowed by their SHA-256; everything else is forbidden, so that
no text of a name, a file or a stranger becomes code, and nothing is fetched or sent.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence


def page_policy(
    style: str, scripts: Sequence[str] = (), more: Mapping[str, str] | None = None
) -> str:
    """Return the policy of a page with this style sheet and these scripts, letter by letter as in it.

    `more`: what this page may besides, by directive, such as `worker-src` or a `form-action`.
    """
    rules = {"default-src": "'none'", "style-src": _by_hash(style)}
    if scripts:
        rules["script-src"] = " ".join(map(_by_hash, scripts))
    rules |= {"base-uri": "'none'", "form-action": "'none'", **(more or {})}
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def _by_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
