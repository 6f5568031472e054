"""The sign-in form. It is no destination, so it declares no SCREEN: the shell's guard shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flet as ft

from desk.ui import text, theme
from desk.ui.component import act, component, use_store, with_value
from desk.ui.pieces import field_border, marked
from desk.ui.states import error_banner
from desk.ui.surroundings import use_layout, use_words

if TYPE_CHECKING:
    from desk.features.sign_in.store import SignInStore
    from desk.strings import Words
    from desk.ui.component import Handler


@component
def SignInScreen(store: SignInStore) -> ft.Control:
    """Email, password, one button."""
    words = use_words()
    use_store(store)
    typed: dict[str, str] = ft.use_memo(lambda: {"email": "", "password": ""}, [])

    async def submit() -> None:
        await store.sign_in(typed["email"], typed["password"])

    fields = ft.use_memo(lambda: _fields(words, typed, act(submit)), [])
    return door(
        words("sign_in.title"),
        words("sign_in.about"),
        *([error_banner(words(store.problem))] if store.problem else []),
        ft.AutofillGroup(
            ft.Column(
                fields,
                spacing=theme.L,
                tight=True,
                horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
            )
        ),
        marked(
            "sign-in",
            ft.FilledButton(
                words("sign_in.busy" if store.busy else "sign_in.submit"),
                disabled=store.busy,
                height=theme.TOUCH,
                width=float("inf"),
                on_click=act(submit),
            ),
        ),
    )


def _fields(words: Words, typed: dict[str, str], on_submit: Handler) -> list[ft.Control]:
    email = field(
        words("sign_in.email"),
        typed,
        "email",
        autofocus=True,
        keyboard_type=ft.KeyboardType.EMAIL,
        autofill_hints=ft.AutofillHint.EMAIL,
        on_submit=on_submit,
    )
    password = field(
        words("sign_in.password"),
        typed,
        "password",
        password=True,
        can_reveal_password=True,
        autofill_hints=ft.AutofillHint.PASSWORD,
        on_submit=on_submit,
    )
    return [email, password]


def door(title: str, about: str, *controls: ft.Control) -> ft.Control:
    """The page in front of the app: the bell, a title, a form; in the middle where it fits."""
    layout = use_layout()
    card = ft.Container(
        width=400,
        padding=ft.Padding.symmetric(horizontal=theme.XXL, vertical=32),
        content=ft.Column(
            [
                ft.Image(src="/icon.svg", width=72, height=72, semantics_label="Deskbell"),
                ft.Container(height=theme.S),
                text.big(title, text_align=ft.TextAlign.CENTER),
                text.body(about, color=theme.MUTED, text_align=ft.TextAlign.CENTER),
                ft.Container(height=theme.M),
                *controls,
            ],
            tight=True,
            spacing=theme.L,
            horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        ),
    )
    return ft.Container(
        expand=True,
        alignment=ft.Alignment.CENTER if layout.tall else ft.Alignment.TOP_CENTER,
        content=card if layout.tall else ft.Column([card], scroll=ft.ScrollMode.AUTO),
    )


def field(label: str, typed: dict[str, str], name: str, **more: Any) -> ft.TextField:
    """One line of a form, which keeps its text in `typed[name]`.

    Make it once: a field that is drawn again takes back the keys that are still on their way, and
    what a password manager fills in all at once.
    """

    def keep(value: str) -> None:
        typed[name] = value

    return ft.TextField(
        label=label,
        value=typed[name],
        width=float("inf"),
        on_change=with_value(keep),
        filled=True,
        fill_color=ft.Colors.SURFACE_CONTAINER_LOW,
        border=field_border(),
        **more,
    )
