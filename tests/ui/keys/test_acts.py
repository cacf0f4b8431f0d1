"""The map of keys is data: every meaning has a key, no key has two."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from ui.keys.acts import KeyAct, KeyMapError, key_map, read_keys


def test_every_meaning_has_a_key_and_digits_and_letters_are_free() -> None:
    keys = key_map()
    assert set(keys.values()) == set(KeyAct)
    assert not any(int(Qt.Key.Key_0) <= key <= int(Qt.Key.Key_9) for key in keys)
    assert not any(int(Qt.Key.Key_A) <= key <= int(Qt.Key.Key_Z) for key in keys)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "up = 1",
        "[",
        'up = ["NoSuchKey"]',
        'nowhere = ["Up"]',
        'up = ["Up"]\ndown = ["Up"]',
        'up = ["Up"]',
    ],
)
def test_a_map_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(KeyMapError):
        read_keys(text)
