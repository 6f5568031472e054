"""Short notices that pass by at the bottom of the screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk.observe import Observable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass(frozen=True)
class Notice:
    """A sentence (`key` in strings) and, perhaps, one thing to do about it."""

    key: str
    values: dict[str, str] = field(default_factory=dict[str, str])
    action: str | None = None
    act: Callable[[], Awaitable[None]] | None = None
    seconds: float = 5.0


class Notices(Observable):
    """The latest notice; the frame shows each one once."""

    def __init__(self) -> None:
        super().__init__()
        self.latest: Notice | None = None

    def say(self, key: str, /, **values: str) -> None:
        """Show a sentence."""
        self.show(Notice(key, values))

    def show(self, notice: Notice) -> None:
        """Show a notice, even one that equals the last."""
        object.__setattr__(self, "latest", notice)
        self.changed()
