"""Observable: the base of every store. It knows listeners and nothing about what draws them.

Flet has an Observable of its own; this one exists so that stores can be imported, run and tested
without Flet. `desk.ui.component.use_store` is the one bridge from here to redrawing.
"""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[], None]


class Observable:
    """Tells its listeners whenever a public attribute is set to a value that differs."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._version = 0

    @property
    def version(self) -> int:
        """Grows with every change: equal versions mean equal contents."""
        return self._version

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each change until the returned function is called."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def changed(self) -> None:
        """Tell the listeners; for changes that no assignment shows."""
        self._version += 1
        for listener in tuple(self._listeners):
            listener()

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        missing = object()
        before = getattr(self, name, missing)
        object.__setattr__(self, name, value)
        if before is not missing and before is not value and before != value:
            self.changed()
