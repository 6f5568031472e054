"""Small rules about text that a person reads."""

from __future__ import annotations

import zlib


def initials(name: str) -> str:
    """At most two letters that stand for a name: "Ann Lee" is AL, "" is an empty string."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return ""
    first = words[0][0]
    return (first + words[-1][0] if len(words) > 1 else first).upper()


def stable_index(text: str, size: int) -> int:
    """The same number in [0, size) for the same text, on every device."""
    return zlib.crc32(text.encode()) % size


def one_line(text: str, limit: int = 140) -> str:
    """Text for a preview: line breaks become spaces, and it ends with … when it was longer."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
