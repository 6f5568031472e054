"""The few sizes, fonts and colour roles that everything is drawn with (style.md, Look).

Roles carry meaning: `tertiary` is only for online, `error` only for missed and destructive.
"""

from __future__ import annotations

import flet as ft

BRASS, BRASS_BRIGHT = "#B8862B", "#E3B65C"
INK, PAPER = "#1B2430", "#FBFAF7"

S, M, L, XL, XXL = 4, 8, 12, 16, 24
"""The steps of spacing."""
CARD, BUBBLE = 12, 18
"""Radii."""
SMALL, BODY, HEADING, TITLE, BIG = 12, 14, 16, 20, 28
"""Sizes of text."""
TOUCH = 44
"""The least height of what a finger presses."""

FONT, FONT_STRONG = "Inter", "InterSemiBold"
FALLBACK = ["NotoArabic", "Roboto", "NotoEmoji"]
FALLBACK_STRONG = ["NotoArabicSemiBold", "Roboto", "NotoEmoji"]
FONTS: dict[str, str] = {
    FONT: "/fonts/Inter-Regular.ttf",
    FONT_STRONG: "/fonts/Inter-SemiBold.ttf",
    "NotoArabic": "/fonts/NotoSansArabic-Regular.ttf",
    "NotoArabicSemiBold": "/fonts/NotoSansArabic-SemiBold.ttf",
    "NotoEmoji": "/fonts/NotoColorEmoji.woff2",
}

BRASS_FILL = ft.Colors.SECONDARY
ON_BRASS_FILL = ft.Colors.ON_SECONDARY
ONLINE = ft.Colors.TERTIARY
MUTED = ft.Colors.ON_SURFACE_VARIANT
