"""Draws Flet components in memory: a real Session, a client that is played, no browser.

It follows Flet 1.0.5: `send_message` packs every patch, because packing is what takes the snapshot
that the next patch is compared with.
"""

# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false
from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import flet as ft
import msgpack
from flet.components.public_utils import unwrap_component
from flet.controls.base_control import BaseControl
from flet.controls.context import _context_page, context
from flet.messaging.connection import Connection
from flet.messaging.protocol import Message, MessageAction, configure_encode_object_for_msgpack
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

C = TypeVar("C", bound=BaseControl)
_PACK = configure_encode_object_for_msgpack(BaseControl)


class PlayedClient(Connection):
    """Records what is sent, and answers every call of a method; `refused` ones with an error."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.executor = ThreadPoolExecutor(1)
        self.pubsubhub = PubSubHub(loop=self.loop, executor=self.executor)
        self.page_url, self.page_name = "http://test", ""
        self.bytes = 0
        self.errors: list[str] = []
        self.invoked: list[str] = []
        self.answers: dict[str, Any] = {}
        self.refused: set[str] = set()
        self.session: Session

    def send_message(self, message: Message) -> None:
        """Pack and count; play the client's side of calls."""
        self.bytes += len(msgpack.packb([message.action, message.body], default=_PACK) or b"")
        body = message.body
        if message.action == MessageAction.SESSION_CRASHED:
            self.errors.append(body.message)
        if message.action == MessageAction.INVOKE_METHOD:
            self.invoked.append(body.name)
            self.loop.call_soon(self._answer, body)

    def _answer(self, body: Any) -> None:
        result = self.answers.get(body.name)
        error = "refused" if body.name in self.refused else None
        self.session.handle_invoke_method_results(body.control_id, body.call_id, result, error)
        if body.name == "push_route":
            change = {"route": body.args["route"]}
            self.session.apply_page_patch(change)
            self.loop.create_task(self.session.dispatch_event(1, "route_change", change))


class Screen:
    """One session with a window of a size."""

    def __init__(self, width: int = 1280, height: int = 800, route: str = "/") -> None:
        self.client = PlayedClient()
        self.session = Session(self.client)
        self.client.session = self.session
        self.page: ft.Page = self.session.page
        self.session.apply_page_patch(
            {"width": width, "height": height, "route": route, "web": False, "platform": "linux"}
        )
        _context_page.set(self.page)
        context.reset_auto_update()
        msgpack.packb(self.session.get_page_patch(), default=_PACK)

    async def draw(self, component: Callable[..., Any]) -> Screen:
        """Draw a component and wait until it rests."""
        self.page.render(component)
        await self.settle()
        return self

    async def settle(self, rounds: int = 40) -> None:
        """Let everything that is ready happen."""
        for _ in range(rounds):
            await asyncio.sleep(0)

    async def until(self, true: Callable[[], Any], seconds: float = 3) -> None:
        """Wait for something that takes time."""
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 what is drawn sets no event
                await asyncio.sleep(0.01)

    def all(self, kind: type[C], **properties: Any) -> list[C]:
        """Every drawn control of a kind with these properties."""
        return [
            control
            for control in self._walk()
            if isinstance(control, kind)
            and all(getattr(control, name, None) == value for name, value in properties.items())
        ]

    def one(self, kind: type[C], **properties: Any) -> C:
        """The only such control."""
        found = self.all(kind, **properties)
        assert len(found) == 1, f"{len(found)} of {kind.__name__} {properties}: {self.texts()}"
        return found[0]

    def marked(self, identifier: str) -> Any:
        """The control inside a stable identifier."""
        return self.one(ft.Semantics, identifier=identifier).content

    def texts(self) -> list[str]:
        """Every text that can be read."""
        return [text.value for text in self.all(ft.Text)]

    def shows(self, words: str) -> bool:
        """Whether some text contains these words."""
        return any(words in text for text in self.texts())

    async def fire(self, control: BaseControl, event: str, data: Any = None, **props: Any) -> None:
        """What a client does: first the changed properties, then the event."""
        if props:
            self.session.apply_patch(control._i, props)
        await self.session.dispatch_event(control._i, event, data)
        await self.settle()

    async def click(self, control: BaseControl) -> None:
        """A tap."""
        await self.fire(control, "click")

    async def type(self, field: ft.TextField, value: str) -> None:
        """Typing a whole text."""
        await self.fire(field, "change", value, value=value)

    async def go(self, route: str) -> None:
        """Open an address."""
        self.page.navigate(route)
        await self.settle(80)

    async def resize(self, width: int, height: int) -> None:
        """Another window size."""
        self.session.apply_page_patch({"width": width, "height": height})
        await self.fire(self.page, "resize", {"width": width, "height": height})

    @property
    def alive(self) -> bool:
        """Whether the session still redraws; Flet stops silently when a component raises."""
        task: asyncio.Task[Any] = self.session._Session__updates_task
        return not task.done() and not self.client.errors

    def _walk(self) -> Iterator[BaseControl]:
        seen: set[int] = set()
        yield from _below(self.page.views, seen)
        yield from _below(self.page._dialogs.controls, seen)


def _below(value: Any, seen: set[int]) -> Iterator[BaseControl]:
    """Every control in a value, once."""
    value = unwrap_component(value)
    if isinstance(value, BaseControl):
        if id(value) in seen:
            return
        seen.add(id(value))
        yield value
    for part in _parts(value):
        yield from _below(part, seen)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, BaseControl):
        names = getattr(value, "__dataclass_fields__", {})
        yield from (getattr(value, name, None) for name in names if not name.startswith("_"))
    elif isinstance(value, list | tuple):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()
