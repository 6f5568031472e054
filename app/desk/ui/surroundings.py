"""What every component may know without being told: the words and the width of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import flet as ft

from desk.strings import Words, words_for

if TYPE_CHECKING:
    from datetime import tzinfo

WIDE_FROM = 840
"""Pixels from which two panes fit side by side."""
LIST_AND_RAIL = 430
LONGEST_LINE = 860
TALL_FROM = 620
"""Pixels from which a form fits without scrolling, an error included."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The window's shape and place. `touch` is a phone or a tablet: Enter writes a new line.

    `zone` is the reader's time zone; None is the device's own.
    """

    width: float = 1280
    height: float = 800
    touch: bool = False
    zone: tzinfo | None = None

    @property
    def wide(self) -> bool:
        """Whether two panes fit side by side."""
        return self.width >= WIDE_FROM

    @property
    def tall(self) -> bool:
        """Whether a form fits without scrolling. A phone's keyboard may need the room."""
        return self.height >= TALL_FROM and not self.touch

    @property
    def margin(self) -> int:
        """Beside the messages of a pane, so that lines stay short enough to be read."""
        return max(16, int(self.width - LIST_AND_RAIL - LONGEST_LINE) // 2)


WORDS = ft.create_context(words_for(()))
LAYOUT = ft.create_context(Layout())


def use_words() -> Words:
    """The reader's language."""
    return ft.use_context(WORDS)


def use_layout() -> Layout:
    """The window's shape."""
    return ft.use_context(LAYOUT)
