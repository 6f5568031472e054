"""The two themes: Material 3 roles from Deskbell's brass, ink and paper (style.md, Look).

They are written as the maps that Flet sends to its client. Building the same from `ft.Theme` would
import some ninety classes before the first frame and double the time until it is painted;
tests/app/test_look.py holds the maps against those classes.
"""

from __future__ import annotations

from typing import Any, cast

import flet as ft

from desk.ui import theme

Map = dict[str, Any]

_LIGHT: Map = {
    "primary": "#76540F",
    "on_primary": "#FFFFFF",
    "primary_container": "#F5E6C5",
    "on_primary_container": "#2C2006",
    "secondary": "#C4922F",
    "on_secondary": theme.INK,
    "secondary_container": "#F1E4C8",
    "on_secondary_container": "#33270B",
    "tertiary": "#1D7A48",
    "on_tertiary": "#FFFFFF",
    "tertiary_container": "#D5EFDF",
    "on_tertiary_container": "#06351C",
    "error": "#B3261E",
    "on_error": "#FFFFFF",
    "error_container": "#FBE1DE",
    "on_error_container": "#601410",
    "surface": theme.PAPER,
    "on_surface": theme.INK,
    "on_surface_variant": "#555D69",
    "surface_tint": theme.PAPER,
    "surface_container_lowest": "#FFFFFF",
    "surface_container_low": "#F6F4EE",
    "surface_container": "#F1EEE6",
    "surface_container_high": "#EAE6DC",
    "surface_container_highest": "#E3DED2",
    "outline": "#827C6D",
    "outline_variant": "#DFDACD",
    "inverse_surface": theme.INK,
    "on_inverse_surface": "#F4F1EA",
    "inverse_primary": theme.BRASS_BRIGHT,
}
_DARK: Map = {
    "primary": theme.BRASS_BRIGHT,
    "on_primary": theme.INK,
    "primary_container": "#4B3B16",
    "on_primary_container": "#FBEBC8",
    "secondary": theme.BRASS_BRIGHT,
    "on_secondary": theme.INK,
    "secondary_container": "#3D3319",
    "on_secondary_container": "#F3E2BC",
    "tertiary": "#62CF95",
    "on_tertiary": "#06351C",
    "tertiary_container": "#173F2B",
    "on_tertiary_container": "#C6F0D8",
    "error": "#F2A49C",
    "on_error": "#5A110C",
    "error_container": "#5B211C",
    "on_error_container": "#FBDAD6",
    "surface": "#141B25",
    "on_surface": "#ECE9E2",
    "on_surface_variant": "#A9B1BE",
    "surface_tint": "#141B25",
    "surface_container_lowest": "#10161F",
    "surface_container_low": "#1A222E",
    "surface_container": "#1F2936",
    "surface_container_high": "#283343",
    "surface_container_highest": "#323E50",
    "outline": "#7E8898",
    "outline_variant": "#2E3948",
    "inverse_surface": "#E9E5DB",
    "on_inverse_surface": theme.INK,
    "inverse_primary": "#76540F",
}


def dress(page: ft.Page) -> None:
    """Give the page its fonts and both themes; the system chooses between them."""
    page.fonts = theme.FONTS
    page.theme = cast("ft.Theme", themed(_LIGHT))
    page.dark_theme = cast("ft.Theme", themed(_DARK))
    page.theme_mode = ft.ThemeMode.SYSTEM


def themed(scheme: Map) -> Map:
    """A `Theme` in the colours of `scheme`, by the names of Flet's properties."""
    return {
        "color_scheme": scheme,
        "font_family": theme.FONT,
        "scaffold_bgcolor": scheme["surface"],
        "canvas_color": scheme["surface"],
        "divider_color": scheme["outline_variant"],
        "visual_density": "standard",
        "page_transitions": {},
        "text_theme": _text_theme(scheme["on_surface"]),
        **_buttons(scheme),
        "snackbar_theme": {
            "behavior": "floating",
            "shape": _rounded(theme.CARD),
            "bgcolor": scheme["inverse_surface"],
            "action_text_color": scheme["inverse_primary"],
            "content_text_style": _letters(theme.BODY, color=scheme["on_inverse_surface"]),
        },
        "dialog_theme": {
            "shape": _rounded(theme.BUBBLE),
            "bgcolor": scheme["surface_container_low"],
        },
        "popup_menu_theme": {
            "shape": _rounded(theme.CARD),
            "color": scheme["surface_container_low"],
        },
    }


def _buttons(scheme: Map) -> Map:
    text: Map = {"shape": _rounded(theme.CARD), "text_style": _strong_letters(theme.BODY)}
    outlined: Map = {**text, "padding": {"left": theme.XL, "right": theme.XL}}
    filled: Map = {
        **outlined,
        "bgcolor": {"disabled": scheme["surface_container_high"], "default": scheme["secondary"]},
        "color": {"disabled": scheme["on_surface_variant"], "default": scheme["on_secondary"]},
    }
    return {
        "text_button_theme": {"style": text},
        "outlined_button_theme": {"style": outlined},
        "filled_button_theme": {"style": filled},
    }


def _rounded(radius: int) -> Map:
    return {"_type": "roundedRectangle", "radius": radius}


def _letters(size: int, **more: Any) -> Map:
    return {
        "size": size,
        "font_family": theme.FONT,
        "font_family_fallback": theme.FALLBACK,
        **more,
    }


def _strong_letters(size: int, **more: Any) -> Map:
    return {
        "size": size,
        "font_family": theme.FONT_STRONG,
        "font_family_fallback": theme.FALLBACK_STRONG,
        **more,
    }


def _text_theme(color: str) -> Map:
    """The styles of Flet's own controls, in our five sizes."""
    plain = {"large": theme.BODY, "medium": theme.BODY, "small": theme.SMALL}
    titles = {"large": theme.TITLE, "medium": theme.HEADING, "small": theme.BODY}
    heads = {"large": theme.BIG, "medium": theme.BIG, "small": theme.TITLE}
    ours: Map = {"color": color, "letter_spacing": 0}
    return {
        **{f"body_{name}": _letters(size, **ours) for name, size in plain.items()},
        "label_large": _strong_letters(theme.BODY, **ours),
        "label_medium": _letters(theme.SMALL, **ours),
        "label_small": _letters(theme.SMALL, **ours),
        **{f"title_{name}": _strong_letters(size, **ours) for name, size in titles.items()},
        **{f"headline_{name}": _strong_letters(size, **ours) for name, size in heads.items()},
    }
