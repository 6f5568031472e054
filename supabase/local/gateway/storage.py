"""`/storage/v1`: not there yet, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import not_implemented

if TYPE_CHECKING:
    from gateway.http import Reply, Request


async def answer(request: Request) -> Reply:
    """Refuse every request with 501."""
    raise not_implemented(f"{request.method} /storage/v1{request.path}")
