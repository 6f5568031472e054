"""Hearing: what the events of the agent's and the workspace's topics change on the desk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from desk.backend.rows import chat_of, message_of, moment, offer_of
from desk.stores.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.backend.ports import Event
    from desk.stores.desk import Desk


class Hearing:
    """One method for each event (docs/sql-api.md, Events); events it does not know pass by."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._for_agent: dict[str, Callable[[Event], None]] = {
            "offer_made": self._offer_made,
            "offer_withdrawn": self._offer_withdrawn,
            "message_sent": self._message_sent,
            "chat_changed": self._my_chat_changed,
            "status_changed": self._status_changed,
        }
        self._for_workspace: dict[str, Callable[[Event], None]] = {
            "agent_changed": self._agent_changed,
            "chat_changed": self._some_chat_changed,
        }

    def agent(self, event: str, payload: Event) -> None:
        """Something on the agent's own topic."""
        if event in self._for_agent:
            self._for_agent[event](payload)

    def workspace(self, event: str, payload: Event) -> None:
        """Something on the workspace's topic."""
        if event in self._for_workspace:
            self._for_workspace[event](payload)

    def _offer_made(self, payload: Event) -> None:
        chat = replace(chat_of(payload["chat"]), offer=offer_of(payload["offer"]))
        self._desk.ring(chat)

    def _offer_withdrawn(self, payload: Event) -> None:
        desk = self._desk
        chat = desk.chat(payload["chat_id"])
        if chat is None or chat.status != "ringing":
            return
        if payload["outcome"] != "taken":
            desk.place(replace(chat, offer=None))
            desk.refresh_soon()
            return
        desk.forget_ringing(chat.id)
        by = payload.get("by")
        if by:
            desk.notices.say("visitors.taken", agent=by)
        else:
            desk.notices.say("visitors.taken_by_somebody")

    def _message_sent(self, payload: Event) -> None:
        self._desk.message(message_of(payload))

    def _my_chat_changed(self, payload: Event) -> None:
        self._desk.run(self._desk.fetch(payload["chat_id"]))

    def _status_changed(self, payload: Event) -> None:
        desk, until = self._desk, payload.get("status_until")
        desk.status_is(payload["status"], moment(until) if until else None)
        if payload.get("reason") == "missed_three":
            desk.notices.show(
                Notice(
                    "status.missed_three",
                    action="status.back_online",
                    act=lambda: desk.set_status("online"),
                    seconds=30,
                )
            )
        elif payload.get("reason") == "until_passed":
            desk.notices.show(Notice("status.until_passed", {"status": payload["status"]}))

    def _agent_changed(self, payload: Event) -> None:
        desk = self._desk
        desk.agents = tuple(
            replace(agent, online=payload["online"]) if agent.id == payload["agent_id"] else agent
            for agent in desk.agents
        )

    def _some_chat_changed(self, payload: Event) -> None:
        desk, chat_id, status = self._desk, payload["chat_id"], payload["status"]
        known = desk.chat(chat_id)
        mine = desk.me is not None and payload.get("agent_id") == desk.me.agent_id
        if status == "ringing" and known is None:
            desk.refresh_soon()
        elif known is not None or (mine and status == "active"):
            if status != "ringing" and not mine:
                desk.forget_ringing(chat_id)
            desk.run(desk.fetch(chat_id))
