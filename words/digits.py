"""Convert between Latin, Persian and Arabic-Indic digits."""

from __future__ import annotations

LATIN = "0123456789"
PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
ARABIC = "٠١٢٣٤٥٦٧٨٩"
TO_PERSIAN = str.maketrans(LATIN + ARABIC, PERSIAN * 2)
TO_LATIN = str.maketrans(PERSIAN + ARABIC, LATIN * 2)


def to_persian_digits(text: str) -> str:
    """Replace Latin and Arabic-Indic digits by Persian ones; keep everything else."""
    return text.translate(TO_PERSIAN)


def to_latin_digits(text: str) -> str:
    """Replace Persian and Arabic-Indic digits by Latin ones; keep everything else."""
    return text.translate(TO_LATIN)
