"""Passwords: hashed as the platform does (bcrypt, `$2a$`), off the event loop."""

from __future__ import annotations

import asyncio

import bcrypt

from gateway.auth.problems import AuthProblem, invalid

ROUNDS = 10
LONGEST = 72
NOBODY = b"$2a$10$C6UzMDM.H6dfI/f/IKcEeO7wQ8R1yJ5rG5s5mS0l7m0FBrX0pCG6u"


async def hash_password(password: object, minimum: int) -> str:
    """A hash to keep. Raises AuthProblem for a password that is too short or too long."""
    if not isinstance(password, str) or "\0" in password:
        raise invalid("Password must be a string without null characters")
    if len(password.encode()) > LONGEST:
        raise invalid(f"Password cannot be longer than {LONGEST} characters")
    if len(password) < minimum:
        message = f"Password should be at least {minimum} characters."
        raise AuthProblem(422, "weak_password", message, weak_password={"reasons": ["length"]})
    hashed = await asyncio.to_thread(
        bcrypt.hashpw, password.encode(), bcrypt.gensalt(ROUNDS, prefix=b"2a")
    )
    return hashed.decode()


async def matches(password: str, hashed: str | None) -> bool:
    """Compare; takes as long for a user that does not exist."""
    plain = password.encode()
    if len(plain) > LONGEST or b"\0" in plain:
        return False
    return await asyncio.to_thread(_check, plain, hashed.encode() if hashed else NOBODY) and bool(
        hashed
    )


def _check(password: bytes, hashed: bytes) -> bool:
    try:
        return bcrypt.checkpw(password, hashed)
    except ValueError:
        return False
