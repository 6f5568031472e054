"""The look of the app: Material 3 roles from Deskbell's brass, ink and paper (style.md, Look).

Roles carry meaning: `tertiary` is only for online, `error` only for missed and destructive.
"""

from __future__ import annotations

from typing import Any

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

_LIGHT = ft.ColorScheme(
    primary="#76540F",
    on_primary="#FFFFFF",
    primary_container="#F5E6C5",
    on_primary_container="#2C2006",
    secondary="#C4922F",
    on_secondary=INK,
    secondary_container="#F1E4C8",
    on_secondary_container="#33270B",
    tertiary="#1D7A48",
    on_tertiary="#FFFFFF",
    tertiary_container="#D5EFDF",
    on_tertiary_container="#06351C",
    error="#B3261E",
    on_error="#FFFFFF",
    error_container="#FBE1DE",
    on_error_container="#601410",
    surface=PAPER,
    on_surface=INK,
    on_surface_variant="#555D69",
    surface_tint=PAPER,
    surface_container_lowest="#FFFFFF",
    surface_container_low="#F6F4EE",
    surface_container="#F1EEE6",
    surface_container_high="#EAE6DC",
    surface_container_highest="#E3DED2",
    outline="#827C6D",
    outline_variant="#DFDACD",
    inverse_surface=INK,
    on_inverse_surface="#F4F1EA",
    inverse_primary=BRASS_BRIGHT,
)
_DARK = ft.ColorScheme(
    primary=BRASS_BRIGHT,
    on_primary=INK,
    primary_container="#4B3B16",
    on_primary_container="#FBEBC8",
    secondary=BRASS_BRIGHT,
    on_secondary=INK,
    secondary_container="#3D3319",
    on_secondary_container="#F3E2BC",
    tertiary="#62CF95",
    on_tertiary="#06351C",
    tertiary_container="#173F2B",
    on_tertiary_container="#C6F0D8",
    error="#F2A49C",
    on_error="#5A110C",
    error_container="#5B211C",
    on_error_container="#FBDAD6",
    surface="#141B25",
    on_surface="#ECE9E2",
    on_surface_variant="#A9B1BE",
    surface_tint="#141B25",
    surface_container_lowest="#10161F",
    surface_container_low="#1A222E",
    surface_container="#1F2936",
    surface_container_high="#283343",
    surface_container_highest="#323E50",
    outline="#7E8898",
    outline_variant="#2E3948",
    inverse_surface="#E9E5DB",
    on_inverse_surface=INK,
    inverse_primary="#76540F",
)


def themes() -> tuple[ft.Theme, ft.Theme]:
    """The light and the dark theme."""
    return _theme(_LIGHT), _theme(_DARK)


def _theme(scheme: ft.ColorScheme) -> ft.Theme:
    pill = ft.RoundedRectangleBorder(radius=CARD)
    strong = ft.TextStyle(font_family=FONT_STRONG, font_family_fallback=FALLBACK_STRONG, size=BODY)
    padding = ft.Padding.symmetric(horizontal=XL)
    return ft.Theme(
        color_scheme=scheme,
        font_family=FONT,
        scaffold_bgcolor=scheme.surface,
        canvas_color=scheme.surface,
        text_theme=_text_theme(str(scheme.on_surface)),
        visual_density=ft.VisualDensity.STANDARD,
        divider_color=scheme.outline_variant,
        filled_button_theme=ft.FilledButtonTheme(
            style=ft.ButtonStyle(
                bgcolor=_unless_disabled(scheme.surface_container_high, scheme.secondary),
                color=_unless_disabled(scheme.on_surface_variant, scheme.on_secondary),
                shape=pill,
                text_style=strong,
                padding=padding,
            )
        ),
        outlined_button_theme=ft.OutlinedButtonTheme(
            style=ft.ButtonStyle(shape=pill, text_style=strong, padding=padding)
        ),
        text_button_theme=ft.TextButtonTheme(style=ft.ButtonStyle(shape=pill, text_style=strong)),
        snackbar_theme=ft.SnackBarTheme(
            behavior=ft.SnackBarBehavior.FLOATING,
            shape=pill,
            bgcolor=scheme.inverse_surface,
            action_text_color=scheme.inverse_primary,
            content_text_style=ft.TextStyle(
                size=BODY,
                color=scheme.on_inverse_surface,
                font_family=FONT,
                font_family_fallback=FALLBACK,
            ),
        ),
        dialog_theme=ft.DialogTheme(
            shape=ft.RoundedRectangleBorder(radius=BUBBLE),
            bgcolor=scheme.surface_container_low,
        ),
        popup_menu_theme=ft.PopupMenuTheme(shape=pill, color=scheme.surface_container_low),
    )


def _unless_disabled(disabled: Any, otherwise: Any) -> Any:
    """A colour by the state of a button."""
    return {ft.ControlState.DISABLED: disabled, ft.ControlState.DEFAULT: otherwise}


def _text_theme(color: str) -> ft.TextTheme:
    def plain(size: int) -> ft.TextStyle:
        return ft.TextStyle(
            size=size,
            color=color,
            letter_spacing=0,
            font_family=FONT,
            font_family_fallback=FALLBACK,
        )

    def strong(size: int) -> ft.TextStyle:
        return ft.TextStyle(
            size=size,
            color=color,
            letter_spacing=0,
            font_family=FONT_STRONG,
            font_family_fallback=FALLBACK_STRONG,
        )

    return ft.TextTheme(
        body_large=plain(BODY),
        body_medium=plain(BODY),
        body_small=plain(SMALL),
        label_large=strong(BODY),
        label_medium=plain(SMALL),
        label_small=plain(SMALL),
        title_large=strong(TITLE),
        title_medium=strong(HEADING),
        title_small=strong(BODY),
        headline_small=strong(TITLE),
        headline_medium=strong(BIG),
        headline_large=strong(BIG),
    )
