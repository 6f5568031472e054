"""Errors of the Auth service. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import ApiProblem, GatewayError

if TYPE_CHECKING:
    from collections.abc import Mapping

API_VERSION = "2024-01-01"


class AuthProblem(GatewayError):
    """An error before it is known which shape the client understands."""

    def __init__(self, status: int, code: str, message: str, **extra: object) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.extra = status, code, message, extra

    def shaped(self, headers: Mapping[str, str]) -> ApiProblem:
        """The answer, in the shape of the API version that the client asked for."""
        replied = {"x-sb-error-code": self.code}
        if headers.get("x-supabase-api-version", "") >= API_VERSION:
            replied["x-supabase-api-version"] = API_VERSION
            body: dict[str, object] = {"code": self.code, "message": self.message}
        else:
            body = {"code": self.status, "error_code": self.code, "msg": self.message}
        if self.status == 429:
            replied["retry-after"] = "60"
        return ApiProblem(self.status, {**body, **self.extra}, replied)


def invalid(message: str) -> AuthProblem:
    """A request that is understood but not acceptable."""
    return AuthProblem(400, "validation_failed", message)


def not_there(what: str) -> AuthProblem:
    """A part of the platform's Auth that the stand-in lacks."""
    message = f"The local stand-in does not implement {what}. A real Supabase project does."
    return AuthProblem(501, "not_implemented", message)
