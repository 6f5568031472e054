"""Who is asking: the platform's rule from API key and bearer token to a role with claims."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import jwt

from gateway.errors import ApiProblem, GatewayError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.settings import Keys

CLOCK_SKEW_SECONDS = 30
REMEMBERED_TOKENS = 4096
ROLES_OF_KEYS = ("anon", "service_role")


@dataclass(frozen=True, slots=True)
class Caller:
    """A role of the database and the claims that SQL sees."""

    role: str
    claims: dict[str, Any]
    claims_text: str
    expires_at: float | None

    @property
    def user_id(self) -> str:
        """The signed-in user's id, or an empty string."""
        return str(self.claims.get("sub", ""))

    def expired(self, now: float, skew: float = 0) -> bool:
        """Whether the token is over."""
        return self.expires_at is not None and self.expires_at + skew <= now


class BadToken(GatewayError):
    """A bearer token that cannot be used; `reason` tells apart an old one from a wrong one."""

    def __init__(self, reason: Literal["expired", "invalid"], message: str) -> None:
        super().__init__(message)
        self.reason: Literal["expired", "invalid"] = reason


@dataclass(slots=True)
class Doorkeeper:
    """Checks keys and tokens; remembers tokens whose signature it has verified."""

    keys: Keys
    _verified: dict[str, Caller] = field(default_factory=dict[str, Caller])

    def identify(self, headers: Mapping[str, str], query_key: str | None = None) -> Caller:
        """The caller of an HTTP request. Raises ApiProblem 401 (key) or BadToken."""
        key_caller = self.caller_of_key(headers.get("apikey") or query_key)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or token.startswith("sb_"):
            return key_caller
        return self.caller_of_token(token)

    def caller_of_key(self, key: str | None) -> Caller:
        """The role that an API key stands for; an old-style key is a token of that role."""
        if not key:
            raise _key_problem(
                "No API key found in request", "No `apikey` request header or url param was found."
            )
        if key == self.keys.publishable:
            return _caller({"role": "anon"})
        if key == self.keys.secret:
            return _caller({"role": "service_role"})
        try:
            caller = self.caller_of_token(key)
        except BadToken:
            caller = None
        if caller is None or caller.role not in ROLES_OF_KEYS:
            raise _key_problem("Invalid API key", "Double check the API key.")
        return caller

    def caller_of_token(self, token: str, skew: float = CLOCK_SKEW_SECONDS) -> Caller:
        """The caller that a signed token names. Raises BadToken."""
        caller = self._verified.get(token)
        if caller is None:
            caller = _caller(self._decode(token))
            if len(self._verified) >= REMEMBERED_TOKENS:
                self._verified.clear()
            self._verified[token] = caller
        if caller.expired(time.time(), skew):
            raise BadToken("expired", "JWT expired")
        return caller

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims."""
        return jwt.encode(dict(claims), self.keys.jwt_secret, algorithm="HS256")

    def _decode(self, token: str) -> dict[str, Any]:
        options: Any = {
            "verify_exp": False,
            "verify_aud": False,
            "verify_iat": False,
            "verify_sub": False,
        }
        try:
            claims = jwt.decode(token, self.keys.jwt_secret, algorithms=["HS256"], options=options)
        except (jwt.PyJWTError, ValueError) as error:
            raise BadToken("invalid", f"JWT is invalid: {error}") from error
        except RecursionError:
            raise BadToken("invalid", "JWT is nested too deeply") from None
        expires_at = claims.get("exp")
        if expires_at is not None and not isinstance(expires_at, int | float):
            raise BadToken("invalid", "JWT has an `exp` that is no number")
        return claims


def _caller(claims: dict[str, Any]) -> Caller:
    expires_at = claims.get("exp")
    return Caller(
        role=str(claims.get("role") or "anon"),
        claims=claims,
        claims_text=json.dumps(claims, separators=(",", ":"), ensure_ascii=False),
        expires_at=None if expires_at is None else float(expires_at),
    )


def _key_problem(message: str, hint: str) -> ApiProblem:
    return ApiProblem(401, {"message": message, "hint": hint})
