"""Sound: whether this device lets the app ring."""

from __future__ import annotations

from desk.observe import Observable


class Sound(Observable):
    """Who plays the ring tells how it went; who draws offers to try again."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked = False
        self.wanted = 0

    def went(self, well: bool) -> None:
        """The ring could be heard, or the browser forbade it, or nothing here can play it."""
        self.blocked = not well

    def try_again(self) -> None:
        """The agent asks for the sound: browsers allow it once somebody has tapped."""
        self.wanted += 1
