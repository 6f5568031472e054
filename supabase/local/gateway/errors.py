"""What can go wrong, as one tree.

GatewayError
├── StartupProblem    the stand-in cannot start; one sentence for the person who started it
└── ApiProblem        a request is answered with an error, in the shape of its service
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class GatewayError(Exception):
    """Base of everything the stand-in raises on purpose."""


class StartupProblem(GatewayError):
    """Says in a sentence what is wrong and what to do; printed as it is, without a traceback."""


@dataclass(eq=False)
class ApiProblem(GatewayError):
    """An answer with an error status; `body` is already in the shape its service uses."""

    status: int
    body: Mapping[str, object]
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        return f"{self.status} {self.body}"


def not_implemented(what: str) -> ApiProblem:
    """501 for a part of the platform that the stand-in does not have."""
    message = f"The local stand-in does not implement {what}. A real Supabase project does."
    return ApiProblem(501, {"statusCode": "501", "error": "not_implemented", "message": message})
