"""Finds the SCREENs that the features declare: adding a screen is adding a file."""

from __future__ import annotations

import importlib
import pkgutil

from desk import features
from desk.screen import Screen


def find_screens() -> tuple[Screen, ...]:
    """Every feature's SCREEN, in the order they want to stand in."""
    found: list[Screen] = []
    for feature in pkgutil.iter_modules(features.__path__, f"{features.__name__}."):
        module = importlib.import_module(f"{feature.name}.screen")
        screen = getattr(module, "SCREEN", None)
        if isinstance(screen, Screen):
            found.append(screen)
    return tuple(sorted(found, key=lambda screen: screen.order))
