"""The app's floors: programs that Flet alone paints, told by the name they look for."""

from __future__ import annotations

BARE = """
import asyncio
import flet as ft
from tests.app.support.headless import Screen

async def start():
    screen = await Screen().draw(lambda: ft.ListView([ft.ListTile(ft.Text("Maya Torres"))]))
    print(screen.shows("Maya Torres"), [], flush=True)
    import os; os._exit(0)

asyncio.run(start())
"""
"""One list and nothing else: the least that a Flet program can paint."""

SAME_SCREEN = """
import asyncio
import flet as ft
from tests.app.support.headless import Screen

def line(icon, *texts):
    return ft.Row([ft.Icon(icon), ft.Column([ft.Text(text) for text in texts])])

def face():
    return ft.Container(ft.Stack([ft.Container(ft.Text("AL")), ft.Container()]))

def rail():
    menu = ft.PopupMenuButton(
        content=face(),
        items=[ft.PopupMenuItem(line(ft.Icons.CIRCLE, "Online", "Chats ring")) for _ in range(6)],
    )
    icons = {"icon": ft.Icon(ft.Icons.HISTORY), "selected_icon": ft.Icon(ft.Icons.HISTORY)}
    places = [ft.NavigationRailDestination(**icons, label="History") for _ in range(3)]
    head = ft.Container(ft.Image(src="/icon.svg"))
    bar = ft.NavigationRail(destinations=places, leading=head, expand=True)
    return ft.Column([bar, ft.Container(ft.Semantics(identifier="me", content=menu))])

def tile():
    name = ft.Row([ft.Container(ft.Text("Maya Torres")), ft.Text("now")])
    last = ft.Row([ft.Container(ft.Text("Is it in stock?")), ft.Container(ft.Text("1"))])
    about = ft.Container(ft.Row([face(), ft.Column([name, last])]))
    return ft.Semantics(identifier="chat", content=about)

def middle():
    icon = ft.Container(ft.Icon(ft.Icons.CHAT_BUBBLE_OUTLINE))
    return ft.Container(ft.Column([icon, ft.Text("Choose a chat"), ft.Container(ft.Text("Here."))]))

@ft.component
def Page():
    head = ft.Container(ft.Row([ft.Text("Chats")]))
    chats = ft.Column([head, ft.Container(ft.ListView([tile()]))])
    list_pane, detail_pane = ft.Container(chats, width=340), ft.Container(middle(), expand=True)
    panes = ft.Row([list_pane, ft.VerticalDivider(), detail_pane])
    return ft.Row([rail(), ft.VerticalDivider(), ft.Column([ft.Container(panes)])])

@ft.component
def App():
    return ft.SafeArea(ft.Router([ft.Route(path="chats", component=Page)]))

async def start():
    screen = await Screen(route="/chats").draw(App)
    print(screen.shows("Maya Torres"), [], flush=True)
    import os; os._exit(0)

asyncio.run(start())
"""
"""The Chats screen's controls as they are, with no app behind them."""
