"""Load the compiled core where it was built, and test points of the group with it.

The core works in variable time, on public values only. What else it computes is in `crypto.core`, which
knows the group; this module knows nothing, so that `crypto.group` can use it.
"""

from __future__ import annotations

import os
from typing import Any, Final


def _load() -> Any:
    if os.environ.get("AMIN_CORE") == "off":
        return None
    try:
        from crypto._core import _amin_core  # type: ignore[attr-defined, unused-ignore]
    except ImportError:
        return None
    # One built before the sources changed lacks what is asked of it: as good as none.
    return _amin_core if hasattr(_amin_core.lib, "decode_kept") else None


CORE: Final = _load()
IS_COMPILED: Final = CORE is not None
"""Whether the core is there. AMIN_CORE=off in the environment leaves it out, to compare."""


def is_member(point: bytes, *, keep: bool = False) -> bool:
    """Return whether 32 bytes are a canonical encoding in the group of order q, identity excluded.

    Exact, as libsodium's test, in a third of its time; only where the core is compiled. keep: remember the
    point, which is published, for sums in this thread.
    """
    ok = CORE.ffi.new("unsigned char[1]")
    return bool(CORE.lib.members(1, point, ok, keep))
