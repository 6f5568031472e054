"""PresencePort over the SQL API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk.backend.ports import Device, StatusNow
from desk.backend.rows import moment

if TYPE_CHECKING:
    from desk.backend.connect import Connection
    from desk.model.agent import Status


class Presence:
    """The agent's status and this device's signs of life."""

    def __init__(self, connection: Connection) -> None:
        self._rpc = connection.rpc

    async def set_status(self, status: Status) -> StatusNow:
        """Choose a status; it holds until another is chosen."""
        return _status(await self._rpc("set_status", status=status))

    async def register_device(self, device: Device) -> None:
        """Make this device known, so that it can ring."""
        row = {"id": device.id, "platform": device.platform, "name": device.name}
        await self._rpc("register_device", device=row)

    async def device_seen(self, device_id: str) -> StatusNow:
        """A sign of life; every 20 s while the app runs."""
        return _status(await self._rpc("device_seen", device_id=device_id))

    async def forget_device(self, device_id: str) -> None:
        """This device stops ringing."""
        await self._rpc("forget_device", device_id=device_id)


def _status(row: dict[str, Any]) -> StatusNow:
    until = row.get("status_until")
    return StatusNow(row["status"], moment(until) if until else None)
