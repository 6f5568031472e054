"""What every component may know without being told: the words and the width of the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import flet as ft

from desk.strings import Words, words_for

WIDE_FROM = 840
"""Pixels from which two panes fit side by side."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The window's shape and place. `touch` is a phone or a tablet: Enter writes a new line.

    `zone` is the reader's time zone; None is the device's own.
    """

    wide: bool = True
    touch: bool = False
    zone: tzinfo | None = None


WORDS = ft.create_context(words_for(()))
LAYOUT = ft.create_context(Layout())


def use_words() -> Words:
    """The reader's language."""
    return ft.use_context(WORDS)


def use_layout() -> Layout:
    """The window's shape."""
    return ft.use_context(LAYOUT)
