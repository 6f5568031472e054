"""Who is here: the state of one topic and the differences it goes through. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Metas = dict[str, dict[str, list[dict[str, Any]]]]
_numbers = count(1)


@dataclass(slots=True)
class Presence:
    """Entries of one topic; each member may hold one entry, several may share a key."""

    _entries: dict[Hashable, tuple[str, dict[str, Any]]] = field(
        default_factory=dict[Hashable, "tuple[str, dict[str, Any]]"]
    )

    def state(self) -> Metas:
        """Everybody, as `presence_state` has it."""
        found: Metas = {}
        for key, meta in self._entries.values():
            found.setdefault(key, {"metas": []})["metas"].append(meta)
        return found

    def track(self, member: Hashable, key: str, payload: dict[str, Any]) -> dict[str, Metas] | None:
        """Add or change an entry; answers the difference, None when nothing changes."""
        old = self._entries.get(member)
        if old and old[0] == key and _without_refs(old[1]) == payload:
            return None
        meta: dict[str, Any] = {**payload, "phx_ref": f"F{next(_numbers):X}"}
        if old:
            meta["phx_ref_prev"] = old[1]["phx_ref"]
        self._entries[member] = (key, meta)
        leaves: Metas = {old[0]: {"metas": [old[1]]}} if old else {}
        return {"joins": {key: {"metas": [meta]}}, "leaves": leaves}

    def untrack(self, member: Hashable) -> dict[str, Metas] | None:
        """Remove an entry; answers the difference, None when there was none."""
        old = self._entries.pop(member, None)
        return {"joins": {}, "leaves": {old[0]: {"metas": [old[1]]}}} if old else None


def _without_refs(meta: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in meta.items() if key not in {"phx_ref", "phx_ref_prev"}}
