"""The states that every screen has beside its content: busy, empty, error, and offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.ui import text, theme

if TYPE_CHECKING:
    from desk.strings import Words


def busy(words: Words) -> ft.Control:
    """Something is on its way."""
    return _middle(
        ft.ProgressRing(
            width=28,
            height=28,
            stroke_width=3,
            color=ft.Colors.PRIMARY,
            semantics_label=words("app.loading"),
        )
    )


def empty(
    icon: ft.IconData, title: str, about: str, action: ft.Control | None = None
) -> ft.Control:
    """Nothing is here: what will appear, and the one thing to do."""
    badge = ft.Container(
        width=72,
        height=72,
        border_radius=36,
        alignment=ft.Alignment.CENTER,
        bgcolor=ft.Colors.SURFACE_CONTAINER,
        content=ft.Icon(icon, size=32, color=theme.MUTED),
    )
    return _middle(
        badge,
        text.heading(title, text_align=ft.TextAlign.CENTER),
        ft.Container(
            text.body(about, color=theme.MUTED, text_align=ft.TextAlign.CENTER), width=340
        ),
        *([action] if action else []),
    )


def error(words: Words, problem: str, retry: Any) -> ft.Control:
    """What went wrong, and trying again."""
    return _middle(
        ft.Icon(ft.Icons.CLOUD_OFF, size=32, color=theme.MUTED),
        ft.Container(
            text.body(words(f"error.{problem}"), text_align=ft.TextAlign.CENTER), width=320
        ),
        ft.OutlinedButton(words("app.retry"), icon=ft.Icons.REFRESH, on_click=retry),
    )


def error_banner(sentence: str) -> ft.Control:
    """A sentence about what went wrong, inside a form."""
    return ft.Semantics(
        live_region=True,
        content=_strip(
            ft.Icons.ERROR_OUTLINE,
            sentence,
            ft.Colors.ERROR_CONTAINER,
            ft.Colors.ON_ERROR_CONTAINER,
            radius=theme.CARD,
        ),
    )


def offline_banner(words: Words) -> ft.Control:
    """The link is down; nothing is lost."""
    return ft.Semantics(
        live_region=True,
        content=_strip(
            ft.Icons.WIFI_OFF,
            words("app.reconnecting"),
            ft.Colors.SECONDARY_CONTAINER,
            ft.Colors.ON_SECONDARY_CONTAINER,
        ),
    )


def note_strip(icon: ft.IconData, sentence: str, action: ft.Control | None = None) -> ft.Control:
    """A quiet remark across the screen."""
    return _strip(
        icon, sentence, ft.Colors.SURFACE_CONTAINER, ft.Colors.ON_SURFACE_VARIANT, action=action
    )


def _strip(
    icon: ft.IconData,
    sentence: str,
    back: str,
    front: str,
    *,
    radius: int = 0,
    action: ft.Control | None = None,
) -> ft.Control:
    return ft.Container(
        bgcolor=back,
        border_radius=radius,
        padding=ft.Padding.symmetric(horizontal=theme.XL, vertical=theme.M),
        content=ft.Row(
            [
                ft.Icon(icon, size=18, color=front),
                ft.Container(text.body(sentence, color=front), expand=True),
                *([action] if action else []),
            ],
            spacing=theme.M,
        ),
    )


def _middle(*controls: ft.Control) -> ft.Control:
    return ft.Container(
        expand=True,
        alignment=ft.Alignment.CENTER,
        padding=theme.XXL,
        content=ft.Column(
            list(controls),
            tight=True,
            spacing=theme.L,
            horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        ),
    )
