"""Add up with which evidence voters were admitted, over all stations that are in.

The sums stand in the closing acts, which two cards and the station signed (`election.evidence`); the acts
were verified with the publication. Pages show the sum of all stations only.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from election.acts import read_statement
from election.evidence import DIMENSIONS, Dimension, EvidenceSum
from headquarters.day_acts import ACTS_FILE, read_day_acts
from headquarters.index_document import ArchiveIndex
from headquarters.supplement import SUPPLEMENT_FOLDER


def evidence_sums(folder: Path, index: ArchiveIndex) -> tuple[EvidenceSum, ...]:
    """Return the sums of a verified publication, by dimension and code as they are described."""
    sums: Counter[tuple[Dimension, str]] = Counter()
    for batch in index.batches:
        supplement = folder / batch.name / SUPPLEMENT_FOLDER
        if not (supplement / ACTS_FILE).exists():
            continue
        for day in read_day_acts(supplement):
            for statement in map(read_statement, day.acts):
                for each in () if statement.closing is None else statement.closing.evidence:
                    sums[each.dimension, each.code] += each.number
    return tuple(
        EvidenceSum(dimension, code.value, sums[dimension, code.value])
        for dimension, codes in DIMENSIONS.items()
        for code in codes
        if sums[dimension, code.value]
    )
