"""All attacks on a publication."""

from __future__ import annotations

from typing import Final

from tests.trust.attacks.on_acts import ACTS
from tests.trust.attacks.on_archives import ARCHIVES
from tests.trust.attacks.on_day_acts import DAY_ACTS
from tests.trust.attacks.on_documents import DOCUMENTS
from tests.trust.attacks.on_index import INDEX
from tests.trust.attacks.on_lots import LOTS
from tests.trust.attacks.on_receipts import RECEIPTS
from tests.trust.attacks.on_register import REGISTER
from tests.trust.attacks.on_supplements import SUPPLEMENTS
from tests.trust.attacks.table import Attack

ATTACKS: Final[tuple[Attack, ...]] = (
    *REGISTER,
    *INDEX,
    *ACTS,
    *DAY_ACTS,
    *RECEIPTS,
    *SUPPLEMENTS,
    *ARCHIVES,
    *DOCUMENTS,
    *LOTS,
)
