"""The messages of a chat as rows: days, system lines, bubbles in groups.

Rows are cached by what they show, so that a message more costs one row and not the list.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import flet as ft

from desk.model.bubbles import BubbleRow, DayRow, Row, SystemRow, row_key
from desk.ui import text, theme
from desk.ui.component import act
from desk.ui.surroundings import use_words

if TYPE_CHECKING:
    from desk.model.message import Message
    from desk.strings import Words

Retry = Callable[[str], Any]


def use_rows(rows: tuple[Row, ...], on_retry: Retry | None = None) -> list[ft.Control]:
    """The controls for `rows`; one that shows the same as before is the same control."""
    words = use_words()
    cache: Any = ft.use_ref(dict)
    known: dict[str, tuple[Row, ft.Control]] = cache.current
    fresh: dict[str, tuple[Row, ft.Control]] = {}
    for row in rows:
        key = row_key(row)
        held = known.get(key)
        same = held is not None and held[0] == row
        fresh[key] = held if held and same else (row, _control(key, row, words, on_retry))
    cache.current = fresh
    return [control for _, control in fresh.values()]


def message_list(
    controls: list[ft.Control],
    top: ft.Control | None = None,
    key: str = "",
    margin: int = theme.XL,
    *,
    from_top: bool = False,
) -> ft.Control:
    """The rows, the newest in sight (or the oldest: `from_top`); `top` stands above the oldest."""
    shown = [*([top] if top else []), *controls]
    if not from_top:
        shown.reverse()
    return ft.SelectionArea(
        content=ft.ListView(
            key=key,
            controls=shown,
            reverse=not from_top,
            expand=True,
            spacing=2,
            padding=ft.Padding.symmetric(horizontal=margin, vertical=theme.L),
        ),
    )


def system_sentence(words: Words, message: Message) -> str:
    """A system message in the reader's language; the server's English for an unknown event."""
    data = message.data
    if message.event == "agent_joined":
        return words("event.agent_joined", agent=data.get("agent_name") or message.body)
    key = f"event.{message.event}"
    if message.event == "chat_ended":
        key = f"{key}.{data.get('ended_by', 'system')}"
    return words(key) if words.has(key) else message.body


def _control(key: str, row: Row, words: Words, on_retry: Retry | None) -> ft.Control:
    if isinstance(row, DayRow):
        content = _line(words.day(row.day, datetime.now().astimezone().date()), space=theme.L)
    elif isinstance(row, SystemRow):
        content = _line(system_sentence(words, row.message), space=theme.M)
    else:
        content = _bubble(row, words, on_retry)
    return ft.Container(key=key, content=content)


def _line(sentence: str, space: int) -> ft.Control:
    return ft.Container(
        padding=ft.Padding.symmetric(vertical=space),
        alignment=ft.Alignment.CENTER,
        content=text.small(sentence, text_align=ft.TextAlign.CENTER),
    )


def _bubble(row: BubbleRow, words: Words, on_retry: Retry | None) -> ft.Control:
    mine = row.author == "agent"
    side = ft.CrossAxisAlignment.END if mine else ft.CrossAxisAlignment.START
    column = ft.Column(
        [_balloon(row, mine, words), *([_foot(row, words, on_retry)] if row.closes else [])],
        spacing=3,
        tight=True,
        horizontal_alignment=side,
    )
    space = ft.Container(width=56)
    inside = ft.Container(column, expand=True, expand_loose=True)
    return ft.Container(
        padding=ft.Padding.only(top=theme.M if row.opens else 0),
        content=ft.Row(
            [space, inside] if mine else [inside, space],
            alignment=ft.MainAxisAlignment.END if mine else ft.MainAxisAlignment.START,
            spacing=0,
        ),
    )


def _balloon(row: BubbleRow, mine: bool, words: Words) -> ft.Control:
    big, little = theme.BUBBLE, 6
    inner_top = big if row.opens else little
    inner_bottom = big if row.closes and not row.opens else little
    corners = (
        ft.BorderRadius(
            top_left=big, bottom_left=big, top_right=inner_top, bottom_right=inner_bottom
        )
        if mine
        else ft.BorderRadius(
            top_left=inner_top, bottom_left=inner_bottom, top_right=big, bottom_right=big
        )
    )
    front = ft.Colors.ON_PRIMARY_CONTAINER if mine else ft.Colors.ON_SURFACE
    return ft.Container(
        bgcolor=ft.Colors.PRIMARY_CONTAINER if mine else ft.Colors.SURFACE_CONTAINER,
        border_radius=corners,
        padding=ft.Padding.symmetric(horizontal=14, vertical=9),
        opacity=0.65 if row.state == "queued" else 1,
        content=text.body(text.as_written(row.body, words), color=front),
    )


def _foot(row: BubbleRow, words: Words, on_retry: Retry | None) -> ft.Control:
    """The time, and how far an agent's message has come."""
    if row.state == "failed":
        return _failed(row, words, on_retry)
    parts = [f"{row.at:%H:%M}"]
    if row.state in ("queued", "read"):
        parts.append(words(f"chat.state.{row.state}"))
    if row.name:
        parts.insert(0, row.name)
    return ft.Container(
        padding=ft.Padding.symmetric(horizontal=6),
        content=text.small(" · ".join(parts)),
        tooltip=words(f"chat.state.{row.state}") if row.state else None,
    )


def _failed(row: BubbleRow, words: Words, on_retry: Retry | None) -> ft.Control:
    over = row.failed == "ended"
    sentence = words("chat.state.refused" if over else "chat.state.failed")
    return ft.Container(
        on_click=act(on_retry, row.id) if on_retry and not over else None,
        border_radius=theme.M,
        padding=ft.Padding.symmetric(horizontal=6, vertical=theme.S),
        content=ft.Row(
            [
                ft.Icon(ft.Icons.ERROR_OUTLINE, size=14, color=ft.Colors.ERROR),
                text.small(sentence, color=ft.Colors.ERROR),
            ],
            tight=True,
            spacing=theme.S,
        ),
    )
